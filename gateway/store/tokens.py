"""Words to search by, pure: of Chinese every one to three characters, of the rest whole words.

Neither engine cuts Chinese into words, and people look for a surname of one character as well as
for the end of an order number; so we cut, and the engines only store and intersect tokens.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

TEXT_LIMIT = 50_000  # characters of one document that are indexed
TOKENS_LIMIT = 8_000  # of one document
QUERY_LIMIT = 200  # characters
TERMS_LIMIT = 24  # of one query

GRAM = 3  # characters of the longest token of a dense script
CHAIN = 7  # parts that are also found written together
LONG_NUMBER = 7  # digits: from here on a number is found by its end too
SHORTEST_END = 4

# Han, kana and Hangul: scripts in which words are not parted by spaces, or not reliably.
_DENSE = (
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_RUN = re.compile(rf"([{_DENSE}]+)|((?:(?![{_DENSE}])[^\W_])+)")
_JOINT = re.compile(r"[-_./#@:+]")  # what holds an order number or an address together
_DIGITS = re.compile(r"\d+")
_ACCENTS = re.compile("[\u0300-\u036f]")


class Run(NamedTuple):
    """A stretch of one kind of characters."""

    text: str
    dense: bool
    joined: bool  # hangs on the run before it by a hyphen or the like


class Word(NamedTuple):
    """A part of a query: found where all of `all_of` are, or where `joined` is.

    Tokens of dense scripts are met whole, others by their beginning.
    """

    all_of: tuple[tuple[str, bool], ...]  # token, whether only its beginning has to match
    joined: str = ""


def fold(text: str) -> str:
    """As it is compared: width, case and accents do not count."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain))


def tokens_of(text: str) -> dict[str, None]:
    """All that a text can be found by, each once, in order."""
    out: dict[str, None] = {}
    for token in _tokens(fold(text[:TEXT_LIMIT])):
        out[token] = None
        if len(out) >= TOKENS_LIMIT:
            break
    return out


def _tokens(folded: str) -> Iterator[str]:
    chain: list[str] = []
    for run in _runs(folded):
        if run.dense:
            for length in range(1, GRAM + 1):
                yield from _grams(run.text, length)
            chain = []
            continue
        yield run.text
        for number in _DIGITS.findall(run.text):
            yield from _ends(number)
        chain = [*chain[-CHAIN:], run.text] if run.joined else [run.text]
        for start in range(len(chain) - 1):
            yield "".join(chain[start:])


def _runs(folded: str) -> Iterator[Run]:
    end = -1
    for found in _RUN.finditer(folded):
        joint = folded[end : found.start()] if end >= 0 else ""
        yield Run(
            text=found.group(),
            dense=found.group(1) is not None,
            joined=len(joint) == 1 and bool(_JOINT.match(joint)),
        )
        end = found.end()


def _grams(run: str, length: int) -> Iterator[str]:
    return (run[i : i + length] for i in range(len(run) - length + 1))


def _ends(number: str) -> Iterator[str]:
    """A number in letters counts by itself; a long one is found by any of its ends."""
    yield number
    if len(number) >= LONG_NUMBER:
        for start in range(1, len(number) - SHORTEST_END + 1):
            yield number[start:]


def words_of(query: str) -> list[Word]:
    """What a query asks for; all of it has to be there. [] when nothing in it can be found."""
    out: list[Word] = []
    for run in _runs(fold(query[:QUERY_LIMIT])):
        if run.dense:
            tokens = _grams(run.text, min(GRAM, len(run.text)))
            out.append(Word(all_of=tuple((token, False) for token in tokens)))
        elif run.joined and out and out[-1].all_of[-1][1]:
            last = out.pop()
            parts = (*last.all_of, (run.text, True))
            out.append(Word(all_of=parts, joined="".join(token for token, _ in parts)))
        else:
            out.append(Word(all_of=((run.text, True),)))
    return out[:TERMS_LIMIT]
