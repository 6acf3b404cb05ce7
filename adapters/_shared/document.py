"""JSON as providers send it: one spoilt text or number must not cost the rest of a batch."""

import json
from typing import Any, NoReturn

import msgspec

BadJson = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

MOST_MENDED = 1_000_000  # bytes: a tenth of a second


def document(body: bytes) -> Any:
    """What a body says. Raises one of BadJson.

    Half of a surrogate pair, as it is left of an emoji where somebody cut a text, becomes U+FFFD,
    and so do bytes that are no UTF-8; a number beyond all range becomes None.
    """
    try:
        return msgspec.json.decode(body)
    except BadJson as error:
        if len(body) > MOST_MENDED:
            raise
        try:
            return _mended(body)
        except (*BadJson, ValueError):
            raise error from None


def _mended(body: bytes) -> Any:
    told = json.loads(
        body.decode("utf-8", "replace"),
        parse_float=_in_range,
        parse_int=_in_range,
        parse_constant=_no_json,
    )
    whole = json.dumps(told, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return json.loads(whole.decode("utf-16", "replace"))


def _in_range(number: str) -> Any:
    try:
        return msgspec.json.decode(number)
    except msgspec.DecodeError:
        return None


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
