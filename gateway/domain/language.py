"""Which language a text is written in, as far as script and little words tell: enough to greet and
to route."""

import re

_LOOKED_AT = 2_000  # characters
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LINK = re.compile(r"https?://[!-~]*")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
# What no English sentence does without, and no Chinese one has for its brand names.
_LITTLE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "a am an and are as at be been but by can could did do does for from had has have how i i'd"
        " i'm i've if in is it it's its me my no not of on or our please she that the their there"
        " they this to was we were what when where which who why will with would you your",
    )
)
_SENTENCE = 2  # of them, and it is one


def language_of(text: str) -> str:
    """`en` and `zh` by letters; with both, `en` only for an English sentence. "" without letters.

    A greeting or a name in Chinese makes no Chinese text of an English sentence, nor do brand names
    make an English one of a Chinese. A Chinese character counts as half a word.
    """
    if not text.isascii():
        seen = text[:_LOOKED_AT]
        characters = sum(map(len, _CHINESE.findall(seen)))
        if characters:
            return "en" if _is_english(seen, characters) else "zh"
    return "en" if any(map(str.isalpha, text[:_LOOKED_AT])) else ""


def _is_english(text: str, characters: int) -> bool:
    words = _WORD.findall(_LINK.sub("", text.lower()))
    if 2 * len(words) <= characters:
        return False
    return sum(word.replace("’", "'") in _LITTLE_WORDS for word in words) >= _SENTENCE
