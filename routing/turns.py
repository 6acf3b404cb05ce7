"""A customer's turn while it lives: opened, warned of, late, closed. Pure; the host keeps the rows.

A turn's instants follow from the calendar and the target, so nothing but the turn itself is stored
and what is due is found again after a restart. What is noticed late keeps its own instant.
"""

from enum import StrEnum

import msgspec

from routing.calendar import Calendar


class TurnMetric(StrEnum):
    """Which promise the turn is measured by."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"


class Notice(StrEnum):
    """What there is to tell of a turn."""

    WARNED = "warned"
    BREACHED = "breached"
    MET = "met"
    MISSED = "missed"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The customer waits for a person. `due` None: no target, or the calendar never opens again."""

    metric: TurnMetric
    opened_at: int
    due: int | None = None
    warn_at: int | None = None
    warned_at: int | None = None
    breached_at: int | None = None
    closed_at: int | None = None


def open_turn(
    metric: TurnMetric,
    at_ms: int,
    calendar: Calendar,
    target_ms: int | None,
    warn_before_ms: int = 0,
) -> Turn:
    """Begin a turn at the oldest message that waits for an answer."""
    return retarget(Turn(metric=metric, opened_at=at_ms), calendar, target_ms, warn_before_ms)


def retarget(
    turn: Turn, calendar: Calendar, target_ms: int | None, warn_before_ms: int = 0
) -> Turn:
    """Measure an open turn by another target or calendar; what has been noticed stays noticed.

    `warn_before_ms` is open time too: a warning for Monday morning comes on Friday, not at night.
    """
    if turn.closed_at is not None:
        return turn
    if target_ms is None:
        return msgspec.structs.replace(turn, due=None, warn_at=None)
    due = calendar.due(turn.opened_at, target_ms)
    warn_at = None
    if due is not None and 0 < warn_before_ms < target_ms:
        warn_at = calendar.due(turn.opened_at, target_ms - warn_before_ms)
    return msgspec.structs.replace(turn, due=due, warn_at=warn_at)


def next_notice(turn: Turn) -> int | None:
    """When there will be something to tell, if nobody answers: the first late instant, at last."""
    if turn.closed_at is not None or turn.breached_at is not None:
        return None
    if turn.warn_at is not None and turn.warned_at is None:
        return turn.warn_at
    return None if turn.due is None else turn.due + 1


def notice(turn: Turn, now_ms: int) -> tuple[Turn, tuple[Notice, ...]]:
    """Tell what has come due, once, under its own instant however late it is noticed.

    An answer at the due instant itself is in time, so that a turn is late only after it.
    """
    told: list[Notice] = []
    if turn.closed_at is not None:
        return turn, ()
    if turn.warned_at is None and turn.warn_at is not None and now_ms >= turn.warn_at:
        turn = msgspec.structs.replace(turn, warned_at=turn.warn_at)
        told.append(Notice.WARNED)
    if turn.breached_at is None and turn.due is not None and now_ms > turn.due:
        turn = msgspec.structs.replace(turn, breached_at=turn.due)
        told.append(Notice.BREACHED)
    return turn, tuple(told)


def close_turn(turn: Turn, at_ms: int) -> tuple[Turn, tuple[Notice, ...]]:
    """Answer the turn. `at_ms` is when a person pressed the button; met or missed follows from it.

    A breach that was noticed before the answer arrived here, and that the answer precedes, is taken
    back: the row then says what was true.
    """
    if turn.closed_at is not None:
        return turn, ()
    if turn.due is None:
        return msgspec.structs.replace(turn, closed_at=at_ms), ()
    in_time = at_ms <= turn.due
    closed = msgspec.structs.replace(
        turn, closed_at=at_ms, breached_at=None if in_time else turn.due
    )
    return closed, (Notice.MET if in_time else Notice.MISSED,)
