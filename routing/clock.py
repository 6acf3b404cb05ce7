"""Response times of recorded conversations: `parley clock`. Live turns are in routing/turns.py."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from routing.calendar import DAY_MS, SECOND_MS, Calendar, Hours
from routing.history import FINISHED, Happened, History, Metric, Outcome, Policy, Span, Status
from routing.slips import find_slips
from routing.timeline import Timeline

Value: TypeAlias = int | bool | str | list[Any] | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


KINDS = (
    *("customer_msg", "agent_msg", "agent_note", "bot_msg", "auto_msg", "campaign_msg"),
    *("reaction", "handoff", "status", "calendar", "target"),
)
"""What may happen in a case (SURFACE section 4); notes and the like concern no clock."""


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is written in a case."""

    t: datetime
    type: str
    to: Status = "open"
    calendar: Hours | None = None
    metric: Metric = "frt"
    seconds: int | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation, and what is asked about it."""

    id: str
    calendar: Hours
    policy: Policy = Policy()
    events: tuple[CaseEvent, ...] = ()
    now: datetime
    ask: tuple[str, ...] = ()  # nothing: everything
    horizon_days: int | None = None


class Clocked(msgspec.Struct, frozen=True, kw_only=True):
    """A case played to its end: the material that metrics are made of."""

    history: History
    timeline: Timeline
    now: int
    horizon_ms: int | None

    def seconds(self, start: int, end: int | None) -> int:
        """Open seconds from an instant to another, or to now."""
        return self.timeline.elapsed_ms(start, self.now if end is None else end) // SECOND_MS

    def within_horizon(self, due: int | None, start: int) -> int | None:
        """A due instant, unless it is further off than the case wants to look."""
        if due is None or self.horizon_ms is None:
            return due
        return due if due <= max(start, self.now) + self.horizon_ms else None


def run_cases(document: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `{"cases": [...]}` by `{"results": {id: {metric: value}}}` (SURFACE section 4).

    Raises ValueError, which says where, for a document that cannot be read.
    """
    if "cases" not in document:
        raise ValueError('there are no cases; write {"cases": [...]}')
    try:
        cases = msgspec.convert(document["cases"], tuple[Case, ...])
    except msgspec.ValidationError as error:
        raise ValueError(f"cases: {error}") from error
    for ident, times in Counter(case.id for case in cases).items():
        if times > 1:
            raise ValueError(f"case {ident} is there {times} times; give each its own id")
    for case, raw in zip(cases, document["cases"], strict=True):
        _find_slips(case.id, raw)
    calendars: dict[bytes, Calendar] = {}
    return {"results": {case.id: _answers(case, calendars) for case in cases}}


def _find_slips(ident: str, raw: Any) -> None:
    try:
        find_slips(raw, Case)
    except ValueError as error:
        raise ValueError(f"case {ident}: {error}") from error


def _answers(case: Case, calendars: dict[bytes, Calendar]) -> dict[str, Value]:
    for names, known, what in (
        (case.ask, METRICS, "metric"),
        ([event.type for event in case.events], KINDS, "type of event"),
    ):
        strange = [name for name in names if name not in known]
        if strange:
            there = ", ".join(known)
            raise ValueError(f"case {case.id}: there is no {what} {strange[0]!r}; write {there}")
    try:
        clocked = _play(case, calendars)
    except ValueError as error:
        raise ValueError(f"case {case.id}: {error}") from error
    return {name: METRICS[name](clocked) for name in case.ask or METRICS}


def _play(case: Case, calendars: dict[bytes, Calendar]) -> Clocked:
    history, now = History(case.policy), _ms(case.now)
    timeline = Timeline(_calendar(case.calendar, calendars))
    for event in sorted(case.events, key=lambda event: event.t):  # stable: ties keep their order
        at = _ms(event.t)
        if at > now:
            break
        if event.calendar is not None:
            timeline.change(at, _calendar(event.calendar, calendars))
        history.take(
            Happened(
                at=at, type=event.type, to=event.to, metric=event.metric, seconds=event.seconds
            )
        )
    horizon_ms = None if case.horizon_days is None else case.horizon_days * DAY_MS
    return Clocked(history=history, timeline=timeline, now=now, horizon_ms=horizon_ms)


def _calendar(hours: Hours, calendars: dict[bytes, Calendar]) -> Calendar:
    key = msgspec.json.encode(hours)
    if key not in calendars:
        calendars[key] = Calendar.of(hours)
    return calendars[key]


def _ms(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _rfc3339(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return (EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- metrics: first response and replies ---


def _frt(clocked: Clocked, outcome: Outcome) -> Value:
    turn = clocked.history.first_response
    if turn is None or turn.outcome is not outcome:
        return None
    return clocked.seconds(turn.start, turn.end)


def _frt_due_ms(clocked: Clocked, turn: Span | None) -> int | None:
    if turn is None or turn.target is None:
        return None
    due = clocked.timeline.due(turn.start, turn.target * SECOND_MS)
    return clocked.within_horizon(due, turn.start)


def _frt_met(clocked: Clocked) -> Value:
    """True or False once it is decided: by an end, or by the due instant having passed."""
    turn = clocked.history.first_response
    if turn is None or turn.target is None:
        return None
    due = _frt_due_ms(clocked, turn)
    if turn.end is not None:
        return due is None or turn.end <= due
    return False if due is not None and clocked.now > due else None


def _replies(clocked: Clocked) -> list[int]:
    return [clocked.seconds(turn.start, turn.end) for turn in clocked.history.turns]


def _replies_wall(clocked: Clocked) -> list[int]:
    return [
        ((clocked.now if turn.end is None else turn.end) - turn.start) // SECOND_MS
        for turn in clocked.history.turns
    ]


# --- metrics: resolution and statuses ---


def _first_resolution(clocked: Clocked) -> Value:
    history = clocked.history
    if history.started_at is None or not history.resolutions:
        return None
    return clocked.seconds(history.started_at, history.resolutions[0])


def _last_resolution(clocked: Clocked) -> int | None:
    history = clocked.history
    return history.resolutions[-1] if history.status in FINISHED else None


def _total_resolution(clocked: Clocked) -> Value:
    started, ended = clocked.history.started_at, _last_resolution(clocked)
    return None if started is None or ended is None else clocked.seconds(started, ended)


def _active_resolution(clocked: Clocked) -> Value:
    started, ended = clocked.history.started_at, _last_resolution(clocked)
    if started is None or ended is None:
        return None
    pauses = clocked.history.pauses()
    return clocked.timeline.elapsed_ms(started, ended, pauses) // SECOND_MS


def _resolution_due(clocked: Clocked) -> Value:
    started, target = clocked.history.started_at, clocked.history.targets.get("resolution")
    if started is None or target is None:
        return None
    due = clocked.timeline.due(started, target * SECOND_MS, clocked.history.pauses())
    return _rfc3339(clocked.within_horizon(due, started))


def _spent_in(*statuses: str) -> Callable[[Clocked], Value]:
    """Open seconds in these statuses. "new" is not among them: it is open without an answer."""

    def spent(clocked: Clocked) -> Value:
        if clocked.history.started_at is None:
            return None
        periods = clocked.history.periods(frozenset(statuses), clocked.now)
        spent_ms = sum(clocked.timeline.elapsed_ms(start, end) for start, end in periods)
        return spent_ms // SECOND_MS

    return spent


METRICS: dict[str, Callable[[Clocked], Value]] = {
    "frt_s": lambda clocked: _frt(clocked, Outcome.REPLIED),
    "frt_waiting_s": lambda clocked: _frt(clocked, Outcome.WAITING),
    "replies_s": _replies,
    "replies_wall_s": _replies_wall,
    "replies_outcome": lambda clocked: [str(turn.outcome) for turn in clocked.history.turns],
    "first_resolution_s": _first_resolution,
    "total_resolution_s": _total_resolution,
    "active_resolution_s": _active_resolution,
    "requester_wait_s": _spent_in("open", "on_hold"),
    "agent_work_s": _spent_in("open"),
    "frt_due": lambda clocked: _rfc3339(_frt_due_ms(clocked, clocked.history.first_response)),
    "frt_met": _frt_met,
    "resolution_due": _resolution_due,
}
