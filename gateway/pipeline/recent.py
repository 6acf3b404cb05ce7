"""The last two hours of each queue: how much was asked, and how much of it was answered in time."""

from collections import Counter

import msgspec
from sqlalchemy import Connection

from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.store.queries import reports

SPAN_MS = 2 * HOUR_MS
STEP_MS = 5 * MINUTE_MS
STEPS = SPAN_MS // STEP_MS
ANSWERS = frozenset({"first_response", "next_response"})


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """A queue's figures up to now. level is of 1; null: nothing was due.

    Of who still waits count those that became due in this time: one forgotten for a month does not
    hold the level down for ever.
    """

    queue: str
    level: float | None  # of the answers that were promised: those in time
    asked: tuple[int, ...]  # customers' questions, by five minutes, the oldest first


def recent(connection: Connection, desk: str, now: int) -> list[Recent]:
    """Of every queue in which something was asked, answered or is late."""
    since = now - SPAN_MS
    asked: Counter[tuple[str, int]] = Counter()
    for question in reports.asked(connection, desk, since, now):
        asked[question.place.queue, (question.at - since) // STEP_MS] += 1
    kept: Counter[str] = Counter()
    promised: Counter[str] = Counter()
    for done in reports.replies(connection, desk, since, now):
        if done.in_time is not None and not done.unanswered:
            promised[done.place.queue] += 1
            kept[done.place.queue] += done.in_time
    for late in reports.late_answers(connection, desk, since, now):
        promised[late.place.queue] += late.metric in ANSWERS
    return [
        Recent(
            queue=queue,
            level=kept[queue] / promised[queue] if promised[queue] else None,
            asked=tuple(asked[queue, step] for step in range(STEPS)),
        )
        for queue in sorted({queue for queue, _ in asked} | set(promised))
    ]
