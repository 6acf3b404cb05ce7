"""Random desks and what may happen at them; the same random numbers make the same desk and day."""

import random
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from routing import events
from routing.calendar import Hours
from routing.engine import Engine
from routing.inputs import (
    AgentBack,
    AgentConsulted,
    AgentLost,
    AgentPresence,
    CallbackPending,
    CallbackReady,
    ClockStepped,
    ConsultLeft,
    Input,
    OfferAccepted,
    OfferDeclined,
    PlanChanged,
    Tick,
    WorkArrived,
    WorkCancelled,
    WorkEnded,
    WorkGrabbed,
    WorkParked,
    WorkRekeyed,
    WorkTransferred,
    WorkUnparked,
    WrapupEnded,
    WrapupExtended,
)
from routing.plan import (
    AcceptMode,
    AgentPlan,
    AgentRule,
    AtClosing,
    ChannelPlan,
    Do,
    LateMode,
    OnLost,
    OrderMode,
    Overflow,
    Plan,
    QueuePlan,
    Skill,
    Step,
    Sticky,
    Wrapup,
    WrapupMode,
)
from routing.rows import WorkPhase
from routing.soundness import problems
from tests.unit.routing.naive import HOURS_MS, WHEN, WHO

SKILLS = ("en", "zh", "tax")
QUEUES = ("sales", "help", "vip")
CHANNELS = (
    ChannelPlan(
        id="voice", live=True, weight=60, exclusive=True, acw_ms=4_000, offer_timeout_ms=8_000
    ),
    ChannelPlan(id="chat", weight=30, accept_mode=AcceptMode.AUTO),
    ChannelPlan(id="mail", weight=10, interruptible=True, on_lost=OnLost.KEEP),
    ChannelPlan(
        id="sms",
        weight=45,
        accept_mode=AcceptMode.RING_ALL,
        offer_timeout_ms=5_000,
        on_lost=OnLost.REQUEUE_AFTER,
        requeue_after_ms=7_000,
    ),
    ChannelPlan(id="social", weight=20, accept_mode=AcceptMode.PULL),
)
OFFICE = Hours(  # open on one day only
    exceptions={
        "1970-01-01": tuple(
            tuple(f"00:{ms // 60_000:02}:{ms % 60_000 // 1_000:02}" for ms in window)
            for window in HOURS_MS
        )
    }
)
AGENTS = tuple(f"agent{n}" for n in range(6))
WORKS = tuple(f"w{n:02}" for n in range(40))


def plan_of(rng: random.Random, version: int = 0) -> Plan:
    """A small desk with everything in it."""
    plan = Plan(
        version=version,
        skills=tuple(Skill(id=name) for name in SKILLS),
        channels=CHANNELS,
        queues=tuple(queue_of(rng, name) for name in QUEUES[: rng.randint(2, 3)]),
        agents=tuple(agent_of(rng, name) for name in AGENTS[: rng.randint(3, 6)]),
        default_queue="sales",
        disconnect_grace_ms=rng.choice((3_000, 10_000)),
        window_ms=5_000,
    )
    queues = {queue.id for queue in plan.queues}
    if version % 3 == 2:
        plan = without_skill(plan, "tax")
    agents = tuple(
        AgentPlan(
            id=agent.id,
            skills=agent.skills,
            queues={q: rank for q, rank in agent.queues.items() if q in queues},
            capacity=agent.capacity,
            delays={q: ms for q, ms in agent.delays.items() if q in agent.queues and q in queues},
            channel_caps=agent.channel_caps,
            accept=agent.accept,
            max_rona=agent.max_rona,
        )
        for agent in plan.agents
    )
    plan = replace(plan, agents=agents)
    assert [p for p in problems(plan) if "circle" not in p] == []  # circles end by themselves
    return plan


def without_skill(plan: Plan, gone: str) -> Plan:
    """The plan as if it had never heard of the skill."""

    def left(levels: Mapping[str, int]) -> dict[str, int]:
        return {skill: level for skill, level in levels.items() if skill != gone}

    return replace(
        plan,
        skills=tuple(skill for skill in plan.skills if skill.id != gone),
        queues=tuple(
            replace(q, steps=tuple(replace(step, need=left(step.need)) for step in q.steps))
            for q in plan.queues
        ),
        agents=tuple(replace(agent, skills=left(agent.skills)) for agent in plan.agents),
    )


def calm_plan_of(rng: random.Random) -> Plan:
    """A desk where agents hold several pieces at once and loads rise and fall all the time."""
    rule = rng.choice(list(AgentRule))
    return Plan(
        skills=tuple(Skill(id=name) for name in SKILLS),
        channels=(
            ChannelPlan(id="chat", weight=30, accept_mode=AcceptMode.AUTO),
            ChannelPlan(id="mail", weight=10, accept_mode=AcceptMode.AUTO),
        ),
        queues=(QueuePlan(id="sales", agent_rule=rule),),
        agents=tuple(
            AgentPlan(
                id=name,
                skills={s: rng.randint(1, 5) for s in rng.sample(SKILLS, 2)},
                queues={"sales": 1},
            )
            for name in AGENTS
        ),
        default_queue="sales",
    )


def thin_plan_of(rng: random.Random, version: int = 0) -> Plan:
    """A few agents, who are asked for everything: often nobody is there but who declined."""
    queues = [
        replace(
            queue_of(rng, name),
            accept_mode=rng.choice((AcceptMode.MANUAL, AcceptMode.MANUAL, AcceptMode.RING_ALL)),
            hours=None,
            overflow=(),
            agent_wait_ms=4_000,
            returns_after_ms=rng.choice((1_000, 4_000, 9_000)),
        )
        for name in QUEUES[:2]
    ]
    agents = [replace(agent_of(rng, name), max_rona=9) for name in AGENTS[: rng.randint(2, 4)]]
    return replace(
        plan_of(rng, version),
        queues=tuple(replace(q, steps=q.steps[: rng.randint(1, 2)]) for q in queues),
        agents=tuple(replace(a, queues={"sales": 1, "help": 1}, delays={}) for a in agents),
        disconnect_grace_ms=3_000,
    )


def queue_of(rng: random.Random, name: str) -> QueuePlan:
    need = {skill: rng.randint(1, 5) for skill in rng.sample(SKILLS, rng.randint(0, 2))}
    relaxed = {skill: rng.randint(1, level) for skill, level in need.items()}
    steps = [
        Step(need=need, who=rng.choice(sorted(WHO)), prefer=rng.choice(((), AGENTS[:2]))),
        Step(
            after_ms=6_000,
            need=relaxed,
            prefer=rng.choice(((), AGENTS[2:0:-1])),
            priority_delta=rng.randint(0, 2),
        ),
        Step(
            after_ms=15_000,
            pool=rng.choice(((), ("sales",), ("*",))),
            skip_if=rng.choice(("", "", "no_staffed", "no_available")),
        ),
        Step(after_ms=19_000, pool=(name, "sales", "*"), queue_override="help"),
    ]
    return QueuePlan(
        id=name,
        order_mode=rng.choice(list(OrderMode)),
        boost_ms=rng.choice((0, 5_000)),
        late_mode=rng.choice(list(LateMode)),
        agent_rule=rng.choice(list(AgentRule)),
        ring_preference=rng.choice(("inner", "none")),
        steps=tuple(steps[: rng.randint(1, 4)]),
        accept_mode=rng.choice((None, None, None, *AcceptMode)),
        offer_timeout_ms=rng.choice((None, 6_000)),
        ring_size=rng.randint(1, 3),
        wrapup=rng.choice(
            (
                {},
                {"chat": Wrapup(mode=WrapupMode.TIMED, ms=3_000, holds=True)},
                {"voice": Wrapup(mode=WrapupMode.MANDATORY)},
                {"mail": Wrapup(mode=WrapupMode.TIMED_FORCED, ms=5_000)},
                {"sms": Wrapup(mode=WrapupMode.OPTIONAL, ms=2_000, holds=True)},
                {"voice": Wrapup(mode=WrapupMode.TIMED, ms=3_000, extensions=2, extend_ms=1_000)},
            )
        ),
        hours=rng.choice((None, None, OFFICE)),
        at_closing=rng.choice(list(AtClosing)),
        overflow=tuple(overflow_of(rng) for _ in range(rng.choice((0, 0, 1, 2, 3)))),
        handle_ms=rng.choice((60_000, 180_000)),
        sticky=rng.choice(list(Sticky)),
        sticky_ms=7_000,
        agent_wait_ms=5_000,
        returns_after_ms=9_000,
    )


def overflow_of(rng: random.Random) -> Overflow:
    do = rng.choice(list(Do))
    return Overflow(
        when=rng.choice(sorted(WHEN)),
        do=do,
        pool=rng.choice((("sales",), ("*",))) if do is Do.ADD_POOL else (),
        queue=rng.choice(("sales", "help")) if do is Do.MOVE_QUEUE else "",
        template="busy" if do is Do.MESSAGE else "",
    )


def agent_of(rng: random.Random, name: str) -> AgentPlan:
    skills = {s: rng.randint(1, 5) for s in rng.sample(SKILLS, rng.randint(1, 3))}
    return AgentPlan(
        id=name,
        skills=skills,
        queues={q: rng.randint(1, 2) for q in rng.sample(QUEUES, rng.randint(1, 3))},
        capacity=rng.choice((100, 100, 60)),
        delays=rng.choice(({}, {}, {"sales": 2_500}, {"help": 6_000, "sales": 4_000})),
        channel_caps=rng.choice(({}, {}, {"chat": 2}, {"mail": 1})),
        accept=rng.choice(({}, {}, {"voice": AcceptMode.AUTO}, {"chat": AcceptMode.MANUAL})),
        max_rona=rng.choice((1, 1, 2)),
    )


class Day:
    """Makes up the next input from what the engine holds; times never go back."""

    def __init__(self, plan: Plan, plans: Callable[..., Plan] = plan_of) -> None:
        self.plan = plan
        self.plans = plans  # where the next one comes from
        self.at = 0
        self.made = 0
        self.offers_seen: list[tuple[str, str]] = []

    def note(self, decided: tuple[events.Event, ...]) -> None:
        self.offers_seen += [
            (e.offer, e.agent) for e in decided if isinstance(e, events.OfferCreated)
        ]

    def next(self, rng: random.Random, engine: Engine, kind: str | None = None) -> Input:
        self.at += rng.choice((0, 0, 1, 400, 1_000, 3_000))
        rows = engine.snapshot()
        live = {phase: [w for w in rows.works if w.phase is phase] for phase in WorkPhase}
        names = list(MAKERS)
        weights = [weight for weight, _ in MAKERS.values()]
        chosen = kind or rng.choices(names, weights)[0]
        made = MAKERS[chosen][1](self, rng, live)
        if made is None and rows.offers and chosen in {"accept", "decline"}:
            offer = rng.choice(rows.offers)
            maker = OfferAccepted if chosen == "accept" else OfferDeclined
            made = maker(at=self.at, offer=offer.id, agent=offer.agent)
        if isinstance(made, PlanChanged):
            self.plan = made.plan
        return made or Tick(at=self.at)

    def arrive(self, rng: random.Random, live: dict) -> Input:
        self.made += 1
        steps = (Step(need={"en": 1}), Step(after_ms=4_000)) if rng.random() < 0.1 else ()
        return WorkArrived(
            at=self.at,
            work=WORKS[self.made] if self.made < len(WORKS) else f"x{self.made:04}",
            conversation=f"c{rng.randrange(200)}",
            channel=rng.choice(self.plan.channels).id,
            queue=rng.choice(self.plan.queues).id,
            priority=rng.randrange(3),
            needs=rng.choice(({}, {}, {}, {"zh": 2})),
            steps=steps,
            deadline=rng.choice((None, self.at + rng.choice((2_000, 9_000)))),
            enqueued_at=rng.choice((None, None, self.at - 5_000)),
            last_agent=rng.choice((None, *AGENTS)),
            callback_pending=rng.random() < 0.05,
            **rng.choice(({}, {}, {}, {"owner": self.agent(rng), "owner_until": self.at + 3_500})),
        )

    def presence(self, rng: random.Random, live: dict) -> Input:
        presence = rng.choice(("available", "available", "available", "busy", "offline"))
        return AgentPresence(at=self.at, agent=self.agent(rng), presence=presence)

    def agent(self, rng: random.Random) -> str:
        return rng.choice(self.plan.agents).id

    def answer(self, rng: random.Random, live: dict) -> Input | None:
        if rng.random() < 0.1 and self.offers_seen:  # most of them are gone by now
            offer, agent = rng.choice(self.offers_seen)
            return OfferAccepted(
                at=self.at, offer=offer, agent=rng.choice((agent, self.agent(rng)))
            )
        return None

    def end(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.ASSIGNED] + live[WorkPhase.PARKED]
        if not works:
            return None
        work = rng.choice(works)
        return WorkEnded(
            at=self.at, work=work.id, agent=rng.choice((work.agent, None, self.agent(rng)))
        )

    def wrapup(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.WRAPUP]
        return (
            works and WrapupEnded(at=self.at, work=(w := rng.choice(works)).id, agent=w.agent)
        ) or None

    def extend(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.WRAPUP]
        if not works:
            return None
        work = rng.choice(works)
        agent = rng.choice((work.agent, work.agent, self.agent(rng)))
        return WrapupExtended(at=self.at, work=work.id, agent=agent)

    def cancel(self, rng: random.Random, live: dict) -> Input | None:
        works = [work for phase in live.values() for work in phase]
        return WorkCancelled(at=self.at, work=rng.choice(works).id) if works else None

    def rekey(self, rng: random.Random, live: dict) -> Input | None:
        works = [work for phase in live.values() for work in phase]
        if not works:
            return None
        changes = {
            "queue": rng.choice(self.plan.queues).id,
            "priority": rng.randrange(4),
            "needs": rng.choice(({}, {self.plan.skills[-1].id: 1})),
            "deadline": rng.choice((None, self.at + 3_000)),
            "channel": rng.choice(("chat", "mail")),
        }
        some = {name: changes[name] for name in rng.sample(sorted(changes), rng.randint(1, 2))}
        return WorkRekeyed(at=self.at, work=rng.choice(works).id, **some)

    def defer(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.WAITING] + live[WorkPhase.OFFERED]
        if not works:
            return None
        channel = rng.choice((None, "voice"))
        return CallbackPending(at=self.at, work=rng.choice(works).id, channel=channel)

    def recall(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.CALLBACK_PENDING]
        if not works:
            return None
        front = rng.random() < 0.3
        return CallbackReady(at=self.at, work=rng.choice(works).id, front=front)

    def transfer(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.ASSIGNED] + live[WorkPhase.PARKED]
        if not works:
            return None
        work = rng.choice(works)
        guests = [{"to_agent": guest} for guest in work.guests]
        target = rng.choice(
            guests or ({"to_queue": rng.choice(self.plan.queues).id}, {"to_agent": self.agent(rng)})
        )
        return WorkTransferred(
            at=self.at, work=work.id, agent=work.agent, keep_age=rng.random() < 0.5, **target
        )

    def consult(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.ASSIGNED]
        if not works:
            return None
        work = rng.choice(works)
        asks = rng.choice((work.agent, work.agent, work.agent, self.agent(rng)))
        return AgentConsulted(at=self.at, work=work.id, agent=asks, guest=self.agent(rng))

    def leave(self, rng: random.Random, live: dict) -> Input | None:
        asked_in = [work for work in live[WorkPhase.ASSIGNED] if work.guests]
        if not asked_in:
            return None
        work = rng.choice(asked_in)
        agent = rng.choice((*work.guests, self.agent(rng)))
        return ConsultLeft(at=self.at, work=work.id, agent=agent)

    def grab(self, rng: random.Random, live: dict) -> Input | None:
        works = [work for phase in live.values() for work in phase]
        if not works:
            return None
        return WorkGrabbed(
            at=self.at, work=rng.choice(works).id, agent=self.agent(rng), force=rng.random() < 0.2
        )

    def park(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.ASSIGNED]
        return WorkParked(at=self.at, work=rng.choice(works).id) if works else None

    def unpark(self, rng: random.Random, live: dict) -> Input | None:
        works = live[WorkPhase.PARKED]
        return WorkUnparked(at=self.at, work=rng.choice(works).id) if works else None

    def lose(self, rng: random.Random, live: dict) -> Input:
        return AgentLost(at=self.at, agent=self.agent(rng))

    def back(self, rng: random.Random, live: dict) -> Input:
        return AgentBack(at=self.at, agent=self.agent(rng))

    def tick(self, rng: random.Random, live: dict) -> Input:
        return Tick(at=self.at)

    def step_clock(self, rng: random.Random, live: dict) -> Input:
        by_ms = rng.choice((-50_000, -9_000, 9_000, 700_000))
        self.at += by_ms
        return ClockStepped(at=self.at, by_ms=by_ms)

    def change_plan(self, rng: random.Random, live: dict) -> Input:
        return PlanChanged(at=self.at, plan=self.plans(rng, self.plan.version + 1))


MAKERS: dict[str, tuple[int, Callable]] = {
    "arrive": (30, Day.arrive),
    "presence": (16, Day.presence),
    "accept": (25, Day.answer),
    "decline": (6, Day.answer),
    "end": (16, Day.end),
    "wrapup": (6, Day.wrapup),
    "extend": (3, Day.extend),
    "cancel": (3, Day.cancel),
    "rekey": (4, Day.rekey),
    "defer": (2, Day.defer),
    "recall": (3, Day.recall),
    "transfer": (4, Day.transfer),
    "consult": (5, Day.consult),
    "leave": (2, Day.leave),
    "grab": (4, Day.grab),
    "park": (4, Day.park),
    "unpark": (4, Day.unpark),
    "lose": (3, Day.lose),
    "back": (3, Day.back),
    "tick": (8, Day.tick),
    "step_clock": (1, Day.step_clock),
    "change_plan": (1, Day.change_plan),
}
