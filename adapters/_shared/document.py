"""JSON as providers send it: one spoilt text or number must not cost the rest of a batch."""

import json
import re
from typing import Any, NoReturn, TypeGuard

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


# msgspec's names of what JSON has, in the words of whoever reads of them.
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "an object",
}
_DEGREES = re.compile(r"[+-]?(?=\.?[0-9])[0-9]{0,3}(?:\.[0-9]*)?(?:[eE]-?[0-9]{1,2})?")
_NAMED = re.compile(r"`([a-z |]+)`")


def in_words(error: Exception) -> str:
    """What is wrong with a document or what it says: one of BadJson, or a ValueError of ours."""
    match error:
        case RecursionError():
            return "it is nested too deep"
        case UnicodeDecodeError():
            return "it is no UTF-8"
        case msgspec.ValidationError():
            return _NAMED.sub(_kinds, str(error))
    return str(error)


def _kinds(named: re.Match[str]) -> str:
    kinds = [_KINDS.get(kind.strip()) for kind in named[1].split("|")]
    return " or ".join(kind for kind in kinds if kind) if all(kinds) else named[0]


def degrees(text: str) -> float:
    """A latitude or longitude that came as text. ValueError, in our words, for any other text."""
    if _DEGREES.fullmatch(text.strip()) is None:
        raise ValueError(f"{text[:50]!r} is no number of degrees")
    return float(text)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value of a document is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


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
