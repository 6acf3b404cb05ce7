"""Templates as customers read them, and what they refuse."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.clock import parse_rfc3339
from templates import BadValue, Catalog, MissingValue, UnknownTemplate, render
from templates.markup import paragraphs, plain_faults

CATALOG = Catalog.load()
CHANNELS = ("webchat", "sms", "email")
LOCALES = ("zh-CN", "zh-TW", "en")
REQUIRED = ("greeting", "acknowledged", "holding", "out_of_hours", "apology", "closing")
SATURDAY = parse_rfc3339("2026-11-21T10:00:00+08:00")
SHANGHAI = "Asia/Shanghai"


def examples(name: str, locale: str) -> dict[str, str | int]:
    """A value for every variable."""
    return {v.name: v.example for v in CATALOG.get(name).wording(locale).variables}


def words(
    name: str, *, locale: str = "en", channel: str = "webchat", at=SATURDAY, home="", **values
):
    """The template from Shanghai on a Saturday morning."""
    return render(
        CATALOG,
        name,
        locale=locale,
        channel=channel,
        values=values,
        timezone=SHANGHAI,
        at=at,
        home=home,
    )


def test_a_missing_value_is_refused_by_name() -> None:
    """Without a required value there is no text, and the refusal names it, on every channel."""
    for name in CATALOG.names():
        wording = CATALOG.get(name).wording("en")
        needed = tuple(v.name for v in wording.variables if v.required)
        full = examples(name, "en")
        for channel in CHANNELS if needed else ():
            with pytest.raises(MissingValue, match=f"{name}: .* missing; give a value") as refusal:
                words(name, channel=channel)
            assert (refusal.value.name, refusal.value.names) == (needed[0], needed)
            for one in needed:
                with pytest.raises(MissingValue, match=f"{name}: {one} is missing; give a value"):
                    words(name, channel=channel, **{**full, one: ""})


@pytest.mark.parametrize("empty", [None, "", "  ", "\u202e", "\x00", "\u200b", "\u2060\u200d"])
def test_an_empty_value_is_missing(empty) -> None:
    """A value with nothing visible in it counts as none."""
    with pytest.raises(MissingValue):
        words("greeting", desk_name=empty)
    assert words("greeting", desk_name="Dawn", customer_name=empty) == words(
        "greeting", desk_name="Dawn"
    )


def test_an_unknown_template_is_refused() -> None:
    """A name that is not there is an error that says which one was meant."""
    with pytest.raises(
        UnknownTemplate, match="there is no template 'greting'; did you mean greeting"
    ):
        words("greting")
    assert words("out-of-hours", desk_name="x") == words("out_of_hours", desk_name="x")


BAD = [
    ("two lines", {"customer_name": "Lin\r\nBcc: x@y.example"}, "customer_name", "must be one line"),
    ("an odd line break", {"customer_name": "Lin\u2028x"}, "customer_name", "must be one line"),
    ("too long", {"customer_name": "x" * 201}, "customer_name", "is longer than 200 characters"),
    ("a list", {"customer_name": ["x"]}, "customer_name", "is no text"),
    ("no time", {"reply_by": "soon"}, "reply_by", "is no time; write it as 2026-01-02T09:00:00+08:00"),
    ("a time without offset", {"reply_by": "2026-01-02T09:00:00"}, "reply_by", "is no time"),
    ("a time beyond time", {"reply_by": 10**18}, "reply_by", "is no time within the calendar"),
    ("no duration", {"wait": "soon"}, "wait", "is no duration; write it as 30s, 5m, 24h or 2d"),
    ("no day", {"ship_by": "soon"}, "ship_by", "is no day; write it as 2026-01-02"),
    ("a day that is none", {"ship_by": "2026-02-30"}, "ship_by", "is no day"),
    ("a day by number", {"ship_by": 5}, "ship_by", "is no day"),
    ("no address", {"url": "javascript:alert(1)"}, "url", "is no web address; write it as https://..."),
    ("an address with a mark", {"url": 'https://x.example/"onclick='}, "url", "is no web address"),
    ("no number", {"position": "3rd"}, "position", "is no number"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "name", "why"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_a_bad_value_is_refused_by_name(values, name, why) -> None:
    """A value that cannot stand in the text is refused, with its name and what is wrong."""
    template = next(t for t in CATALOG.names() if name in examples(t, "en"))
    with pytest.raises(BadValue) as refusal:
        words(template, **{**examples(template, "en"), **values})
    assert refusal.value.name == name
    assert why in str(refusal.value)


LINE = st.text(
    st.characters(exclude_categories=(), exclude_characters="\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"),
    max_size=100,
)


@given(LINE)
def test_values_cannot_disturb_the_text(name) -> None:
    """Whatever a value holds, the text keeps its lines and has no control or override in it."""
    text = words("greeting", channel="email", desk_name="Dawn", customer_name=name)
    plain = words("greeting", channel="email", desk_name="Dawn")
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text
    )
    assert text.splitlines()[1:] == plain.splitlines()[1:]


@given(LINE)
def test_values_cannot_become_html(name) -> None:
    """In the HTML part of a mail a value is text, whatever it looks like."""
    text = words("greeting", channel="email_html", desk_name="Dawn", customer_name=name)
    plain = words("greeting", channel="email", desk_name="Dawn", customer_name=name)
    assert set(re.findall(r"<[^>]*>", text)) <= {"<p>", "</p>", "<br>"}
    assert html.unescape(re.sub(r"</?p>|<br>", "", text)).split() == plain.split()


def test_addresses_are_linked_whole() -> None:
    """In the HTML of a mail an address of ours is a link, also where it begins like another."""
    short, long = "https://x.example/a", "https://x.example/a?b=1&c=2"
    page = paragraphs(f"{short} {long}\nhttps://other.example", [short, long])
    href = "https://x.example/a?b=1&amp;c=2"
    assert page == (
        f'<p><a href="{short}">{short}</a> <a href="{href}">{href}</a><br>\n'
        "https://other.example</p>"
    )


def test_a_value_is_no_template() -> None:
    """Braces in a value are shown, never evaluated."""
    assert "{{ 7 * 7 }}" in words("greeting", desk_name="{{ 7 * 7 }}")


HOURS = [(0, "Hello", "您好"), (5, "Good morning", "早上好"), (9, "Good morning", "上午好"),
         (12, "Good afternoon", "中午好"), (14, "Good afternoon", "下午好"), (18, "Good evening", "晚上好"),
         (23, "Good evening", "晚上好")]  # fmt: skip


@pytest.mark.parametrize(("hour", "en", "zh"), HOURS)
def test_the_greeting_knows_the_hour(hour, en, zh) -> None:
    """One greets by the hour where the reader is, and plainly when it is unknown or deep night."""
    at = parse_rfc3339(f"2026-11-21T{hour:02d}:00:00+01:00")
    home = "Europe/Berlin"
    assert words("greeting", at=at, home=home, desk_name="Dawn").startswith(en)
    assert zh in words("greeting", at=at, home=home, locale="zh-CN", desk_name="晨光")
    for unknown in ({"at": None, "home": home}, {"at": at}):
        assert words("greeting", desk_name="Dawn", **unknown).startswith("Hello")
        plain = words("greeting", locale="zh-CN", desk_name="晨光", **unknown)
        assert plain.startswith("亲，您好，")


TIMES = [
    ("today", "2026-11-21T12:00:00+08:00", "12:00 today", "今天 12:00"),
    ("tomorrow, in another zone", "2026-11-22T01:00:00Z", "09:00 tomorrow", "明天 09:00"),
    ("later", "2026-11-23T09:00:00+08:00", "09:00 on Monday 23 November", "11月23日（周一）09:00"),
]


@pytest.mark.parametrize(
    ("time", "en", "zh"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES]
)
def test_times_are_the_readers(time, en, zh) -> None:
    """A time is told in the reader's zone, near days by name."""
    assert f"at {en}" in words("out_of_hours", desk_name="Dawn", next_open=time)
    assert zh in words("out_of_hours", locale="zh-CN", desk_name="晨光", next_open=time)
    assert f"at {en}" in words("out_of_hours", desk_name="x", next_open=parse_rfc3339(time))


DAYS = [
    ("today", "2026-11-21", "today", "今天", "今天"),
    ("tomorrow", "2026-11-22", "tomorrow", "明天", "明天"),
    ("later", "2026-11-24", "Tuesday 24 November", "11月24日（周二）", "11月24日（週二）"),
]


@pytest.mark.parametrize(
    ("day", "en", "cn", "tw"), [row[1:] for row in DAYS], ids=[row[0] for row in DAYS]
)
def test_days_are_the_readers(day, en, cn, tw) -> None:
    """A day is told by its name, near ones as one speaks of them."""
    values = {"desk_name": "D", "order": "7", "amount": "8", "ship_by": day}
    assert f"by {en}." in words("order_confirmed", **values)
    assert f"最晚{cn}发货" in words("order_confirmed", locale="zh-CN", **values)
    assert f"最晚{tw}出貨" in words("order_confirmed", locale="zh-TW", **values)
    assert "by Saturday 21 November." in words(
        "order_confirmed", at=None, **{**values, "ship_by": "2026-11-21"}
    )


@pytest.mark.parametrize("answer", ["Yes", "Yes.", "Yes. ", "Yes；", "Yes。"])
def test_a_phrase_has_one_full_stop(answer) -> None:
    """Whoever fills in a phrase may end it or not; the sentence ends once."""
    text = words("enquiry_answered", desk_name="D", answer=answer)
    assert "your question: Yes. Does this" in text


WAITS = [("1s", "1 second"), ("59s", "59 seconds"), (60_000, "1 minute"), (61_000, "2 minutes"), ("90m", "90 minutes"),
         ("1h", "1 hour"), ("119m", "119 minutes"), ("3h", "3 hours"), ("24h", "1 day"), ("2d", "2 days"), (0, "1 second")]  # fmt: skip


@pytest.mark.parametrize(("wait", "told"), WAITS)
def test_waits_are_rounded_up(wait, told) -> None:
    """Nobody waits longer than told."""
    assert f"to take about {told}. " in words("holding", desk_name="Dawn", wait=wait)


LANGUAGES = [("zh-CN", "zh"), ("zh-TW", "zh"), ("zh-HK", "zh"), ("zh", "zh"), ("ZH-cn", "zh"), ("zh_CN", "zh"), ("en-GB", "en"), ("en", "en"), ("de", "en"), ("", "en")]  # fmt: skip


@pytest.mark.parametrize(("locale", "language"), LANGUAGES)
def test_the_nearest_language_is_spoken(locale, language) -> None:
    """A locale that is not there falls back to its language, then to English."""
    assert ("您" in words("closing", locale=locale, desk_name="Dawn")) == (language == "zh")


def test_a_value_holds_no_mark_that_a_template_may_not() -> None:
    """What nobody sees is taken out of values, whatever it is."""
    for mark in "\u200e\u200f\u061c\u202e\u2066\ufeff\x07":
        assert list(plain_faults(mark)), f"U+{ord(mark):04X}"
        assert "to AB." in words("greeting", desk_name=f"A{mark}B"), f"U+{ord(mark):04X}"
