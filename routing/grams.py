"""What the classifier sees of a text: pieces of Chinese, words of others and their pieces.

Traditional characters are read as the simplified ones of the examples.
"""

import re
import unicodedata
from collections.abc import Iterator

from gateway.domain.scripts import simplified

TEXT_LIMIT = 600  # characters of a message that are looked at

_LINK = re.compile(r"https?://\S+|\S+@\S+\.\S+")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+(?:'[^\W\d_\u3400-\u9fff]+)?|0")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# Words that say nothing by themselves.
_SMALL = """
a about all am an and any are as at be been but by can could did do does else for from get
give got had has have he hello her here hey hi him his how i i'd i'll i'm i've if in into is
it it's its just know let like may me more most much must my need no not now of off on one
only or our out over please put she should since so some still such take than thank thanks
that the their them then there these they this those to too up us very was we were what when
where which while who why will with would yes yet you your
"""
_SMALL_WORDS = frozenset(_SMALL.split())
_SMALL_CHINESE = frozenset(
    "吗呢的了吧呀啊我你您他她它们这那哪是在也就都还没不把被给帮跟和与或个么什怎很太会可以能要"
    "请想问下去来到过得着为对从又再一候"
)  # a piece that begins or ends with one of them is no whole word, or a small one
_LONGEST = 4  # Chinese characters in a row
_PREFIX = 5  # letters by which a word is known although its ending is wrong


def grams(text: str) -> set[str]:
    """The pieces, each once. Amounts and numbers are all `0`; links say nothing."""
    found: set[str] = set()
    before = ""
    for run in _runs(text):
        if _CHINESE.match(run):
            found.update(_pieces(f"^{run}$"))
            before = ""
        else:
            found.update(_word(run, before))
            before = run
    return found


def whole_words(text: str) -> dict[str, frozenset[str]]:
    """The words of a text that a person can be told of, each with its pieces; no small words.

    Chinese has no spaces: any of its pieces may be a word, and `alike` tells which overlap.
    """
    words: dict[str, frozenset[str]] = {}
    for run in _runs(text):
        if _CHINESE.match(run):
            sizes = range(2, _LONGEST + 1)
            cuts = (run[at : at + size] for size in sizes for at in range(len(run) - size + 1))
            words |= {cut: frozenset({cut}) for cut in cuts if _is_whole(cut)}
        elif run != "0" and len(run) > 1 and run not in _SMALL_WORDS:
            words[run] = frozenset(_word(run, ""))
    return words


def _is_whole(cut: str) -> bool:
    return cut[0] not in _SMALL_CHINESE and cut[-1] not in _SMALL_CHINESE


def alike(one: str, other: str) -> bool:
    """Whether two Chinese pieces have a character in common: likely cuts of the same words."""
    return is_chinese(one) and not set(one).isdisjoint(other)


def is_chinese(piece: str) -> bool:
    """Whether a piece is of a Chinese run."""
    return bool(_CHINESE.match(piece))


def as_written(piece: str, text: str) -> str:
    """A piece in the script of the text that it was found in."""
    plain = _plain(text)
    start = simplified(plain).find(piece)
    return plain[start : start + len(piece)] if start >= 0 else piece


def _runs(text: str) -> list[str]:
    found: list[str] = _RUN.findall(simplified(_plain(text)))
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text[:TEXT_LIMIT]).casefold()
    return _DIGITS.sub("0", _LINK.sub(" ", folded))


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
