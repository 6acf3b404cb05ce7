"""How long until a promise is due: spans by the clock on the wall, and in open hours. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MOST = 10_000  # of any unit

LIKE = "write it as 30m, 24h, 2d, 4 business hours or 2 business days"

_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分钟"), MINUTE_MS),
    **dict.fromkeys(("h", "hour", "hours", "小时"), HOUR_MS),
    **dict.fromkeys(("d", "day", "days", "天", "日"), DAY_MS),
    **dict.fromkeys(("w", "week", "weeks", "周"), 7 * DAY_MS),
}
_SPAN = re.compile(
    r"\s*([0-9]{1,5})\s*个?\s*(business|working|open|工作)?\s*([a-z]+|分钟|小时|[天日周])\s*"
)


class NoTime(ValueError):
    """A text that says no span of time."""


class Span(NamedTuple):
    """So long from now. open: in open hours; `days`: until so many open days have ended."""

    ms: int
    open: bool = False
    days: int = 0


class Hours(Protocol):
    """When a desk is open: instants in milliseconds UTC; None for never."""

    def next_open(self, at_ms: int) -> int | None: ...
    def next_close(self, at_ms: int, /) -> int | None: ...
    def due(self, start_ms: int, target_ms: int) -> int | None: ...


class Always:
    """A desk that never closes."""

    def next_open(self, at_ms: int) -> int | None:
        """Now."""
        return at_ms

    def next_close(self, _at_ms: int) -> int | None:
        """Never."""
        return None

    def due(self, start_ms: int, target_ms: int) -> int | None:
        """All time counts."""
        return start_ms + target_ms


ALWAYS = Always()


def span_of(text: str) -> Span:
    """The span that a text says: `24h`, `4 business hours`. Raises NoTime."""
    found = _SPAN.fullmatch(text.lower())
    unit = _UNITS.get(found[3]) if found is not None else None
    if found is None or unit is None or not 0 < int(found[1]) <= MOST:
        raise NoTime(f"{text[:40]!r} is no span of time; {LIKE}")
    number, business = int(found[1]), found[2] is not None
    if business and unit >= DAY_MS:
        return Span(0, open=True, days=number * (unit // DAY_MS))
    return Span(number * unit, open=business)


def due_of(span: Span, now_ms: int, hours: Hours, zone: str) -> int | None:
    """The instant that is a span away; None where the hours never come to it."""
    if span.days:
        return after_days(span.days, now_ms, hours, zone)
    return hours.due(now_ms, span.ms) if span.open else now_ms + span.ms


def after_days(days: int, now_ms: int, hours: Hours, zone: str) -> int | None:
    """When the last of so many open days ends, today not counted."""
    at: int | None = now_ms
    for _ in range(days):
        at = hours.next_open(_midnight(at or 0, zone))
        if at is None:
            return None
    return closing(at or now_ms, hours, zone)


def closing(at_ms: int, hours: Hours, zone: str) -> int | None:
    """When the desk closes for the day: midnight where it does not; None when it is over."""
    midnight, last = _midnight(at_ms, zone), None
    opens = hours.next_open(at_ms)
    while opens is not None and opens < midnight:
        closes = hours.next_close(opens)
        if closes is None or closes >= midnight:
            return midnight
        last, opens = closes, hours.next_open(closes)
    return last


def _midnight(at_ms: int, zone: str) -> int:
    """When the day of an instant is over."""
    local = datetime.fromtimestamp(at_ms // SECOND_MS, ZoneInfo(zone))
    tomorrow = (local + timedelta(days=1)).date()
    start = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(zone))
    return round(start.astimezone(UTC).timestamp()) * SECOND_MS
