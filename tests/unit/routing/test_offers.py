"""Offers: asked, accepted, declined, missed, taken back."""

import pytest

from routing.plan import AcceptMode, ChannelPlan
from tests.unit.routing.scene import CHAT, MAIL, Scene, agent, plan

RING = ChannelPlan(id="ring", weight=50, accept_mode=AcceptMode.RING_ALL, offer_timeout_ms=9_000)
ANN, BEN, EVA = agent("ann"), agent("ben"), agent("eva")


def test_an_offer_reserves_capacity_and_becomes_an_assignment() -> None:
    """An offer weighs like the work itself; accepting changes nothing of the load."""
    scene = Scene(plan(ANN))
    assert scene.arrive(10, "w", "voice") == ["w waits: arrived", "ann asked for w.1 until 30010"]
    assert scene.agents == ["ann is available with 100"]
    accepted = scene.tell(20, "offer_accepted", offer="w.1", agent="ann")
    assert accepted == ["ann accepts w.1", "ann gets w"]
    assert scene.agents == []
    assert scene.load("ann") == 100


def test_a_missed_offer_keeps_the_works_age_and_sends_the_agent_away() -> None:
    """RONA: back to waiting with the original key, the agent not responding, others asked."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(10, "w", "voice")
    key = scene.work("w").enqueued_at
    assert scene.tick(30_010) == [
        "ann misses w.1",
        "w waits: expired",
        "ben asked for w.2 until 60010",
    ]
    assert scene.agents == ["ann is not_responding with 0", "ben is available with 100"]
    assert scene.work("w").enqueued_at == key
    assert scene.work("w").excluded == ("ann",)


def test_max_rona_says_how_many_offers_may_be_missed_in_a_row() -> None:
    """An accept begins the count anew."""
    scene = Scene(plan(agent("ann", max_rona=2)))
    scene.arrive(0, "w1", "voice")
    assert "ann asked for w1.2 until 60000" in scene.tick(30_000)  # nobody else is there
    scene.tell(30_001, "offer_accepted", offer="w1.2", agent="ann")
    scene.tell(30_002, "work_ended", work="w1")
    scene.arrive(40_000, "w2", "voice")
    assert "ann asked for w2.2 until 100000" in scene.tick(70_000)
    scene.tick(100_000)
    assert scene.agents == ["ann is not_responding with 0"]


def test_a_declined_offer_goes_to_another_and_the_agent_stays() -> None:
    """Declining costs nothing but the work."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(10, "w", "voice")
    assert scene.tell(11, "offer_declined", offer="w.1", agent="ann") == [
        "ann declines w.1",
        "w waits: declined",
        "ben asked for w.2 until 30011",
    ]
    assert scene.agents == ["ann is available with 0", "ben is available with 100"]


def test_when_all_have_declined_they_are_asked_once_more() -> None:
    """The second time round the work waits for somebody new."""
    scene = Scene(plan(ANN, BEN, EVA), "ann", "ben")
    scene.arrive(0, "w", "voice")
    scene.tell(1, "offer_declined", offer="w.1", agent="ann")
    assert scene.tell(2, "offer_declined", offer="w.2", agent="ben") == [
        "ben declines w.2",
        "w declined by all, cleared True",
        "w waits: declined",
        "ann asked for w.3 until 30002",
    ]
    scene.tell(3, "offer_declined", offer="w.3", agent="ann")
    assert scene.tell(4, "offer_declined", offer="w.4", agent="ben") == [
        "ben declines w.4",
        "w declined by all, cleared False",
        "w waits: declined",
    ]
    assert scene.tell(5, "agent_presence", agent="eva", presence="available") == [
        "eva asked for w.5 until 30005"
    ]


def test_an_agent_who_comes_back_is_asked_again() -> None:
    """The only agent of a shop misses a call at lunch and must still get it afterwards, twice."""
    scene = Scene(plan(ANN))
    scene.arrive(0, "w", "voice")
    for noon in (100_000, 200_000, 300_000):
        scene.tick(noon)
        asked = scene.tell(noon + 1, "agent_presence", agent="ann", presence="available")
        assert len(asked) == 1
        assert asked[0].startswith("ann asked for w.")


@pytest.mark.parametrize(
    ("label", "tag", "who", "expected"),
    [
        ("late accept", "offer_accepted", "ann", "refused: offer_gone"),
        ("late decline", "offer_declined", "ann", "refused: offer_gone"),
    ],
)
def test_an_answer_after_the_end_changes_nothing(
    label: str, tag: str, who: str, expected: str
) -> None:
    """Whoever comes late is told so."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    scene.tick(30_000)
    before = scene.engine.snapshot()
    assert scene.tell(30_000, tag, offer="w.1", agent=who) == [expected], label
    assert scene.engine.snapshot() == before


def test_nobody_answers_for_another() -> None:
    """An offer is accepted by whom it asks."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    assert scene.tell(1, "offer_accepted", offer="w.1", agent="ben") == ["refused: not_yours"]


def test_an_answer_in_time_wins_over_a_late_tick() -> None:
    """What is due goes off at its own instant, whenever the host comes round to it."""
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    assert scene.tell(30_000, "offer_accepted", offer="w.1", agent="ann")[0] == "ann accepts w.1"
    scene = Scene(plan(ANN, BEN))
    scene.arrive(0, "w", "voice")
    told = scene.tell(45_000, "offer_accepted", offer="w.1", agent="ann")
    assert told == [
        "ann misses w.1",
        "w waits: expired",
        "ben asked for w.2 until 60000",
        "refused: offer_gone",
    ]


def test_ring_all_asks_several_and_the_first_wins() -> None:
    """The others are free in the same batch."""
    scene = Scene(plan(ANN, BEN, EVA, channels=(RING, CHAT), ring_size=2))
    assert scene.arrive(0, "w", "ring") == [
        "w waits: arrived",
        "ann asked for w.1 until 9000",
        "ben asked for w.2 until 9000",
    ]
    assert scene.tell(5, "offer_accepted", offer="w.2", agent="ben") == [
        "ben accepts w.2",
        "w.1 taken from ann: taken",
        "ben gets w",
    ]
    assert scene.agents == ["ann is available with 0"]


def test_ring_all_waits_again_only_when_all_have_said_no() -> None:
    """One decline leaves the other offers as they are."""
    scene = Scene(plan(ANN, BEN, EVA, channels=(RING, CHAT), ring_size=2))
    scene.arrive(0, "w", "ring")
    assert scene.tell(1, "offer_declined", offer="w.1", agent="ann") == ["ann declines w.1"]
    assert scene.tell(2, "offer_declined", offer="w.2", agent="ben") == [
        "ben declines w.2",
        "w waits: declined",
        "eva asked for w.3 until 9002",
    ]


def test_pull_work_is_taken_never_given() -> None:
    """It waits in a list until somebody grabs it."""
    scene = Scene(plan(ANN, accept_mode=AcceptMode.PULL))
    assert scene.arrive(0, "w") == ["w waits: arrived"]
    assert scene.tell(1, "work_grabbed", work="w", agent="ann") == ["ann gets w"]


@pytest.mark.parametrize(
    ("label", "queue", "mode", "expected"),
    [
        ("the channel says auto", None, {}, "ann gets w"),
        ("the queue says manual", AcceptMode.MANUAL, {}, "ann asked for w.1 until 30000"),
        (
            "the agent says manual",
            None,
            {"chat": AcceptMode.MANUAL},
            "ann asked for w.1 until 30000",
        ),
        ("the agent has the last word", AcceptMode.MANUAL, {"chat": AcceptMode.AUTO}, "ann gets w"),
    ],
)
def test_who_decides_how_work_is_handed_out(
    label: str, queue: AcceptMode | None, mode: dict, expected: str
) -> None:
    """Agent before queue before channel."""
    scene = Scene(plan(agent("ann", accept=mode), accept_mode=queue))
    assert scene.arrive(0, "w")[-1] == expected, label


def test_cancelled_work_takes_its_offers_back() -> None:
    """The customer hung up while it rang."""
    scene = Scene(plan(ANN))
    scene.arrive(0, "w", "voice")
    assert scene.tell(5, "work_cancelled", work="w", reason="abandoned") == [
        "w.1 taken from ann: abandoned",
        "w cancelled: abandoned",
    ]
    assert scene.engine.next_timer() is None
    assert scene.tell(6, "work_cancelled", work="w") == ["refused: unknown_work"]


def test_mail_is_not_a_ring_channel() -> None:
    """Several pieces fit beside each other as their weights allow."""
    scene = Scene(plan(ANN, channels=(MAIL,)))
    for n in range(12):
        scene.arrive(n, f"w{n:02}", "mail")
    assert scene.load("ann") == 100
