"""How long a text is as SMS: GSM-7 septets where they suffice, else UCS-2, cut into segments.

Sources: 3GPP TS 23.038, section 6.2.1 (the alphabets), and TS 23.040, section 9.2.3.24.1 (the six
bytes of header that each part of a longer message loses).
"""

from collections.abc import Iterable
from enum import StrEnum

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"  # each behind an escape: two septets that stay together

SEPTETS: dict[str, int] = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)

GSM7_SINGLE = 160  # septets in one message
GSM7_PART = 153  # septets in each part of a longer one
UCS2_SINGLE = 70  # UTF-16 units
UCS2_PART = 67

_LAST_OF_THE_BASIC_PLANE = 0xFFFF


class Alphabet(StrEnum):
    """What an SMS is written in; one character outside GSM-7 turns the whole text into UCS-2."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


def alphabet_of(text: str) -> Alphabet:
    """GSM-7 where it suffices."""
    return Alphabet.GSM7 if all(c in SEPTETS for c in text) else Alphabet.UCS2


def outside_gsm7(text: str) -> tuple[str, ...]:
    """The characters that make a text UCS-2, each once, in order of appearance."""
    return tuple(dict.fromkeys(c for c in text if c not in SEPTETS))


def utf16_units(text: str) -> int:
    """Length in UTF-16 units: an emoji is two."""
    return len(text) + sum(ord(c) > _LAST_OF_THE_BASIC_PLANE for c in text)


def segments(text: str) -> int:
    """How many SMS carry this text; none for no text. No character is split between two."""
    if alphabet_of(text) is Alphabet.GSM7:
        return _parts([SEPTETS[c] for c in text], GSM7_SINGLE, GSM7_PART)
    sizes = [2 if ord(c) > _LAST_OF_THE_BASIC_PLANE else 1 for c in text]
    return _parts(sizes, UCS2_SINGLE, UCS2_PART)


def _parts(sizes: Iterable[int], single: int, part: int) -> int:
    sizes = list(sizes)
    if sum(sizes) <= single:
        return 1 if sizes else 0
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count
