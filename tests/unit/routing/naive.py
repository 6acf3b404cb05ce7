"""The rule of the engine by scanning everything: who may take what, and which pair comes first.

It shares the plan with the engine and nothing else; naive_life.py moves its works and agents.
"""

from types import SimpleNamespace as Bag

from routing.plan import Plan


class Rule:
    """Works and agents as bags of what is known of them."""

    def __init__(self, plan: Plan) -> None:
        self.now, self.works, self.log = 0, {}, []
        self.agents: dict[str, Bag] = {}
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        self.plan = plan
        self.queues = {q.id: q for q in plan.queues}
        self.channels = {c.id: c for c in plan.channels}
        for a in self.agents.values():
            a.plan = None
        for p in plan.agents:
            fresh = Bag(id=p.id, presence="offline", rona=0, free=0, lost=None)
            self.agents.setdefault(p.id, fresh).plan = p

    def steps(self, w):
        return w.steps or self.queues[w.queue].steps

    def late_at(self, w):
        q = self.queues[w.queue]
        return w.deadline if q.order_mode == "edf" and q.late_mode == "after_rescuable" else None

    def held(self, a):
        return [
            w
            for w in self.works.values()
            if a.id in w.offers.values()
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
        if q.order_mode == "strict":
            return -priority, w.enqueued
        if q.order_mode == "aging":
            return w.enqueued - priority * q.boost_ms, 0
        return (2, w.enqueued) if w.deadline is None else (int(w.late), w.deadline)

    def satisfies(self, a, w, step):
        pools = {w.queue, *step.pool}
        if "*" not in pools and not pools & set(a.plan.queues):
            return False
        needs = [*step.need.items(), *w.needs.items()]
        return all(a.plan.skills.get(s, 0) >= level for s, level in needs)

    def feasible(self, w, a):
        if w.phase != "waiting" or self.mode(w) == "pull" or a.plan is None:
            return False
        if (
            a.presence != "available"
            or a.lost is not None
            or not self.room(a, self.channels[w.channel])
        ):
            return False
        if w.pin:
            return w.pin == a.id
        return a.id not in w.excluded and self.satisfies(a, w, self.steps(w)[w.step])

    def pair_key(self, w, a):
        q, steps = self.queues[w.queue], self.steps(w)
        rank = a.plan.queues.get(w.queue, 1_000_000)
        if w.pin:
            return rank, *self.key(w), w.id, 0, 0, 0, a.id
        inner = (
            range(w.step + 1) if q.ring_preference == "inner" and not q.strict_switch else [w.step]
        )
        step = next(n for n in inner if self.satisfies(a, w, steps[n]))
        needed = {**steps[step].need, **w.needs}
        share, score = self.load(a) / a.plan.capacity, sum(a.plan.skills.get(s, 0) for s in needed)
        rule = {"longest_idle": 0, "least_loaded": share, "best_skill": -score}[q.agent_rule]
        return rank, *self.key(w), w.id, step, rule, a.free, a.id

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
