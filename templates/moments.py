"""Instants that people name, by the pieces they name them by: day, clock, part, span. Pure.

Who names a day means its end: when the desk closes, or midnight where it does not open. Who names a
part of a day means the end of it. The part says which hour a clock means: twelve at night is the
midnight after, one at night the hour past it. An hour without a half of the day is the next that
the clock shows. What may be meant otherwise too names no instant.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from templates.spans import SECOND_MS, Hours, Span, closing, due_of

NOON = 12
MIDNIGHT = 24 * 60  # minutes of a day
WAKING = 7  # before this hour nobody means one whose half is not said
BEDTIME = 5  # before this hour, whoever says tonight may mean the night that is going
SUNDAY = 6
MOST_PIECES = 6  # of one instant: three names of a day, a part of it, a clock, that we close
HORIZON = timedelta(days=366)

PARTS = {"morning": 12, "noon": 12, "afternoon": 18, "evening": 21, "night": 21, "midnight": 24}
"""Until when a part of a day lasts; `dawn` is not among them, nobody means its end."""
END_OF_DAY = "day"
"""A part that lasts until the desk closes, or midnight where it has closed."""
_AT_NIGHT = {12: 24, 0: 24}
HOURS: dict[str, dict[int, int]] = {
    "dawn": {12: 0} | {h: h for h in range(7)},
    "morning": {h: h for h in range(1, 13)},
    "noon": {11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14},
    "afternoon": {12: 12} | {h: h + 12 for h in range(1, 12)} | {h: h for h in range(13, 24)},
    "evening": _AT_NIGHT | {h: h + 12 for h in range(4, 12)} | {h: h for h in range(16, 25)},
    "night": _AT_NIGHT
    | {h: h + 12 for h in range(5, 12)}
    | {h: h for h in range(17, 25)}
    | {h: h + 24 for h in range(1, 4)},
    "midnight": _AT_NIGHT | {h: h + 12 for h in range(9, 12)} | {h: h for h in range(21, 25)},
}
"""Which hour a clock means in a part of a day, by what it shows; 25 is one past midnight."""


class Now(NamedTuple):
    """When and where something is said."""

    ms: int
    hours: Hours
    zone: str

    @property
    def local(self) -> datetime:
        """What the clock on the wall shows."""
        return datetime.fromtimestamp(self.ms / SECOND_MS, ZoneInfo(self.zone))

    @property
    def today(self) -> date:
        """The day there."""
        return self.local.date()

    def at(self, day: date, minutes: int) -> int:
        """So many minutes after a midnight, ms UTC."""
        start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone))
        return round((start + timedelta(minutes=minutes)).timestamp()) * SECOND_MS

    def end_of(self, day: date) -> int:
        """When the desk closes on a day; midnight where it does not open, or has closed."""
        start = max(self.ms, self.at(day, 0))
        closes = closing(start, self.hours, self.zone)
        return closes if closes is not None else self.at(day + timedelta(days=1), 0)


DayOf = Callable[[Now], date | None]
"""Which day is meant; None: there is none such."""


class Piece(NamedTuple):
    """Something that a text says of an instant, and where: one of the fields is set."""

    start: int
    end: int
    span: Span | None = None
    day: DayOf | None = None
    clock: tuple[int, int] | None = None  # hour and minute
    half: str = ""  # am | pm, where the clock says so
    part: str = ""
    closes: bool = False  # when the desk does


class Run(NamedTuple):
    """Pieces that stand together and name one instant."""

    start: int
    end: int
    pieces: tuple[Piece, ...]


def runs_of(pieces: list[Piece], between: Callable[[int, int], bool]) -> list[Run]:
    """The pieces that belong together; `between`: whether nothing but filling stands there."""
    runs: list[Run] = []
    for piece in sorted(pieces, key=lambda p: (p.start, -p.end)):
        last = runs[-1] if runs else None
        if last is not None and piece.start < last.end:
            continue  # a longer one has said it
        if last is not None and between(last.end, piece.start) and _fits(last.pieces, piece):
            runs[-1] = Run(last.start, piece.end, (*last.pieces, piece))
        else:
            runs.append(Run(piece.start, piece.end, (piece,)))
    return runs


def _fits(said: tuple[Piece, ...], piece: Piece) -> bool:
    """One instant has one of each, and a span stands alone; a day may have several names."""
    if piece.span is not None or said[0].span is not None or len(said) >= MOST_PIECES:
        return False
    taken = {kind for p in said for kind in _kinds(p)} - {"day"}
    return not taken.intersection(_kinds(piece))


def _kinds(piece: Piece) -> set[str]:
    given = {"day": piece.day, "clock": piece.clock, "part": piece.part, "closes": piece.closes}
    return {name for name, value in given.items() if value}


def instant_of(run: Run, now: Now) -> int | None:
    """The instant that a run names, ms UTC; None when it has passed, or there is none such."""
    due = _instant(run.pieces, now)
    if due is None or due <= now.ms or due > now.ms + HORIZON.total_seconds() * SECOND_MS:
        return None
    return due


def _instant(pieces: tuple[Piece, ...], now: Now) -> int | None:
    if pieces[0].span is not None:
        return due_of(pieces[0].span, now.ms, now.hours, now.zone)
    named = [p.day(now) for p in pieces if p.day is not None]
    days = set(named) - {None}
    day = days.pop() if days else None
    if days or (named and day is None) or (day is not None and day < now.today):
        return None  # tomorrow, a Friday: where it is none, nobody knows which of both is meant
    clock = next((p for p in pieces if p.clock is not None), None)
    part = next((p.part for p in pieces if p.part), "")
    if clock is not None:
        return _at_clock(clock, "" if part == END_OF_DAY else part, day, now)
    if part and part != END_OF_DAY:
        return _at_end_of(part, day, now)
    if day is None and any(p.closes for p in pieces):
        opens = now.hours.next_open(now.ms)
        return closing(opens, now.hours, now.zone) if opens is not None else None
    return now.end_of(day or now.today)


def _at_end_of(part: str, day: date | None, now: Now) -> int | None:
    soon = day in (None, now.today)
    begun = part == "morning" and day is None and now.local.hour < NOON  # this one, or the next
    if part not in PARTS or begun or (part == "night" and soon and now.local.hour < BEDTIME):
        return None
    minutes = PARTS[part] * 60
    if part in ("evening", "night") and soon and now.at(now.today, minutes) <= now.ms:
        minutes = MIDNIGHT
    return _later(minutes, day, now)


def _at_clock(piece: Piece, part: str, day: date | None, now: Now) -> int | None:
    hour, minute = piece.clock or (0, 0)
    if not (part or piece.half) and 0 < hour <= NOON:
        return _likely(hour, minute, day, now)
    if piece.half:
        hour = hour % NOON + (NOON if piece.half == "pm" else 0)
        if not part and hour == 0 and day is not None:
            return None  # twelve at night begins a day for some, and ends it for others
    if part:
        meant = HOURS[part].get(hour)
        if piece.half and meant != hour:
            meant = hour + 24 if hour + 24 in HOURS[part].values() else None
        if meant is None:
            return None
        hour = meant
    at = hour * 60 + minute
    if at > MIDNIGHT and day in (None, now.today) and now.local.hour < BEDTIME:
        return None
    return _later(at, day, now)


def _likely(hour: int, minute: int, day: date | None, now: Now) -> int | None:
    """An hour whose half is not said: the next of the two, unless that is at night."""
    if day is not None and day != now.today:
        if hour == WAKING:
            return None  # in the morning, or in the evening
        return now.at(day, (hour + (NOON if hour < WAKING else 0)) * 60 + minute)
    comes = (h for h in range(hour, hour + 3 * NOON, NOON) if _ahead(h, minute, now))
    found = next(comes)
    if found % 24 < WAKING or (day is not None and found >= 24):
        return None
    return now.at(now.today, found * 60 + minute)


def _ahead(hour: int, minute: int, now: Now) -> bool:
    return now.at(now.today, hour * 60 + minute) > now.ms


def _later(minutes: int, day: date | None, now: Now) -> int:
    """On the day that is named; else on the next on which it is still to come."""
    if day is not None:
        return now.at(day, minutes)
    today = now.at(now.today, minutes)
    return today if today > now.ms else now.at(now.today + timedelta(days=1), minutes)


# --- days -----------------------------------------------------------------------------------


def ahead(days: int) -> DayOf:
    """So many days from today."""
    return lambda now: now.today + timedelta(days=days)


def weekday(day: int, weeks: int | None = None) -> DayOf:
    """A day of the week: the next such one; or that of a week from this one.

    On that day itself its name alone may mean today, or a week from now.
    """

    def found(now: Now) -> date | None:
        if weeks is None:
            days = (day - now.today.weekday()) % 7
            return now.today + timedelta(days=days) if days else None
        return now.today + timedelta(days=day - now.today.weekday() + 7 * weeks)

    return found


def week_end(weeks: int) -> DayOf:
    """The last day of a week on which the desk opens."""

    def found(now: Now) -> date:
        sunday = now.today + timedelta(days=SUNDAY - now.today.weekday() + 7 * weeks)
        for back in range(SUNDAY):
            day = sunday - timedelta(days=back)
            opens = now.hours.next_open(now.at(day, 0))
            if opens is not None and opens < now.at(day + timedelta(days=1), 0):
                return day
        return sunday

    return found


def month_end(months: int) -> DayOf:
    """The last day of a month."""

    def found(now: Now) -> date:
        past = now.today.year * 12 + now.today.month + months
        return date(past // 12, past % 12 + 1, 1) - timedelta(days=1)

    return found


def of_month(day: int, month: int | None = None, year: int | None = None) -> DayOf:
    """A date: the next such one where month or year are not said."""

    def found(now: Now) -> date | None:
        today = now.today
        if year is not None and month is not None:
            return _date(year, month, day)
        past = today.year * 12 + today.month - 1
        for later in range(13):
            y, m = divmod(past + later, 12)
            there = _date(y, m + 1, day) if month in (None, m + 1) else None
            if there is not None and there >= today:
                return there
        return None

    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
