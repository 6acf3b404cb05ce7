"""The routing engine: inputs in, decisions out. No clock, no randomness, no I/O.

Time comes with every input. Timers due before it go off first, each at its own instant, so that the
decisions follow from the inputs alone, however late or often the host ticks.
"""

from collections.abc import Callable
from typing import Any

from routing import (
    answers,
    arrivals,
    assignments,
    changes,
    consults,
    inputs,
    overflow,
    pacing,
    presence,
    returns,
    transfers,
    turntaking,
    virtualhold,
    waiting,
)
from routing.dispatch import dispatch
from routing.events import Event, Why
from routing.explain import explain
from routing.inputs import ClockStepped, Input, Tick
from routing.plan import Plan
from routing.restore import absent, drain, restore, snapshot
from routing.rows import Presence, Snapshot, Touched
from routing.timers import Timer
from routing.world import World

EXPLAIN_AGENTS = 32
"""Queues of up to so many agents have each of them accounted for in every decision."""


def _tick(world: World, request: Tick) -> None:
    _advance(world, request.at + 1)
    world.now = request.at


HANDLERS: dict[type, Callable[[World, Any], None]] = {
    inputs.WorkArrived: arrivals.arrive,
    inputs.WorkRekeyed: arrivals.rekey,
    inputs.CallbackPending: virtualhold.defer,
    inputs.CallbackReady: virtualhold.recall,
    inputs.WorkCancelled: arrivals.cancel,
    inputs.WorkEnded: assignments.end,
    inputs.WrapupEnded: assignments.end_wrapup,
    inputs.WrapupExtended: assignments.extend_wrapup,
    inputs.WorkParked: assignments.park,
    inputs.WorkUnparked: assignments.unpark,
    inputs.WorkTransferred: transfers.transfer,
    inputs.WorkGrabbed: transfers.grab,
    inputs.AgentConsulted: consults.consult,
    inputs.ConsultLeft: consults.leave,
    inputs.OfferAccepted: answers.accept,
    inputs.OfferDeclined: answers.decline,
    inputs.AgentPresence: presence.declare,
    inputs.AgentLost: presence.lose,
    inputs.AgentBack: presence.back,
    inputs.PlanChanged: changes.change_plan,
    inputs.ClockStepped: changes.step_clock,
    inputs.Tick: _tick,
}

DUE: dict[Timer, Callable[[World, str], None]] = {
    Timer.OFFER: lambda world, ident: answers.expire(world, world.offers[ident]),
    Timer.WRAPUP: lambda world, ident: assignments.wrapup_due(world, world.works[ident]),
    Timer.GRACE: lambda world, ident: presence.grace_due(world, world.agents[ident]),
    Timer.PIN: lambda world, ident: waiting.pin_due(world, world.works[ident]),
    Timer.STEP: lambda world, ident: waiting.step_due(world, world.works[ident]),
    Timer.OVERFLOW: lambda world, ident: overflow.look_due(world, world.works[ident]),
    Timer.HOURS: overflow.hours_due,
    Timer.DELAY: lambda world, ident: waiting.seen_due(world, world.works[ident]),
    Timer.WINDOW: lambda world, ident: turntaking.window_due(world, world.agents[ident]),
    Timer.LATE: lambda world, ident: waiting.late_due(world, world.works[ident]),
    Timer.LEAVE: lambda world, ident: presence.leave_due(world, world.works[ident]),
    Timer.RETURN: lambda world, ident: returns.return_due(world, world.works[ident]),
}


def _advance(world: World, until: int) -> None:
    """Let everything happen that is due before an instant, one after another, each in its time."""
    while (entry := world.timers.take(until)) is not None:
        due, kind, owner = entry
        world.now = max(world.now, due)
        DUE[kind](world, owner)
        _settle(world)


def _settle(world: World) -> None:
    if world.doubtful:
        returns.look(world)
    if world.dirty_agents or world.dirty_works:
        dispatch(world)
    while world.fresh:
        overflow.look_at_fresh(world)
        if world.doubtful:
            returns.look(world)
        dispatch(world)
    if world.moved_agents:
        world.tell_agents()


class Engine:
    """One desk's routing. Give it inputs in order of time; carry out what it decides."""

    def __init__(self, plan: Plan, *, explain_agents: int = EXPLAIN_AGENTS) -> None:
        self._world = World(plan, explain_agents)

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._world.plan

    def apply(self, request: Input) -> tuple[Event, ...]:
        """Take one input; return what it and the time until it have brought about."""
        world, at, kind = self._world, request.at, type(request)
        if world.now == 0:
            overflow.arm(world, at)
        if kind is not ClockStepped:
            if at < world.now:
                world.index.reset_idle()
            heap = world.timers.heap
            if heap and heap[0][0] < at:
                _advance(world, at)
        world.now = at
        HANDLERS[kind](world, request)
        _settle(world)
        decided = tuple(world.out)
        world.out.clear()
        return decided

    def next_timer(self) -> int | None:
        """When the engine wants a Tick, in milliseconds UTC."""
        return self._world.timers.next_due()

    def expected_free(
        self, queue: str, channel: str, now: int, lead_ms: int
    ) -> tuple[int, int | None]:
        """Agents who have room now or within the lead, and when that may become one more."""
        world = self._world
        free = pacing.expected_free(world, queue, channel, now, lead_ms)
        return free, pacing.next_free(world, queue, channel, now, lead_ms)

    def present(self) -> list[str]:
        """Who has not gone offline and is not lost, in order."""
        agents = self._world.agents
        return sorted(
            ident
            for ident, agent in agents.items()
            if agent.presence is not Presence.OFFLINE and agent.lost_until is None
        )

    def may_ask(self, queue: str, channel: str) -> bool:
        """Whether an agent of a queue has room for one more piece of a channel now."""
        world, roster = self._world, self._world.rosters.get(queue, ())
        kind = world.index.channels[channel]
        return any(each.routable() and each.room(kind) for each in roster)

    def explain(self, work: str) -> Why | None:
        """Why the work is where it is: every agent of the desk, as of now. Not for the hot path."""
        record = self._world.works.get(work)
        return None if record is None else explain(self._world, record)

    def drain_touched(self) -> Touched:
        """Rows that have changed since the last call, to be stored together with the events."""
        return drain(self._world)

    def snapshot(self) -> Snapshot:
        """All live rows."""
        return snapshot(self._world)

    @classmethod
    def restore(
        cls, plan: Plan, rows: Snapshot, *, explain_agents: int = EXPLAIN_AGENTS
    ) -> "Engine":
        """Start again from rows, under the same plan or another; the next input matches anew."""
        engine = cls.__new__(cls)
        engine._world = restore(plan, rows, explain_agents)
        for agent in absent(engine._world):
            presence.gone(engine._world, agent, "removed")
        return engine
