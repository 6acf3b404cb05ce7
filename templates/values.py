"""Values of templates: their types, what may not be in them, how a locale shows them."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, parse_rfc3339
from templates.festivals import wish
from templates.locales import manner
from templates.markup import UNSEEN
from templates.persons import addressed

MAX_LINE = 200
MAX_PHRASE = 1_000
MAX_TEXT = 4_000
MAX_URL = 2_000


class ValueType(StrEnum):
    """What a value is."""

    LINE = "line"  # one line of plain text: names, numbers of orders
    PHRASE = "phrase"  # one line, whose full stop the template sets
    TEXT = "text"  # may have several lines
    PERSON = "person"  # a name, or {name, title}; what is no person's name counts as none
    URL = "url"  # http or https
    NUMBER = "number"
    TIME = "time"  # milliseconds since 1970 UTC, or RFC 3339
    DATE = "date"  # 2026-01-02, a day wherever one is
    DURATION = "duration"  # milliseconds, or 30s, 5m, 24h, 2d


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a text is read."""

    locale: str
    timezone: str = "UTC"
    at: int | None = None  # ms since 1970 UTC; None: nobody knows
    home: str = ""  # the reader's own zone; "": nobody knows

    @property
    def manner(self) -> str:
        """Whose words for hours and days are used; see locales."""
        return manner(self.locale)


_FULL_STOPS = ".。．；; "
_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_URL = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,9})(s|m|h|d)")
_UNITS = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}


def worded(kind: ValueType, value: Any, setting: Setting) -> str:
    """The value as it stands in a text. ValueError says what is wrong with it."""
    match kind:
        case ValueType.TIME:
            return _time(_instant(value), setting)
        case ValueType.DURATION:
            return _duration(_span(value), setting.manner)
        case ValueType.DATE:
            return _date(_day(value), setting)
        case ValueType.PERSON:
            return _person(value, setting.manner)
        case ValueType.NUMBER:
            return _number(value)
        case ValueType.URL:
            return _url(one_line(value, MAX_URL))
        case ValueType.LINE:
            return one_line(value, MAX_LINE)
        case ValueType.PHRASE:
            return one_line(value, MAX_PHRASE).rstrip(_FULL_STOPS)
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")  # noqa: TRY004 - one kind of refusal
    if value.isprintable() and len(value) <= MAX_LINE:  # most: nothing in it is to be taken out
        return value.strip()
    lines = _ENDS.sub("\n", value)
    clean = UNSEEN.sub("", lines).strip()
    if not any(map(str.isprintable, clean)):  # joiners and their like alone are seen by nobody
        return ""
    if len(clean) > MAX_TEXT:
        raise ValueError(f"is longer than {MAX_TEXT} characters")
    return clean


def one_line(value: Any, most: int) -> str:
    """A line of text, without what nobody sees in it. ValueError for several lines."""
    if isinstance(value, str) and not value.isprintable() and _BREAKS.search(value.strip(" ")):
        raise ValueError("must be one line")
    line = _text(value)
    if len(line) > most:
        raise ValueError(f"is longer than {most} characters")
    return line


def _person(value: Any, own: str) -> str:
    name, title = value, ""
    if isinstance(value, dict):
        name, title = value.get("name", ""), value.get("title") or ""
        if value.keys() - {"name", "title"}:
            raise ValueError("has more than a name and a title")
    return addressed(one_line(name, MAX_LINE), own, one_line(title, MAX_LINE))


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError("is no web address; write it as https://...")
    return text


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("is no number")  # noqa: TRY004
    text = str(value).strip()
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text):
        raise ValueError("is no number")
    return text


def _instant(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return parse_rfc3339(value)
    except (TypeError, ValueError):
        raise ValueError("is no time; write it as 2026-01-02T09:00:00+08:00") from None


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("is no day; write it as 2026-01-02") from None


def _span(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("is no duration; write it as 30s, 5m, 24h or 2d")
    return int(found[1]) * _UNITS[found[2]]


# --- as a locale shows them ------------------------------------------------------------------

# From which hour on, until the next row; the last row goes on past midnight.
_HELLO: dict[str, tuple[tuple[int, str], ...]] = {
    "zh-CN": (
        (0, "您好"),
        (5, "早上好"),
        (9, "上午好"),
        (12, "中午好"),
        (14, "下午好"),
        (18, "晚上好"),
    ),
    "zh-TW": ((0, "您好"), (5, "早安"), (12, "午安"), (18, "晚安")),
    "en": ((0, "Hello"), (5, "Good morning"), (12, "Good afternoon"), (18, "Good evening")),
}
_UNKNOWN_HOUR = 0
_ZH_NEAR: dict[int | None, str] = {0: "今天", 1: "明天"}  # days ahead
_EN_NEAR: dict[int | None, str] = {0: "today", 1: "tomorrow"}
_ZH_DAYS = "一二三四五六日"
_ZH_WEEK = {"zh-CN": "周", "zh-TW": "週"}
_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EN_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNIT_WORDS: dict[str, dict[int, tuple[str, str]]] = {
    "zh-CN": {
        SECOND_MS: (" 秒", " 秒"),
        MINUTE_MS: (" 分钟", " 分钟"),
        HOUR_MS: (" 小时", " 小时"),
        DAY_MS: (" 天", " 天"),
    },
    "zh-TW": {
        SECOND_MS: (" 秒", " 秒"),
        MINUTE_MS: (" 分鐘", " 分鐘"),
        HOUR_MS: (" 小時", " 小時"),
        DAY_MS: (" 天", " 天"),
    },
    "en": {
        SECOND_MS: (" second", " seconds"),
        MINUTE_MS: (" minute", " minutes"),
        HOUR_MS: (" hour", " hours"),
        DAY_MS: (" day", " days"),
    },
}


def hello(setting: Setting) -> str:
    """The greeting of the reader's hour; a plain one when it is unknown or the night is deep."""
    rows = _HELLO.get(setting.manner, _HELLO["en"])
    hour = _UNKNOWN_HOUR
    if setting.at is not None and setting.home:
        hour = _local(setting.at, setting.home).hour
    return next(words for first, words in reversed(rows) if hour >= first)


def festive(setting: Setting) -> str:
    """What one wishes on the reader's day; "" on a day like any other, and when it is unknown."""
    if setting.at is None:
        return ""
    return wish(_local(setting.at, setting.home or setting.timezone).date(), setting.manner)


def _local(at_ms: int, timezone: str) -> datetime:
    try:
        return datetime.fromtimestamp(at_ms // SECOND_MS, ZoneInfo(timezone))
    except (OverflowError, OSError, ValueError):
        raise ValueError("is no time within the calendar") from None


def _time(at_ms: int, setting: Setting) -> str:
    """`09:00 today` where the reader's day is known, else with its date."""
    when = _local(at_ms, setting.timezone)
    clock = f"{when.hour:02d}:{when.minute:02d}"
    day = _date(when.date(), setting)
    match setting.manner:
        case "zh-CN" | "zh-TW":  # a full-width bracket brings its own space
            return f"{day}{clock}" if day.endswith("）") else f"{day} {clock}"
        case "en":
            return f"{clock} {day}" if day in _EN_NEAR.values() else f"{clock} on {day}"
    return f"{day} {clock}"


def _date(day: date, setting: Setting) -> str:
    """`today` where the reader's day is known, else `Monday 23 November`."""
    ahead = None
    if setting.at is not None:
        ahead = (day - _local(setting.at, setting.timezone).date()).days
    match setting.manner:
        case "zh-CN" | "zh-TW" as own:
            weekday = f"{_ZH_WEEK[own]}{_ZH_DAYS[day.weekday()]}"
            return _ZH_NEAR.get(ahead) or f"{day.month}月{day.day}日（{weekday}）"
        case "en":
            named = f"{_EN_DAYS[day.weekday()]} {day.day} {_EN_MONTHS[day.month - 1]}"
            return _EN_NEAR.get(ahead, named)
    return day.isoformat()


def _duration(ms: int, own: str) -> str:
    """In the largest unit of which there are two, rounded up: nobody waits longer than told."""
    words = _UNIT_WORDS.get(own, _UNIT_WORDS["en"])
    unit = SECOND_MS
    for candidate in (MINUTE_MS, HOUR_MS, DAY_MS):
        if ms >= 2 * candidate or ms == candidate:
            unit = candidate
    if unit == SECOND_MS and ms > MINUTE_MS:
        unit = MINUTE_MS
    count = max(1, -(-ms // unit))
    return f"{count}{words[unit][count != 1]}"
