"""Promises in typed words: "we will get back to you by tomorrow noon", 明天中午前回复您. Pure.

Found by rule (ADR 0026). A sentence promises when we say in it that we will answer, and it names an
instant; what the customer is asked to do, what was, and what we cannot do are no promises.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from templates import moments_en, moments_zh
from templates.courtesy.normal import plain
from templates.moments import Now, Piece, Run, instant_of, runs_of

MAX_TEXT = 20_000
DAYS_OF_A_WEEK = 7
LAST_MINUTE = 24 * 60 - 1  # of a day
PHRASE = 60  # characters that lead to an instant, or stand between its pieces, at most

_SENTENCE = re.compile(
    r"[^.!?;。！？；\n]+(?:\.(?=[0-9])[^.!?;。！？；\n]+|(?<=[ap])\.(?=m)[^!?;。！？；\n.]*)*"
)
_ANSWERS = (
    r"get(?:ting)? back|got back|come back to|repl(?:y|ying)|respond(?:ing)?|answer(?:ing)?|updat(?:e|ing)|contact(?:ing)?"
    r"|call(?:ing)?|phone|ring|e-?mail(?:ing)?|write|writing|text|message|let(?:ting)? you know|inform(?:ing)?|tell(?:ing)?"
    r"|follow(?:ing)? up|send(?:ing)?|have (?:an?|the|your|news|more|it|this)|give you|provide|confirm(?:ing)?|reach out"
    r"|resolv(?:e|ing)|solv(?:e|ing)|fix|sort|be in touch|touch base|be back|look into|check|ship|refund|share|deliver"
)
_OURS_EN = re.compile(
    rf"\b(?:(?:we|i)(?:'ll| will| shall| are going to| am going to|'re going to|'m going to| can| promise to| aim to| expect to| are able to)"
    rf"(?: \w+){{0,3}}? (?:{_ANSWERS})"
    rf"|(?:a|my|our|the) (?:\w+ )?(?:colleague|specialist|team|manager|technician|engineer|supervisor|department|agent)s?"
    rf"(?: \w+)? will(?: \w+){{0,2}} (?:{_ANSWERS})"
    rf"|you(?:'ll| will| should| can expect to)(?: \w+)? (?:hear (?:back )?from|have (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|news)"
    rf"|get (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|call)|receive (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|call))"
    rf"|(?:expect|await) (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|call)"
    rf"|(?:my|our|an?|the) (?:answer|reply|response|update) will (?:follow|come|be|reach|arrive)"
    rf"|will be (?:answered|resolved|sorted|dealt with|looked into|updated|confirmed))\b"
)
_NOT_EN = re.compile(
    r"\b(?:can(?:not|'t)|won't|will not|unable|not be able|if (?:you|we|i) (?:do|have|are|did)|if you|should you|unless|did you|have you|please (?:reply|respond|answer|contact|call|write|send|let us know|get back)"
    r"|(?:could|would|can|will) you|had (?:promised|said)|yesterday|last (?:week|month|night)|never)\b"
)
_LED_EN = re.compile(
    r"(?:by|before|within|until|till|in|no later than|not later than|latest|during|under|over the next|the next|next|up to|at the latest|less than)"
    r"(?: (?:about|around|approximately|roughly|the|the next|at most|max|end of|less than|another))*\s*$"
)
_PAST_EN = re.compile(
    r"(?:\b(?:from|since|of|last|dated|every|each|after)|\w+ed(?: (?:it|them|this))? on|\b(?:bought|paid|sent|made|wrote|came|got|took) on)\s*(?:the )?$"
)
_PAST_SPAN_EN = re.compile(r"^\s*(?:ago|earlier|old|warranty|return)")

_ANSWERS_ZH = r"回复|答复|回覆|联系|联络|回电|致电|来电|打电话|通知|告知|告诉|反馈|回应|答案|答覆|给您|给你|给到|跟进|处理|解决|结果|进展|消息|更新|确认|核实|查清|查明|回访|安排|发给|发送|发您|发出|补发|退款|寄出|回您|回你"
_OURS_ZH = re.compile(rf"(?:{_ANSWERS_ZH})")
_NOT_ZH = re.compile(
    r"(?:请您?(?:在|于|务必|尽快|及时|先)?[^,，]{0,8}?(?:回复|联系|提供|告知|确认|付款|支付|退回|寄回|寄出|反馈|处理|上传|发给|发送|通知)"
    r"|麻烦您|烦请|需要您|劳驾|如果您|若您|如您|您可以?在|您须|您需|无法|不能|没法|没办法|不会|不保证|办不到|昨天|昨日|前天|上周|上个?月|刚才|已经?于|已在"
    r"|您(?:在|于)[^,，]{0,12}(?:下单|购买|付款|申请|收到|提交|联系)|吗$|是否|能否|可否|营业时间|工作时间|服务时间|有效期|保质期|质保)"
)
_LED_ZH = re.compile(r"^\s*(?:之前|以前|前|之内|以内|内|左右|后|之后|以后|为止)")
_PAST_ZH = re.compile(r"(?:自|从|距)$")
_PAST_SPAN_ZH = re.compile(r"^(?:前(?:下单|购买|收到|买|申请|提交)|无理由|保修|质保|包退)")
_HAN = re.compile(r"[\u3400-\u9fff]")


def before(said: str, run: Run) -> str:
    """What leads to a run, no more of it than a phrase."""
    return said[max(run.start - PHRASE, 0) : run.start]


class Language(NamedTuple):
    """How one language names instants, and how it promises."""

    pieces: Callable[[str], Iterator[Piece]]
    filling: Callable[[str], bool]
    answers: re.Pattern[str]  # we will
    excludes: re.Pattern[str]  # the customer is asked to, it was, or we cannot
    led: Callable[[str, Run], bool]  # whether a run is said to be a deadline
    past_before: re.Pattern[str]
    past_after: re.Pattern[str]


ENGLISH = Language(
    pieces=moments_en.pieces,
    filling=moments_en.filling,
    answers=_OURS_EN,
    excludes=_NOT_EN,
    led=lambda said, run: _LED_EN.search(before(said, run)) is not None,
    past_before=_PAST_EN,
    past_after=_PAST_SPAN_EN,
)
CHINESE = Language(
    pieces=moments_zh.pieces,
    filling=moments_zh.filling,
    answers=_OURS_ZH,
    excludes=_NOT_ZH,
    led=lambda said, run: _LED_ZH.match(said[run.end :]) is not None,
    past_before=_PAST_ZH,
    past_after=_PAST_SPAN_ZH,
)


class Found(NamedTuple):
    """A promise in a text: the words that name its instant, their sentence, and the instant."""

    start: int
    end: int
    sentence: str
    due_ms: int


def promise_in(text: str, now: Now) -> Found | None:
    """The first promise of a text; None where there is none."""
    view = plain(text[:MAX_TEXT])
    for sentence in _SENTENCE.finditer(view.text):
        words, at = sentence[0], sentence.start()
        han = _HAN.search(words) is not None
        run = _promised(words, CHINESE if han else ENGLISH)
        if run is None:
            continue
        due = instant_of(run, now)
        if due is not None:
            start, end = view.span(at + run.start, at + run.end)
            whole = slice(*view.span(at, at + len(words)))
            return Found(start, end, text[whole].strip(), due)
    return None


def sentence_with(text: str, said: str) -> str:
    """The sentence of a text in which something is said; the saying itself where there is none."""
    found = (s[0].strip() for s in _SENTENCE.finditer(text) if said in s[0])
    return next(found, said)


def moment_in(text: str, now: Now) -> int | None:
    """The instant that an expression names: `tomorrow noon`, 明天中午; None where it names none."""
    said = plain(text[:MAX_TEXT]).text
    language = CHINESE if _HAN.search(said) else ENGLISH
    for run in _runs(said, language):
        due = instant_of(run, now)
        if due is not None:
            return due
    return None


def always_names(text: str, now: Now) -> bool:
    """Whether an expression names an instant at whatever hour of a day it is said.

    `today` does; `this morning` does not in the afternoon. `Friday at six` need not on a Friday.
    """
    days = (now.today + timedelta(days=n) for n in range(DAYS_OF_A_WEEK))
    evenings = (now._replace(ms=now.at(day, LAST_MINUTE)) for day in days)
    return any(moment_in(text, evening) is not None for evening in evenings)


def _promised(said: str, language: Language) -> Run | None:
    """The run of a sentence that names until when we promise to answer."""
    if language.excludes.search(said) or not language.answers.search(said):
        return None
    runs = [
        run
        for run in _runs(said, language)
        if not language.past_before.search(before(said, run))
        and not language.past_after.match(said[run.end :])
    ]
    led = [run for run in runs if language.led(said, run)]
    points = [run for run in runs if run.pieces[0].span is None]
    return next(iter((*led, *points)), None)  # a span that nothing leads is no deadline


def _runs(said: str, language: Language) -> list[Run]:
    """Everything in a text that names an instant."""

    def together(start: int, end: int) -> bool:
        return end - start <= PHRASE and language.filling(said[start:end])

    return runs_of(list(language.pieces(said)), together)
