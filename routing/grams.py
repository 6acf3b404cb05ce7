"""What the classifier sees of a text: pieces of Chinese, words of others and their pieces."""

import re
import unicodedata
from collections.abc import Iterator

TEXT_LIMIT = 600  # characters of a message that are looked at

_LINK = re.compile(r"https?://\S+|\S+@\S+\.\S+")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+(?:'[^\W\d_\u3400-\u9fff]+)?|0")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LONGEST = 4  # Chinese characters in a row
_PREFIX = 5  # letters by which a word is known although its ending is wrong


def grams(text: str) -> set[str]:
    """The pieces, each once. Amounts and numbers are all `0`; links say nothing."""
    folded = unicodedata.normalize("NFKC", text[:TEXT_LIMIT]).casefold()
    plain = _DIGITS.sub("0", _LINK.sub(" ", folded))
    found: set[str] = set()
    before = ""
    for run in _RUN.findall(plain):
        if _CHINESE.match(run):
            found.update(_pieces(f"^{run}$"))
            before = ""
        else:
            found.update(_word(run, before))
            before = run
    return found


def _pieces(run: str) -> Iterator[str]:
    for size in range(1, _LONGEST + 1):
        for start in range(len(run) - size + 1):
            piece = run[start : start + size]
            if piece not in {"^", "$"}:
                yield piece


def _word(word: str, before: str) -> Iterator[str]:
    """A number alone says nothing, beside a word it may."""
    if before:
        yield f" {before} {word} "
    if word == "0":
        return
    yield f" {word} "
    if len(word) > _PREFIX:
        yield f" {word[:_PREFIX]}"
    marked = f" {word} "
    for start in range(len(marked) - 3):
        yield marked[start : start + 4]
