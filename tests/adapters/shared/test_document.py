"""What providers send as JSON, with what they spoil in it."""

from typing import Any

import msgspec
import pytest

from adapters._shared.document import BadJson, degrees, document, in_words, is_number

LONG = "9" * 5_000


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": "x", "b": [1, 2.5, null]}', {"a": "x", "b": [1, 2.5, None]}),
        (rb'["cut \ud83d", "whole \ud83d\ude00"]', ["cut \ufffd", "whole \U0001f600"]),
        (rb'{"\udc00": "key"}', {"\ufffd": "key"}),
        (rb'["no escape: \\ud83d", "\ud83d"]', ["no escape: \\ud83d", "\ufffd"]),
        (b'["\xff\xfe", 1]', ["\ufffd\ufffd", 1]),
        (b'[1e400, -1e400, 7, "on"]', [None, None, 7, "on"]),
        (f'[{LONG}, "on"]'.encode(), [None, "on"]),
        (f'[{LONG}.5e9, "on"]'.encode(), [None, "on"]),
    ],
)
def test_one_spoilt_value_costs_itself(body: bytes, told: Any) -> None:
    """Beside it everything is read."""
    assert document(body) == told


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,]", b"[NaN]", b"[Infinity, 1]", b"\xff", b"[" * 200_000, b'["\\ud83d]'],
)
def test_what_is_no_json_is_none(body: bytes) -> None:
    """However it is spoilt."""
    with pytest.raises(BadJson):
        document(body)


class Shape(msgspec.Struct):
    """What a provider might document."""

    id: int
    name: str | None = None


FAULTS = [
    (b"[" * 200_000, Any, "it is nested too deep"),
    (b"{", Any, "Input data was truncated"),
    (b'{"id": "x"}', Shape, "Expected a whole number, got text - at `$.id`"),
    (b'{"id": 1, "name": 2}', Shape, "Expected text or nothing, got a whole number - at `$.name`"),
    (b"{}", Shape, "Object missing required field `id`"),
]


@pytest.mark.parametrize(("body", "shape", "words"), FAULTS)
def test_faults_in_words(body: bytes, shape: Any, words: str) -> None:
    """As a person would say them."""
    with pytest.raises((*BadJson, msgspec.ValidationError)) as caught:
        msgspec.json.decode(body, type=shape)
    assert in_words(caught.value) == words


@pytest.mark.parametrize("text", ["", "here", "nan", "inf", "1,5", "1_0", "١٢", "True", "."])
def test_no_number_of_degrees(text: str) -> None:
    """Is said in our words."""
    with pytest.raises(ValueError, match="is no number of degrees"):
        degrees(text)
    assert degrees(" 31.23 ") == 31.23
    assert degrees("-1e-05") == -0.00001


@pytest.mark.parametrize(
    ("value", "is_one"), [(1, True), (-1.5, True), (True, False), ("1", False), (None, False)]
)
def test_what_a_number_is(value: Any, is_one: bool) -> None:
    """True and false are none, though Python counts with them."""
    assert is_number(value) is is_one
