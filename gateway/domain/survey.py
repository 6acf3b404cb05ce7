"""Surveys: what a customer was asked after they were helped, and what they answered."""

import re
import unicodedata
from typing import NamedTuple

import msgspec

from gateway.domain.body import Body

LEAST, MOST = 1, 5
GOOD = 4  # and better
LONGEST_COMMENT = 1_000
THANKS = "survey_thanks"  # the template of the words for who gave a score
SAID_SCORE = 200  # characters of a text that may give a score

_BEGINS = re.compile(r"\s*[1-5１-５①-⑤]")  # what most texts do not; they are read no further
# A number alone, or with what is counted; what follows must be set apart from it, for
# "5 items are missing" is no praise, and not as in a list: "1. I want a refund" is none either.
_SCORE = re.compile(
    r"([1-5])[^\S\n]*(?:分|星|颗星|顆星|points?|stars?|/[ ]?5)?[^\S\n]*"
    r"(?:[.:、]*|(?:[,;!~。—-]+|\n)(?!\d)\s*([^\d\s].*)?)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS = re.compile(r"[?？吗嗎]")


class Survey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a customer was asked once. What has a default is so of one that was just asked."""

    id: str
    desk: str
    conversation: str
    identity: str  # whom we asked
    account: str
    channel: str
    queue: str  # in which the conversation was
    agent: str  # login of who had it last; "" nobody
    message: str  # that asks
    dimensions: str  # JSON: what may be scored beside the whole
    asked_at: int
    until: int  # answers count until then
    live_of: str | None  # the address, while a number written from it may be an answer
    score: int | None = None
    scores: str = "{}"  # JSON: by dimension
    comment: str = ""
    by: str = ""  # how it was answered: number | window | page | keys
    answered_at: int | None = None  # the last time


class Score(NamedTuple):
    """What a text gives: a score, and the words behind it."""

    score: int
    comment: str


def score_in(text: str) -> Score | None:
    """The score that a text begins with; None for any other text."""
    if len(text) > SAID_SCORE or _BEGINS.match(text) is None:
        return None
    found = _SCORE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return Score(int(found[1]), (found[2] or "").strip()) if found is not None else None


def is_praise(score: int, comment: str) -> bool:
    """Whether the words behind a number want no answer: a good one, and nothing is asked."""
    return score >= GOOD and _ASKS.search(comment) is None


def score_of_key(key: str | None) -> int | None:
    """The score that a key of a telephone gives; None for any other, and for silence."""
    return next((score for score in range(LEAST, MOST + 1) if key == str(score)), None)


class SurveyAnswered(Body, frozen=True, kw_only=True, tag="survey.answered"):
    """A customer said how it went, or corrects what they said. Their words stand in the row."""

    survey: str
    score: int
    scores: dict[str, int]
    by: str
    queue: str
    agent: str = ""
    again: bool = False
