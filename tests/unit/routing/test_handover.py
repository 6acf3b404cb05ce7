"""Work changes hands: transfer, grab, park, sticky agents, re-keys."""

import pytest

from routing.plan import QueuePlan, Sticky
from tests.unit.routing.scene import Scene, agent, plan

ANN, BEN, EVA = agent("ann"), agent("ben"), agent("eva", queues={"vip": 1})
QUEUES = (QueuePlan(id="q", agent_wait_ms=5_000), QueuePlan(id="vip"))


def with_ann(*present: str, **fields: object) -> Scene:
    """Ann has the chat "w", which came at 10."""
    scene = Scene(plan(ANN, BEN, EVA, queues=QUEUES), "ann")
    scene.arrive(10, "w", **fields)
    for ident in present:
        scene.tell(11, "agent_presence", agent=ident, presence="available")
    return scene


@pytest.mark.parametrize(("keep_age", "since"), [(False, 20), (True, 10)])
def test_transfer_to_a_queue(keep_age: bool, since: int) -> None:
    """The old agent is free in the same batch; whether the age goes along is asked for."""
    scene = with_ann("eva")
    told = scene.tell(
        20, "work_transferred", work="w", agent="ann", to_queue="vip", keep_age=keep_age
    )
    assert told == ["ann leaves w: transferred", "w waits: transferred", "eva gets w"]
    assert scene.work("w").enqueued_at == since
    assert scene.work("w").origin_at == 10
    assert scene.agents == ["ann is available with 0", "eva is available with 25"]


def test_giving_back_goes_to_others_first() -> None:
    """Whoever gives work back to a queue of their own does not get it at once."""
    scene = with_ann("ben")
    told = scene.tell(20, "work_transferred", work="w", agent="ann", to_queue="q")
    assert told[-1] == "ben gets w"


def test_transfer_to_an_agent_waits_for_them_and_falls_back() -> None:
    """Full agents get a while; then the queue has it."""
    scene = with_ann("eva")
    for n in range(4):
        scene.arrive(12 + n, f"e{n}", queue="vip")
    told = scene.tell(20, "work_transferred", work="w", agent="ann", to_agent="eva")
    assert told == ["ann leaves w: transferred", "w waits: transferred"]
    assert scene.tell(21, "work_ended", work="e0")[-1] == "eva gets w"
    scene = with_ann("eva", "ben")
    for n in range(4):
        scene.arrive(12 + n, f"e{n}", queue="vip")
    scene.tell(20, "work_transferred", work="w", agent="ann", to_agent="eva")
    assert scene.tick(5_020) == ["w steps to 0: unpinned", "ben gets w"]


def test_an_agent_who_leaves_waits_for_nobody() -> None:
    """Work that waited for them by name goes to the queue at once."""
    scene = with_ann("eva", "ben")
    for n in range(4):
        scene.arrive(12 + n, f"e{n}", queue="vip")
    scene.tell(20, "work_transferred", work="w", agent="ann", to_agent="eva")
    told = scene.tell(21, "agent_presence", agent="eva", presence="offline")
    assert "ben gets w" in told


@pytest.mark.parametrize(
    ("label", "fields", "expected"),
    [
        ("no such work", {"work": "x", "agent": "ann", "to_queue": "vip"}, "unknown_work"),
        ("not mine", {"work": "w", "agent": "ben", "to_queue": "vip"}, "not_yours"),
        ("no such queue", {"work": "w", "agent": "ann", "to_queue": "x"}, "unknown_queue"),
        ("no such agent", {"work": "w", "agent": "ann", "to_agent": "x"}, "unknown_agent"),
        ("to myself", {"work": "w", "agent": "ann", "to_agent": "ann"}, "wrong_state"),
        ("away", {"work": "w", "agent": "ann", "to_agent": "eva"}, "not_there"),
        ("it waits", {"work": "v", "agent": "ann", "to_queue": "vip"}, "wrong_state"),
    ],
)
def test_refused_transfers(label: str, fields: dict, expected: str) -> None:
    """A refused transfer leaves everything as it was."""
    scene = with_ann()
    scene.arrive(12, "v", queue="vip")
    before = scene.engine.snapshot().works
    assert scene.tell(20, "work_transferred", **fields) == [f"refused: {expected}"], label
    assert scene.engine.snapshot().works == before


def test_grab_from_the_queue_and_from_another() -> None:
    """Skills are not asked: a person has decided."""
    scene = with_ann("ben")
    scene.arrive(12, "v", queue="vip")
    assert scene.tell(13, "work_grabbed", work="v", agent="ben") == ["ben gets v"]
    told = scene.tell(14, "work_grabbed", work="w", agent="ben")
    assert told == ["ann leaves w: grabbed", "ben gets w"]


def test_grabbing_what_one_is_asked_for_is_an_accept() -> None:
    """One click or the other."""
    scene = Scene(plan(ANN))
    scene.arrive(0, "w", "voice")
    told = scene.tell(1, "work_grabbed", work="w", agent="ann")
    assert told == ["ann accepts w.1", "ann gets w"]


def test_grabbing_what_another_is_asked_for_takes_the_offer_back() -> None:
    """The phone stops ringing there."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    told = scene.tell(1, "work_grabbed", work="w", agent="ben")
    assert told == ["w.1 taken from ann: grabbed", "ben gets w"]


def test_only_force_exceeds_capacity() -> None:
    """And it is said aloud."""
    scene = Scene(plan(agent("ann", capacity=25), BEN))
    scene.arrive(0, "w1")
    scene.tell(1, "agent_presence", agent="ben", presence="offline")
    scene.arrive(2, "w2")
    refused = scene.tell(3, "work_grabbed", work="w2", agent="ann", by="boss")
    assert refused == ["refused: no_capacity"]
    told = scene.tell(4, "work_grabbed", work="w2", agent="ann", by="boss", force=True)
    assert told == ["ann gets w2", "ann is over capacity: 50 of 25"]


@pytest.mark.parametrize(
    ("label", "fields", "expected"),
    [
        ("no such work", {"work": "x", "agent": "ann"}, "unknown_work"),
        ("no such agent", {"work": "w", "agent": "x"}, "unknown_agent"),
        ("mine already", {"work": "w", "agent": "ann"}, "wrong_state"),
        ("away", {"work": "w", "agent": "eva"}, "not_there"),
        ("away, by force", {"work": "w", "agent": "eva", "by": "sue", "force": True}, "not_there"),
    ],
)
def test_refused_grabs(label: str, fields: dict, expected: str) -> None:
    """A refused grab leaves everything as it was."""
    assert with_ann().tell(20, "work_grabbed", **fields) == [f"refused: {expected}"], label


def test_parked_work_weighs_nothing_and_comes_back_to_its_agent() -> None:
    """Above capacity if need be, which blocks new work."""
    scene = Scene(plan(agent("ann", capacity=25)))
    scene.arrive(0, "w1")
    scene.arrive(1, "w2")
    assert scene.tell(2, "work_parked", work="w1") == ["w1 rests with ann", "ann gets w2"]
    assert scene.tell(3, "work_unparked", work="w1") == ["w1 resumes with ann"]
    assert scene.agents == ["ann is available with 50"]
    scene.arrive(4, "w3")
    assert scene.tell(5, "work_ended", work="w2") == ["ann leaves w2: ended", "w2 done by ann"]
    assert scene.tell(6, "work_ended", work="w1")[-1] == "ann gets w3"


@pytest.mark.parametrize("tag", ["work_parked", "work_unparked"])
def test_refused_parking(tag: str) -> None:
    """Only what is in hand can rest, only what rests can come back."""
    scene = with_ann()
    assert scene.tell(20, tag, work="x") == ["refused: unknown_work"]
    scene.arrive(21, "v", queue="vip")
    assert scene.tell(22, tag, work="v") == ["refused: wrong_state"]


def sticky(mode: Sticky) -> Scene:
    queue = QueuePlan(id="q", sticky=mode, sticky_ms=5_000)
    return Scene(plan(ANN, BEN, EVA, queues=(queue, QueuePlan(id="vip"))), "ann", "ben")


def test_soft_sticky_asks_the_last_agent_first() -> None:
    """Though another has been idle for longer."""
    scene = sticky(Sticky.SOFT)
    assert scene.arrive(10, "w", last_agent="ben")[-1] == "ben gets w"


@pytest.mark.parametrize(("mode", "waits"), [(Sticky.SOFT, False), (Sticky.HARD, True)])
def test_sticky_to_somebody_who_is_away(mode: Sticky, waits: bool) -> None:
    """Soft falls through at once, hard waits its time."""
    scene = sticky(mode)
    scene.tell(1, "agent_presence", agent="ben", presence="offline")
    told = scene.arrive(10, "w", last_agent="ben")
    assert told == (["w waits: arrived"] if waits else ["w waits: arrived", "ann gets w"])
    if waits:
        assert scene.tick(5_010) == ["w steps to 0: unpinned", "ann gets w"]


def test_sticky_ends_where_the_queue_ends() -> None:
    """Eva had the conversation, and is not of this queue."""
    scene = sticky(Sticky.HARD)
    assert scene.arrive(10, "w", last_agent="eva")[-1] == "ann gets w"
    assert scene.arrive(11, "v", last_agent="gone long ago")[-1] == "ben gets v"


def test_rekeyed_work_moves_and_keeps_its_age() -> None:
    """A later word may change queue, needs, priority and deadline."""
    scene = with_ann("eva")
    scene.tell(12, "agent_presence", agent="ann", presence="busy")
    scene.arrive(13, "v")
    told = scene.tell(20, "work_rekeyed", work="v", queue="vip", priority=2)
    assert told == ["v moves to vip (-2, 13)", "eva gets v"]
    assert scene.tell(21, "work_rekeyed", work="w", channel="mail") == []
    assert scene.load("ann") == 10
    assert scene.tell(22, "work_rekeyed", work="x") == ["refused: unknown_work"]
    assert scene.tell(22, "work_rekeyed", work="w", queue="x") == ["refused: unknown_queue"]


def test_an_unknown_queue_is_the_default_queue() -> None:
    """Work is never lost over a name."""
    assert with_ann().arrive(20, "v", queue="never heard of")[-1] == "ann gets v"


def test_an_unknown_channel_takes_a_whole_agent() -> None:
    """The careful assumption."""
    scene = Scene(plan(ANN))
    assert scene.arrive(0, "w", "hologram") == ["w waits: arrived", "ann asked for w.1 until 30000"]
    assert scene.load("ann") == 100
