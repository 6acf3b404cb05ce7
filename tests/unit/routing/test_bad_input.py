"""What should not happen, happens: each has an outcome that is told of, and nothing is stuck."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from routing import events
from routing.calendar import Hours
from routing.events import Passed
from routing.inputs import OfferAccepted, Tick, WorkEnded, WrapupEnded
from routing.plan import AcceptMode, ChannelPlan, Do, OnLost, Overflow, Plan, QueuePlan, Skill, Step
from routing.rows import WorkPhase
from tests.unit.routing.scene import CHAT, VOICE, Scene, agent, plan

RING = ChannelPlan(id="ring", weight=50, accept_mode=AcceptMode.RING_ALL, offer_timeout_ms=9_000)
LETTER = ChannelPlan(id="letter", weight=10, accept_mode=AcceptMode.AUTO, on_lost=OnLost.KEEP)
ANN, BEN = agent("ann"), agent("ben")
BOTH = plan(ANN, BEN, channels=(VOICE, CHAT, LETTER, RING))
HOUR_MS = 3_600_000
ROUNDS = 60


def left_over(scene: Scene, at: int) -> list[str]:
    """Let everybody of the plan come and work as long as there is something to do: what remains."""
    for member in scene.engine.plan.agents:
        scene.tell(at, "agent_presence", agent=member.id, presence="available")
    for _ in range(ROUNDS):
        rows = scene.engine.snapshot()
        for offer in rows.offers:
            scene.engine.apply(OfferAccepted(at=at, offer=offer.id, agent=offer.agent))
        for work in rows.works:
            if work.phase in (WorkPhase.ASSIGNED, WorkPhase.PARKED):
                scene.engine.apply(WorkEnded(at=at, work=work.id))
            elif work.phase is WorkPhase.WRAPUP and work.agent:
                scene.engine.apply(WrapupEnded(at=at, work=work.id, agent=work.agent))
        due = scene.engine.next_timer()
        if scene.engine.snapshot() == rows:
            if due is None:
                break
            at = max(at, due)
            scene.engine.apply(Tick(at=at))
    return [f"{work.id} {work.phase}" for work in scene.engine.snapshot().works]


def changed(before: Plan, **fields: Any) -> Plan:
    return replace(before, version=before.version + 1, **fields)


# --- answers that come late, or twice ---


Words = tuple[str, dict[str, Any]]
ANN_ACCEPTS = "offer_accepted", {"offer": "w.1", "agent": "ann"}
ANN_ENDS = "work_ended", {"work": "w", "agent": "ann"}


@pytest.mark.parametrize(
    ("label", "channel", "at", "before", "answer", "expected"),
    [
        (
            "a colleague was faster",
            "ring",
            1,
            ("offer_accepted", {"offer": "w.2", "agent": "ben"}),
            ANN_ACCEPTS,
            "offer_gone",
        ),
        ("accepted twice", "voice", 1, ANN_ACCEPTS, ANN_ACCEPTS, "offer_gone"),
        ("accepted after the expiry", "voice", 30_000, ("tick", {}), ANN_ACCEPTS, "offer_gone"),
        (
            "accepted after the customer hung up",
            "voice",
            1,
            ("work_cancelled", {"work": "w", "reason": "abandoned"}),
            ANN_ACCEPTS,
            "offer_gone",
        ),
        (
            "accepted after one's own no",
            "voice",
            1,
            ("offer_declined", {"offer": "w.1", "agent": "ann"}),
            ANN_ACCEPTS,
            "offer_gone",
        ),
        ("ended twice", "chat", 1, ANN_ENDS, ANN_ENDS, "unknown_work"),
    ],
)
def test_answers_to_what_is_over(
    label: str, channel: str, at: int, before: Words, answer: Words, expected: str
) -> None:
    """Refused with its reason; a further answer of the kind changes nothing at all."""
    scene = Scene(BOTH)
    scene.arrive(0, "w", channel)
    scene.tell(at, before[0], **before[1])
    assert scene.tell(at, answer[0], **answer[1]) == [f"refused: {expected}"], label
    rows = scene.engine.snapshot()
    scene.tell(rows.at, answer[0], **answer[1])
    assert scene.engine.snapshot() == rows, label
    assert left_over(scene, 40_000) == [], label


# --- agents who are removed ---


def offered(scene: Scene) -> None:
    scene.arrive(0, "w", "voice")


def assigned(scene: Scene) -> None:
    scene.arrive(0, "w")


def kept(scene: Scene) -> None:
    scene.arrive(0, "w", "letter")


def kept_at_home(scene: Scene) -> None:
    scene.arrive(0, "w", "letter")
    scene.tell(1, "agent_presence", agent="ann", presence="offline")


def parked(scene: Scene) -> None:
    scene.arrive(0, "w")
    scene.tell(1, "work_parked", work="w")


REMOVED = "ann leaves w: removed", "w waits: removed", "ben gets w"


@pytest.mark.parametrize(
    ("label", "happen", "expected"),
    [
        (
            "asked",
            offered,
            ("w.1 taken from ann: removed", "w waits: removed", "ben asked for w.2 until 30010"),
        ),
        ("at work", assigned, REMOVED),
        ("with what others would keep", kept, REMOVED),
        ("gone home with it", kept_at_home, REMOVED),
        ("with work that rests", parked, REMOVED),
    ],
)
def test_agents_removed_with_work_in_hand(
    label: str, happen: Callable[[Scene], None], expected: tuple[str, ...]
) -> None:
    """Whatever was theirs waits again, at its age, and others get it; by a restart just as well."""
    scene = Scene(BOTH, "ann")
    happen(scene)
    scene.tell(5, "agent_presence", agent="ben", presence="available")
    alone = changed(BOTH, agents=(BEN,))
    rows = scene.engine.snapshot()
    assert scene.tell(10, "plan_changed", plan=alone) == [*expected], label
    assert scene.work("w").enqueued_at == 0
    assert left_over(scene, 40_000) == [], label
    scene.engine = scene.engine.restore(alone, rows)
    assert left_over(scene, 40_000) == [], f"{label}, after a restart"


def test_work_that_waits_for_an_agent_who_is_removed() -> None:
    """However long it would have waited: it is anybody's now."""
    scene = Scene(BOTH, "ben")
    scene.arrive(0, "w", owner="ann", owner_until=HOUR_MS)
    assert scene.work("w").pin == "ann"
    assert scene.tell(1, "plan_changed", plan=changed(BOTH, agents=(BEN,))) == ["ben gets w"]
    assert left_over(scene, 2) == []


def test_the_last_agent_removed_leaves_work_that_waits() -> None:
    """Nobody is there: it waits, and whoever is hired gets it."""
    scene = Scene(plan(ANN))
    scene.arrive(0, "w")
    told = scene.tell(1, "plan_changed", plan=changed(plan(ANN), agents=()))
    assert told == ["ann leaves w: removed", "w waits: removed"]
    scene.tell(2, "plan_changed", plan=changed(plan(BEN)))
    assert left_over(scene, 3) == []


# --- skills that are deleted ---


def test_a_skill_deleted_while_work_waits_for_it() -> None:
    """It is asked of nobody any more, in the work's own steps neither; the work is told to move."""
    zh, en = Skill(id="zh"), Skill(id="en")
    desk = replace(plan(agent("ann", skills={"en": 3})), skills=(zh, en))
    scene = Scene(desk)
    steps = (Step(need={"zh": 1}), Step(after_ms=9_000, need={"zh": 1, "en": 5}))
    assert scene.arrive(0, "own", needs={"zh": 2, "en": 1}) == ["own waits: arrived"]
    assert scene.arrive(1, "stepped", steps=steps) == ["stepped waits: arrived"]
    told = scene.tell(2, "plan_changed", plan=changed(desk, skills=(en,)))
    assert told[-2:] == ["ann gets own", "ann gets stepped"]
    assert scene.work("own").needs == {"en": 1}
    assert scene.work("stepped").steps[1].need == {"en": 5}
    assert left_over(scene, 3) == []


def test_a_skill_that_an_agent_loses_is_still_asked_for() -> None:
    """The desk knows it: somebody else may have it, or be taught."""
    desk = plan(agent("ann", skills={"zh": 3}), agent("ben", skills={"zh": 1}))
    scene = Scene(desk)
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    assert scene.arrive(1, "w", needs={"zh": 2}) == ["w waits: arrived"]
    unlearnt = changed(desk, agents=(ANN, agent("ben", skills={"zh": 1})))
    assert scene.tell(2, "plan_changed", plan=unlearnt) == []
    assert scene.work("w").needs == {"zh": 2}
    assert scene.tell(3, "plan_changed", plan=changed(unlearnt, agents=desk.agents)) == []
    assert left_over(scene, 4) == []


# --- clocks that jump ---


@pytest.mark.parametrize(("label", "by_ms"), [("back", -HOUR_MS), ("forward", HOUR_MS)])
@pytest.mark.parametrize("told_of", [True, False])
def test_clocks_that_jump(label: str, by_ms: int, told_of: bool) -> None:
    """Told of, an offer keeps its seconds. Not told of, forward is late and back is a longer wait."""
    scene = Scene(BOTH)
    start = 2 * HOUR_MS
    scene.arrive(start, "w", "voice")
    scene.arrive(start + 1, "c")
    at = start + 10_000 + by_ms
    told = scene.tell(at, "clock_stepped", by_ms=by_ms) if told_of else scene.tick(at)
    if told_of or by_ms < 0:
        assert told == [], label
        ends = start + 30_000 + (by_ms if told_of else 0)
        assert scene.tick(ends - 1) == [], label
        assert scene.tick(ends)[0] == "ann misses w.1", label
    else:
        assert told[0] == "ann misses w.1", label
    assert left_over(scene, at + 2 * HOUR_MS) == [], label


# --- calendars that never open ---


def test_a_calendar_that_never_opens() -> None:
    """Who is on the line is told so at once, letters wait; people may take them, or open it."""
    never = Hours(weekly={})
    live = replace(VOICE, live=True)
    closed = Overflow(when="closed and live", do=Do.CLOSE)
    queue = QueuePlan(id="q", hours=never, overflow=(closed,))
    desk = plan(ANN, channels=(live, CHAT), queues=(queue,))
    scene = Scene(desk)
    assert scene.arrive(0, "call", "voice")[1:] == [
        "call overflows q: close ",
        "call cancelled: overflow",
    ]
    for ident in ("w1", "w2"):
        assert scene.arrive(1, ident) == [f"{ident} waits: arrived"]
    assert scene.engine.next_timer() is None
    why = scene.engine.explain("w1")
    assert why is not None
    assert why.passed == {Passed.CLOSED: 1}
    assert scene.tell(2, "work_grabbed", work="w1", agent="ann") == ["ann gets w1"]
    told = scene.tell(3, "plan_changed", plan=changed(desk, queues=(QueuePlan(id="q"),)))
    assert told == ["ann gets w2"]
    assert left_over(scene, 4) == []


# --- overflow in circles ---


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_overflow_in_a_circle(length: int) -> None:
    """Each queue is tried once; then the work stays where it is and says so, and waits on."""
    names = ["q", *(f"q{n}" for n in range(1, length))]
    following = [*names[1:], "q"]
    queues = tuple(
        QueuePlan(id=own, overflow=(Overflow(when="staffed == 0", do=Do.MOVE_QUEUE, queue=other),))
        for own, other in zip(names, following, strict=True)
    )
    last = agent("ann", queues={names[-1]: 1})
    scene = Scene(plan(last, queues=queues), "nobody")
    told = scene.arrive(0, "w")
    assert told[-1] == f"w overflows {names[-1]}: stay q"
    assert len(told) == 2 * length
    assert scene.tick(HOUR_MS) == []
    assert left_over(scene, HOUR_MS) == []


# --- less capacity than there is work ---


def test_capacity_lowered_below_the_load() -> None:
    """Nothing is taken away, and nothing comes until there is room again; it is told of once."""
    desk = plan(agent("ann", capacity=100))
    scene = Scene(desk)
    for number in range(4):
        scene.arrive(number, f"w{number}")
    assert scene.arrive(9, "next") == ["next waits: arrived"]
    smaller = changed(desk, agents=(agent("ann", capacity=50),))
    assert scene.tell(10, "plan_changed", plan=smaller) == ["ann is over capacity: 100 of 50"]
    assert scene.tell(11, "plan_changed", plan=changed(smaller)) == []
    for number in range(3):
        ended = scene.tell(12 + number, "work_ended", work=f"w{number}")
        got = [said for said in ended if "gets" in said]
        assert got == (["ann gets next"] if number == 2 else []), number
    assert left_over(scene, 20) == []


def test_work_that_grows_heavier_in_hand() -> None:
    """A chat becomes a call: it is not taken away either."""
    scene = Scene(plan(agent("ann", capacity=100)))
    for number in range(4):
        scene.arrive(number, f"w{number}")
    told = scene.tell(10, "work_rekeyed", work="w0", channel="voice")
    assert told == ["ann is over capacity: 175 of 100"]
    assert left_over(scene, 20) == []


# --- what nobody can serve ---


def test_a_piece_that_nobody_can_serve() -> None:
    """It waits behind nobody's back: others are served, it says why, rules and people can end it."""
    rule = Overflow(when="wait_ms >= 1m", do=Do.MESSAGE, template="busy")
    desk = plan(agent("ann", skills={"zh": 1}), overflow=(rule,))
    scene = Scene(desk)
    assert scene.arrive(0, "w", needs={"zh": 5}) == ["w waits: arrived"]
    assert scene.arrive(1, "other")[-1] == "ann gets other"
    why = scene.engine.explain("w")
    assert why is not None
    assert why.passed == {Passed.LACKS_SKILL: 1}
    assert scene.tick(60_000) == ["w overflows q: message busy"]
    assert scene.tell(60_001, "work_grabbed", work="w", agent="ann") == ["ann gets w"]
    scene.arrive(60_002, "unknown", needs={"never heard of": 1})
    assert scene.engine.next_timer() == 120_002
    assert [e for e in scene.decided if isinstance(e, events.AssignmentStarted)] == []
    assert scene.tell(60_003, "work_cancelled", work="unknown") == ["unknown cancelled: cancelled"]
    assert left_over(scene, 60_004) == []


def test_an_id_that_was_called_off_comes_again_at_the_same_age() -> None:
    """What is left of the first life in the index is not taken for the second."""
    scene = Scene(plan(agent("ann", capacity=25)))
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    for work in ("one", "two"):
        scene.arrive(1_000, work)
    assert scene.tell(1_000, "work_cancelled", work="two") == ["two cancelled: cancelled"]
    assert scene.arrive(1_000, "two") == ["two waits: arrived"]
    assert left_over(scene, 2_000) == []
