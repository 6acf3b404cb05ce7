"""Callbacks of a span of time: whether promises were kept, and how often people were reached.

A callback counts where it ended, on the day of its end in the report's zone. Who called it off, or
was spoken with before anybody had called them, was promised nothing that could be kept or broken.
"""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy import Connection

from gateway.domain.callback import Callback, CallbackState
from gateway.pipeline.report import DAY, Question, days_of
from gateway.store.queries import callbacks
from routing.figures import nearest_rank

GROUPINGS = ("queue", "kind", "owner", DAY)
WITHDRAWN = frozenset({CallbackState.CANCELLED, CallbackState.SUPERSEDED})


class CallbackRow(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a group. Shares are of 1; null: there is none."""

    group: dict[str, str]
    ended: int
    states: dict[str, int]  # how they ended
    promised: int  # those that were to be kept
    kept: float | None  # whose telephone rang by the promised time
    dialled: int
    reached: float | None  # of the dialled: who spoke with somebody
    picked_up_first: int  # calls in which a customer picked up before an agent was there
    answered_abandoned: float | None  # of these: for whom nobody came
    attempts_mean: float | None  # telephones dialled for each of the dialled
    booked: int  # of the dialled: those promised for one time
    promise_error_p50_ms: int | None  # between the booked time and the first ring
    promise_error_p90_ms: int | None
    duplicates: float | None  # of all wishes: those of people who waited for a call already


def callback_figures(connection: Connection, question: Question) -> list[CallbackRow]:
    """The report, a row for each group."""
    groups: dict[tuple[str, ...], list[Callback]] = {}
    day_of = days_of(question.zone)
    span = (question.desk, question.since, question.until)
    met = callbacks.met_first(connection, *span)
    for callback in callbacks.ended(connection, *span):
        groups.setdefault(_group(callback, question.by, day_of), []).append(callback)
    return [
        _row(dict(zip(question.by, key, strict=True)), groups[key], met) for key in sorted(groups)
    ]


def _group(
    callback: Callback, by: tuple[str, ...], day_of: Callable[[int], str]
) -> tuple[str, ...]:
    day = day_of(callback.ended_at or 0) if DAY in by else ""
    return tuple(day if name == DAY else str(getattr(callback, name)) for name in by)


def _row(
    group: dict[str, str], found: list[Callback], met: Mapping[str, list[bool]]
) -> CallbackRow:
    in_vain = [vain for each in found for vain in met.get(each.id, ())]
    dialled = [each for each in found if each.dialled_at is not None]
    promised = [c for c in found if c.dialled_at is not None or c.state not in WITHDRAWN]
    errors = sorted(
        abs(each.dialled_at - each.origin_at)
        for each in dialled
        if each.local_time and each.dialled_at is not None
    )
    wishes = sum(each.wishes for each in found)
    return CallbackRow(
        group=group,
        ended=len(found),
        states=dict(sorted(Counter(str(each.state) for each in found).items())),
        promised=len(promised),
        kept=_share(sum(_in_time(each) for each in promised), len(promised)),
        dialled=len(dialled),
        reached=_share(sum(each.reached_at is not None for each in dialled), len(dialled)),
        picked_up_first=len(in_vain),
        answered_abandoned=_share(sum(in_vain), len(in_vain)),
        attempts_mean=_share(sum(each.tries for each in dialled), len(dialled)),
        booked=len(errors),
        promise_error_p50_ms=nearest_rank(errors, 50),
        promise_error_p90_ms=nearest_rank(errors, 90),
        duplicates=_share(wishes - len(found), wishes),
    )


def _in_time(callback: Callback) -> bool:
    return callback.dialled_at is not None and callback.dialled_at <= callback.due


def _share(some: int, of: int) -> float | None:
    return some / of if of else None
