"""Public holidays and make-up workdays of a country, as far as they are known.

China's come from chinesecalendar, which holds what the State Council has announced and nothing
else: the years after that nobody knows, and nobody guesses. Other countries' come from holidays,
public ones only.
"""

from functools import cache
from typing import Any

from config.part import Part

FIRST_YEAR = 2025
LAST_YEAR = 2035  # holidays of countries that do not announce them year by year
_ANNOUNCED = "CN"


class PublicDays(Part):
    """The days themselves. They are stored with the rulebook, so that a version never changes."""

    holidays: tuple[str, ...] = ()  # of all the countries
    workdays: tuple[str, ...] = ()  # weekend days that are worked, in return for days off
    known_until: str = ""  # the last day that any of it speaks of


@cache
def public_days(countries: tuple[str, ...]) -> PublicDays:
    """The days of `CN`, or of `DE-BY` and others; what is a holiday in one of them is one.

    Raises ValueError for a country that is not known.
    """
    found = [_announced() if name == _ANNOUNCED else _reckoned(name) for name in countries]
    return PublicDays(
        holidays=tuple(sorted({day for one in found for day in one.holidays})),
        workdays=tuple(sorted({day for one in found for day in one.workdays})),
        known_until=min((one.known_until for one in found), default=""),
    )


def _announced() -> PublicDays:
    import chinese_calendar as announced

    return PublicDays(
        holidays=_texts(announced.holidays),
        workdays=_texts(announced.workdays),
        known_until=f"{max(announced.holidays).year}-12-31",
    )


def _reckoned(name: str) -> PublicDays:
    from holidays import country_holidays

    country, _, part = name.partition("-")
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    try:
        days = country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        like = "write a country as CN or DE, a part of it as DE-BY"
        raise ValueError(f"{name!r} is not known: {error}; {like}") from None
    return PublicDays(holidays=_texts(days), known_until=f"{LAST_YEAR}-12-31")


def _texts(days: Any) -> tuple[str, ...]:
    return tuple(sorted(day.isoformat() for day in days if day.year >= FIRST_YEAR))
