"""Each in turn: whoever was given least within a sliding window is asked first."""

import random

import msgspec
import pytest
from msgspec.structs import replace

from routing import events
from routing.engine import Engine
from routing.inputs import PlanChanged
from routing.rows import Snapshot
from tests.unit.routing.compare import Watched
from tests.unit.routing.invariants import Inspector
from tests.unit.routing.scene import Scene, agent, plan
from tests.unit.routing.worlds import Day, plan_of

WINDOW_MS = 10_000


def turns(*agents: str) -> Scene:
    """Agents with room for several, a window of ten seconds."""
    desk = plan(*map(agent, agents), agent_rule="round_robin_window")
    return Scene(replace(desk, window_ms=WINDOW_MS))


def given(scene: Scene, at: int, work: str) -> str:
    """Who gets a piece of work, which is over at once."""
    (got,) = [said.split()[0] for said in scene.arrive(at, work) if " gets " in said]
    scene.tell(at, "work_ended", work=work)
    return got


def test_who_was_given_least() -> None:
    """Not who has been idle for longest; what was given before the window counts no more."""
    scene = turns("ann", "ben")
    scene.tell(1, "agent_presence", agent="ben", presence="busy")
    assert [given(scene, at, f"w{at}") for at in (1_000, 2_000)] == ["ann", "ann"]
    scene.tell(3_000, "agent_presence", agent="ben", presence="available")
    assert given(scene, 4_000, "a") == "ben"
    assert given(scene, 5_000, "b") == "ben", "ann has had two, ben one"
    assert given(scene, 10_999, "c") == "ann", "two each: the longest idle"
    assert given(scene, 12_001, "d") == "ann", "her first two are out of the window"


def test_another_window() -> None:
    """A shorter one counts at once, none counts nothing, and each has its timer or none."""
    scene = turns("ann", "ben")
    for at in (1_000, 2_000, 3_000):
        given(scene, at, f"w{at}")
    inspector = Inspector(scene.engine)
    for at, window_ms in ((4_000, 500), (5_000, 60_000), (6_000, 0)):
        changed = PlanChanged(at=at, plan=replace(scene.engine.plan, window_ms=window_ms))
        assert not list(inspector.problems(scene.engine.apply(changed))), window_ms


@pytest.mark.parametrize("seed", range(3))
def test_the_same_as_counting(seed: int) -> None:
    """By counting all assignments of the window anew each time; a restart changes nothing."""
    rng = random.Random(seed)
    agents = ["ann", "ben", "cy", "dan"]
    scene = turns(*agents)
    again = Engine.restore(scene.engine.plan, scene.engine.snapshot())
    log: list[tuple[int, str]] = []
    at = 0
    for number in range(200):
        at += rng.randrange(1, 2_500)
        counts = {each: sum(a > at - WINDOW_MS and w == each for a, w in log) for each in agents}
        free = {state.id: state.free_since for state in scene.engine.snapshot().agents}
        wanted = min(agents, key=lambda each: (counts[each], free[each], each))
        decided = scene.arrive(at, f"w{number}")
        assert f"{wanted} gets w{number}" in decided, (number, counts)
        log.append((at, wanted))
        arrived = scene.decided
        scene.tell(at, "work_ended", work=f"w{number}")
        if number % 10 == 0:
            stored = msgspec.json.encode(scene.engine.snapshot())
            again = Engine.restore(scene.engine.plan, msgspec.json.decode(stored, type=Snapshot))
            assert again.next_timer() == scene.engine.next_timer()
        assert any(isinstance(event, events.AssignmentStarted) for event in arrived)


def test_random_days() -> None:
    """Every queue by turns: nothing is out of order, and a restart says the same."""
    rng = random.Random(11)
    first = plan_of(rng)
    queues = tuple(replace(queue, agent_rule="round_robin_window") for queue in first.queues)
    first = replace(first, queues=queues, window_ms=5_000)
    desk, day = Watched(first), Day(first)
    for _ in range(300):
        day.note(desk.apply(day.next(rng, desk.engine)))
