"""Promises in typed words: "we will get back to you by tomorrow noon", 明天中午前回复您. Pure.

Found by rule (ADR 0026). A sentence promises when we say in one of its clauses that we will answer,
and there, or alone beside it, an instant is named. What the customer is asked to do or may do, what
was, what others do, what somebody said, what depends on something and what is asked is no promise.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from templates import moments_en, moments_zh, promises_en, promises_zh
from templates.moments import Now, Piece, Run, instant_of, runs_of
from templates.normal import View, plain
from templates.promises_zh import TIME

MAX_TEXT = 20_000
DAYS_OF_A_WEEK = 7
LAST_MINUTE = 24 * 60 - 1  # of a day
PHRASE = 60  # characters that lead to an instant, or stand between its pieces, at most
CLAUSE = 160  # characters that a clause has on either side of an instant, at most

_SENTENCE = re.compile(
    r"[^.!?;。！？；\n]+(?:\.(?=[0-9])[^.!?;。！？；\n]+|(?<=[ap])\.(?=m)[^!?;。！？；\n.]*"
    r"|(?<=[ap]\.m)\.(?=,|\s+[a-z])[^!?;。！？；\n.]*)*"
)
_BESIDE = re.compile(r"[\s,()]*(?:[\u3400-\u9fff]{0,3}|[a-z]+|[-~–—、])\s*(?:on |by |in |at )?")
_QUOTED = re.compile(r"“[^“”\n]*”|「[^「」\n]*」|『[^『』\n]*』|\"[^\"\n]*\"")
_HAN = re.compile(r"[\u3400-\u9fff]")


def before(said: str, run: Run) -> str:
    """What leads to a run, no more of it than a phrase."""
    return said[max(run.start - PHRASE, 0) : run.start]


def around(said: str, run: Run) -> str:
    """What stands on both sides of a run, no more of it than a clause."""
    return said[max(run.start - CLAUSE, 0) : run.end + CLAUSE]


class Language(NamedTuple):
    """How one language names instants, and how it promises."""

    pieces: Callable[[str], Iterator[Piece]]
    filling: Callable[[str], bool]
    border: re.Pattern[str]  # between two clauses
    answers: re.Pattern[str]  # we will
    excludes: re.Pattern[str]  # of a sentence: it depends on something, or it asks
    refuses: re.Pattern[str]  # of a clause: the customer is asked to, it was, or we cannot
    alone: re.Pattern[str]  # all that stands in a clause which only names an instant
    led: Callable[[str, Run], bool]  # whether a run is said to be a deadline
    counted: Callable[[str, Run], bool]  # whether a span begins when something else has happened
    past_before: re.Pattern[str]
    past_after: re.Pattern[str]
    from_then: re.Pattern[str]


ENGLISH = Language(
    pieces=moments_en.pieces,
    filling=moments_en.filling,
    border=promises_en.BORDER,
    answers=promises_en.ANSWERS,
    excludes=promises_en.EXCLUDES,
    refuses=promises_en.REFUSES,
    alone=promises_en.ALONE,
    led=lambda said, run: promises_en.LED.search(before(said, run)) is not None,
    counted=lambda said, run: (
        (
            promises_en.COUNTED.search(around(said, run))
            or promises_en.COUNTED_AFTER.match(said[run.end :])
        )
        is not None
    ),
    past_before=promises_en.PAST_BEFORE,
    past_after=promises_en.PAST_AFTER,
    from_then=promises_en.FROM_THEN,
)
CHINESE = Language(
    pieces=moments_zh.pieces,
    filling=moments_zh.filling,
    border=promises_zh.BORDER,
    answers=promises_zh.ANSWERS,
    excludes=promises_zh.EXCLUDES,
    refuses=promises_zh.REFUSES,
    alone=promises_zh.ALONE,
    led=lambda said, run: (
        (promises_zh.LED.match(said[run.end :]) or promises_zh.AT_MOST.search(before(said, run)))
        is not None
    ),
    counted=lambda said, run: promises_zh.COUNTED.search(before(said, run)) is not None,
    past_before=promises_zh.PAST_BEFORE,
    past_after=promises_zh.PAST_AFTER,
    from_then=promises_zh.FROM_THEN,
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
    for at, words, run in _promises(view):
        due = instant_of(run, now)
        if due is not None:
            start, end = view.span(at + run.start, at + run.end)
            whole = slice(*view.span(at, at + len(words)))
            return Found(start, end, text[whole].strip(), due)
    return None


def is_promised(view: View) -> bool:
    """Whether a text promises an answer until some instant, at whatever hour it is said."""
    return next(_promises(view), None) is not None


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


def moments_in(text: str) -> Iterator[str]:
    """All that may name an instant or a deadline, promised or not: for who must overlook none."""
    said = plain(text[:MAX_TEXT]).text
    for language in (CHINESE, ENGLISH):
        for run in _runs(said, language):
            if run.pieces[0].span is None or language.led(said, run):
                yield said[run.start : run.end]


def always_names(text: str, now: Now) -> bool:
    """Whether an expression names an instant at whatever hour of a day it is said.

    `today` does; `this morning` does not in the afternoon. `Friday at six` need not on a Friday.
    """
    days = (now.today + timedelta(days=n) for n in range(DAYS_OF_A_WEEK))
    evenings = (now._replace(ms=now.at(day, LAST_MINUTE)) for day in days)
    return any(moment_in(text, evening) is not None for evening in evenings)


def _promises(view: View) -> Iterator[tuple[int, str, Run]]:
    """The sentences that promise an answer: where each begins, and what in it names until when."""
    for sentence in _SENTENCE.finditer(view.cased):  # small letters go on after 5 p.m.
        at = sentence.start()
        words = view.text[at : sentence.end()]
        han = _HAN.search(words) is not None
        run = _promised(words, CHINESE if han else ENGLISH)
        if run is not None and view.text[sentence.end() : sentence.end() + 1] != "?":
            yield at, words, run


def _promised(sentence: str, language: Language) -> Run | None:
    """The run of a sentence that names until when we promise to answer, if it names but one."""
    said = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), sentence)
    every = _runs(said, language)
    if not every or language.excludes.search(said):
        return None
    if any(_BESIDE.fullmatch(said[one.end : next_.start]) for one, next_ in pairwise(every)):
        return None
    inner = (found.start() for found in language.border.finditer(said))
    borders = [0, *inner, len(said), len(said)]
    runs = [
        run
        for run in every
        if _to_come(said, run, language) and _answered(said, run, borders, language)
    ]
    led = [run for run in runs if language.led(said, run)]
    points = [run for run in runs if run.pieces[0].span is None]
    if led:
        return led[0]
    return points[0] if len(points) == 1 else None  # a span that nothing leads is no deadline


def _to_come(said: str, run: Run, language: Language) -> bool:
    """Whether what a run names lies ahead, and from now on."""
    if language.past_before.search(before(said, run)) or language.past_after.match(said[run.end :]):
        return False
    if run.pieces[0].span is not None:
        return not language.counted(said, run)
    return language.from_then.match(said[run.end :]) is None


def _answered(said: str, run: Run, borders: list[int], language: Language) -> bool:
    """Whether we say that we will answer in the clause of a run, or in one beside it alone."""
    left = bisect_right(borders, run.start)
    right = bisect_left(borders, run.end)
    start, end = borders[left - 1], borders[right]
    clause = said[max(start, run.start - CLAUSE) : run.start] + TIME
    clause += said[run.end : min(end, run.end + CLAUSE)]
    if not language.alone.fullmatch(clause):
        return _answers(clause, language)
    following = said[end : min(borders[right + 1], end + CLAUSE)]
    leading = said[max(borders[max(left - 2, 0)], start - CLAUSE) : start]
    return _answers(following, language) or _answers(leading, language)


def _answers(clause: str, language: Language) -> bool:
    words = clause.lstrip(" ,，:—")
    return language.answers.search(words) is not None and not language.refuses.search(words)


def _runs(said: str, language: Language) -> list[Run]:
    """Everything in a text that names an instant."""

    def together(start: int, end: int) -> bool:
        return end - start <= PHRASE and language.filling(said[start:end])

    return runs_of(list(language.pieces(said)), together)
