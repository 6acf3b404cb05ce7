"""How texts are cut to be found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.search import fts5_query, tsquery
from gateway.store.tokens import TOKENS_LIMIT, fold, tokens_of, words_of

FOUND = [
    ("one Chinese character", "我要退货", "货"),
    ("two", "我要退货", "退货"),
    ("three", "我要退货款", "退货款"),
    ("more", "您好，我想问一下退货的流程", "问一下退货的流程"),
    ("with punctuation between", "退货，谢谢", "退货 谢谢"),
    ("a surname", "张三丰", "张"),
    ("traditional width", "ＡＢＣ１２３", "abc123"),
    ("kana", "ありがとうございます", "ありがとう"),
    ("hangul", "안녕하세요", "안녕"),
    ("rare Han", "𠮷野家", "𠮷野"),
    ("a word in any case", "Where is my Order", "order"),
    ("the beginning of a word", "refund please", "ref"),
    ("words in any order", "where is my order", "order where"),
    ("accents", "Café Zoë", "cafe zoe"),
    ("accents in the query", "cafe", "café"),
    ("German", "Straße", "strasse"),
    ("Cyrillic", "Привет мир", "привет"),
    ("an order number", "order AB-2024-0001", "AB-2024-0001"),
    ("its parts", "order AB-2024-0001", "2024"),
    ("written together", "order AB-2024-0001", "ab20240001"),
    ("written apart", "order AB20240001", "ab-2024"),
    ("its digits together", "order AB-2024-0001", "20240001"),
    ("a phone written with hyphens", "138-0013-8000", "13800138000"),
    ("the digits of it", "order AB20240001", "20240001"),
    ("a phone's end", "+8613800138000", "8000"),
    ("without the country", "+8613800138000", "13800138000"),
    ("an address", "wang@example.com", "wang@example.com"),
    ("a part of it", "wang@example.com", "example"),
    ("Chinese beside digits", "订单123456到了吗", "订单123456"),
    ("digits beside Chinese", "订单123456到了吗", "123456"),
]
NOT_FOUND = [
    ("another word", "refund", "return"),
    ("the inside of a word", "refund", "fund"),
    ("characters that do not touch", "退了货", "退货"),
    ("one of two words missing", "order", "order refund"),
    ("the inside of a short number", "12345", "234"),
    ("order of characters", "货退", "退货"),
]


def matches(text: str, query: str) -> bool:
    """What both engines do with tokens."""
    tokens = tokens_of(text)

    def has(token: str, begins: bool) -> bool:
        return any(t.startswith(token) for t in tokens) if begins else token in tokens

    words = words_of(query)
    return bool(words) and all(
        all(has(*part) for part in word.all_of) or (bool(word.joined) and has(word.joined, True))
        for word in words
    )


@pytest.mark.parametrize(("text", "query"), [r[1:] for r in FOUND], ids=[r[0] for r in FOUND])
def test_found(text, query) -> None:
    """A text is found by what people remember of it."""
    assert matches(text, query)


@pytest.mark.parametrize(
    ("text", "query"), [r[1:] for r in NOT_FOUND], ids=[r[0] for r in NOT_FOUND]
)
def test_not_found(text, query) -> None:
    """A text is not found by what it does not say."""
    assert not matches(text, query)


@pytest.mark.parametrize("query", ["", "   ", "!!!", "\"'&|*()", "\0", "，。"])
def test_nothing_is_asked(query) -> None:
    """A query without a letter or digit asks for nothing."""
    assert words_of(query) == []


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text(text, query) -> None:
    """Tokens are letters and digits only, so no text and no query can break the engines' syntax."""
    for token in (*tokens_of(text), *(t for w in words_of(query) for t, _ in w.all_of)):
        assert token
        assert not set(token) & set(" \t\n\"'\\&|!():*<>\0-_")
    assert fts5_query(words_of(query)).count('"') % 2 == 0
    assert tsquery(words_of(query)).count("'") % 2 == 0


@given(st.text(st.characters(categories=("Lo", "Ll", "Lu", "Nd")), min_size=1, max_size=12))
def test_a_text_finds_itself(text) -> None:
    """Whatever has letters is found by the whole of itself."""
    assert not words_of(text) or matches(text, text)
    assert fold(fold(text)) == fold(text)


def test_tokens_are_bounded() -> None:
    """A document of any size has so many tokens at most."""
    assert len(tokens_of("".join(chr(0x4E00 + i) for i in range(20_000)))) == TOKENS_LIMIT
