"""The language of a text, as far as its script tells."""

import pytest

from gateway.domain.language import language_of

TEXTS = [
    ("nothing", "", ""),
    ("no letters", "12:30 :-) 🙂", ""),
    ("Latin letters", "Hello", "en"),
    ("one Chinese character among Latin", "my order 单 is late", "zh"),
    ("Chinese only", "你好", "zh"),
    ("the first of the block", "\u3400", "zh"),
    ("the last of the block", "\u9fff", "zh"),
    ("a compatibility ideograph", "\uf900", "zh"),
    ("Chinese punctuation alone", "。", ""),
    ("kana is no Chinese", "ひらがな", "en"),
    ("what comes late is not looked at", "a" * 2_000 + "你", "en"),
    ("the last that is looked at", "a" * 1_999 + "你", "zh"),
]


@pytest.mark.parametrize(("label", "text", "language"), TEXTS, ids=[row[0] for row in TEXTS])
def test_language(label: str, text: str, language: str) -> None:
    """Enough to greet and to route by."""
    assert language_of(text) == language
