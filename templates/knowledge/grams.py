"""What is compared of a question: pieces of one and two Chinese characters, and stems of words.

Neither needs a dictionary, so that names and new words are found as old ones are (docs/adr/0030).
Traditional characters are compared as simplified ones.
"""

import re
import unicodedata
from collections.abc import Iterator

from gateway.domain.scripts import SIMPLIFIED

LOOKED_AT = 400  # characters of a question

_LINK = re.compile(r"https?://\S+|\S+@\S+\.\S+")
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_\u3400-\u9fff]+)?|\d+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# Politeness and little words that part what belongs together; a negation is none of them.
_FILLER = re.compile(
    "您好|你好|请问|麻烦|帮忙|帮我|请教|咨询|一下|那个|这个|就是|是不是|能不能|可不可以|可以不可以|"
    "可以|能够|你们|我们|他们|咱们|我想|想要|想问|问问|知道|的话|亲|哈喽|在吗|谢谢|感谢|"
    "[我您你他她它们的了吗呢吧啊呀哦嘛么哈请问想要会能给把被就都也还很是在有]"
)
_LITTLE = frozenset(
    re.findall(
        r"\S+",
        "a an the is are was were be been am do does did doing i i'm i'd i've me my mine we "
        "our us you your yours it its this that these those to of in on at for from by with "
        "and or but so if as please hi hello hey dear thanks thank can could would will "
        "shall should may might just also have has had having get got there here some any "
        "about tell know like want need what's",
    )
)
_ENDINGS = re.findall(
    r"\S+", "ations ation ments ment ings ing ies ied ed es s e y"
)  # longest first
_STEM = 3  # letters that are left at least
_HALF = 0.5  # what a character alone weighs, which belongs to many words


def weighted(text: str) -> dict[str, float]:
    """The pieces of a text, and how much each counts beside how rare it is."""
    found: dict[str, float] = {}
    for run in _runs(text):
        if _CHINESE.match(run):
            found.update(dict.fromkeys(run, _HALF))
            found.update((run[at : at + 2], 1.0) for at in range(len(run) - 1))
        elif run not in _LITTLE:
            found[stem(run)] = 1.0
    return found


def pieces(text: str) -> Iterator[str]:
    """All pieces of a text, as often as they stand there."""
    for run in _runs(text):
        if _CHINESE.match(run):
            yield from run
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        elif run not in _LITTLE:
            yield stem(run)


def worded(text: str) -> tuple[str, ...]:
    """A text as it is compared whole: whatever its marks and its politeness."""
    return tuple(_runs(text))


def is_question(text: str) -> bool:
    """Whether anything is left of it beside politeness."""
    return any(pieces(text))


def stem(word: str) -> str:
    """`deliver` of delivery, delivered and deliveries: crude, and the same on both sides."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word if word.endswith("ss") else word.removesuffix(ending)
    return word


def _runs(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text[:LOOKED_AT]).casefold().replace("’", "'")
    folded = folded.translate(SIMPLIFIED)
    parted = _FILLER.sub(" ", _LINK.sub(" ", folded))
    found: list[str] = _RUN.findall(parted)
    return found
