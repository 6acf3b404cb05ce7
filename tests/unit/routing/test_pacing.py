"""Customer-first: how many telephones may ring, and when nobody is dialled ahead any more."""

from decimal import Decimal

import pytest

from routing.calendar import DAY_MS
from routing.pacing import USUAL_LEAD_MS, Pace, room
from tests.unit.routing.scene import Scene, agent, plan


@pytest.mark.parametrize(
    ("pacing", "expected", "in_flight", "more"),
    [
        ("1", 0, 0, 0),
        ("1", 3, 1, 2),
        ("1", 1, 2, 0),
        ("0.5", 1, 0, 1),
        ("1.1", 10, 0, 11),
        ("1.2", 4, 0, 5),
    ],
)
def test_room(pacing: str, expected: int, in_flight: int, more: int) -> None:
    """ceil(pacing * expected) in flight, exactly; never fewer than none."""
    assert room(Decimal(pacing), expected, in_flight) == more


def test_the_lead_is_the_median_ring() -> None:
    """Of the newest fifty; something usual where nobody has picked up yet."""
    pace = Pace((), ())
    assert pace.lead_ms == USUAL_LEAD_MS
    for span in (9_000, 1_000, 2_000):
        pace.rang(span)
    assert pace.lead_ms == 2_000
    for _ in range(50):
        pace.rang(7_000)
    assert pace.lead_ms == 7_000


def test_three_in_a_hundred_end_it_for_a_day() -> None:
    """Who picked up and gave up, of all who picked up within a day."""
    pace = Pace((), [(n, False) for n in range(67)])
    pace.met(100, abandoned=True)
    assert not pace.stopped(100), "one of sixty-eight"
    pace.met(200, abandoned=True)
    assert not pace.stopped(200), "two of sixty-nine: less than three in a hundred"
    assert Pace((), [(n, n == 0) for n in range(33)]).stopped(100), "one of thirty-three"
    early = Pace((), [(0, True)])
    assert early.stopped(DAY_MS - 1)
    assert not early.stopped(DAY_MS)


def test_who_is_expected_to_be_free() -> None:
    """Room now, or the usual time of a piece is over before the telephone is picked up."""
    scene = Scene(plan(agent("ann"), agent("ben"), agent("cy"), handle_ms=60_000), "ann", "ben")
    engine = scene.engine
    assert engine.expected_free("q", "voice", 0, 10_000) == (2, None), "cy is not there"
    scene.arrive(1_000, "one", "voice")
    assert engine.expected_free("q", "voice", 2_000, 10_000) == (1, 51_000)
    assert engine.expected_free("q", "voice", 51_000, 10_000) == (2, None)
    scene.arrive(52_000, "two", "voice")
    scene.arrive(52_001, "three", "voice")
    assert engine.expected_free("q", "voice", 60_000, 10_000)[0] == 0, "somebody waits already"
