"""Each invariant is asserted: a bug that only it can see is seen, without the twin's help."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from routing import answers, restore, waiting
from routing.engine import HANDLERS, Engine
from routing.events import Event
from routing.index import Index
from routing.inputs import WorkParked
from routing.plan import Step
from routing.records import Offer, Work
from routing.timers import Timers
from routing.world import World
from tests.unit.routing.invariants import Inspector
from tests.unit.routing.test_engine import test_equal_agents_get_equally_much as fair
from tests.unit.routing.test_mutants import (
    Mutant,
    forgetful,
    idle_time_stands_still,
    nothing,
    seat_kept,
    weighs_on,
)
from tests.unit.routing.test_random_days import test_replay_is_identical_to_the_byte as replayed
from tests.unit.routing.worlds import Day, plan_of

DAYS, INPUTS = 300, 150


def heaps_upside_down(right: Callable[..., Any]) -> Callable[..., Any]:
    def enqueue(self: Index, work: Work, steps: tuple[Step, ...]) -> Any:
        key = work.key
        work.key = (-key[0], -key[1])
        wanted = right(self, work, steps)
        work.key = key
        return wanted

    return enqueue


def offers_live_on(right: Callable[..., Any]) -> Callable[..., Any]:
    def close(world: World, offer: Offer, phase: Any) -> Any:
        closed = right(world, offer, phase)
        world.offers[offer.id] = offer
        return closed

    return close


def excluded_agents_asked(right: Callable[..., Any]) -> Callable[..., Any]:
    def next_agent(self: Index, work: Work, *rest: Any) -> Any:
        excluded, work.excluded = work.excluded, frozenset()
        found = right(self, work, *rest)
        work.excluded = excluded
        return found

    return next_agent


SEEN = [
    ("I1", Mutant("seats are kept", Index, "withdraw", seat_kept)),
    ("I2", Mutant("parked work weighs", HANDLERS, WorkParked, weighs_on)),
    ("I3", Mutant("dropped agents stay away", Index, "park", nothing)),
    ("I4", Mutant("heaps upside down", Index, "enqueue", heaps_upside_down)),
    ("I5", Mutant("offers live on", answers, "close", offers_live_on)),
    ("I6", Mutant("excluded agents are asked", Index, "next_agent", excluded_agents_asked)),
    ("I7", Mutant("timers stay", Timers, "clear_waits", nothing)),
    ("I9", Mutant("keys change in silence", waiting, "tell_rekeyed", nothing)),
]


def plant(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(mutant.owner, dict):
        monkeypatch.setitem(mutant.owner, mutant.name, mutant.wrong(mutant.owner[mutant.name]))
    else:
        right = getattr(mutant.owner, mutant.name)
        monkeypatch.setattr(mutant.owner, mutant.name, mutant.wrong(right))


def seen_in(seed: int) -> set[str]:
    """The numbers of the invariants that a day breaks first; an engine that crashes breaks none."""
    rng = random.Random(seed)
    engine = Engine(plan_of(rng))
    day, inspector = Day(engine.plan), Inspector(engine)
    for _ in range(INPUTS):
        try:
            decided: tuple[Event, ...] = engine.apply(day.next(rng, engine))
        except (AssertionError, KeyError, IndexError):
            return set()
        day.note(decided)
        if problems := inspector.problems(decided):
            return {problem[:2] for problem in problems}
    return set()


@pytest.mark.parametrize(("number", "mutant"), SEEN, ids=[number for number, _ in SEEN])
def test_each_invariant_sees_its_bug(
    number: str, mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On some day of a year it is what speaks first."""
    plant(mutant, monkeypatch)
    assert any(number in seen_in(seed) for seed in range(DAYS)), mutant.label


def test_a_restart_that_forgets_is_no_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """I8: snapshot and tail make the bytes that the whole makes."""
    plant(Mutant("", restore, "work_row", forgetful("enqueued_at")), monkeypatch)
    with pytest.raises(AssertionError):
        for seed in range(100, 110):
            replayed(seed)


def test_idle_time_that_stands_still_is_not_fair(monkeypatch: pytest.MonkeyPatch) -> None:
    """I10: somebody gets two more than another."""
    for change in ("changed", "freed"):
        plant(Mutant("", World, change, idle_time_stands_still), monkeypatch)
    with pytest.raises(AssertionError):
        fair(0)
