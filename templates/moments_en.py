"""Instants as English names them."""

import re
from collections.abc import Iterator

from templates import moments as m
from templates.moments import Piece
from templates.spans import DAY_MS, HOUR_MS, MINUTE_MS, MOST, Span

_NUMBERS = {
    word: n
    for n, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        1,
    )
} | {
    "a": 1,
    "an": 1,
    "couple of": 2,
    "a couple of": 2,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "forty-eight": 48,
    "twenty-four": 24,
    "seventy-two": 72,
    "sixty": 60,
    "ninety": 90,
}
_NUMBER = (
    r"(?:[0-9]{1,4}|" + "|".join(sorted(map(re.escape, _NUMBERS), key=len, reverse=True)) + ")"
)
_HOURS = list(_NUMBERS)[:12]
_UNITS = {"minute": MINUTE_MS, "min": MINUTE_MS, "hour": HOUR_MS, "hr": HOUR_MS, "day": DAY_MS}
_UNITS |= {"week": 7 * DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "d": DAY_MS}
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAY_NAME = "(?:" + "|".join(f"{d}|{d[:3]}" for d in _WEEKDAYS) + "|tues|thurs?)"
_MONTH_NAME = "(?:" + "|".join(f"{n}|{n[:3]}" for n in _MONTHS) + r"|sept)\.?"

_SPAN = re.compile(
    rf"\b(?P<first>{_NUMBER})(?:\s*(?:-|–|to|or)\s*(?P<last>{_NUMBER}))?[\s-]{{0,3}}"
    r"(?P<business>business|working|work|open|office)?[\s-]{0,3}"
    r"(?P<unit>minute|min|hour|hr|day|week|(?:(?<=[0-9])|(?<=[0-9] ))[hmd](?![a-z]))s?\b"
)
_QUARTERS = re.compile(r"\b(?P<three>three )?(?:an? )?quarters? of an hour\b")
_THE_HOUR = re.compile(r"(?<=\bwithin )the (?:next )?hour\b")
_THIS_TIME = re.compile(r"\bthis time tomorrow\b")
_HALF = re.compile(
    r"\b(?:(?P<half>half an? hour)|(?P<n>an?|one|two|three|[0-9]) (?:hours? and a half|and a half hours))\b"
)
_DAYS = (
    (r"\b(?:the )?day after tomorrow\b", m.ahead(2)),
    (r"\btomorrow\b", m.ahead(1)),
    (r"\b(?:the )?end of (?:today|the same day)\b", m.ahead(0)),
    (r"\b(?:today|the same day|the day is (?:out|over))\b", m.ahead(0)),
    (r"\b(?:the )?end of (?:the|this) week\b|\bthis week\b|\bthe week is out\b", m.week_end(0)),
    (r"\b(?:the )?end of next week\b|\bnext week\b", m.week_end(1)),
    (r"\b(?:the )?end of (?:the|this) month\b|\bthis month\b", m.month_end(0)),
    (r"\b(?:the )?end of next month\b", m.month_end(1)),
)
_WEEKDAY = re.compile(
    rf"\b(?P<which>next|this|coming)?\s*(?P<day>{_DAY_NAME})\b(?P<then>\s+(?:of )?next week)?"
)
_DATES = (
    re.compile(rf"\b(?P<month>{_MONTH_NAME})\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\b(?!:)"),
    re.compile(rf"\b(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month>{_MONTH_NAME})\b"),
    re.compile(r"\b(?P<year>20[0-9]{2})-(?P<m>[0-9]{1,2})-(?P<day>[0-9]{1,2})\b"),
    re.compile(r"\bthe (?P<day>[0-9]{1,2})(?:st|nd|rd|th)\b"),
)
_HOUR = "(?:1[0-2]|[1-9]|" + "|".join(_HOURS) + ")"
_FROM = r"(?:[0-9]{1,2}(?:[:.][0-5][0-9])? ?(?:[ap]\.?m\b\.?)? ?(?:-|–|to|and) ?)?"
_AFTER_HOUR = (  # what follows an hour that nothing else shows to be one
    r"(?=\s*(?:$|[,.;!?)]|today|tonight|tomorrow|on |in the |this |next |at the latest|sharp|latest"
    rf"|and (?:i|we)\b|(?:noon|midnight)\b|{_DAY_NAME}\b))"
)
_CLOCKS = (
    re.compile(
        rf"\b{_FROM}(?P<h>[0-9]{{1,2}})(?:[:.](?P<min>[0-5][0-9]))?\s*(?P<half>[ap])\.?m\b\.?"
    ),
    re.compile(rf"\b{_FROM}(?P<h>[0-2]?[0-9]):(?P<min>[0-5][0-9])\b"),
    re.compile(rf"\b(?P<h>{_HOUR})\s*o'clock\b"),
    re.compile(
        rf"\b(?:a )?(?P<past>half|quarter|five|ten|twenty) (?P<way>past|to) (?P<h>{_HOUR})\b"
    ),
    re.compile(
        r"(?:(?<=\bby )|(?<=\bat )|(?<=\bbefore )|(?<=\baround )|(?<=\babout ))"
        rf"(?<!one by )(?<!two by )(?P<h>{_HOUR}){_AFTER_HOUR}"
    ),
)
_PAST = {"half": 30, "quarter": 15, "five": 5, "ten": 10, "twenty": 20}
_PARTS = (
    (r"\btonight\b", "night", True),
    (r"\bthis evening\b", "evening", True),
    (r"\bthis morning\b", "morning", True),
    (r"\bthis afternoon\b", "afternoon", True),
    (r"\bmidnight\b", "midnight", False),
    (r"\b(?:noon|midday|lunch ?time|lunch)\b", "noon", False),
    (r"\b(?:first thing(?: in the morning)?|(?:in )?the morning|morning)\b", "morning", False),
    (r"\b(?:in )?(?:the )?afternoon\b", "afternoon", False),
    (r"\b(?:in )?(?:the )?evening\b", "evening", False),
    (r"\b(?:at )?night\b", "night", False),
    (r"\b(?:(?:the )?end of (?:the |our )?day|eod)\b|(?<=\bwithin )the day\b", m.END_OF_DAY, False),
)
_CLOSES = re.compile(
    r"\b(?:(?:the )?(?:end|close) of (?:the |our )?(?:business day|business|working day|work day|workday|play)"
    r"|cob|(?:we|the office|our office) closes?|closing time|office hours end)\b"
)
_FILLING = re.compile(
    r"[\s,]*(?:(?:at|on|by|of|the|in|around|about|between|before|no later than|latest|,|[()])\s*)*"
)


def filling(between: str) -> bool:
    """Whether a text between two pieces keeps them together."""
    return _FILLING.fullmatch(between) is not None


def pieces(text: str) -> Iterator[Piece]:
    """What a text in small letters says of instants."""
    for found in _SPAN.finditer(text):
        if (span := _span(found)) is not None:
            yield Piece(*found.span(), span=span)
    for found in _HALF.finditer(text):
        hours = 0 if found["half"] else _number(found["n"])
        yield Piece(*found.span(), span=Span(hours * HOUR_MS + HOUR_MS // 2))
    for found in _QUARTERS.finditer(text):
        yield Piece(*found.span(), span=Span((3 if found["three"] else 1) * 15 * MINUTE_MS))
    for found in _THE_HOUR.finditer(text):
        yield Piece(*found.span(), span=Span(HOUR_MS))
    for found in _THIS_TIME.finditer(text):
        yield Piece(*found.span(), span=Span(DAY_MS))
    for pattern, day in _DAYS:
        for found in re.finditer(pattern, text):
            yield Piece(*found.span(), day=day)
    for found in _WEEKDAY.finditer(text):
        number = next(n for n, name in enumerate(_WEEKDAYS) if name[:3] == found["day"][:3])
        weeks = 1 if found["then"] else {"next": 1, "this": 0}.get(found["which"])
        yield Piece(*found.span(), day=m.weekday(number, weeks))
    for pattern_of in _DATES:
        for found in pattern_of.finditer(text):
            yield Piece(*found.span(), day=_date(found))
    yield from _of_the_day(text)


def _of_the_day(text: str) -> Iterator[Piece]:
    for pattern in _CLOCKS:
        for found in pattern.finditer(text):
            given = found.groupdict()
            hour, minute = _number(found["h"]), int(given.get("min") or 0)
            half = f"{given['half']}m" if given.get("half") else ""
            if not half and found["h"].startswith("0") and hour:
                half = "am"
            if given.get("way") == "past":
                minute = _PAST[found["past"]]
            elif given.get("way") == "to":
                hour, minute = hour - 1 or 12, 60 - _PAST[found["past"]]
            if hour <= (12 if half else 24):
                yield Piece(*found.span(), clock=(hour, minute), half=half)
    for words, part, today in _PARTS:
        for found in re.finditer(words, text):
            yield Piece(*found.span(), part=part, day=m.ahead(0) if today else None)
    for found in _CLOSES.finditer(text):
        yield Piece(*found.span(), closes=True)


def _span(found: re.Match[str]) -> Span | None:
    number = max(_number(found["first"]), _number(found["last"] or "0"))
    unit = _UNITS[found["unit"]]
    if not 0 < number <= MOST:
        return None
    if found["business"] and unit >= DAY_MS:
        return Span(0, open=True, days=number * (unit // DAY_MS) * (5 if unit > DAY_MS else 1))
    return Span(number * unit, open=bool(found["business"]))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.get(word, 0)


def _date(found: re.Match[str]) -> m.DayOf:
    given, day = found.groupdict(), int(found["day"])
    if given.get("year"):
        return m.of_month(day, int(found["m"]), int(found["year"]))
    if not given.get("month"):
        return m.of_month(day)
    month = next(n for n, name in enumerate(_MONTHS, 1) if name[:3] == found["month"][:3])
    return m.of_month(day, month)
