"""Response times of a span of time: figures by queue, channel, agent or day, and rolling shares.

A turn counts where it ended, on the day of its end in the report's zone, for whoever answered it.
Whoever still waited too long when the span ended counts beside, on its last day and for nobody.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from config.rulebook import Rulebook
from gateway.domain.clock import DAY_MS, SECOND_MS, parse_rfc3339
from gateway.domain.work import Unanswered
from gateway.pipeline.aims import Aim
from gateway.pipeline.inforce import InForce, aims_at
from gateway.store.queries import reports
from gateway.store.queries.reports import Asked, Done, Late
from routing.figures import Tally

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
METRICS = (
    *("first_response", "next_response"),
    *("first_resolution", "total_resolution", "active_resolution"),
)
DAY = "day"
USUAL_MS = 7 * DAY_MS
GROUPINGS = ("queue", "channel", "account", "language", "priority", "agent", DAY)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: ended in [since, until), ms UTC; `by` some groupings, none: all in one."""

    desk: str
    since: int
    until: int
    by: tuple[str, ...]
    zone: str


class InvalidQuestion(ValueError):
    """This cannot be reported on."""


def question_of(
    desk: str,
    since: str | None,
    until: str | None,
    by: str,
    zone: str | None,
    rulebook: Rulebook,
    now: int,
    groupings: tuple[str, ...] = GROUPINGS,
) -> Question:
    """A question as people write it: RFC 3339 instants, groupings with commas, a zone by name.

    Raises InvalidQuestion.
    """
    named = tuple(name for name in by.replace(" ", "").split(",") if name)
    unknown = [name for name in named if name not in groupings]
    if unknown or len(set(named)) < len(named):
        raise InvalidQuestion(f"by: write some of {', '.join(groupings)}, each once")
    zone = zone or rulebook.desk.timezone
    try:
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError):  # how ZoneInfo says that it knows no such zone
        raise InvalidQuestion(f"{zone!r} is no time zone; write one like Asia/Shanghai") from None
    try:
        end = min(now, parse_rfc3339(until)) if until else now
        start = parse_rfc3339(since) if since else end - USUAL_MS
    except ValueError as error:
        raise InvalidQuestion(f"from, to: {error}") from None
    if not start < end:
        raise InvalidQuestion("from: must be before to, and before now")
    return Question(desk=desk, since=start, until=end, by=named, zone=zone)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a group. Times are open time in whole milliseconds; null: there is none."""

    group: dict[str, str]
    metric: str
    count: int
    mean_ms: float | None
    p50_ms: int | None
    p75_ms: int | None
    p90_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    max_ms: int | None
    within_target: float | None
    breached: int  # of the count: over after they were due
    open_and_late: int
    resolved_without_reply: int
    abandoned: int  # callers who hung up before anybody answered
    asked_for_callback: int  # callers who wanted to be called instead
    taken_elsewhere: int  # a person at the provider took them, and nobody here had to answer
    relative_error: float


class ShareRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the questions of a rolling span people answered within the time, by the wall."""

    share: str
    within_ms: int
    since: int
    until: int
    asked: int
    answered: int
    value: float | None  # of 1; null when nobody asked
    least: float | None
    holds: bool


def responses(connection: Connection, question: Question) -> list[Row]:
    """The report, a row for each group and metric."""
    day_of = days_of(question.zone)
    cells: dict[tuple[tuple[str, ...], str], _Cell] = {}

    def cell(item: Done | Late, agent: str, day: str) -> "_Cell":
        named = {"agent": agent, DAY: day}
        group = tuple(
            named[name] if name in named else str(getattr(item.place, name)) for name in question.by
        )
        return cells.setdefault((group, item.metric), _Cell())

    for done in _ended(connection, question):
        found = cell(done, done.agent, day_of(done.at) if DAY in question.by else "")
        if done.unanswered:
            found.unanswered[done.unanswered] += 1
        else:
            found.breached += done.in_time is False
            found.tally.add(done.took_ms, done.in_time)
    last_day = day_of(question.until - 1) if DAY in question.by else ""
    for late in chain(
        reports.late_answers(connection, question.desk, 0, question.until),
        reports.late_resolutions(connection, question.desk, question.until),
    ):
        cell(late, "", last_day).tally.add_late()
    return [
        _row(dict(zip(question.by, group, strict=True)), metric, cells[group, metric])
        for group, metric in sorted(cells, key=lambda key: (key[0], METRICS.index(key[1])))
    ]


class _Cell:
    """What gathers of a group and a metric."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.breached = 0
        self.unanswered: Counter[str] = Counter()


def _ended(connection: Connection, question: Question) -> Iterator[Done]:
    span = (question.desk, question.since, question.until)
    yield from reports.replies(connection, *span)
    yield from reports.resolutions(connection, *span)


def days_of(zone: str) -> Callable[[int], str]:
    """The local date of an instant."""
    tz = ZoneInfo(zone)
    return lambda at: (EPOCH + timedelta(seconds=at // SECOND_MS)).astimezone(tz).date().isoformat()


def _row(group: dict[str, str], metric: str, cell: _Cell) -> Row:
    found = cell.tally.figures()
    return Row(
        group=group,
        metric=metric,
        count=found.count,
        mean_ms=found.mean,
        p50_ms=found.p50,
        p75_ms=found.p75,
        p90_ms=found.p90,
        p95_ms=found.p95,
        p99_ms=found.p99,
        max_ms=found.max,
        within_target=found.within_target,
        breached=cell.breached,
        open_and_late=found.open_and_late,
        resolved_without_reply=cell.unanswered[Unanswered.RESOLVED],
        abandoned=cell.unanswered[Unanswered.ABANDONED],
        asked_for_callback=cell.unanswered[Unanswered.CALLBACK],
        taken_elsewhere=cell.unanswered[Unanswered.ELSEWHERE],
        relative_error=found.relative_error,
    )


# --- rolling shares, as marketplaces judge shops by ---


def shares(connection: Connection, desk: str, inforce: InForce, until: int) -> list[ShareRow]:
    """Each share that the rulebook names, over its span up to an instant."""
    return [_share(connection, desk, inforce, name, until) for name in inforce.rulebook.sla.shares]


def _share(connection: Connection, desk: str, inforce: InForce, name: str, until: int) -> ShareRow:
    share = inforce.rulebook.sla.shares[name]
    since = until - share.over_ms
    calendar = inforce.calendar(share.hours)
    asked = answered = 0
    for turn in reports.asked(connection, desk, since, until):
        if not (aims_at(share.when, Aim(**turn.place._asdict())) and calendar.is_open(turn.at)):
            continue
        in_time = _in_time(turn, share.within_ms, until)
        asked += in_time is not None
        answered += in_time is True
    value = answered / asked if asked else None
    least = None if share.least_percent is None else share.least_percent / 100
    return ShareRow(
        share=name,
        within_ms=share.within_ms,
        since=since,
        until=until,
        asked=asked,
        answered=answered,
        value=value,
        least=least,
        holds=value is None or least is None or value >= least,
    )


def _in_time(turn: Asked, within_ms: int, until: int) -> bool | None:
    """Whether people answered in time by the wall clock; None while they still can.

    None too of what the provider's own people took in time: how soon they answered, nobody knows.
    """
    if turn.answered_at is not None and turn.answered_at < until:
        return turn.answered_at - turn.at <= within_ms
    over_at = turn.closed_at if turn.closed_at is not None and turn.closed_at < until else None
    if over_at is not None and turn.elsewhere and over_at - turn.at <= within_ms:
        return None
    return False if over_at is not None or until - turn.at > within_ms else None
