"""Where agents are, and what becomes of their work when they are not there."""

import pytest

from routing.plan import ChannelPlan, OnLost
from tests.unit.routing.scene import CHAT, VOICE, Scene, agent, plan

ANN, BEN = agent("ann"), agent("ben")
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
