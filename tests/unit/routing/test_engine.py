"""What holds for the engine as a whole: rows, time, fairness, size."""

import random
from collections import Counter

import msgspec
import pytest

from routing.engine import HANDLERS, Engine
from routing.events import AssignmentStarted, Event
from routing.inputs import AgentPresence, Input, Tick, WorkArrived, WorkCancelled, WorkEnded
from routing.plan import AgentRule, OrderMode, QueuePlan, Step
from routing.rows import WorkPhase
from routing.timers import COMPACT_ABOVE, Timer, Timers
from tests.unit.routing.scene import CHAT, Scene, agent, plan

ENCODE, DECODE = msgspec.json.encode, msgspec.json.decode


def test_every_input_has_a_handler() -> None:
    """The union and the table name the same inputs."""
    assert set(HANDLERS) == set(Input.__args__)


def test_events_and_inputs_survive_their_way_through_json() -> None:
    """Tags tell the members of each union apart."""
    scene = Scene(plan(agent("ann")))
    told = scene.engine.apply(
        WorkArrived(at=1, work="w", conversation="c", channel="voice", queue="q")
    )
    assert DECODE(ENCODE(told), type=tuple[Event, ...]) == told
    request = WorkCancelled(at=1, work="w")
    assert DECODE(ENCODE(request), type=Input) == request


def test_final_rows_appear_once() -> None:
    """After that the engine knows nothing of them."""
    scene = Scene(plan(agent("ann")))
    scene.arrive(1, "w")
    scene.engine.drain_touched()
    scene.tell(2, "work_ended", work="w")
    touched = scene.engine.drain_touched()
    assert [(row.id, row.phase, row.agent) for row in touched.works] == [
        ("w", WorkPhase.DONE, "ann")
    ]
    again = scene.engine.drain_touched()
    assert (again.works, again.offers, again.agents) == ((), (), ())
    assert scene.engine.snapshot().works == ()


def test_the_clock_may_go_back() -> None:
    """After a step of the database's clock time starts anew; idle agents stay in order of id."""
    scene = Scene(plan(agent("ann"), agent("ben")))
    scene.arrive(1_000_000, "w1")
    assert scene.arrive(5, "w2")[-1] == "ben gets w2"
    assert scene.arrive(6, "w3")[-1] == "ben gets w3"  # ann's idle time begins in the future
    assert scene.tell(7, "work_ended", work="w1")[-1] == "w1 done by ann"
    assert scene.arrive(8, "w4")[-1] == "ben gets w4"


@pytest.mark.parametrize("by_ms", [-3_600_000, 3_600_000])
def test_a_step_of_the_clock_moves_what_is_to_come(by_ms: int) -> None:
    """An offer has its seconds, a wait its steps and its place, whatever the clock has been told."""
    scene = Scene(plan(agent("ann"), steps=(Step(), Step(after_ms=20_000, pool=("*",)))))
    scene.arrive(0, "call", "voice")
    scene.arrive(1_000, "w1")
    jumped = 10_000 + by_ms
    told = scene.tell(jumped, "clock_stepped", by_ms=by_ms)
    assert told == [f"w1 moves to q (0, {1_000 + by_ms})"]
    scene.arrive(jumped, "w2")
    assert scene.tick(20_999 + by_ms) == []
    assert scene.tick(21_000 + by_ms) == ["w1 steps to 1: time"]
    told = scene.tick(30_000 + by_ms)
    assert "ann misses call.1" in told
    told = scene.tell(31_000 + by_ms, "agent_presence", agent="ann", presence="available")
    assert told == ["ann asked for call.2 until " + str(61_000 + by_ms)]
    told = scene.tell(32_000 + by_ms, "offer_declined", offer="call.2", agent="ann")
    assert [said for said in told if "gets" in said] == ["ann gets w1", "ann gets w2"]


@pytest.mark.parametrize("seed", range(3))
def test_equal_agents_get_equally_much(seed: int) -> None:
    """I10: equal skills, one slot, equal lengths, no two events at once: nobody is two ahead."""
    rng = random.Random(seed)
    names = [f"a{n}" for n in range(7)]
    scene = Scene(plan(*(agent(name, capacity=25) for name in names)))
    count = Counter(dict.fromkeys(names, 0))
    running: list[tuple[int, str]] = []

    def note(at: int) -> None:
        for event in scene.decided:
            if isinstance(event, AssignmentStarted):
                running.append((at + 100_000, event.work))
                count[event.agent] += 1

    seconds = 0
    for n in range(300):
        seconds += rng.randint(0, 40)
        at = seconds * 1_000 + n  # no other piece of work ever begins or ends at such an instant
        while running and min(running)[0] <= at:
            due, work = min(running)
            running.remove((due, work))
            scene.tell(due, "work_ended", work=work)
            note(due)
        scene.arrive(at, f"w{n:03}")
        note(at)
        assert max(count.values()) - min(count.values()) <= 1
    assert sum(count.values()) > 250


def test_a_thousand_agents_sign_in_before_much_waiting_work() -> None:
    """Mass events are matched completely, in order, without a scan of everything."""
    desk = plan(
        *(agent(f"a{n:04}", capacity=25) for n in range(500)),
        channels=(CHAT,),
        order_mode=OrderMode.STRICT,
        agent_rule=AgentRule.LEAST_LOADED,
    )
    engine = Engine(desk)
    for n in range(2_000):
        engine.apply(
            WorkArrived(at=n, work=f"w{n:04}", conversation=f"c{n}", channel="chat", queue="q")
        )
    got = []
    for n in range(500):
        decided = engine.apply(AgentPresence(at=3_000, agent=f"a{n:04}", presence="available"))
        got += [event.work for event in decided if isinstance(event, AssignmentStarted)]
    assert got == [f"w{n:04}" for n in range(500)]
    again = Engine.restore(desk, engine.snapshot())
    assert again.apply(Tick(at=3_001)) == ()
    decided = again.apply(WorkEnded(at=3_002, work="w0000"))
    assert [e.work for e in decided if isinstance(e, AssignmentStarted)] == ["w0500"]


def test_cancelling_most_of_what_waits_shrinks_the_heaps() -> None:
    """Dead entries go when they outnumber the living."""
    scene = Scene(plan(agent("ann"), queues=(QueuePlan(id="q"),)))
    scene.tell(0, "agent_presence", agent="ann", presence="offline")
    for n in range(1_000):
        scene.arrive(n, f"w{n:04}")
    for n in range(990):
        scene.tell(2_000, "work_cancelled", work=f"w{n:04}")
    lanes = [
        lane
        for signature in scene.engine._world.index.signatures.values()
        for lane in signature.lanes.values()
    ]
    assert sum(len(lane.row) + len(lane.heap) for lane in lanes) < 100
    assert (
        scene.tell(2_001, "agent_presence", agent="ann", presence="available")[0]
        == "ann gets w0990"
    )


@pytest.mark.parametrize("then", [1, -1], ids=["in order", "against it"])
def test_timers_forget_what_is_cleared(then: int) -> None:
    """One live timer for each kind and owner; what is kept shrinks with them."""
    timers = Timers()
    for n in range(3 * COMPACT_ABOVE):
        timers.set(Timer.OFFER, f"o{n}", 9_999 + n * then)
        if n != 7:
            timers.clear(Timer.OFFER, f"o{n}")
    assert len(timers.heap) + sum(map(len, timers.rows)) <= COMPACT_ABOVE + 3
    timers.set(Timer.OFFER, "o7", 99_999)
    timers.set(Timer.WRAPUP, "o7", 99_999)
    assert timers.next_due() == 99_999
    assert timers.take(99_999) is None
    assert timers.take(100_000) == (99_999, Timer.OFFER, "o7")
    assert timers.take(100_000) == (99_999, Timer.WRAPUP, "o7")
    assert timers.next_due() is None


def test_timers_go_off_as_a_sorted_list_would() -> None:
    """By instant, kind and owner, whatever is set, moved and cleared, in whatever order."""
    rng = random.Random(3)
    timers, kinds = Timers(), (Timer.OFFER, Timer.STEP, Timer.WRAPUP)
    live: dict[tuple[Timer, str], int] = {}
    for now in range(20_000):
        kind, owner = rng.choice(kinds), f"o{rng.randrange(300)}"
        if rng.random() < 0.3:
            timers.clear(kind, owner)
            live.pop((kind, owner), None)
        else:
            live[kind, owner] = now + rng.choice((30, 30, 30, 30, 7, 900))
            timers.set(kind, owner, live[kind, owner])
        due = sorted((at, *which) for which, at in live.items() if at <= now)
        for at, *which in due:
            assert timers.next_due() == at
            assert timers.take(now + 1) == (at, *which)
            del live[which[0], which[1]]
        assert timers.take(now + 1) is None
        assert timers.next_due() == min(live.values(), default=None)
