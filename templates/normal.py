"""The text as rules read it, and the way back to the characters as they were given."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from gateway.domain.scripts import SIMPLIFIED

_APOSTROPHES = str.maketrans("‘’ʼ`´", "'''''")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_HIDING = r"[\s*._~·|/+-]{1,3}"
# A lone Latin letter may end a word: 傻 X; one that counts, X 2, does not.
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}]){_HIDING}(?:(?=[{_HAN}])|(?=[a-z](?![a-z0-9]|\s?[0-9])))")
_SPELT = re.compile(r"(?<![a-z])[a-z]([\s*._~-])[a-z](?![a-z])(?:\1[a-z](?![a-z])){1,40}")
_SEPARATOR = re.compile(r"[\s*._~-]")


class View(NamedTuple):
    """A text changed for reading; `at` has for each of its characters where it stood."""

    text: str  # small letters
    cased: str
    at: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of it stands in the text as given."""
        return self.at[start], self.at[end - 1] + 1


class Octets(NamedTuple):
    """A text as RE2 reads it, which counts bytes; `at` has for each where its letter stood."""

    raw: bytes
    at: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of it stands in the text as given."""
        return self.at[start], self.at[end - 1] + 1


def octets(text: str, at: list[int]) -> Octets:
    """A text and its way back, by bytes."""
    if text.isascii():
        return Octets(text.encode(), at)
    places = [
        place
        for letter, place in zip(text, at, strict=True)
        for _ in range(_octets_of(ord(letter)))
    ]
    return Octets(text.encode(), places)


def _octets_of(point: int) -> int:
    """How many bytes a letter has in UTF-8."""
    return 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF)


def plain(text: str) -> View:
    """In half width, compatible forms resolved, invisible characters left out, traditional ones as
    the simplified ones that rules are written in."""
    out: list[str] = []
    at: list[int] = []
    for place, letter in enumerate(text):
        folded = _folded(letter)
        out.append(folded)
        at.extend([place] * len(folded))
    cased = "".join(out)
    return View(_small(cased), cased, at)


def squeezed(view: View) -> View:
    """Without what stands between letters to hide a word: `傻 逼`, `s h i t`."""
    gone: set[int] = set()
    for found in _BETWEEN_HAN.finditer(view.text):
        gone.update(range(*found.span()))
    for found in _SPELT.finditer(view.text):
        start = found.start()
        gone.update(start + blank.start() for blank in _SEPARATOR.finditer(found[0]))
    if not gone:
        return view
    kept = [place for place in range(len(view.text)) if place not in gone]
    text = "".join(view.text[place] for place in kept)
    return View(text, text, [view.at[place] for place in kept])


@lru_cache(maxsize=8192)
def _folded(letter: str) -> str:
    if letter in "\n\t" or " " <= letter <= "~":
        return letter.translate(_APOSTROPHES)
    if unicodedata.category(letter) in {"Cf", "Mn", "Cc", "Cs"}:
        return ""
    compatible = unicodedata.normalize("NFKC", letter)
    return compatible.translate(_APOSTROPHES).translate(SIMPLIFIED)


def _small(text: str) -> str:
    """In small letters of the same number: a few letters have small forms of two."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
