"""A template that promises: it says until when in the reader's words, and tells of it."""

from pathlib import Path

import pytest

from gateway.domain.clock import DAY_MS, HOUR_MS, parse_rfc3339
from routing.calendar import Calendar, Hours
from templates import BadCatalog, BadValue, Catalog, render, rendered
from templates.promises import sentence_with

ZONE = "Asia/Shanghai"
FRIDAY = parse_rfc3339("2026-11-20T16:00:00+08:00")
SHOP = Calendar.of(
    Hours(
        tz=ZONE,
        weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "18:00"),)),
    )
)
FRONT = '---\n{"purpose": "p", "variables": {}}\n---\n'


def catalog(folder: Path, words: str, locale: str = "en") -> Catalog:
    (folder / locale).mkdir()
    (folder / locale / "pledge.md").write_text(FRONT + words)
    return Catalog.load(folder)


def said(words: Catalog, locale: str = "en", channel: str = "", **more):
    at = more.pop("at", FRIDAY)
    return rendered(
        words, "pledge", locale=locale, channel=channel, values={}, timezone=ZONE, at=at, hours=SHOP
    )


@pytest.mark.parametrize(
    ("span", "locale", "text", "due"),
    [
        ("24h", "en", "By 16:00 tomorrow.", "2026-11-21T16:00:00+08:00"),
        ("24h", "zh-CN", "By 明天 16:00.", "2026-11-21T16:00:00+08:00"),
        ("30m", "en", "By 16:30 today.", "2026-11-20T16:30:00+08:00"),
        ("4 business hours", "en", "By 11:00 on Monday 23 November.", "2026-11-23T11:00:00+08:00"),
        ("2个工作日", "zh-CN", "By 11月24日（周二）18:00.", "2026-11-24T18:00:00+08:00"),
    ],
)
def test_it_says_until_when(tmp_path: Path, span: str, locale: str, text: str, due: str) -> None:
    """24h by the clock on the wall, business hours by those of the desk."""
    words = catalog(tmp_path, f'By {{{{ promise("{span}") }}}}.', locale)
    found = said(words, locale)
    assert found.text == text
    assert found.pledge is not None
    assert found.pledge.due == parse_rfc3339(due)
    assert found.pledge.said in text


def test_nothing_is_told_earlier_than_it_is_due(tmp_path: Path) -> None:
    """Texts tell whole minutes: what begins within one is due by its end, and told so."""
    words = catalog(tmp_path, 'By {{ promise("24h") }}.')
    for late_ms, text in ((0, "16:00"), (1, "16:01"), (59_999, "16:01"), (60_000, "16:01")):
        found = said(words, at=FRIDAY + late_ms)
        assert found.text == f"By {text} tomorrow."
        assert found.pledge is not None
        due = found.pledge.due - FRIDAY - DAY_MS
        assert (due % 60_000, due >= late_ms) == (0, True)


def test_the_first_of_several_counts(tmp_path: Path) -> None:
    """A word in an hour and the answer in a day: the hour is what must be kept first."""
    words = catalog(tmp_path, '{{ promise("24h") }}, and a word by {{ promise("1h") }}')
    pledge = said(words).pledge
    assert pledge is not None
    assert pledge.due == FRIDAY + HOUR_MS


def test_what_is_not_said_is_not_promised(tmp_path: Path) -> None:
    """A promise in a condition that does not hold is none; nor is one of another channel."""
    words = catalog(
        tmp_path,
        '{% if hello == "x" %}{{ promise("1h") }}{% endif %}Hi\n\n=== sms\n{{ promise("1h") }}',
    )
    assert said(words).pledge is None
    assert said(words, channel="sms").pledge is not None


def test_nobody_knows_when(tmp_path: Path) -> None:
    """Without the instant at which it is said nothing can be promised."""
    words = catalog(tmp_path, 'By {{ promise("1h") }}')
    with pytest.raises(BadValue, match="nobody knows when"):
        said(words, at=None)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('{{ promise("soon") }}', "promises what cannot be reckoned"),
        ('{{ promise("0h") }}', "promises what cannot be reckoned"),
        ("{{ promise() }}", "uses call; only"),
        ("{{ promise(1) }}", "uses call; only"),
        ('{{ promise("1h", "2h") }}', "uses call; only"),
        ('{{ promise(span="1h") }}', "uses call; only"),
        ('{{ promise(*"1h") }}', "uses call; only"),
        ("{{ promise(hello) }}", "uses call; only"),
        ('{{ promise("1h")("2h") }}', "uses call; only"),
        ('{{ hello("1h") }}', "uses call; only"),
        ("{{ promise }}", "speaks of 'promise'"),
        ('{{ promise("1h").real }}', "uses getattr"),
        ('{{ promise("1h") * 9 }}', "uses mul"),
    ],
)
def test_nothing_else_may_be_called(tmp_path: Path, words: str, why: str) -> None:
    """One call, with one span in quotes: each other is refused with its line."""
    with pytest.raises(BadCatalog, match=why):
        catalog(tmp_path, "\n" + words)


def test_no_variable_may_be_called_so(tmp_path: Path) -> None:
    """It would stand in the way of the promise."""
    (tmp_path / "en").mkdir()
    front = FRONT.replace("{}", '{"promise": {"type": "line", "example": "x"}}')
    (tmp_path / "en" / "pledge.md").write_text(front + "{{ promise }}")
    with pytest.raises(BadCatalog, match="is no name for a variable"):
        Catalog.load(tmp_path)


@pytest.mark.parametrize("locale", ["en", "zh-CN", "zh-TW"])
def test_the_house_promises_a_day_where_no_time_is_given(locale: str) -> None:
    """`enquiry_checking` names the time that the agent gives, else a day from now."""
    house = Catalog.load()
    values = {"desk_name": "Dawnlight"}
    given = {"locale": locale, "channel": "sms", "timezone": ZONE, "at": FRIDAY}
    found = rendered(house, "enquiry_checking", values=values, **given)
    assert found.pledge is not None
    assert found.pledge.due == FRIDAY + DAY_MS
    assert found.pledge.said in sentence_with(found.text, found.pledge.said) != found.pledge.said
    values |= {"reply_by": FRIDAY + HOUR_MS}
    assert rendered(house, "enquiry_checking", values=values, **given).pledge is None
    assert render(house, "enquiry_checking", values=values, **given)
