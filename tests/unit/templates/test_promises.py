"""Promises in what agents write: a table of sentences, in English and Chinese, half a hundred traps."""

from time import process_time

import pytest

from routing.calendar import ALWAYS
from templates import NoTime, Span, due_of, moments_zh, span_of
from templates.courtesy import Context, check
from templates.moments import Now
from templates.promises import MAX_TEXT, always_names, moment_in, promise_in
from tests.unit.templates.promise_set import (
    CASES,
    CASES_AT,
    NOTHING,
    NOW,
    SHOP,
    ZONE,
    Case,
    ms,
    shown,
)


def test_the_table_is_long_enough() -> None:
    """At least 150 sentences, a quarter of them traps, both languages alike."""
    assert len(CASES) >= 150
    assert sum(case.expected == NOTHING for case in CASES) >= len(CASES) // 4
    chinese = sum(not case.text.isascii() for case in CASES)
    assert 0.4 <= chinese / len(CASES) <= 0.6


@pytest.mark.parametrize("case", CASES, ids=[case.text for case in CASES])
def test_a_sentence(case: Case) -> None:
    """What it promises until when, and nothing where it promises nothing."""
    assert case.read == case.expected


@pytest.mark.parametrize("case", CASES_AT, ids=[f"{case.said_at} {case.text}" for case in CASES_AT])
def test_a_sentence_at_another_hour(case: Case) -> None:
    """The same words name another instant, or none that is sure, at night or on the day itself."""
    assert case.read == case.expected


PROMISES = [case.text for case in CASES if case.expected != NOTHING]


@pytest.mark.parametrize("text", PROMISES)
def test_who_promises_an_answer_says_what_happens_next(text: str) -> None:
    """The courtesy check asks nobody for a next step beside the promise that was read."""
    locale = "en" if text.isascii() else "zh-CN"
    found = check(text, locale, Context(complaint=True, late=True))
    assert "next_step" not in {finding.rule for finding in found}


def test_where_it_stands() -> None:
    """The words that name the instant, and their sentence, in the text as it was given."""
    text = "Thank you.  We will get back to you by ＴＯＭＯＲＲＯＷ noon! Have a nice day."
    found = promise_in(text, NOW)
    assert found is not None
    assert text[found.start : found.end] == "ＴＯＭＯＲＲＯＷ noon"
    assert found.sentence == "We will get back to you by ＴＯＭＯＲＲＯＷ noon"


MOMENTS = [
    ("24h", "11-24T10:00"),
    ("30m", "11-23T10:30"),
    ("4 business hours", "11-23T14:00"),
    ("2 business days", "11-25T18:00"),
    ("tomorrow noon", "11-24T12:00"),
    ("fri 5pm", "11-27T17:00"),
    ("12:30", "11-23T12:30"),
    ("9:30", "11-23T21:30"),  # half past nine has passed this morning
    ("明天中午", "11-24T12:00"),
    ("两小时后", "11-23T12:00"),
    ("2个工作日", "11-25T18:00"),
    ("下班前", "11-23T18:00"),
    ("soon", "-"),
    ("", "-"),
    ("yesterday", "-"),
    ("2020-01-01", "-"),
    ("2026-02-30", "-"),
    ("99:99", "-"),
    ("９９９９９ days", "-"),
    ("9999 days", "-"),
]


@pytest.mark.parametrize(("text", "expected"), MOMENTS)
def test_an_expression(text: str, expected: str) -> None:
    """What somebody types who is asked until when."""
    assert shown(moment_in(text, NOW)) == expected


NAMED = (
    "20:30", "两h内", "两天内", "三日内", "三周内", "三星期内", "三礼拜内", "月底", "五号", "三时", "两刻钟内",
    "三点", "今晚", "今早", "今晨", "拂晓", "中午", "半夜", "下班", "打烊", "营业结束", "收工",
)  # fmt: skip


@pytest.mark.parametrize("words", NAMED)
def test_no_instant_is_passed_over(words: str) -> None:
    """What no instant can be named without is looked for first: each of its signs counts."""
    assert list(moments_zh.pieces(words))


SPANS = [
    ("24h", Span(86_400_000)),
    ("90 min", Span(5_400_000)),
    ("2 days", Span(172_800_000)),
    ("1 week", Span(604_800_000)),
    ("4 business hours", Span(14_400_000, open=True)),
    ("4个工作小时", Span(14_400_000, open=True)),
    ("2 working days", Span(0, open=True, days=2)),
    ("2个工作日", Span(0, open=True, days=2)),
]


@pytest.mark.parametrize(("text", "span"), SPANS)
def test_a_span(text: str, span: Span) -> None:
    """By the clock on the wall, or in open hours."""
    assert span_of(text) == span


@pytest.mark.parametrize("text", ["", "h", "0h", "24", "24 parsecs", "-1h", "1e9 h", "99999d"])
def test_no_span(text: str) -> None:
    """What is none says how to write one."""
    with pytest.raises(NoTime, match="write it as 30m"):
        span_of(text)


DUE = [
    ("4 business hours", "2026-11-27T16:00", "11-30T11:00"),
    ("4 business hours", "2026-11-28T12:00", "11-30T13:00"),
    ("1 business day", "2026-11-27T16:00", "11-30T18:00"),
    ("1 business day", "2026-11-23T08:00", "11-24T18:00"),
    ("2 business days", "2026-11-28T12:00", "12-01T18:00"),
    ("24h", "2026-11-27T16:00", "11-28T16:00"),
]


@pytest.mark.parametrize(("span", "said_at", "expected"), DUE)
def test_when_a_span_is_over(span: str, said_at: str, expected: str) -> None:
    """Open hours pass over nights and weekends; a business day ends when the desk closes."""
    assert shown(due_of(span_of(span), ms(said_at), SHOP, ZONE)) == expected


def test_a_desk_that_never_closes_has_midnights() -> None:
    """Its days end at midnight; its hours are those of the wall."""
    now = ms("2026-11-23T10:00")
    assert shown(due_of(span_of("2 business days"), now, ALWAYS, ZONE)) == "11-26T00:00"
    assert shown(due_of(span_of("2 business hours"), now, ALWAYS, ZONE)) == "11-23T12:00"
    assert shown(moment_in("tomorrow", Now(now, ALWAYS, ZONE))) == "11-25T00:00"


CLEAR = [
    ("tomorrow noon", True),
    ("today", True),
    ("6pm", True),
    ("Friday at six", True),
    ("2 business days", True),
    ("下班前", True),
    ("今天", True),
    ("本周五下午", True),
    ("2026-12-24", True),
    ("someday", False),
    ("改天", False),
    ("this morning", False),
    ("today at 10:00", False),
    ("今天上午", False),
    ("2020-01-01", False),
]


@pytest.mark.parametrize(("text", "clear"), CLEAR)
@pytest.mark.parametrize("said_at", ["2026-11-23T08:00", "2026-11-27T23:30", "2026-11-29T12:00"])
def test_what_is_clear_at_any_hour(text: str, clear: bool, said_at: str) -> None:
    """Words that are kept for later mean the same whenever they were written down."""
    assert always_names(text, Now(ms(said_at), SHOP, ZONE)) is clear


HOSTILE = [
    "1" + " " * MAX_TEXT,
    "we will reply " + "e" * MAX_TEXT + " on monday",
    "monday" + ", " * (MAX_TEXT // 2) + "noon",
    "we will call by " * (MAX_TEXT // 16),
    "明天" * (MAX_TEXT // 2) + "回复",
    "请您" + "在" * MAX_TEXT,
    "." * MAX_TEXT,
    "\u202e" + "明天中午前回复您" * 500,
    "9" * MAX_TEXT + "h",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    """However it is made, it is read in a moment."""
    started = process_time()
    promise_in(text, NOW)
    moment_in(text, NOW)
    assert process_time() - started < 20
