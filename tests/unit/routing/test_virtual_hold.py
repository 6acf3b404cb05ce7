"""Virtual hold: who will be called back keeps the place in line, and nobody gets them yet."""

import random

import pytest

from routing.engine import Engine
from routing.events import WorkDeferred
from routing.inputs import CallbackPending, CallbackReady, WorkArrived
from routing.plan import OrderMode, Overflow, QueuePlan, Step
from routing.rows import WorkPhase
from tests.unit.routing.compare import Watched
from tests.unit.routing.scene import Scene, agent, plan
from tests.unit.routing.worlds import Day, plan_of


def test_the_place_is_kept() -> None:
    """The same key before, during and after; who came later is served meanwhile, not after."""
    scene = Scene(plan(agent("ann")))
    scene.tell(1, "agent_presence", agent="ann", presence="busy")
    scene.arrive(10, "first", "voice")
    scene.arrive(20, "second", "voice")
    key = scene.work("first").enqueued_at
    assert scene.tell(30, "callback_pending", work="first") == ["first keeps (0, 10) in q"]
    assert scene.tell(40, "agent_presence", agent="ann", presence="available") == [
        "ann asked for second.1 until 30040"
    ]
    assert scene.tell(50, "callback_ready", work="first") == ["first waits: callback"]
    assert scene.work("first").enqueued_at == key
    scene.arrive(60, "third", "voice")
    scene.tell(70, "work_cancelled", work="second")
    assert scene.work("first").phase is WorkPhase.OFFERED, "before who came after them"


def test_a_wish_at_the_very_deadline() -> None:
    """The work is late from then on, and its key is told."""
    desk = Watched(plan(agent("ann"), order_mode=OrderMode.EDF))
    desk.apply(
        WorkArrived(at=10, work="w", conversation="w", channel="voice", queue="q", deadline=50)
    )
    told = desk.apply(CallbackPending(at=50, work="w"))
    assert [each.key for each in told if isinstance(each, WorkDeferred)] == [(1, 50)]


def test_it_counts_for_those_behind() -> None:
    """A rule on the length of the line sees who waits to be called."""
    full = Overflow(when="waiting > 1", do="message", template="line_is_long")
    scene = Scene(plan(agent("ann"), overflow=(full,)))
    scene.tell(1, "agent_presence", agent="ann", presence="busy")
    scene.arrive(10, "first", "voice")
    scene.tell(20, "callback_pending", work="first")
    assert scene.arrive(30, "second", "voice")[1] == "second overflows q: message line_is_long"


def test_rules_of_overflow_leave_it_alone() -> None:
    """Whoever was promised a call is not sent to the voicemail for waiting too long."""
    late = Overflow(when="wait_ms >= 5000", do="close")
    scene = Scene(plan(agent("ann", queues={}), overflow=(late,)))
    scene.arrive(10, "first", "voice")
    scene.tell(20, "callback_pending", work="first")
    assert scene.tick(9_000) == []
    assert scene.tell(9_001, "callback_ready", work="first")[1:] == [
        "first overflows q: close ",
        "first cancelled: overflow",
    ]


def test_steps_go_on() -> None:
    """Its age counts meanwhile: when it may be had, so many agents may have it."""
    steps = (Step(need={"zh": 3}), Step(after_ms=5_000))
    scene = Scene(plan(agent("ann"), steps=steps))
    scene.arrive(10, "first", "voice")
    scene.tell(20, "callback_pending", work="first")
    assert scene.tick(6_000) == ["first steps to 1: time"]
    assert scene.tell(6_001, "callback_ready", work="first") == [
        "first waits: callback",
        "ann asked for first.1 until 36001",
    ]


def test_nobody_being_there_changes_no_place() -> None:
    """A step that would be skipped now was not when the work came: its place is kept as it is."""
    steps = (Step(skip_if="no_available"), Step(after_ms=60_000, priority_delta=2))
    scene = Scene(plan(agent("ann"), steps=steps))
    scene.tell(1, "agent_presence", agent="ann", presence="available")
    scene.arrive(5, "before", "voice")
    scene.arrive(10, "first", "voice")
    scene.tell(15, "agent_presence", agent="ann", presence="busy")
    assert scene.tell(20, "callback_pending", work="first") == ["first keeps (0, 10) in q"]


def test_an_offer_is_taken_back() -> None:
    """Who presses the key while an agent is asked is not connected any more."""
    scene = Scene(plan(agent("ann")))
    scene.arrive(10, "first", "voice")
    assert scene.tell(20, "callback_pending", work="first") == [
        "first.1 taken from ann: callback",
        "first keeps (0, 10) in q",
    ]
    assert scene.load("ann") == 0


def test_by_another_channel() -> None:
    """Who writes while waiting to be called is answered in writing, at the same age."""
    scene = Scene(plan(agent("ann")))
    scene.tell(1, "agent_presence", agent="ann", presence="busy")
    scene.arrive(10, "first", "voice")
    scene.tell(20, "callback_pending", work="first")
    scene.tell(30, "callback_ready", work="first", channel="chat")
    scene.tell(40, "agent_presence", agent="ann", presence="available")
    assert (scene.load("ann"), scene.work("first").channel) == (25, "chat")


@pytest.mark.parametrize(
    ("label", "tag", "fields"),
    [
        ("twice", "callback_pending", {"work": "first"}),
        ("taken by hand", "work_grabbed", {"work": "first", "agent": "ann"}),
        ("even by force", "work_grabbed", {"work": "first", "agent": "ann", "force": True}),
        ("nothing known of it", "callback_ready", {"work": "other"}),
    ],
)
def test_what_cannot_be_done_with_it(label: str, tag: str, fields: dict) -> None:
    """Refused, and nothing changes."""
    scene = Scene(plan(agent("ann")))
    scene.arrive(10, "first", "voice")
    scene.tell(20, "callback_pending", work="first")
    (said,) = scene.tell(30, tag, **fields)
    assert said.startswith("refused: "), label
    assert scene.work("first").phase is WorkPhase.CALLBACK_PENDING


def test_another_plan() -> None:
    """Its queue is no more: it keeps its age in the default queue, and nobody is asked."""
    scene = Scene(
        plan(agent("ann", queues={"a": 1}), queues=(QueuePlan(id="a"), QueuePlan(id="b")))
    )
    scene.arrive(10, "first", "voice", queue="b")
    scene.tell(20, "callback_pending", work="first")
    changed = plan(agent("ann", queues={"a": 1}), queues=(QueuePlan(id="a"),))
    assert scene.tell(30, "plan_changed", plan=changed) == ["first moves to a (0, 10)"]
    assert scene.tell(40, "callback_ready", work="first")[1] == "ann asked for first.1 until 30040"


@pytest.mark.parametrize("seed", range(4))
def test_random_days(seed: int) -> None:
    """Whatever else happens: one place each, steady keys, and a restart changes nothing."""
    rng = random.Random(seed)
    first = plan_of(rng)
    desk, day = Watched(first), Day(first)
    deferred = 0
    for _ in range(300):
        rows = desk.engine.snapshot().works
        phase = rng.choice((WorkPhase.WAITING, WorkPhase.OFFERED, WorkPhase.CALLBACK_PENDING))
        found = [work.id for work in rows if work.phase is phase]
        if rng.random() < 0.2 and found:
            held = phase is WorkPhase.CALLBACK_PENDING
            kind = CallbackReady if held else CallbackPending
            request = kind(at=day.at, work=rng.choice(found))
            deferred += not held
        else:
            request = day.next(rng, desk.engine)
        decided = desk.apply(request)
        day.note(decided)
    assert deferred > 5


def test_who_is_on_the_line_already_comes_first() -> None:
    """Before every priority and age, also after a restart."""
    scene = Scene(plan(agent("ann"), order_mode="aging", boost_ms=60_000))
    scene.tell(1, "agent_presence", agent="ann", presence="busy")
    scene.arrive(10, "urgent", "voice", priority=9, enqueued_at=-1_000_000)
    scene.arrive(20, "called", "voice", callback_pending=True)
    scene.tell(30, "callback_ready", work="called", front=True)
    scene.engine = Engine.restore(scene.engine.plan, scene.engine.snapshot())
    assert scene.tell(40, "agent_presence", agent="ann", presence="available") == [
        "ann asked for called.1 until 30040"
    ]
