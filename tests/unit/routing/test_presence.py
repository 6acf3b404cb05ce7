"""Where agents are, and what becomes of their work when they are not there."""

import pytest
from msgspec.structs import replace

from routing.engine import Engine
from routing.inputs import Tick
from routing.plan import ChannelPlan, OnLost
from tests.unit.routing.scene import CHAT, VOICE, Scene, agent, plan

ANN, BEN = agent("ann"), agent("ben")
PARCEL = ChannelPlan(
    id="parcel",
    weight=10,
    accept_mode=CHAT.accept_mode,
    on_lost=OnLost.REQUEUE_AFTER,
    requeue_after_ms=1_000,
)
LETTER = ChannelPlan(id="letter", weight=10, accept_mode=CHAT.accept_mode, on_lost=OnLost.KEEP)


def test_busy_keeps_work_and_gets_no_more() -> None:
    """A pause is not an end."""
    scene = Scene(plan(ANN))
    scene.arrive(0, "w1")
    assert scene.tell(1, "agent_presence", agent="ann", presence="busy", reason="lunch") == []
    assert scene.agents == ["ann is busy with 25"]
    assert scene.arrive(2, "w2") == ["w2 waits: arrived"]
    assert scene.tell(3, "agent_presence", agent="ann", presence="available") == ["ann gets w2"]


def test_busy_gives_offers_back_at_once() -> None:
    """The caller need not ring through to the end at an empty desk; nobody is blamed."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    assert scene.tell(1, "agent_presence", agent="ann", presence="busy") == [
        "w.1 taken from ann: busy",
        "w waits: busy",
        "ben asked for w.2 until 30001",
    ]
    assert scene.work("w").excluded == ()


def test_going_offline_requeues_what_the_channel_says() -> None:
    """Chats go to others with their age; letters stay on the desk."""
    scene = Scene(plan(ANN, BEN, channels=(CHAT, LETTER)), "ann")
    scene.arrive(5, "chat1")
    scene.arrive(6, "post1", "letter")
    scene.tell(7, "agent_presence", agent="ben", presence="available")
    assert scene.tell(8, "agent_presence", agent="ann", presence="offline") == [
        "ann leaves chat1: offline",
        "chat1 waits: offline",
        "ben gets chat1",
    ]
    assert scene.work("chat1").enqueued_at == 5
    assert scene.work("post1").agent == "ann"


def test_a_lost_agent_has_a_while_to_come_back() -> None:
    """No new work meanwhile; then as if they had left."""
    scene = Scene(plan(ANN, BEN), "ann")
    scene.arrive(5, "w")
    assert scene.tell(10, "agent_lost", agent="ann") == []
    assert scene.engine.next_timer() == 30_010
    assert scene.arrive(11, "w2") == ["w2 waits: arrived"]
    assert scene.tick(30_010) == ["ann leaves w: lost", "w waits: lost"]
    assert scene.agents == ["ann is offline with 0"]


@pytest.mark.parametrize(
    ("label", "tag", "fields"),
    [
        ("the socket is back", "agent_back", {}),
        ("or the agent says so", "agent_presence", {"presence": "available"}),
    ],
)
def test_a_found_agent_has_lost_nothing(label: str, tag: str, fields: dict) -> None:
    """Work stays, the timer goes, new work comes."""
    scene = Scene(plan(ANN))
    scene.arrive(5, "w")
    scene.tell(10, "agent_lost", agent="ann")
    scene.arrive(11, "w2")
    assert scene.tell(12, tag, agent="ann", **fields) == ["ann gets w2"], label
    assert scene.engine.next_timer() is None


def test_losing_an_agent_frees_their_offers_at_once() -> None:
    """A dead socket does not ring."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    assert scene.tell(1, "agent_lost", agent="ann") == [
        "w.1 taken from ann: lost",
        "w waits: lost",
        "ben asked for w.2 until 30001",
    ]


def test_leaving_ends_after_contact_work() -> None:
    """Nobody comes back for a wrap-up that blocks nobody."""
    voice = ChannelPlan(id="voice", exclusive=True, acw_ms=60_000, accept_mode=CHAT.accept_mode)
    scene = Scene(plan(ANN, channels=(voice,)))
    scene.arrive(0, "w", "voice")
    scene.tell(1, "work_ended", work="w", agent="ann")
    told = scene.tell(2, "agent_presence", agent="ann", presence="offline")
    assert told == ["ann wrapped up w: offline", "w done by ann"]
    assert scene.engine.next_timer() is None


@pytest.mark.parametrize(
    ("label", "tag", "fields", "expected"),
    [
        ("a stranger", "agent_presence", {"agent": "who", "presence": "busy"}, "unknown_agent"),
        ("a lost stranger", "agent_lost", {"agent": "who"}, "unknown_agent"),
        ("a found stranger", "agent_back", {"agent": "who"}, "unknown_agent"),
        ("found, never signed in", "agent_back", {"agent": "ben"}, "not_there"),
    ],
)
def test_refusals(label: str, tag: str, fields: dict, expected: str) -> None:
    """What cannot be is refused with its reason."""
    scene = Scene(plan(ANN, BEN), "ann")
    assert scene.tell(1, tag, **fields) == [f"refused: {expected}"], label


def test_saying_it_twice_changes_nothing() -> None:
    """Presence is a state, not a counter; idle time goes on."""
    scene = Scene(plan(ANN, BEN))
    assert scene.tell(5, "agent_presence", agent="ann", presence="available") == []
    assert scene.agents == []
    assert scene.tell(6, "agent_back", agent="ben") == []
    assert scene.tell(7, "agent_lost", agent="ben") == []
    assert scene.tell(8, "agent_lost", agent="ben") == []
    assert scene.engine.next_timer() == 30_007
    assert scene.arrive(9, "w", "voice", queue="q")[-1].startswith("ann asked")


def test_voice_excludes_everything_but_interruptible_work() -> None:
    """A call goes over the mail and beside nothing else; the mail's weight is suspended."""
    scene = Scene(plan(ANN, BEN), "ann")
    scene.arrive(0, "m1", "mail")
    scene.arrive(1, "v1", "voice")
    assert scene.agents == ["ann is available with 100"]
    assert scene.arrive(2, "c1") == ["c1 waits: arrived"]
    scene.tell(3, "offer_accepted", offer="v1.1", agent="ann")
    assert scene.tell(4, "work_ended", work="v1", agent="ann")[-1] == "ann gets c1"
    assert scene.load("ann") == 35
    assert scene.arrive(5, "v2", "voice") == ["v2 waits: arrived"]


def test_channel_caps_bind_below_capacity() -> None:
    """Two chats at most, though four would fit."""
    scene = Scene(plan(agent("ann", channel_caps={"chat": 2}), channels=(VOICE, CHAT)))
    told = [scene.arrive(n, f"w{n}")[-1] for n in range(3)]
    assert told == ["ann gets w0", "ann gets w1", "w2 waits: arrived"]
    assert scene.tell(9, "work_ended", work="w0")[-1] == "ann gets w2"


# --- work that is kept for a while ---


def kept() -> Scene:
    """Ann goes at 100 and leaves a parcel, for a second; Ben is there."""
    scene = Scene(plan(ANN, BEN, channels=(CHAT, PARCEL)), "ann")
    scene.arrive(5, "w", "parcel")
    scene.tell(50, "agent_presence", agent="ben", presence="available")
    assert scene.tell(100, "agent_presence", agent="ann", presence="offline") == []
    assert (scene.work("w").agent, scene.engine.next_timer()) == ("ann", 1_100)
    return scene


def test_work_waits_for_its_agent_and_then_goes_to_others() -> None:
    """With its old age, at the very instant, however late anybody looks."""
    scene = kept()
    assert scene.tick(1_099) == []
    assert scene.tick(9_000) == ["ann leaves w: offline", "w waits: offline", "ben gets w"]
    assert scene.work("w").enqueued_at == 5
    assert scene.work("w").leaves_at is None
    assert {event.at for event in scene.decided} == {1_100}


@pytest.mark.parametrize("presence", ["available", "busy"])
def test_who_is_back_in_time_has_kept_it(presence: str) -> None:
    """Also without taking more; who goes again has the whole time again."""
    scene = kept()
    scene.tell(600, "agent_presence", agent="ann", presence=presence)
    assert (scene.work("w").agent, scene.engine.next_timer()) == ("ann", None)
    scene.tell(700, "agent_presence", agent="ann", presence="offline")
    assert scene.engine.next_timer() == 1_700


def test_who_is_lost_has_the_grace_first() -> None:
    """Nobody knows before whether they are gone."""
    scene = Scene(plan(ANN, channels=(CHAT, PARCEL)), "ann")
    scene.arrive(5, "w", "parcel")
    scene.tell(10, "agent_lost", agent="ann")
    assert scene.tick(30_010) == []
    assert scene.engine.next_timer() == 31_010
    scene.tell(30_500, "agent_presence", agent="ann", presence="offline")
    assert scene.engine.next_timer() == 31_010, "gone once, however often it is said"


@pytest.mark.parametrize(
    ("label", "tag", "fields"),
    [
        ("its customer is done with", "work_ended", {"work": "w"}),
        ("it is called off", "work_cancelled", {"work": "w", "reason": "spam"}),
        ("a colleague takes it", "work_grabbed", {"work": "w", "agent": "ben", "by": "sue"}),
        ("it is handed on", "work_transferred", {"work": "w", "agent": "ann", "to_queue": "q"}),
        (
            "its agent is known no more",
            "plan_changed",
            {"plan": plan(BEN, channels=(CHAT, PARCEL))},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_has_gone_elsewhere_meanwhile_is_left_alone(
    label: str, tag: str, fields: dict
) -> None:
    """No timer is left behind."""
    scene = kept()
    scene.tell(600, tag, **fields)
    assert scene.engine.next_timer() is None, label
    assert scene.tick(5_000) == []


def test_a_plan_that_keeps_work_longer_is_for_who_goes_later() -> None:
    """An instant that was set stands, also when the clock is put forward: as long as it was."""
    scene = kept()
    longer = replace(PARCEL, requeue_after_ms=60_000)
    scene.tell(200, "plan_changed", plan=plan(ANN, BEN, channels=(CHAT, longer)))
    assert scene.engine.next_timer() == 1_100
    scene.tell(10_300, "clock_stepped", by_ms=10_000)
    assert scene.engine.next_timer() == 11_100


def test_a_new_start_keeps_the_instant() -> None:
    """A node that is down when it comes gives the work out at its next start, dated as it was."""
    scene = kept()
    rows = scene.engine.snapshot()
    again = Engine.restore(scene.engine.plan, rows)
    assert again.next_timer() == 1_100
    assert again.snapshot() == rows
    told = again.apply(Tick(at=99_000))
    assert [type(event).__name__ for event in told][:2] == ["AssignmentEnded", "WorkWaiting"]
    assert {event.at for event in told} == {1_100}
