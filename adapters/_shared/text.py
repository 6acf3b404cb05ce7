"""Words of customers: what opts out and in; and cutting a text between what the eye sees as one."""

import unicodedata
from collections.abc import Callable, Iterator

from gateway.domain.sms import Alphabet, alphabet_of, segments, utf16_units

__all__ = [
    "Alphabet",
    "alphabet_of",
    "clusters",
    "consent",
    "cut",
    "segments",
    "utf16_units",
]

# --- consent --------------------------------------------------------------------------------------
# https://help.twilio.com/articles/223134027 for the English words; the Chinese ones are what mobile
# operators there ask for, and what our own templates tell people to send. A word counts only when
# it is the whole message.

OPTED_OUT = "opted_out"
OPTED_IN = "opted_in"

CONSENT: dict[str, str] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit"), OPTED_OUT),
    **dict.fromkeys(("退订", "td", "t", "取消订阅", "退訂", "取消訂閱"), OPTED_OUT),
    **dict.fromkeys(("start", "unstop", "yes", "恢复", "恢復"), OPTED_IN),
}
# "HELP" asks for words and changes nothing; "stop?" asks whether one may.
_PUNCTUATION = " \t\r\n\f\v\u3000.,!;:\"'()[]。，！；：“”‘’（）【】《》「」"


def consent(text: str) -> str | None:
    """`opted_out` or `opted_in` when the whole text is such a word, else None."""
    return CONSENT.get(unicodedata.normalize("NFKC", text).strip(_PUNCTUATION).lower())


# --- cutting --------------------------------------------------------------------------------------
# A simplified form of Unicode Standard Annex 29, extended grapheme clusters: never splits more than
# the annex would, and joins what the annex joins for marks, emoji, flags, Hangul and CR LF.

_ZERO_WIDTH_JOINER = "\u200d"
_CONJOINING = ("Mn", "Me", "Mc")


def clusters(text: str) -> Iterator[str]:
    """The text in pieces that the eye sees as one character."""
    piece = ""
    for character in text:
        if piece and not _joins(piece, character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def cut(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The longest beginning of at most `limit` (measured by `size`) that ends between clusters."""
    if size(text) <= limit:
        return text
    pieces = list(clusters(text))
    low, high = 0, len(pieces)
    while low < high:
        middle = (low + high + 1) // 2
        fits = size("".join(pieces[:middle])) <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    return "".join(pieces[:low])


def _joins(piece: str, character: str) -> bool:
    last = piece[-1]
    if character in {_ZERO_WIDTH_JOINER, "\u200c"} or _extends(character):
        return last not in "\r\n"
    if last == _ZERO_WIDTH_JOINER:
        return _pictographic(character)
    if last == "\r":
        return character == "\n"
    if _regional(last) and _regional(character):
        return sum(map(_regional, piece)) % 2 == 1
    return _hangul(last, character)


def _extends(character: str) -> bool:
    """Marks, variation selectors, skin tones, and the tags that spell the flag of Scotland."""
    return (
        unicodedata.category(character) in _CONJOINING
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _pictographic(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Cn"} or character in "♀♂⚕⚖✈❤"


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _hangul(last: str, character: str) -> bool:
    """A syllable in parts: leading consonants, vowels, trailing consonants."""
    leads, vowels = "\u1100" <= last <= "\u115f", "\u1160" <= last <= "\u11a7"
    syllable = "\uac00" <= last <= "\ud7a3"
    if "\u1100" <= character <= "\u115f" or "\uac00" <= character <= "\ud7a3":
        return leads
    if "\u1160" <= character <= "\u11a7":
        return leads or vowels or syllable
    if "\u11a8" <= character <= "\u11ff":
        return vowels or syllable or "\u11a8" <= last <= "\u11ff"
    return False
