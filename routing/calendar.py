"""When a desk is open: a predicate on the wall clock, as intervals of time with prefix sums.

An instant is open when the local clock reads inside a window then; so an hour that the clock
repeats counts twice and one that it skips not at all. Windows belong to the day of their start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECOND_MS = 1_000
DAY_MS = 86_400_000
DAY_S = 86_400
EPOCH = date(1970, 1, 1)

PROBE_S = 6 * 3_600
"""How often a zone's offset is looked at; a change between two looks is found by halving."""

MARGIN_DAYS = 40
STRIDE_DAYS = 420
FURTHEST_DAYS = 50 * 366
"""No deadline is looked for beyond this; a window that is there at all comes up much sooner."""

Span = tuple[int, int]  # half open, seconds of some local clock, or milliseconds UTC
Window = tuple[str, str]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar as people write it. A window that ends before it starts runs into the next day."""

    tz: str = "UTC"
    kind: Literal["weekly", "24x7"] = "weekly"
    weekly: Mapping[str, tuple[Window, ...]] = {}
    holidays: tuple[str, ...] = ()
    exceptions: Mapping[str, tuple[Window, ...]] = {}
    holiday_mode: Literal["civil_day", "shift_start"] = "civil_day"


class Calendar:
    """Opening hours, answering in milliseconds UTC. What it has unrolled once it keeps."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self.always = hours.kind == "24x7"
        self._zone = ZoneInfo(hours.tz)
        for name in hours.weekly.keys() - set(DAYS):
            raise ValueError(f"there is no day {name!r} of the week; write {', '.join(DAYS)}")
        self._weekly = {
            day: tuple(map(_seconds, hours.weekly.get(name, ()))) for day, name in enumerate(DAYS)
        }
        self._exceptions = {
            _day(text): tuple(map(_seconds, windows)) for text, windows in hours.exceptions.items()
        }
        self._closed = {_day(text) for text in hours.holidays} - self._exceptions.keys()
        regular = any(self._weekly.values())
        self._last_day = None if regular else max(self._exceptions, default=0) + 2
        self._from = self._until = 0  # the unrolled days, counted from the epoch
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = [0]  # open milliseconds before each interval

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Calendar":
        """Build from the shape of SURFACE section 4: tz, kind, weekly, holidays, exceptions.

        Raises ValueError for what is no calendar.
        """
        try:
            return cls.of(msgspec.convert(document, Hours))
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def of(cls, hours: Hours) -> "Calendar":
        """Build from hours; raises ValueError for a zone, day, date or time that is none."""
        try:
            return cls(hours)
        except (KeyError, OSError) as error:  # how ZoneInfo says that it knows no such zone
            raise ValueError(f"there is no zone {hours.tz!r}") from error

    # --- questions ---

    def is_open(self, at_ms: int) -> bool:
        """Whether the local clock reads inside a window."""
        return self.next_open(at_ms) == at_ms

    def next_open(self, at_ms: int) -> int | None:
        """The first open instant from this one on; None when there is none."""
        for _ in self._unroll(at_ms):
            found = bisect_right(self._ends, at_ms)
            if found < len(self._ends):
                return max(at_ms, self._starts[found])
        return at_ms if self.always else None

    def next_close(self, at_ms: int) -> int | None:
        """The first closed instant from this one on; None when there is none."""
        if self.always:
            return None
        self._cover(at_ms, at_ms + STRIDE_DAYS * DAY_MS)
        found = bisect_right(self._ends, at_ms)
        if found == len(self._ends) or self._starts[found] > at_ms:
            return at_ms
        closes = self._ends[found]
        return closes if closes < self._until * DAY_MS else None

    def elapsed_ms(self, start_ms: int, end_ms: int) -> int:
        """Open time between two instants."""
        if end_ms <= start_ms:
            return 0
        if self.always:
            return end_ms - start_ms
        self._cover(start_ms, end_ms)
        return self._passed(end_ms) - self._passed(start_ms)

    def due(self, start_ms: int, target_ms: int) -> int | None:
        """The earliest instant with so much open time since the start; None when never."""
        if target_ms <= 0:
            return start_ms
        if self.always:
            return start_ms + target_ms
        for _ in self._unroll(start_ms):
            sought = self._passed(start_ms) + target_ms
            found = bisect_left(self._before, sought) - 1
            if found < len(self._starts):
                return self._starts[found] + sought - self._before[found]
        return None

    def _passed(self, at_ms: int) -> int:
        found = bisect_right(self._starts, at_ms) - 1
        if found < 0:
            return 0
        return self._before[found] + min(at_ms, self._ends[found]) - self._starts[found]

    # --- unrolling ---

    def _unroll(self, at_ms: int) -> Iterator[None]:
        """Unroll further and further, until the asker has what they sought or nothing can come."""
        if self.always:
            return
        self._cover(at_ms, at_ms + DAY_MS)
        yield
        limit = at_ms // DAY_MS + FURTHEST_DAYS
        if self._last_day is not None:
            limit = min(limit, self._last_day)
        while self._until < limit:
            self._build(self._from, self._until + max(STRIDE_DAYS, self._until - self._from))
            yield

    def _cover(self, start_ms: int, end_ms: int) -> None:
        first, last = start_ms // DAY_MS - 2, end_ms // DAY_MS + 3
        if not self._starts and self._from == self._until:
            self._build(first - MARGIN_DAYS, last + STRIDE_DAYS)
        elif first < self._from or last > self._until:
            low = self._from if first >= self._from else first - MARGIN_DAYS
            high = self._until if last <= self._until else last + STRIDE_DAYS
            self._build(low, high)

    def _build(self, first: int, last: int) -> None:
        """Unroll the days [first, last), counted from the epoch."""
        spans = _merged(self._local_spans(first, last))
        opened: list[Span] = []
        for begins, ends, offset in self._offsets(first * DAY_S, last * DAY_S):
            low = bisect_right(spans, begins + offset, key=lambda span: span[1])
            for start, end in spans[low:]:
                if start >= ends + offset:
                    break
                opened.append((max(start - offset, begins), min(end - offset, ends)))
        opened = _merged(opened)
        self._from, self._until = first, last
        self._starts = [start * SECOND_MS for start, _ in opened]
        self._ends = [end * SECOND_MS for _, end in opened]
        lengths = ((end - start) * SECOND_MS for start, end in opened)
        self._before = list(accumulate(lengths, initial=0))

    def _local_spans(self, first: int, last: int) -> Iterator[Span]:
        civil = self.hours.holiday_mode == "civil_day"
        for day in range(first - 1, last + 1):
            midnight = day * DAY_S
            for start, end in self._windows(day):
                if end > start:
                    yield midnight + start, midnight + end
                    continue
                yield midnight + start, midnight + DAY_S
                if end and not (civil and day + 1 in self._closed):
                    yield midnight + DAY_S, midnight + DAY_S + end

    def _windows(self, day: int) -> tuple[Span, ...]:
        if day in self._exceptions:
            return self._exceptions[day]
        if day in self._closed:
            return ()
        return self._weekly[(day + EPOCH.weekday()) % len(DAYS)]

    def _offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The stretches of one offset: from and until in seconds UTC, and the offset."""
        since, offset, low = begin, self._offset(begin), begin
        while low < end:
            high = min(low + PROBE_S, end)
            after = self._offset(high)
            if after != offset:
                changed = self._change(low, high, offset)
                yield since, changed, offset
                since, offset = changed, self._offset(changed)
                low = changed
                continue
            low = high
        yield since, end, offset

    def _change(self, low: int, high: int, offset: int) -> int:
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, at_s: int) -> int:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=at_s)
        offset = moment.astimezone(self._zone).utcoffset()
        assert offset is not None
        return offset // timedelta(seconds=1)


def _day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def _seconds(window: Window) -> Span:
    start, end = map(_second_of_day, window)
    if start >= DAY_S:
        raise ValueError(f"a window cannot start at {window[0]}")
    return start, end


def _second_of_day(text: str) -> int:
    hours, minutes, *rest = map(int, text.split(":"))
    second = hours * 3_600 + minutes * 60 + sum(rest)
    if not (0 <= minutes < 60 and 0 <= second <= DAY_S and len(rest) <= 1):
        raise ValueError(f"{text!r} is no time of day")
    return second


def _merged(spans: Iterator[Span] | list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


ALWAYS = Calendar(Hours(tz="UTC", kind="24x7"))
