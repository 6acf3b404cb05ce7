"""Forms as they came, and comparisons that bear whatever comes."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters._shared import form
from adapters._shared.signatures import same, secret_bytes
from gateway.contract import RawRequest, Unauthentic

FORMS = [
    (b"", ()),
    (b"a=1&b=2", (("a", "1"), ("b", "2"))),
    (b"b=2&a=1&b=1&b=2", (("b", "2"), ("a", "1"), ("b", "1"), ("b", "2"))),
    (b"a=&b", (("a", ""), ("b", ""))),
    (b"a=+%2B%20", (("a", " + "),)),
    (b"%E4%B8%AD=%E6%96%87", (("中", "文"),)),
    (b"a=%ff\xfe", (("a", "\ufffd\ufffd"),)),
    (b" ", ((" ", ""),)),
    (b"a=b=c&=d", (("a", "b=c"), ("", "d"))),
    (b"a;b=1", (("a;b", "1"),)),
]


@pytest.mark.parametrize(("data", "pairs"), FORMS)
def test_parse(data: bytes, pairs: form.Pairs) -> None:
    """Order, duplicates and empty values are kept."""
    assert form.parse(data) == pairs


@given(st.text(st.sampled_from("%=+3Da0\n\r \0é中")))
def test_escapes(text: str) -> None:
    """As urllib reads them, whatever begins one and is none."""
    ((_, value),) = form.parse(f"a={text}")
    assert value == unquote(text.replace("+", " "), errors="replace")


def test_limits() -> None:
    """More than any provider sends is refused before it is taken apart."""
    assert len(form.parse(b"a=b&" * (form.MAX_FIELDS - 1))) == form.MAX_FIELDS - 1
    with pytest.raises(form.TooLarge, match="more than 1000 fields"):
        form.parse(b"a=b&" * form.MAX_FIELDS)
    with pytest.raises(form.TooLarge, match="bytes"):
        form.parse(b"a" * (form.MAX_BYTES + 1))


def test_first() -> None:
    """Of several values the first counts."""
    assert form.first((("a", "1"), ("b", ""), ("a", "2"))) == {"a": "1", "b": ""}


@pytest.mark.parametrize(
    ("header", "expected"),
    [("Text/HTML; charset=x", "text/html"), ("", ""), (None, ""), (" a/b ;", "a/b")],
)
def test_media_type(header: str | None, expected: str) -> None:
    """The type without parameters, in lower case."""
    headers = (("content-TYPE", header),) if header is not None else ()
    raw = RawRequest(account="a", method="POST", path="/", headers=headers)
    assert form.media_type(raw) == expected


SAME = [
    ("abc", "abc", True),
    ("abd", "abc", False),
    ("ABC", "abc", False),
    ("ab", "abc", False),
    ("", "abc", False),
    (None, "abc", False),
    ("", "", False),
    ("ключ", "abc", False),
    ("ключ", "ключ", True),
    ("\udcff", "abc", False),
]


@pytest.mark.parametrize(("given_", "expected", "equal"), SAME)
def test_same(given_: str | None, expected: str, equal: bool) -> None:
    """Equal and not empty; whatever encoding a header came in."""
    assert same(given_, expected) is equal


@given(st.text() | st.none(), st.text())
def test_same_never_raises(given_: str | None, expected: str) -> None:
    """It says what == says, but for nothing, which is never right."""
    assert same(given_, expected) == (given_ == expected and bool(expected))


def test_an_empty_secret_is_none() -> None:
    """An empty secret closes the channel, and says which one it was."""
    assert secret_bytes(SecretStr("ü"), "x") == "ü".encode()
    with pytest.raises(Unauthentic, match="app_secret is empty"):
        secret_bytes(SecretStr(""), "app_secret")
