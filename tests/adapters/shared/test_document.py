"""What providers send as JSON, with what they spoil in it."""

from typing import Any

import pytest

from adapters._shared.document import BadJson, document

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
