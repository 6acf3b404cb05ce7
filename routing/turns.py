"""A promise while it lives: opened, warned of, late, closed. Pure; the host keeps the rows.

A customer's turn to be answered is one, the resolution of a conversation another. Their instants
follow from calendars and target, so nothing but the promise itself is stored and what is due is
found again after a restart. What is noticed late keeps its own instant.
"""

from enum import StrEnum
from typing import Protocol

import msgspec


class Measure(Protocol):
    """What counts time: a calendar, or a timeline of several, without pauses."""

    def due(self, start_ms: int, target_ms: int) -> int | None:
        """The earliest instant with so much time since the start; None when never."""
        ...


class TurnMetric(StrEnum):
    """Which promise the turn is measured by."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    BEFORE_HANDOFF = "before_handoff"  # a machine has it; nothing is promised yet
    RESOLUTION = "resolution"


class Notice(StrEnum):
    """What there is to tell of a turn."""

    WARNED = "warned"
    BREACHED = "breached"
    MET = "met"
    MISSED = "missed"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody waits. `due` None: no target, or the calendar never opens again."""

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
    measure: Measure,
    target_ms: int | None,
    warn_before_ms: int = 0,
) -> Turn:
    """Begin a turn at the oldest message that waits for an answer."""
    turn = Turn(metric=metric, opened_at=at_ms)
    return retarget(turn, measure, target_ms, warn_before_ms, at_ms)


def retarget(
    turn: Turn, measure: Measure, target_ms: int | None, warn_before_ms: int, now_ms: int
) -> Turn:
    """Measure an open turn anew: by another target or calendar, or after a pause.

    What has passed counts from the start. What was noticed and is not so any more is taken back;
    what still is so is not noticed twice. `warn_before_ms` is open time too: a warning for Monday
    morning comes on Friday, not at night.
    """
    if turn.closed_at is not None:
        return turn
    due = None if target_ms is None else measure.due(turn.opened_at, target_ms)
    warn_at = None
    if target_ms is not None and due is not None and 0 < warn_before_ms < target_ms:
        warn_at = measure.due(turn.opened_at, target_ms - warn_before_ms)
    return msgspec.structs.replace(
        turn,
        due=due,
        warn_at=warn_at,
        warned_at=warn_at if turn.warned_at is not None and _passed(warn_at, now_ms) else None,
        breached_at=due if turn.breached_at is not None and _passed(due, now_ms - 1) else None,
    )


def _passed(at_ms: int | None, now_ms: int) -> bool:
    return at_ms is not None and at_ms <= now_ms


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
