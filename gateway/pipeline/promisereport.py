"""Promises of a span of time: how many were kept in time, late, or not at all.

A promise counts where it ended, on the day of its end in the report's zone. What was withdrawn was
promised no more, and counts for neither.
"""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from gateway.domain.promise import Promise, PromiseState
from gateway.pipeline.report import DAY, Question, days_of
from gateway.store.queries import promises
from routing.figures import nearest_rank

GROUPINGS = ("queue", "owner", DAY)


class PromiseRow(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a group. Shares are of 1; null: there is none."""

    group: dict[str, str]
    ended: int
    kept: int  # in time
    late: int  # kept, after its time
    broken: int
    withdrawn: int
    by_hand: int  # of the kept and late ones: somebody said so
    kept_share: float | None  # of all but the withdrawn: in time
    late_p50_ms: int | None  # how long after their time the late ones were kept
    late_p90_ms: int | None


def promise_figures(connection: Connection, question: Question) -> list[PromiseRow]:
    """The report, a row for each group."""
    groups: dict[tuple[str, ...], list[Promise]] = {}
    day_of = days_of(question.zone)
    for promise in promises.ended(connection, question.desk, question.since, question.until):
        groups.setdefault(_group(promise, question.by, day_of), []).append(promise)
    return [_row(dict(zip(question.by, key, strict=True)), groups[key]) for key in sorted(groups)]


def _group(promise: Promise, by: tuple[str, ...], day_of: Callable[[int], str]) -> tuple[str, ...]:
    day = day_of(promise.ended_at or 0) if DAY in by else ""
    return tuple(day if name == DAY else str(getattr(promise, name)) for name in by)


def _row(group: dict[str, str], found: list[Promise]) -> PromiseRow:
    of = {state: [p for p in found if p.state is state] for state in PromiseState}
    late = [p for p in of[PromiseState.KEPT] if p.late_at is not None]
    in_time = [p for p in of[PromiseState.KEPT] if p.late_at is None]
    meant = len(found) - len(of[PromiseState.WITHDRAWN])
    overdue = sorted((p.ended_at or p.due) - p.due for p in late)
    return PromiseRow(
        group=group,
        ended=len(found),
        kept=len(in_time),
        late=len(late),
        broken=len(of[PromiseState.BROKEN]),
        withdrawn=len(of[PromiseState.WITHDRAWN]),
        by_hand=sum(bool(p.ended_by) for p in of[PromiseState.KEPT]),
        kept_share=len(in_time) / meant if meant else None,
        late_p50_ms=nearest_rank(overdue, 50),
        late_p90_ms=nearest_rank(overdue, 90),
    )
