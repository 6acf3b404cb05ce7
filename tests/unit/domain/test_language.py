"""The language of a text, as far as its script tells."""

import pytest

from gateway.domain.language import language_of

TEXTS = [
    ("nothing", "", ""),
    ("no letters", "12:30 :-) 🙂", ""),
    ("Latin letters", "Hello", "en"),
    ("one Chinese character among brand names", "iPhone 15 Pro Max USB-C 壳", "zh"),
    ("one Chinese character in an English sentence", "my order 单 is late", "en"),
    ("greeted in Chinese, asked in English", "你好, I would like to return my lamp.", "en"),
    ("greeted in English, asked in Chinese", "Hello, 我想退货", "zh"),
    ("thanked in Chinese", "Can you send it to the office? 谢谢", "en"),
    ("greeted in both, and no more", "Hello 你好", "zh"),
    ("a Chinese name in an English sentence", "I bought 旅途保温杯 and it leaks", "en"),
    ("English names in a Chinese one", "你好，请问 Pro Max 和 USB-C charger 有货吗", "zh"),
    (
        "English quoted in a Chinese one",
        "邮件里说 your parcel is on the way，可还没到，帮我查一下",
        "zh",
    ),
    ("a link is no sentence", "订单 https://shop.example/is/this/the/order 没到", "zh"),
    ("capitals and apostrophes", "你好 I’M STILL WAITING FOR IT", "en"),
    ("Chinese only", "你好", "zh"),
    ("the first of the block", "\u3400", "zh"),
    ("the last of the block", "\u9fff", "zh"),
    ("a compatibility ideograph", "\uf900", "zh"),
    ("Chinese punctuation alone", "。", ""),
    ("kana is no Chinese", "ひらがな", "en"),
    ("what comes late is not looked at", "a" * 2_000 + "你", "en"),
    ("the last that is looked at", "a" * 1_999 + "你", "zh"),
    ("Chinese without an end", "请问有货吗" * 2_000 + " is it the one", "zh"),
]


@pytest.mark.parametrize(("label", "text", "language"), TEXTS, ids=[row[0] for row in TEXTS])
def test_language(label: str, text: str, language: str) -> None:
    """Enough to greet and to route by."""
    assert language_of(text) == language
