"""Words of a desk's own that its customers shall not read, as rules of the check."""

from collections.abc import Iterable

import re2

from templates.courtesy.model import Level, Rule, any_of
from templates.normal import plain, squeezed

OWN_WORD = "own_word"

_MESSAGES = {
    "zh": "这是本店不用的词，请换个说法",
    "en": "this desk does not use this word; say it another way",
}


def own_words(language: str, words: Iterable[str]) -> Rule:
    """They are found however they are written: in full width, in capitals, spaced out."""
    folded = {squeezed(plain(word)).text.strip() for word in words} - {""}
    return Rule(
        name=OWN_WORD,
        level=Level.WARN,
        said=any_of(*(_bounded(word) for word in sorted(folded, key=len, reverse=True))),
        excused=any_of(),
        message=_MESSAGES[language],
    )


def _bounded(word: str) -> str:
    """Latin words are found whole: `ass` is not in `class`."""
    ends = (word[0], word[-1])
    before, behind = (r"\b" if end.isascii() and end.isalnum() else "" for end in ends)
    return f"{before}{re2.escape(word)}{behind}"
