"""Festivals: whose day it is, and what one wishes on it.

The moon's days come from holidays, which also knows the days off that calendars of work keep. A
day of mourning (清明) has no wish. National Day is wished to readers of zh-CN only, Christmas not
to them.
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache


class Festival(StrEnum):
    """What is wished for."""

    NEW_YEAR = "new_year"
    SPRING = "spring_festival"
    LANTERN = "lantern_festival"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    CHRISTMAS = "christmas"


# Fragments of a greeting: `您好，{wish}，欢迎光临`, `Hello. {wish}.`
_WISHES: dict[str, dict[Festival, str]] = {
    "zh-CN": {
        Festival.NEW_YEAR: "祝您元旦快乐",
        Festival.SPRING: "给您拜年了，祝您新春快乐、阖家幸福",
        Festival.LANTERN: "祝您元宵节快乐",
        Festival.DRAGON_BOAT: "祝您端午安康",
        Festival.MID_AUTUMN: "祝您中秋快乐、阖家团圆",
        Festival.NATIONAL_DAY: "祝您国庆节快乐",
    },
    "zh-TW": {
        Festival.NEW_YEAR: "祝您新年快樂",
        Festival.SPRING: "恭賀新禧，祝您新春愉快、闔家平安",
        Festival.LANTERN: "祝您元宵節快樂",
        Festival.DRAGON_BOAT: "祝您端午佳節愉快",
        Festival.MID_AUTUMN: "祝您中秋佳節愉快",
        Festival.CHRISTMAS: "祝您聖誕快樂",
    },
    "en": {
        Festival.NEW_YEAR: "Happy New Year",
        Festival.CHRISTMAS: "Merry Christmas",
    },
}
_SPRING_DAYS = 7  # from the eve on
_LANTERN_AFTER = timedelta(days=14)  # the fifteenth of the first month
_EVE = timedelta(days=1)
_LUNAR = {  # as the library calls them in English
    "Chinese New Year (Spring Festival)": Festival.SPRING,
    "Dragon Boat Festival": Festival.DRAGON_BOAT,
    "Mid-Autumn Festival": Festival.MID_AUTUMN,
}
_FIRST_YEAR, _LAST_YEAR = 2008, 2099  # those in which all three have been days off


def wish(day: date, manner: str) -> str:
    """What one wishes a reader of this manner on this day; "" on a day like any other."""
    festival = festival_on(day)
    return _WISHES.get(manner, {}).get(festival, "") if festival else ""


@lru_cache(maxsize=1_000)
def festival_on(day: date) -> Festival | None:
    """Whose day it is; a fixed day gives way to one of the moon."""
    fixed = {
        (1, 1): Festival.NEW_YEAR,
        (10, 1): Festival.NATIONAL_DAY,
        (12, 24): Festival.CHRISTMAS,
        (12, 25): Festival.CHRISTMAS,
    }
    return _moon(day.year).get(day) or fixed.get((day.month, day.day))


@lru_cache(maxsize=100)
def _moon(year: int) -> dict[date, Festival]:
    """The days that the moon sets in a year."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return {}
    from holidays import country_holidays

    firsts: dict[Festival, date] = {}
    for day, name in sorted(country_holidays("CN", years=[year], language="en_US").items()):
        for called, festival in _LUNAR.items():
            if called in name.split("; "):
                firsts.setdefault(festival, day)
    days = {day: festival for festival, day in firsts.items()}
    spring = firsts[Festival.SPRING]
    for n in range(_SPRING_DAYS):
        days[spring - _EVE + timedelta(days=n)] = Festival.SPRING
    days[spring + _LANTERN_AFTER] = Festival.LANTERN
    return days
