"""The rule of the engine by scanning everything: who may take what, and which pair comes first.

It shares the plan with the engine and nothing else; naive_life.py moves its works and agents.
"""

from types import SimpleNamespace as Bag

from routing.plan import Plan

# What the worlds' conditions mean, said once more by other means.
WHO = {
    "": lambda p: True,
    "skill.en >= 2 or skill.zh >= 4": lambda p: (
        p.skills.get("en", 0) >= 2 or p.skills.get("zh", 0) >= 4
    ),
    "not skills has tax": lambda p: not p.skills.get("tax"),
    "queues has help and skill.en >= 1": lambda p: (
        "help" in p.queues and p.skills.get("en", 0) >= 1
    ),
}
WHEN = {  # the condition, the waits at which it is looked at, the numbers of agents likewise
    "wait_ms >= 3s": (lambda f: f.wait >= 3_000, [3_000, 3_001], []),
    "longest_wait > 9s and channel == chat": (
        lambda f: f.longest > 9_000 and f.channel == "chat",
        [9_000, 9_001],
        [],
    ),
    "waiting > 2": (lambda f: f.waiting > 2, [], []),
    "staffed == 0": (lambda f: f.staffed == 0, [], [0, 1]),
    "closed and live": (lambda f: f.closed and f.live, [], []),
    "closed and not live": (lambda f: f.closed and not f.live, [], []),
    "ewt > 4m or priority in [2]": (lambda f: f.ewt > 240_000 or f.priority == 2, [], []),
}
HOURS_MS = [(0, 20_000), (31_000, 60_000), (90_000, 95_000)]  # on the first of January 1970


class Rule:
    """Works and agents as bags of what is known of them."""

    def __init__(self, plan: Plan) -> None:
        self.now, self.works, self.log, self.fresh, self.turns = 0, {}, [], {}, {}
        self.agents: dict[str, Bag] = {}
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        self.plan = plan
        self.queues = {q.id: q for q in plan.queues}
        self.channels = {c.id: c for c in plan.channels}
        for a in self.agents.values():
            a.plan = None
        for p in plan.agents:
            fresh = Bag(id=p.id, presence="offline", rona=0, free=0, lost=None, given=[])
            self.agents.setdefault(p.id, fresh).plan = p

    def steps(self, w):
        return w.steps or self.queues[w.home].steps

    def queue_at(self, w, number):
        overrides = [s.queue_override for s in self.steps(w)[: number + 1] if s.queue_override]
        return overrides[-1] if overrides else w.home

    def delays(self, queue):
        found = {a.plan.delays.get(queue, 0) for a in self.agents.values() if a.plan}
        return sorted(found - {0})

    def late_at(self, w):
        q = self.queues[w.queue]
        return w.deadline if q.order_mode == "edf" and q.late_mode == "after_rescuable" else None

    def held(self, a):
        return [
            w
            for w in self.works.values()
            if a.id in w.offers.values()
            or a.id in w.guests
            or (w.agent == a.id and (w.phase == "assigned" or (w.phase == "wrapup" and w.holds)))
        ]

    def load(self, a):
        plans = [self.channels[w.channel] for w in self.held(a)]
        talking = any(c.exclusive for c in plans)
        return sum(c.weight for c in plans if not (talking and c.interruptible))

    def room(self, a, channel):
        plans = [self.channels[w.channel] for w in self.held(a)]
        if any(c.exclusive for c in plans):
            return False
        cap = a.plan.channel_caps.get(channel.id)
        if cap is not None and sum(c.id == channel.id for c in plans) >= cap:
            return False
        if channel.exclusive:
            return all(c.interruptible for c in plans) and channel.weight <= a.plan.capacity
        return sum(c.weight for c in plans) + channel.weight <= a.plan.capacity

    def key(self, w):
        q = self.queues[w.queue]
        priority = w.priority + sum(s.priority_delta for s in self.steps(w)[: w.step + 1])
        if w.front:
            return -(2**62), w.enqueued
        if q.order_mode == "strict":
            return -priority, w.enqueued
        if q.order_mode == "aging":
            return w.enqueued - priority * q.boost_ms, 0
        return (2, w.enqueued) if w.deadline is None else (int(w.late), w.deadline)

    def satisfies(self, a, w, number, waited=None):
        step, queue = self.steps(w)[number], self.queue_at(w, number)
        pools = {queue, *step.pool, *w.pool}
        if "*" not in pools and not pools & set(a.plan.queues):
            return False
        if a.plan.delays.get(queue, 0) > (w.seen if waited is None else waited):
            return False
        if not WHO[step.who](a.plan):
            return False
        needs = [*step.need.items(), *w.needs.items()]
        return all(a.plan.skills.get(s, 0) >= level for s, level in needs)

    def feasible(self, w, a):
        if w.phase != "waiting" or w.after_hours or self.mode(w) == "pull" or a.plan is None:
            return False
        if (
            a.presence != "available"
            or a.lost is not None
            or not self.room(a, self.channels[w.channel])
        ):
            return False
        if w.pin:
            return w.pin == a.id
        return a.id not in w.excluded and self.satisfies(a, w, w.step)

    def pair_key(self, w, a):
        q, steps = self.queues[w.queue], self.steps(w)
        rank = a.plan.queues.get(w.queue, 1_000_000)
        if w.pin:
            return rank, *self.key(w), w.id, 0, 0, 0, 0, a.id
        inner = (
            range(w.step + 1) if q.ring_preference == "inner" and not q.strict_switch else [w.step]
        )
        here = [n for n in inner if self.queue_at(w, n) == w.queue]
        step = next(n for n in here if self.satisfies(a, w, n))
        favour = 0 if a.id in steps[step].prefer else 1
        needed = {**steps[step].need, **w.needs}
        share, score = self.load(a) / a.plan.capacity, sum(a.plan.skills.get(s, 0) for s in needed)
        rules = {"longest_idle": 0, "least_loaded": share, "best_skill": -score}
        rule = (rules | {"round_robin_window": len(a.given)})[q.agent_rule]
        return rank, *self.key(w), w.id, step, favour, rule, a.free, a.id

    def mode(self, w):
        return self.queues[w.queue].accept_mode or self.channels[w.channel].accept_mode

    def least(self):
        """The pairs that fit, the first of them to be carried out."""
        pairs = [
            (self.pair_key(w, a), w, a)
            for w in self.works.values()
            for a in self.agents.values()
            if self.feasible(w, a)
        ]
        return sorted(pairs, key=lambda pair: pair[0])
