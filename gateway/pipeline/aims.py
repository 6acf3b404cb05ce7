"""Whom a promise is for and what it says. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from gateway.domain.events import TurnChanged
from gateway.domain.work import Resolution, Turn
from routing import turns as clock
from routing.timeline import Stages

R = TypeVar("R", Turn, Resolution)

_stages = msgspec.json.Decoder(Stages)


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """What targets choose by. It stays with the row, so that nothing else need be asked again."""

    queue: str
    channel: str
    account: str
    language: str
    priority: int
    vip: bool


class Rank(NamedTuple):
    """Where work waits, and how much it matters: what may change of an aim."""

    queue: str
    priority: int


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What was promised, in open time of `hours`. `target_ms` None: nothing was."""

    target_ms: int | None
    warn_before_ms: int
    hours: str


def aim_of(row: Turn | Resolution) -> Aim:
    """Whom a row is for."""
    return Aim(
        queue=row.queue,
        channel=row.channel,
        account=row.account,
        language=row.language,
        priority=row.priority,
        vip=row.vip,
    )


def stages_of(row: Turn | Resolution) -> Stages:
    """Which calendars a row counts by."""
    return _stages.decode(row.hours)


def clock_of(row: Turn | Resolution) -> clock.Turn:
    """A row as the response clock sees it."""
    _, metric, closed_at = _named(row)
    return clock.Turn(
        metric=metric,
        opened_at=row.opened_at,
        due=row.due,
        warn_at=row.warn_at,
        warned_at=row.warned_at,
        breached_at=row.breached_at,
        closed_at=closed_at,
    )


def measured(row: R, goal: Goal, stages: Stages, seen: clock.Turn) -> R:
    """The row with what is promised by now, and when it is due."""
    return replace(
        row,
        hours=msgspec.json.encode(stages).decode(),
        target_ms=goal.target_ms,
        due=seen.due,
        warn_at=seen.warn_at,
        warned_at=seen.warned_at,
        breached_at=seen.breached_at,
    )


def told(row: Turn | Resolution, what: str, now: int) -> TurnChanged:
    """The decision that tells of a row."""
    row_id, metric, _ = _named(row)
    return TurnChanged(
        turn=row_id, what=what, metric=metric, due=row.due, noticed_at=now, rulebook=row.rulebook
    )


def _named(row: Turn | Resolution) -> tuple[str, clock.TurnMetric, int | None]:
    if isinstance(row, Turn):
        return row.id, clock.TurnMetric(row.metric), row.closed_at
    return row.conversation, clock.TurnMetric.RESOLUTION, row.resolved_at


def due_in(timers: Sequence[tuple[Any, ...]], now: int) -> set[str]:
    """The conversations of a heap of (instant, conversation, ...) that are due by then."""
    found: set[str] = set()
    looked_at = [0]
    while looked_at:
        n = looked_at.pop()
        if n < len(timers) and timers[n][0] <= now:
            found.add(timers[n][1])
            looked_at += (2 * n + 1, 2 * n + 2)  # of a heap, what lies below is later
    return found
