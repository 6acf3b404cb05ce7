"""Instants as Chinese names them, in simplified characters."""

import re
from collections.abc import Iterator

from templates import moments as m
from templates.moments import Piece
from templates.spans import DAY_MS, HOUR_MS, MINUTE_MS, MOST, Span

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_DIGITS |= {"七": 7, "八": 8, "九": 9, "俩": 2, "仨": 3}
_N = r"(?:[0-9]{1,4}|[零〇一二两三四五六七八九十俩仨]{1,3})"
_UNITS = {"分钟": MINUTE_MS, "分": MINUTE_MS, "刻钟": 15 * MINUTE_MS, "小时": HOUR_MS}
_UNITS |= {"钟头": HOUR_MS, "h": HOUR_MS, "天": DAY_MS, "日": DAY_MS, "周": 7 * DAY_MS}
_UNITS |= {"星期": 7 * DAY_MS, "礼拜": 7 * DAY_MS}

_SPAN = re.compile(
    rf"(?<![第月周期拜])(?P<first>{_N})(?:\s*[-~–—到至、]\s*(?P<last>{_N}))?\s*(?P<half>个半)?个?\s*"
    r"(?P<business>工作|营业)?(?P<unit>分钟|刻钟|小时|钟头|h(?![a-z])|天|日|周|星期|礼拜)"
    r"(?=\s*(?:之内|以内|内|左右|后|之后|以后|里|就|必|会|$|[,，.。!！]|回|答|给|联))"
)
_HALF = re.compile(r"半个?(?:小时|钟头)")
_THIS_TIME = re.compile(r"(?:明天|明日)的?(?:这个?时候|此时|同一时间)")
_HALF_DAY = re.compile(r"半天")
_DAYS = (
    (r"大后天", m.ahead(3)),
    (r"后天", m.ahead(2)),
    (r"(?:明天|明日|次日|第二天|隔天|翌日)", m.ahead(1)),
    (r"(?:今天|今日|当天|当日|本日)", m.ahead(0)),
    (
        r"(?:本周|这周|这个?星期|这个?礼拜)(?:之内|以内|内|末|底|结束)?(?![一二三四五六日天初中])",
        m.week_end(0),
    ),
    (r"(?:周末|一周结束)", m.week_end(0)),
    (
        r"(?:下周|下个?星期|下个?礼拜)(?:之内|以内|内|末|底)?(?![一二三四五六日天初中])",
        m.week_end(1),
    ),
    (r"(?:本月|这个?月|当月)(?:之内|以内|内|底|末)?|月底|月末", m.month_end(0)),
    (r"下个?月(?:底|末)", m.month_end(1)),
)
_WEEKDAY = re.compile(
    r"(?P<which>下下个?|下个?|本|这个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])"
)
_DATES = (
    re.compile(r"(?P<year>20[0-9]{2})[年/-](?P<month>[0-9]{1,2})[月/-](?P<day>[0-9]{1,2})[日号]?"),
    re.compile(rf"(?P<month>{_N})月(?P<day>{_N})[日号]?"),
    re.compile(
        rf"(?<![0-9第一二三四五六七八九十])(?P<day>{_N})(?:号(?!线|楼|店|仓|柜|单)|日(?![之以]?[内后]|左右))"
    ),
)
_NOT_A_BIT = r"(?!一点(?<=[早快好慢]一点))(?!一点(?<=晚一点)(?<![今明当]晚一点))"
_CLOCKS = (
    re.compile(  # 快一点 is no hour, 以下三点 none either
        rf"(?:{_N} ?[点时]?半? ?[-~–—到至] ?)?(?:差(?P<short>一刻|{_N}分)钟?)?"
        rf"(?<![第这那几有多少])(?<![以如]下)(?<!以上){_NOT_A_BIT}(?P<h>{_N})\s*(?:点|(?<!一)时)"
        rf"(?![间点])(?:(?P<quarter>[一三])刻|(?P<half>半)|(?P<min>{_N})分?)?(?:钟|整)?"
    ),
    re.compile(
        r"(?:(?<![0-9:])[0-2]?[0-9][:：][0-5][0-9] ?[-~–—到至] ?)?"
        r"(?<![0-9:])(?P<h>[0-2]?[0-9])[:：](?P<min>[0-5][0-9])(?![0-9:])"
    ),
)
_PARTS = (
    (r"(?:今晚|今夜|今天(?:晚上|夜里))的?(?:凌晨|后半夜)", "dawn", 1),
    (r"(?:今晚|今夜)", "night", 0),
    (r"(?:明晚)", "night", 1),
    (r"(?:今早|今晨)", "morning", 0),
    (r"(?:明早|明晨)", "morning", 1),
    (r"(?:凌晨|拂晓|后半夜)", "dawn", None),
    (rf"(?<=[天日一二三四五六末号])早(?=\s*{_N}\s*[点时:])", "morning", None),
    (r"(?<=[天日一二三四五六末号])晚(?![点些上间])", "night", None),
    (r"(?:上午|早上|早晨|清早|清晨|午前|一早)", "morning", None),
    (r"(?:中午|正午|午间)", "noon", None),
    (r"(?:下午|午后|傍晚)", "afternoon", None),
    (r"(?:晚上|晚间)", "night", None),
    (r"(?:午夜|半夜|深夜|夜里|夜间)", "midnight", None),
)
_CLOSES = re.compile(r"(?:下班|打烊|营业结束|收工)")
# Whatever names an instant has one of these: most sentences have none, and are read no further.
_MARK = re.compile(r"[0-9h天日周期拜月号时钟点晚早晨晓午夜班烊束工]")
_FILLING = re.compile(r"[\s,，()的在于之前]*")


def filling(between: str) -> bool:
    """Whether a text between two pieces keeps them together."""
    return _FILLING.fullmatch(between) is not None


def pieces(text: str) -> Iterator[Piece]:
    """What a text, simplified and in small letters, says of instants."""
    if _MARK.search(text) is None:
        return
    for found in _SPAN.finditer(text):
        if (span := _span(found)) is not None:
            yield Piece(*found.span(), span=span)
    for found in _HALF.finditer(text):
        yield Piece(*found.span(), span=Span(HOUR_MS // 2))
    for found in _THIS_TIME.finditer(text):
        yield Piece(*found.span(), span=Span(DAY_MS))
    for found in _HALF_DAY.finditer(text):
        yield Piece(*found.span(), span=Span(DAY_MS // 2))
    for pattern, day in _DAYS:
        for found in re.finditer(pattern, text):
            yield Piece(*found.span(), day=day)
    for found in _WEEKDAY.finditer(text):
        number, which = "一二三四五六日".find(found["day"].replace("天", "日")), found["which"]
        weeks = which.count("下") if which else None
        yield Piece(*found.span(), day=m.weekday(number, weeks))
    for pattern_of in _DATES:
        for found in pattern_of.finditer(text):
            yield Piece(*found.span(), day=_date(found))
    yield from _of_the_day(text)


def _of_the_day(text: str) -> Iterator[Piece]:
    for pattern in _CLOCKS:
        for found in pattern.finditer(text):
            given = found.groupdict()
            minute = _number(given["min"]) if given["min"] else 0
            if given.get("half"):
                minute = 30
            elif given.get("quarter"):
                minute = 15 * _number(given["quarter"])
            hour = _number(found["h"])
            if given.get("short"):
                hour, minute = hour - 1, 60 - _short(given["short"])
            half = "am" if found["h"].startswith("0") and hour else ""
            if 0 <= hour <= 24 and minute < 60:
                yield Piece(*found.span(), clock=(hour, minute), half=half)
    for words, part, ahead in _PARTS:
        for found in re.finditer(words, text):
            day = m.ahead(ahead) if ahead is not None else None
            yield Piece(*found.span(), part=part, day=day)
    for found in _CLOSES.finditer(text):
        yield Piece(*found.span(), closes=True)


def _span(found: re.Match[str]) -> Span | None:
    number = max(_number(found["first"]), _number(found["last"] or "0"))
    unit = _UNITS[found["unit"]]
    if not 0 < number <= MOST:
        return None
    if found["business"] and unit >= DAY_MS:
        return Span(0, open=True, days=number)
    more = unit // 2 if found["half"] else 0
    return Span(number * unit + more, open=bool(found["business"]))


def _short(word: str) -> int:
    """How many minutes are lacking: 一刻, 五分."""
    return 15 if word == "一刻" else _number(word.removesuffix("分"))


def _number(word: str) -> int:
    """`24`, `十二`, `二十四`, `两`; of two that stand together, 两三, the later."""
    if word.isascii():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten and len(ones) > 1:
        low, high = (_DIGITS[each] for each in ones[-2:])
        return high if len(ones) == 2 and high in (low + 1, low + 2) else 0
    high = _DIGITS.get(tens, 1) * 10 if ten else 0
    return high + (_DIGITS.get(ones, 0) if ones else 0)


def _date(found: re.Match[str]) -> m.DayOf:
    given = found.groupdict()
    month = _number(given["month"]) if given.get("month") else None
    year = int(given["year"]) if given.get("year") else None
    return m.of_month(_number(found["day"]), month, year)
