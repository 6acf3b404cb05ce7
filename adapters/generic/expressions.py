"""What a person writes to say where things stand: JMESPath. Compiled once, read often."""

from collections.abc import Iterator
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

MAX_EXPRESSION = 500  # characters; so that no expression is deeper than Python's stack
_FUNCTIONS = frozenset(Functions.FUNCTION_TABLE)


class Unmapped(ValueError):
    """An expression cannot be applied to what arrived; the message says which."""


def checked(text: str) -> str:
    """An expression that can be used. Raises ValueError: what is wrong; what to do."""
    if len(text) > MAX_EXPRESSION:
        raise ValueError(f"is longer than {MAX_EXPRESSION} characters; shorten it")
    try:
        tree = jmespath.compile(text).parsed
    except RecursionError:
        raise ValueError("is nested too deep; shorten it") from None
    except JMESPathError as error:
        said = str(error).splitlines()[0].rstrip(":").replace(";", ",")
        raise ValueError(f"is no JMESPath: {said}; see jmespath.org/tutorial.html") from None
    strange = sorted({name for name in _called(tree) if name not in _FUNCTIONS})
    if strange:
        raise ValueError(f"calls {', '.join(strange)}, which JMESPath does not know; correct it")
    return text


def _called(tree: Any) -> Iterator[str]:
    """The functions that an expression calls; it would tell of a strange one only when it runs."""
    if tree["type"] == "function_expression":
        yield tree["value"]
    for child in tree["children"]:
        if isinstance(child, dict):
            yield from _called(child)


class Expression:
    """One expression of the settings, with the place where it stands. Empty: finds nothing."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self._parsed = jmespath.compile(text) if text else None

    def __bool__(self) -> bool:
        return self._parsed is not None

    def of(self, data: Any) -> Any:
        """What it finds; None when there is nothing. Raises Unmapped."""
        if self._parsed is None:
            return None
        try:
            return self._parsed.search(data)
        except (JMESPathError, RecursionError, TypeError, OverflowError) as error:
            deep = isinstance(error, RecursionError)
            why = (
                "what came is nested too deep" if deep else "the expression does not fit what came"
            )
            raise Unmapped(f"{self.place}: {why}") from error

    def text(self, data: Any) -> str:
        """Text or a number, as text; "" for all else."""
        return as_text(self.of(data))


def as_text(value: Any) -> str:
    """Text and numbers as text; "" for what is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def json_of(data: Any) -> str:
    """The item as JSON with its keys in order; raises Unmapped when it is too deep."""
    try:
        return msgspec.json.encode(data, order="deterministic").decode()
    except (RecursionError, ValueError, TypeError) as error:
        raise Unmapped(
            "the item is nested too deep, or holds what JSON has no words for"
        ) from error
