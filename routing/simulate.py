"""A trace of arrivals through the real engine in virtual time: who got what, and when."""

import gc
from collections.abc import Mapping
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import Any, Literal, TypeAlias

import msgspec

from routing.engine import Engine
from routing.events import AssignmentStarted, Event
from routing.figures import figures
from routing.inputs import AgentPresence, Input, Tick, WorkArrived, WorkCancelled, WorkEnded
from routing.plan import (
    AcceptMode,
    AgentPlan,
    AgentRule,
    ChannelPlan,
    LateMode,
    OrderMode,
    Plan,
    QueuePlan,
    Skill,
    Step,
)

QUEUE = "queue"
DRAIN_EVERY = 1_000


class TraceAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who signs in once and stays."""

    id: str
    skills: Mapping[str, int] = {}
    capacity: int = 100
    login_ms: int = 0


class TraceStep(msgspec.Struct, frozen=True, kw_only=True):
    """From `after_ms` of waiting on, these levels suffice."""

    need: Mapping[str, int] = {}
    after_ms: int = 0


class TraceContact(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that arrives, takes its time, and may not wait for ever."""

    id: str
    arrive_ms: int
    channel: str
    priority: int = 0
    service_ms: int
    steps: tuple[TraceStep, ...] = (TraceStep(),)
    deadline_ms: int | None = None
    patience_ms: int | None = None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the rules, who is there, and what comes."""

    name: str
    order_mode: OrderMode = OrderMode.STRICT
    agent_rule: AgentRule = AgentRule.LONGEST_IDLE
    boost_ms: int = 0
    weights: Mapping[str, int] = {}
    ring_preference: Literal["none", "inner"] | None = None
    agents: tuple[TraceAgent, ...] = ()
    contacts: tuple[TraceContact, ...] = ()


class Rank(IntEnum):
    """What comes first at equal times."""

    LOGIN = -1
    COMPLETE = 0
    STEP = 1
    ARRIVE = 2
    ABANDON = 3


Happening: TypeAlias = tuple[int, int, str]  # at, rank, agent or contact


def run_trace(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Run one trace; return its name, who got each contact and when, and what came of it all.

    Raises msgspec.ValidationError, which says where, for a trace that cannot be read.
    """
    run = _Run(msgspec.convert(trace, Trace))
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic but what lives to the end, and looking for it is dear
    try:
        run.to_the_end()
    finally:
        if collecting:
            gc.enable()
    return {"name": run.trace.name, "assign": run.assigned, "stats": run.stats()}


class _Run:
    """The world around the engine: time, the patience of customers, the length of contacts."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.engine = Engine(plan_of(trace), explain_agents=0)
        self.contacts = {contact.id: contact for contact in trace.contacts}
        self.assigned: dict[str, tuple[str | None, int]] = {}
        self.agenda: list[Happening] = [
            *((agent.login_ms, Rank.LOGIN, agent.id) for agent in trace.agents),
            *((contact.arrive_ms, Rank.ARRIVE, contact.id) for contact in trace.contacts),
        ]
        heapify(self.agenda)
        self.steps = 0

    def to_the_end(self) -> None:
        while self.agenda:
            at, rank, ident = self.agenda[0]
            timer = self.engine.next_timer()
            if timer is not None and (timer, Rank.STEP) < (at, rank):
                self.tell(Tick(at=timer))
                continue
            heappop(self.agenda)
            request = self.request(at, rank, ident)
            if request is not None:
                self.tell(request)
        while (timer := self.engine.next_timer()) is not None:
            self.tell(Tick(at=timer))
            if self.agenda:
                self.to_the_end()

    def request(self, at: int, rank: int, ident: str) -> Input | None:
        match rank:
            case Rank.LOGIN:
                return AgentPresence(at=at, agent=ident, presence="available")
            case Rank.ARRIVE:
                return self.arrival(self.contacts[ident])
            case Rank.COMPLETE:
                return WorkEnded(at=at, work=ident)
            case _ if ident in self.assigned:
                return None
        self.assigned[ident] = (None, at)
        return WorkCancelled(at=at, work=ident, reason="abandoned")

    def arrival(self, contact: TraceContact) -> WorkArrived:
        if contact.patience_ms is not None:
            gives_up_at = contact.arrive_ms + contact.patience_ms
            heappush(self.agenda, (gives_up_at, Rank.ABANDON, contact.id))
        return WorkArrived(
            at=contact.arrive_ms,
            work=contact.id,
            conversation=contact.id,
            channel=contact.channel,
            queue=QUEUE,
            priority=contact.priority,
            deadline=contact.deadline_ms,
            steps=tuple(Step(after_ms=step.after_ms, need=step.need) for step in contact.steps),
        )

    def tell(self, request: Input) -> None:
        for event in self.engine.apply(request):
            self.hear(event)
        self.steps += 1
        if self.steps % DRAIN_EVERY == 0:
            self.engine.drain_touched()

    def hear(self, event: Event) -> None:
        if isinstance(event, AssignmentStarted):
            self.assigned[event.work] = (event.agent, event.at)
            ends_at = event.at + self.contacts[event.work].service_ms
            heappush(self.agenda, (ends_at, Rank.COMPLETE, event.work))

    def stats(self) -> dict[str, Any]:
        waits = [
            at - self.contacts[ident].arrive_ms
            for ident, (agent, at) in self.assigned.items()
            if agent is not None
        ]
        late = sum(
            agent is not None and at > deadline
            for ident, (agent, at) in self.assigned.items()
            if (deadline := self.contacts[ident].deadline_ms) is not None
        )
        abandoned = len(self.assigned) - len(waits)
        return {
            "contacts": len(self.contacts),
            "served": len(waits),
            "abandoned": abandoned,
            "never_served": len(self.contacts) - len(waits) - abandoned,
            "served_late": late,
            "wait_ms": msgspec.to_builtins(figures(waits)),
        }


def plan_of(trace: Trace) -> Plan:
    """One queue for everybody, as a trace has it; everything is assigned at once."""
    channels = dict.fromkeys(contact.channel for contact in trace.contacts)
    skills = dict.fromkeys(skill for agent in trace.agents for skill in agent.skills)
    return Plan(
        skills=tuple(Skill(id=skill) for skill in skills),
        channels=tuple(
            ChannelPlan(
                id=channel,
                weight=trace.weights.get(channel, 100),
                accept_mode=AcceptMode.AUTO,
            )
            for channel in channels
        ),
        queues=(
            QueuePlan(
                id=QUEUE,
                order_mode=trace.order_mode,
                boost_ms=trace.boost_ms,
                late_mode=LateMode.FIRST,
                agent_rule=trace.agent_rule,
                ring_preference=trace.ring_preference or "none",
            ),
        ),
        agents=tuple(
            AgentPlan(id=agent.id, skills=agent.skills, queues={QUEUE: 1}, capacity=agent.capacity)
            for agent in trace.agents
        ),
        default_queue=QUEUE,
    )
