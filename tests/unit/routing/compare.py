"""One random desk through a random day: engine, twin, inspector, stored rows and a restart agree."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest

import msgspec

from routing import events, idle
from routing.engine import Engine
from routing.inputs import AgentPresence, Input, Tick
from routing.plan import Plan
from routing.rows import OfferPhase, Snapshot, WorkPhase
from tests.unit.routing.invariants import Inspector
from tests.unit.routing.naive_life import Twin
from tests.unit.routing.worlds import Day, calm_plan_of, plan_of, thin_plan_of

FINAL = {WorkPhase.DONE, WorkPhase.CANCELLED}
RESTART_EVERY = 25
ON_A_THIN_DAY = (
    *("arrive", "decline", "decline", "decline", "accept", "accept", "end", "transfer", "transfer"),
    *("presence", "presence", "lose", "lose", "tick", "tick", "rekey", "change_plan"),
)


class Disagreement(Exception):
    """Two accounts of the same day differ."""


class Watched:
    """An engine, one that is restarted now and then, and the inspector: all must agree."""

    def __init__(self, plan: Plan) -> None:
        self.engine = Engine(plan)
        self.restarted = Engine(plan)
        self.inspector = Inspector(self.engine)
        self.told = 0

    def apply(self, request: Input) -> tuple[events.Event, ...]:
        decided = self.engine.apply(request)
        self.told += 1
        again = self.restarted.apply(request)
        encoded = msgspec.json.encode
        if encoded(decided) != encoded(again):
            odd = [(a, b) for a, b in zip_longest(decided, again) if encoded(a) != encoded(b)]
            raise Disagreement(f"{request}: {odd[0][0]}, after a restart {odd[0][1]}")
        for problem in self.inspector.problems(decided):
            raise Disagreement(f"{request}: {problem}")
        if self.told % RESTART_EVERY == 0:
            rows = msgspec.json.decode(encoded(self.engine.snapshot()), type=Snapshot)
            self.restarted = Engine.restore(self.engine.plan, rows)
        return decided


class Desk(Watched):
    """An engine under watch beside the twin and the stored rows, which must say the same."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.twin = Twin(plan)
        self.stored: dict[str, dict[str, object]] = {"works": {}, "offers": {}, "agents": {}}

    def apply(self, request: Input) -> tuple[events.Event, ...]:
        decided = super().apply(request)
        got = [short for event in decided if (short := shorten(event))]
        want = [happened for happened in self.twin.apply(request) if happened[0] != "ended"]
        for mine, theirs in zip_longest(got, want):
            if mine != theirs:
                raise Disagreement(f"{request}: {mine}, the twin {theirs}")
        for mine, theirs in zip(self.state(), self.twin.state(), strict=True):
            for name in mine.keys() | theirs.keys():
                if mine.get(name) != theirs.get(name):
                    raise Disagreement(
                        f"{request}: {name} {mine.get(name)}, the twin {theirs.get(name)}"
                    )
        self.compare_rows(request)
        return decided

    def state(self) -> tuple[dict, dict]:
        rows = self.engine.snapshot()
        asked: dict[str, list[str]] = {}
        for offer in rows.offers:
            asked.setdefault(offer.work, []).append(offer.agent)
        planned = {agent.id for agent in self.engine.plan.agents}
        works = {
            w.id: (
                str(w.phase),
                w.agent,
                tuple(sorted(asked.get(w.id, ()))),
                w.step,
                w.excluded,
                w.queue,
                w.after_hours,
                w.guests,
                w.giver,
            )
            for w in rows.works
        }
        agents = {
            a.id: (str(a.presence), a.lost_until, a.load) for a in rows.agents if a.id in planned
        }
        return works, agents

    def compare_rows(self, request: Input) -> None:
        """What a host has stored from drains alone is what a snapshot says."""
        touched, rows = self.engine.drain_touched(), self.engine.snapshot()
        self.stored["works"] |= {row.id: row for row in touched.works}
        self.stored["offers"] |= {row.id: row for row in touched.offers}
        self.stored["agents"] |= {row.id: row for row in touched.agents}
        for row in touched.works:
            if row.phase in FINAL:
                del self.stored["works"][row.id]
        for row in touched.offers:
            if row.phase is not OfferPhase.LIVE:
                del self.stored["offers"][row.id]
        for name, live in (("works", rows.works), ("offers", rows.offers)):
            mine, stored = {row.id: row for row in live}, self.stored[name]
            odd = [n for n in mine.keys() | stored.keys() if mine.get(n) != stored.get(n)]
            if odd:
                raise Disagreement(f"{request}: {mine.get(odd[0])}, stored {stored.get(odd[0])}")
        for row in rows.agents:
            fresh = (row.presence, row.free_since, row.load) == ("offline", 0, 0)
            if self.stored["agents"].get(row.id) != row and not fresh:
                raise Disagreement(f"{request}: {row}, stored {self.stored['agents'].get(row.id)}")


TOLD_BY_TWIN: dict[type, tuple[str, ...]] = {
    events.OfferCreated: ("offer", "work", "agent"),
    events.AssignmentStarted: ("assign", "work", "agent"),
    events.OfferAccepted: ("accepted", "offer"),
    events.OfferDeclined: ("declined", "offer"),
    events.OfferExpired: ("expired", "offer"),
    events.OfferRescinded: ("rescinded", "offer"),
    events.WorkOverflowed: ("overflow", "work", "do"),
    events.WorkDone: ("done", "work"),
    events.WorkDeferred: ("deferred", "work"),
    events.WorkCancelled: ("cancelled", "work"),
    events.AllDeclined: ("all_declined", "work"),
    events.WorkReturnable: ("returnable", "work", "agent"),
    events.WrapupStarted: ("wrapup", "work", "until"),
    events.WorkStepped: ("step", "work", "step"),
    events.ConsultStarted: ("asked_in", "work", "agent"),
    events.ConsultEnded: ("left", "work", "agent"),
    events.RequestRefused: ("refused",),
}


def shorten(event: events.Event) -> tuple | None:
    """An event as the twin tells it; None for what the twin does not tell."""
    if type(event) not in TOLD_BY_TWIN or getattr(event, "reason", "") == "unpinned":
        return None
    name, *fields = TOLD_BY_TWIN[type(event)]
    return name, *(getattr(event, field) for field in fields)


@contextmanager
def scanning_up_to(agents: int) -> Iterator[None]:
    """Let the index scan only so few agents by load, so that small desks try its heaps too."""
    usual, idle.SCANNED_AGENTS = idle.SCANNED_AGENTS, agents
    try:
        yield
    finally:
        idle.SCANNED_AGENTS = usual


def live_a_day(seed: int, inputs: int) -> Desk:
    """Let a desk live through its day; raises Disagreement at the first difference."""
    rng = random.Random(seed)
    with scanning_up_to(0 if seed % 2 else idle.SCANNED_AGENTS):
        desk = Desk(plan_of(rng))
        day = Day(desk.engine.plan)
        for _ in range(inputs):
            day.note(desk.apply(day.next(rng, desk.engine)))
        desk.apply(Tick(at=day.at + 60_000))
    return desk


def live_a_calm_day(seed: int, inputs: int) -> Desk:
    """A day of arrivals and ends only, where all depends on loads and idle times."""
    rng = random.Random(seed)
    with scanning_up_to(0 if seed % 2 else idle.SCANNED_AGENTS):
        desk = Desk(calm_plan_of(rng))
        day = Day(desk.engine.plan)
        for agent in desk.engine.plan.agents:
            desk.apply(AgentPresence(at=0, agent=agent.id, presence="available"))
        for _ in range(inputs):
            kind = rng.choice(("arrive", "end", "end"))
            desk.apply(day.next(rng, desk.engine, kind))
    return desk


def live_a_thin_day(seed: int, inputs: int) -> Desk:
    """A day on which hardly anybody is there, and who is declines."""
    rng = random.Random(seed)
    with scanning_up_to(0 if seed % 2 else idle.SCANNED_AGENTS):
        desk = Desk(thin_plan_of(rng))
        day = Day(desk.engine.plan, thin_plan_of)
        for _ in range(inputs):
            day.note(desk.apply(day.next(rng, desk.engine, rng.choice(ON_A_THIN_DAY))))
        desk.apply(Tick(at=day.at + 60_000))
    return desk


def live(number: int, inputs: int) -> Desk:
    """One of many days: most are full of everything, one of ten is calm, and one is thin."""
    kinds = {0: live_a_calm_day, 1: live_a_thin_day}
    return kinds.get(number % 10, live_a_day)(number, inputs)
