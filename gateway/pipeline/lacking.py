"""What customers ask and no article answers: alike questions together, the most frequent first.

An article that answers a question takes it off this list, whenever it is written: the articles of
this moment are asked again.
"""

from collections.abc import Sequence

import msgspec

from gateway.domain.question import Outcome
from gateway.store.queries.questions import Asked
from templates.courtesy.personal import personal_data
from templates.knowledge import Shelf

# What a new article would answer.
LACKING = (Outcome.UNSURE, Outcome.LANGUAGE, Outcome.WRITTEN, Outcome.KEPT)
MOST = 200  # questions that are looked at, the newest
ALIKE_PERCENT = 55  # so much two questions have in common that are one to who writes an article
TEXT_CHARACTERS = 200
HIDDEN = "···"


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that are alike, by the newest of them; `text` without what belongs to a person."""

    count: int
    text: str
    at: int
    conversation: str
    article: str  # the nearest at that time; "" where none was near
    certain_percent: int


def lacking(shelf: Shelf, questions: Sequence[Asked], certain_percent: int) -> list[Lacking]:
    """The groups of questions, newest first as they come in, that no article answers by now."""
    left = [each for each in questions if not _is_answered(shelf, each.text, certain_percent)]
    groups = shelf.alike([each.text for each in left], ALIKE_PERCENT)
    rows = [_row([left[place] for place in group]) for group in groups]
    return sorted(rows, key=lambda row: (-row.count, -row.at))


def _is_answered(shelf: Shelf, text: str, certain_percent: int) -> bool:
    found = shelf.answer(text, "")
    return found is not None and found.certain_percent >= certain_percent


def _row(group: Sequence[Asked]) -> Lacking:
    newest = group[0]
    return Lacking(
        count=len(group),
        text=without_personal(newest.text)[:TEXT_CHARACTERS],
        at=newest.question.at,
        conversation=newest.question.conversation,
        article=newest.question.article,
        certain_percent=newest.question.certain_percent,
    )


def without_personal(text: str) -> str:
    """A text in which numbers and addresses of persons are hidden."""
    whole = text[: TEXT_CHARACTERS * 4]
    for found in sorted(personal_data(whole.lower()), key=lambda each: -each.start):
        whole = whole[: found.start] + HIDDEN + whole[found.end :]
    return whole
