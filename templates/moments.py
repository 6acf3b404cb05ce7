"""Instants that people name, by the pieces they name them by: day, clock, part, span. Pure.

Who names a day means its end: when the desk closes, or midnight where it does not open. Who names a
part of a day means the end of it. An hour without a half of the day is the next that is likely.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from templates.spans import SECOND_MS, Hours, Span, closing, due_of

NOON = 12
SMALL_HOURS = 7  # up to this one, an hour without its half is in the afternoon
SUNDAY = 6
HORIZON = timedelta(days=366)

PARTS = {"morning": 12, "noon": 12, "afternoon": 18, "evening": 21, "night": 24}
"""Until when a part of a day lasts."""


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
    """One instant has one of each, and a span stands alone."""
    if piece.span is not None or any(p.span is not None for p in said):
        return False
    taken = {kind for p in said for kind in _kinds(p)}
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
    named = next((p.day for p in pieces if p.day is not None), None)
    day = named(now) if named is not None else None
    if named is not None and (day is None or day < now.today):
        return None
    clock = next((p for p in pieces if p.clock is not None), None)
    part = next((p.part for p in pieces if p.part), "")
    if clock is not None:
        return _at_clock(clock, part, day, now)
    if part:
        return _later(PARTS[part] * 60, day, now)
    if day is None and any(p.closes for p in pieces):
        opens = now.hours.next_open(now.ms)
        return closing(opens, now.hours, now.zone) if opens is not None else None
    return now.end_of(day or now.today)


def _at_clock(piece: Piece, part: str, day: date | None, now: Now) -> int | None:
    hour, minute = piece.clock or (0, 0)
    half = piece.half or ("am" if part == "morning" else "pm" if part not in ("", "noon") else "")
    if half == "pm" and hour < NOON:
        hour += NOON
    elif half == "am" and hour == NOON:
        hour = 0
    elif (part == "noon" and hour < SMALL_HOURS) or (not half and 0 < hour < SMALL_HOURS):
        hour += NOON
    at = hour * 60 + minute
    if not half and day is None and now.at(now.today, at) <= now.ms and hour < NOON:
        later = now.at(now.today, at + NOON * 60)
        if later > now.ms:
            return later
    return _later(at, day, now)


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
    """A day of the week: the next such one, today among them; or that of a week from this one."""

    def found(now: Now) -> date:
        if weeks is None:
            return now.today + timedelta(days=(day - now.today.weekday()) % 7)
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
