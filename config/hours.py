"""Opening hours as people write them, in the one shape that the response clock reads."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from config.part import Part
from config.public_days import PublicDays, public_days
from config.units import Words, Zone
from gateway.contract import faults_at

T = TypeVar("T")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_HOLIDAY_DAYS = 100

Window = tuple[str, str]
"""From and until, `09:00` to `24:00`; until <= from runs into the next day."""


def _clock(text: str, last: str) -> str:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)
    if found:
        return f"{int(found[1]):02d}:{found[2]}"
    if text == last:
        return text
    raise ValueError(f"{text!r} is no time of day; write it as 09:00")


def _window(value: Any) -> Window:
    match value:
        case str():
            start, dash, end = (part.strip() for part in value.partition("-"))
            if not dash:
                raise ValueError(f"{value!r} is no window; write it as 09:00-18:00")
        case [str(start), str(end)]:
            pass
        case _:
            raise ValueError("is no window; write it as 09:00-18:00")
    times, wrong = _each(lambda time: _clock(*time), ((start, ""), (end, "24:00")))
    if wrong:
        raise ValueError(_in_one(wrong))
    return times[0], times[1]


def _each(read: Callable[[Any], T], items: Iterable[Any]) -> tuple[tuple[T, ...], dict[int, str]]:
    """What could be read of the items, and by its place what is wrong with each of the others."""
    good: list[T] = []
    wrong: dict[int, str] = {}
    for n, item in enumerate(items):
        try:
            good.append(read(item))
        except ValueError as error:
            wrong[n] = str(error)
    return tuple(good), wrong


def _in_one(wrong: dict[int, str]) -> str:
    """Several faults of one value as one: what, and the first one's cure."""
    whats = dict.fromkeys(text.partition("; ")[0] for text in wrong.values())
    return f"{', '.join(whats)}; {next(iter(wrong.values())).partition('; ')[2]}"


def _windows(value: Any) -> tuple[Window, ...]:
    """`09:00-12:00 13:00-18:00`, a list of such, or pairs; nothing and `closed` are no window."""
    if value is None or value == "closed":
        return ()
    if isinstance(value, str):
        value = re.sub(r"\s*-\s*", "-", value).replace(",", " ").split()
    if not isinstance(value, list | tuple):
        raise ValueError("is no list of windows; write it as 09:00-12:00 13:00-18:00")  # noqa: TRY004
    windows, wrong = _each(_window, value)
    if wrong:
        raise ValueError(_in_one(wrong))
    ordered = sorted(w for w in windows if w[0] < w[1])
    for (_, until), (start, _) in pairwise(ordered):
        if start < until:
            raise ValueError(f"has windows that overlap at {start}; make them one")
    return windows


def _days(text: str) -> tuple[str, ...]:
    """The days of `mon`, `mon-fri` or `sat,sun`."""
    days: list[str] = []
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{text!r} is no day; write mon, mon-fri or sat,sun")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += DAYS[start : end + 1] if start <= end else (*DAYS[start:], *DAYS[: end + 1])
    return tuple(days)


def _weekly(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    week: dict[str, tuple[Window, ...]] = {}
    wrong: list[tuple[tuple[str], str]] = []
    for key, written in value.items():
        days, no_days = _each(_days, [str(key)])
        windows, no_windows = _each(_windows, [written])
        wrong += [((key,), text) for text in (*no_days.values(), *no_windows.values())]
        for day in (day for span in days for day in span):
            if day in week:
                wrong.append(((key,), f"says {day} twice; keep one"))
            else:
                week[day] = windows[0] if windows else ()
    if wrong:
        raise faults_at(wrong)
    return {day: week[day] for day in DAYS if day in week}


def _holidays(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    spans, wrong = _each(lambda item: tuple(_dates(str(item))), value)
    if wrong:
        raise faults_at(((n,), text) for n, text in wrong.items())
    return sorted({day for span in spans for day in span})


def _dates(text: str) -> Iterator[str]:
    """The days of `2026-10-01` or `2026-10-01..2026-10-07`."""
    first, _, last = text.partition("..")
    start, end = _date(first), _date(last or first)
    length = (end - start).days
    if not 0 <= length < _LONGEST_HOLIDAY_DAYS:
        raise ValueError(f"{text!r} is no span of days; write the first day before the last")
    yield from ((start + timedelta(days=n)).isoformat() for n in range(length + 1))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no date; write it as 2026-10-01") from None


Windows = Annotated[tuple[Window, ...], BeforeValidator(_windows)]
Day = Annotated[str, BeforeValidator(lambda text: _date(str(text)).isoformat())]


class Calendar(Part):
    """When a desk or a queue is open. `24x7` alone is a calendar too."""

    tz: Zone | None = None  # none: the desk's
    kind: Literal["weekly", "24x7"] = "weekly"  # whether it ever closes
    # `mon-fri: 09:00-12:00 13:00-18:00`, `sat,sun: closed`; until at or before from is overnight
    weekly: Annotated[dict[str, Windows], BeforeValidator(_weekly)] = Field(default={})
    # Closed all day; also as `2026-10-01..2026-10-07`.
    holidays: Annotated[tuple[Day, ...], BeforeValidator(_holidays)] = ()
    exceptions: dict[Day, Windows] = Field(default={})  # these days instead; they beat holidays
    # Overnight into a holiday: closed from midnight on, or open to the end as the day it began on.
    holiday_mode: Literal["civil_day", "shift_start"] = "civil_day"
    # Whose windows a weekend day has that is worked in return for days off.
    makeup_as: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    known_until: Day | None = None  # nobody has looked at days after this one
    public_days: PublicDays | None = None  # not written: looked up when it is missing
    public_holidays: Words = ()  # of countries: CN, DE, DE-BY

    @model_validator(mode="before")
    @classmethod
    def _round_the_clock(cls, value: Any) -> Any:
        return {"kind": "24x7"} if value == "24x7" else value

    @field_validator("public_holidays")
    @classmethod
    def _are_known(cls, countries: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("public_days") is None:
            _, wrong = _each(lambda country: public_days((country,)), countries)
            if wrong:
                raise faults_at(((n,), text) for n, text in wrong.items())
        return countries

    @model_validator(mode="after")
    def _look_up(self) -> Self:
        if self.public_holidays and self.public_days is None:
            found = public_days(self.public_holidays)
            return self.model_copy(update={"public_days": found})
        return self

    @property
    def last_known_day(self) -> str | None:
        """The last day of which anybody can say whether it is a holiday; None: for ever."""
        public = self.public_days.known_until if self.public_days is not None else ""
        return min((day for day in (public, self.known_until) if day), default=None)

    def document(self, tz: str) -> dict[str, Any]:
        """The calendar as `parley clock` reads it; `tz` is the desk's zone."""
        out: dict[str, Any] = {"tz": self.tz or tz}
        if self.kind == "24x7":
            return out | {"kind": "24x7"}
        public = self.public_days or PublicDays()
        makeup = dict.fromkeys(public.workdays, self.weekly.get(self.makeup_as, ()))
        exceptions = makeup | self.exceptions
        return out | {
            "weekly": {day: [list(w) for w in ws] for day, ws in self.weekly.items() if ws},
            "holidays": sorted({*self.holidays, *public.holidays}),
            "exceptions": {day: [list(w) for w in ws] for day, ws in exceptions.items()},
            "holiday_mode": self.holiday_mode,
        }
