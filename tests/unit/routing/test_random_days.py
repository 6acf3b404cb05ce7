"""Random desks: the engine, its naive twin, the invariants, stored rows and a restart agree."""

import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from routing.engine import Engine
from routing.inputs import Input, Tick
from routing.plan import Plan
from routing.rows import Snapshot
from tests.unit.routing.compare import Desk, live
from tests.unit.routing.worlds import MAKERS, Day, plan_of

WORLDS, BLOCK = 100, 10


@pytest.mark.parametrize("first", range(0, WORLDS, BLOCK))
def test_everybody_tells_the_same_of_a_day(first: int) -> None:
    """After every input nothing is out of order and the twin is in the same state.

    `parley bench worlds` lets two thousand desks live through theirs.
    """
    for seed in range(first, first + BLOCK):
        assert live(seed, 150).told > 150


@pytest.mark.parametrize("seed", range(100, 102))
def test_replay_is_identical_to_the_byte(seed: int) -> None:
    """The same inputs, ticked late or restarted anywhere, make the same events.

    Only at one and the same instant does it matter whether a tick or a fact comes first.
    """
    inputs, plan = recorded(seed, 200)
    told = told_by(Engine(plan), inputs)
    untimely = [
        request
        for request, following in pairwise(inputs)
        if not isinstance(request, Tick) or request.at == following.at
    ]
    assert told_by(Engine(plan), inputs) == told
    assert told_by(Engine(plan), [*untimely, inputs[-1]]) == told
    for cut in (1, 77, 150, 199):
        engine = Engine(plan)
        head = told_by(engine, inputs[:cut])
        rows = msgspec.json.decode(msgspec.json.encode(engine.snapshot()), type=Snapshot)
        again = Engine.restore(engine.plan, rows)
        assert head + told_by(again, inputs[cut:]) == told


def recorded(seed: int, length: int) -> tuple[list[Input], Plan]:
    rng = random.Random(seed)
    plan = plan_of(rng)
    engine, day = Engine(plan), Day(plan)
    kinds = sorted(MAKERS.keys() - {"step_clock"})  # where ticks are left out, time cannot jump
    inputs = []
    for _ in range(length):
        inputs.append(day.next(rng, engine, rng.choice(kinds)))
        day.note(engine.apply(inputs[-1]))
    day.at += 10_000
    inputs.append(MAKERS["tick"][1](day, rng, {}))
    return inputs, plan


def told_by(engine: Engine, inputs: list[Input]) -> bytes:
    events = [event for request in inputs for event in engine.apply(request)]
    return b"".join(msgspec.json.encode(event) for event in events)


class DeskMachine(RuleBasedStateMachine):
    """Hypothesis looks for the shortest day on which somebody disagrees."""

    desk: Desk
    day: Day

    @initialize(seed=st.integers(0, 10_000))
    def open_desk(self, seed: int) -> None:
        self.desk = Desk(plan_of(random.Random(seed)))
        self.day = Day(self.desk.engine.plan)

    @rule(kind=st.sampled_from(sorted(MAKERS)), rng=st.randoms(use_true_random=False))
    def happen(self, kind: str, rng: random.Random) -> None:
        request = self.day.next(rng, self.desk.engine, kind)
        self.day.note(self.desk.apply(request))

    @precondition(lambda self: self.desk.engine.next_timer() is not None)
    @rule()
    def wait_for_the_next_timer(self) -> None:
        due = self.desk.engine.next_timer()
        self.day.at = max(self.day.at, due or self.day.at)
        self.day.note(self.desk.apply(MAKERS["tick"][1](self.day, random.Random(0), {})))


TestDeskMachine = DeskMachine.TestCase
TestDeskMachine.settings = settings(max_examples=12, stateful_step_count=30)
