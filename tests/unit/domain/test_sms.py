"""How long a text is as SMS."""

import pytest

from gateway.domain.sms import SEPTETS, Alphabet, alphabet_of, outside_gsm7, segments, utf16_units

SEGMENTS = [
    ("nothing", "", 0),
    ("one", "a", 1),
    ("a full one", "a" * 160, 1),
    ("one more", "a" * 161, 2),
    ("two full parts", "a" * 306, 2),
    ("and one more", "a" * 307, 3),
    ("ten full parts", "a" * 1530, 10),
    ("the euro counts twice", "€" * 80, 1),
    ("the euro counts twice, over", "€" * 80 + "a", 2),
    ("an escape is not torn from its character", "a" * 152 + "€" + "a" * 152, 3),
    ("Greek capitals are in the alphabet", "ΔΦΓΛΩΠΨΣΘΞ" * 16, 1),
    ("Chinese", "中" * 70, 1),
    ("Chinese, over", "中" * 71, 2),
    ("Chinese, two full parts", "中" * 134, 2),
    ("Chinese, and one more", "中" * 135, 3),
    ("one Chinese character", "a" * 69 + "中", 1),
    ("one Chinese character, over", "a" * 70 + "中", 2),
    ("emoji", "😀" * 35, 1),
    ("emoji, over", "😀" * 36, 2),
    ("an emoji is not torn", "中" * 66 + "😀" + "中" * 66, 3),
    ("a curly quote", "“" + "a" * 70, 2),
    ("a tab is not in the alphabet", "\t" + "a" * 70, 2),
]


@pytest.mark.parametrize(
    ("text", "expected"), [r[1:] for r in SEGMENTS], ids=[r[0] for r in SEGMENTS]
)
def test_segments(text: str, expected: int) -> None:
    """A text takes as many SMS as a phone network would make of it."""
    assert segments(text) == expected


def test_alphabet() -> None:
    """GSM-7 has 127 characters and ten behind the escape."""
    assert sum(size == 1 for size in SEPTETS.values()) == 127
    assert sum(size == 2 for size in SEPTETS.values()) == 10
    assert alphabet_of("Grüße an Zoë") is Alphabet.UCS2
    assert alphabet_of("Grüße [1] à 5 €") is Alphabet.GSM7


def test_what_makes_it_long() -> None:
    """The writer can be told which characters double the price."""
    assert outside_gsm7("a“b”c“ç") == ("“", "”", "ç")


def test_utf16() -> None:
    """Emoji are two units."""
    assert utf16_units("a中😀") == 4
