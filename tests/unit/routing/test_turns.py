"""A customer's turn while it lives."""

import pytest

from routing.calendar import ALWAYS, Calendar, Hours
from routing.turns import (
    Notice,
    Turn,
    TurnMetric,
    close_turn,
    next_notice,
    notice,
    open_turn,
    retarget,
)

FIRST = TurnMetric.FIRST_RESPONSE
HOUR_MS = 3_600_000
CLOSED = Calendar.of(Hours(tz="UTC"))
WEEKDAYS = Calendar.of(
    Hours(
        tz="UTC", weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "17:00"),))
    )
)
FRIDAY_16 = 1_781_280_000_000  # 2026-06-12T16:00Z
MONDAY_10 = FRIDAY_16 + 66 * HOUR_MS


def test_a_turn_is_due_in_open_time_and_so_is_its_warning() -> None:
    """Due on Monday at ten; the warning an open hour before is on Friday at five, not on Sunday."""
    turn = open_turn(FIRST, FRIDAY_16, WEEKDAYS, 2 * HOUR_MS, warn_before_ms=HOUR_MS)
    assert (turn.due, turn.warn_at) == (MONDAY_10, FRIDAY_16 + HOUR_MS)


def test_notices_come_once_under_their_own_instant() -> None:
    """A host that was down tells late what happened when it happened."""
    turn = open_turn(FIRST, 0, ALWAYS, 100, warn_before_ms=30)
    assert next_notice(turn) == 70
    assert notice(turn, 69) == (turn, ())
    warned, told = notice(turn, 70)
    assert (told, warned.warned_at, next_notice(warned)) == ((Notice.WARNED,), 70, 101)
    assert notice(warned, 100) == (warned, ())
    late, told = notice(turn, 5_000)
    assert told == (Notice.WARNED, Notice.BREACHED)
    assert (late.warned_at, late.breached_at, next_notice(late)) == (70, 100, None)
    assert notice(late, 6_000) == (late, ())


@pytest.mark.parametrize(
    ("label", "at", "told", "breached_at"),
    [
        ("early", 99, (Notice.MET,), None),
        ("at the due instant", 100, (Notice.MET,), None),
        ("late", 101, (Notice.MISSED,), 100),
    ],
)
def test_an_answer_meets_or_misses(
    label: str, at: int, told: tuple[Notice, ...], breached_at: int | None
) -> None:
    """Dated at the press of the button, even when the breach was noticed before it arrived."""
    turn = open_turn(FIRST, 0, ALWAYS, 100)
    for before in (turn, notice(turn, 150)[0]):
        closed, said = close_turn(before, at)
        assert (said, closed.closed_at, closed.breached_at) == (told, at, breached_at), label
        assert (next_notice(closed), notice(closed, 999)) == (None, (closed, ()))
        assert close_turn(closed, 999) == (closed, ())


@pytest.mark.parametrize(
    ("label", "turn"),
    [
        ("no target", open_turn(FIRST, 0, ALWAYS, None)),
        ("never open", open_turn(FIRST, 0, CLOSED, 100, warn_before_ms=10)),
    ],
)
def test_a_turn_without_a_promise(label: str, turn: Turn) -> None:
    """Nothing to warn of, nothing to break, nothing to keep."""
    assert (turn.due, next_notice(turn), notice(turn, 999)) == (None, None, (turn, ())), label
    assert close_turn(turn, 5)[1] == ()


def test_another_target_counts_from_the_start() -> None:
    """What is still so is not told twice, what is not is taken back; closed turns keep theirs."""
    late, _ = notice(open_turn(FIRST, 0, ALWAYS, 100, warn_before_ms=30), 120)
    longer = retarget(late, ALWAYS, 500, 30, 120)
    assert (longer.due, longer.warned_at, longer.breached_at) == (500, None, None)
    assert next_notice(longer) == 470
    shorter = retarget(late, ALWAYS, 50, 30, 120)
    assert (shorter.due, shorter.warned_at, shorter.breached_at) == (50, 20, 50)
    assert notice(shorter, 130) == (shorter, ())
    assert retarget(longer, ALWAYS, None, 0, 120).due is None
    closed, _ = close_turn(longer, 90)
    assert retarget(closed, ALWAYS, 10, 0, 120) == closed


def test_late_from_the_first_instant_after_due() -> None:
    """A target that makes the turn due right now makes it late a millisecond later."""
    turn = open_turn(FIRST, 0, ALWAYS, 500)
    now_due = retarget(turn, ALWAYS, 100, 0, 100)
    assert notice(now_due, 100) == (now_due, ())
    late, told = notice(now_due, 101)
    assert (told, late.breached_at) == ((Notice.BREACHED,), 100)
