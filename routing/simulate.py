"""A trace of arrivals through the real engine in virtual time: who got what, and when.

Everything is assigned at once. With `queues`, each has its own hours and overflow rules, agents
may serve some of them, and work names the one that it comes to; else there is one for everybody.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from routing.calendar import Hours
from routing.figures import figures
from routing.inputs import AgentPresence, WorkArrived
from routing.plan import (
    ANYBODY,
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
)
from routing.rehearsal import Customer, End, Rehearsal
from routing.slips import find_slips
from routing.staff import occupancy

QUEUE = "queue"
CLOSED = "closed and live"


class TraceAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who signs in, and stays or goes once. `queues` gives ranks; none: all alike."""

    id: str
    skills: Mapping[str, int] = {}
    queues: Mapping[str, int] = {}
    capacity: Annotated[int, msgspec.Meta(ge=1)] = 100
    login_ms: int = 0
    logout_ms: int | None = None
    back_ms: int | None = None  # after that


class TraceKept(msgspec.Struct, frozen=True, kw_only=True):
    """Work stays with an agent who goes for so long, and goes on."""

    requeue_after_ms: Annotated[int, msgspec.Meta(ge=0)]


class TraceStep(msgspec.Struct, frozen=True, kw_only=True):
    """From `after_ms` of waiting on, these levels suffice."""

    need: Mapping[str, int] = {}
    after_ms: int = 0


class TraceContact(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that arrives, takes its time, and may not wait for ever."""

    id: str
    arrive_ms: int
    channel: str
    queue: str = ""  # none: the first
    priority: int = 0
    service_ms: Annotated[int, msgspec.Meta(ge=0)]
    steps: tuple[TraceStep, ...] = (TraceStep(),)
    deadline_ms: int | None = None
    patience_ms: int | None = None


class TraceAction(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with work that waits in vain; of an overflow rule, under which condition."""

    do: Do
    when: str = CLOSED
    pool: tuple[str, ...] = ()
    queue: str = ""
    template: str = ""


class TraceQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue of its own hours and rules; order and choice are the trace's."""

    id: str
    hours: Hours | None = None  # a calendar, as `parley clock` reads it; none: always open
    at_closing: AtClosing = AtClosing.DRAIN
    closed: TraceAction | None = None  # with work on live channels that comes after hours
    overflow: tuple[TraceAction, ...] = ()
    handle_ms: int = 180_000


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the rules, who is there, and what comes."""

    name: str
    order_mode: OrderMode = OrderMode.STRICT
    agent_rule: AgentRule = AgentRule.LONGEST_IDLE
    boost_ms: int = 0
    weights: Mapping[str, Annotated[int, msgspec.Meta(ge=0)]] = {}
    live: tuple[str, ...] = ()  # channels whose customers cannot wait for the opening
    on_lost: Mapping[
        str, Literal["requeue", "keep"] | TraceKept
    ] = {}  # channel -> what becomes of an agent's work
    ring_preference: Literal["none", "inner"] | None = None
    queues: tuple[TraceQueue, ...] = (TraceQueue(id=QUEUE),)
    agents: tuple[TraceAgent, ...] = ()
    contacts: tuple[TraceContact, ...] = ()


def run_trace(
    document: Mapping[str, Any], progress: Callable[[int], None] = lambda _at: None
) -> dict[str, Any]:
    """Run one trace; return its name, who got each contact and when, and what came of it all.

    Raises msgspec.ValidationError, which says where, for a trace that cannot be read, and
    ValueError for one whose keys, names or conditions mean nothing.
    """
    trace = msgspec.convert(document, Trace)
    find_slips(document, Trace)
    _find_twins(trace)
    _find_strangers(trace)
    _find_disorder(trace)
    rehearsal = Rehearsal(
        plan_of(trace),
        (_customer(trace, contact) for contact in trace.contacts),
        (presence for agent in trace.agents for presence in _presences(agent)),
    )
    rehearsal.run(progress=progress)
    told = {
        ident: (fate.agent, fate.at)
        for ident, fate in rehearsal.fates.items()
        if fate.end is not End.TURNED_AWAY
    }
    return {"name": trace.name, "assign": told, "stats": _stats(trace, rehearsal)}


def _presences(agent: TraceAgent) -> Iterator[AgentPresence]:
    """When an agent comes, goes and is back, one after another."""
    times = (agent.login_ms, agent.logout_ms, agent.back_ms)
    told = [at for at in times if at is not None]
    if tuple(told) != times[: len(told)] or any(b <= a for a, b in pairwise(told)):
        raise ValueError(f"agent {agent.id}: login_ms, logout_ms and back_ms follow one another")
    for number, at in enumerate(told):
        goes = number == 1
        yield AgentPresence(at=at, agent=agent.id, presence="offline" if goes else "available")


def _find_twins(trace: Trace) -> None:
    """Refuse an id that is there twice: one of the two would be lost."""
    kinds = (("agent", trace.agents), ("contact", trace.contacts), ("queue", trace.queues))
    for kind, listed in kinds:
        for ident, times in Counter(each.id for each in listed).items():
            if times > 1:
                raise ValueError(f"{kind} {ident} is there {times} times; give each its own id")


def _find_strangers(trace: Trace) -> None:
    """Refuse a queue that is named and not there."""
    known = {queue.id for queue in trace.queues}
    actions = [
        action
        for queue in trace.queues
        for action in (*queue.overflow, *filter(None, (queue.closed,)))
    ]
    for who, named in (
        *((f"contact {contact.id}", contact.queue) for contact in trace.contacts),
        *((f"agent {agent.id}", name) for agent in trace.agents for name in agent.queues),
        *(("an action", name) for action in actions for name in (action.queue, *action.pool)),
    ):
        if named not in known and named not in ("", ANYBODY):
            raise ValueError(f"{who} names the queue {named!r}, which is not among `queues`")
    if not trace.queues:
        raise ValueError("`queues` is empty; leave it out for one queue")


def _find_disorder(trace: Trace) -> None:
    """Refuse a step that begins before the one it follows."""
    for contact in trace.contacts:
        if any(later.after_ms < step.after_ms for step, later in pairwise(contact.steps)):
            raise ValueError(f"contact {contact.id}: its steps follow one another by after_ms")


def _customer(trace: Trace, contact: TraceContact) -> Customer:
    gives_up_at = None
    if contact.patience_ms is not None:
        gives_up_at = contact.arrive_ms + contact.patience_ms
    return Customer(
        arrival=WorkArrived(
            at=contact.arrive_ms,
            work=contact.id,
            conversation=contact.id,
            channel=contact.channel,
            queue=contact.queue or trace.queues[0].id,
            priority=contact.priority,
            deadline=contact.deadline_ms,
            steps=tuple(Step(after_ms=step.after_ms, need=step.need) for step in contact.steps),
        ),
        handling=(contact.service_ms,),
        leaves_at=gives_up_at,
    )


def _stats(trace: Trace, rehearsal: Rehearsal) -> dict[str, Any]:
    fates, contacts = rehearsal.fates, {contact.id: contact for contact in trace.contacts}
    served = {ident: fate for ident, fate in fates.items() if fate.end is End.SERVED}
    waits = [fate.at - contacts[ident].arrive_ms for ident, fate in served.items()]
    late = sum(
        fate.at > deadline
        for ident, fate in served.items()
        if (deadline := contacts[ident].deadline_ms) is not None
    )
    abandoned = sum(fate.end is End.ABANDONED for fate in fates.values())
    return {
        "contacts": len(contacts),
        "served": len(served),
        "abandoned": abandoned,
        "turned_away": len(fates) - len(served) - abandoned,
        "never_served": len(contacts) - len(fates),
        "served_late": late,
        "wait_ms": msgspec.to_builtins(figures(waits)),
        "occupancy": occupancy(rehearsal.hours, rehearsal.hours),
    }


T = TypeVar("T")


def _named(names: Iterable[str], make: Callable[[str], T]) -> tuple[T, ...]:
    return tuple(make(name) for name in dict.fromkeys(names))


def plan_of(trace: Trace) -> Plan:
    """The plan that a trace stands for."""
    return Plan(
        skills=_named(
            (skill for agent in trace.agents for skill in agent.skills), lambda s: Skill(id=s)
        ),
        channels=_named(
            (contact.channel for contact in trace.contacts),
            lambda name: _channel(trace, name),
        ),
        queues=tuple(_queue(trace, queue) for queue in trace.queues),
        agents=tuple(
            AgentPlan(
                id=agent.id,
                skills=agent.skills,
                queues=agent.queues or {queue.id: 1 for queue in trace.queues},
                capacity=agent.capacity,
            )
            for agent in trace.agents
        ),
        default_queue=trace.queues[0].id,
    )


def _channel(trace: Trace, name: str) -> ChannelPlan:
    on_lost = trace.on_lost.get(name, "requeue")
    return ChannelPlan(
        id=name,
        weight=trace.weights.get(name, 100),
        live=name in trace.live,
        accept_mode=AcceptMode.AUTO,
        on_lost=OnLost.REQUEUE_AFTER if isinstance(on_lost, TraceKept) else OnLost(on_lost),
        requeue_after_ms=on_lost.requeue_after_ms if isinstance(on_lost, TraceKept) else 0,
    )


def _queue(trace: Trace, queue: TraceQueue) -> QueuePlan:
    rules = (*filter(None, (queue.closed,)), *queue.overflow)
    return QueuePlan(
        id=queue.id,
        hours=queue.hours,
        at_closing=queue.at_closing,
        overflow=tuple(msgspec.convert(rule, Overflow, from_attributes=True) for rule in rules),
        handle_ms=queue.handle_ms,
        order_mode=trace.order_mode,
        boost_ms=trace.boost_ms,
        late_mode=LateMode.FIRST,
        agent_rule=trace.agent_rule,
        ring_preference=trace.ring_preference or "none",
    )
