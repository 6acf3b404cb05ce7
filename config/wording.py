"""The words for what pydantic finds wrong: what, and what to do."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config.faults import Path
from config.fields import NAME_PATTERN, known_keys, likeness

# Type of pydantic's error -> what is wrong, what to do.
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("is missing", "add it"),
    "less_than_equal": ("should be at most {le}", "write {le} or less"),
    "greater_than_equal": ("should be at least {ge}", "write {ge} or more"),
    "too_short": ("is empty", "write at least {min_length}"),
    "too_long": ("has more than {max_length} entries", "shorten it"),
    "string_too_short": ("is empty", "write at least {min_length} characters"),
    "string_too_long": ("has more than {max_length} characters", "shorten it"),
    "string_type": ("should be text", "write one value, in quotes if need be"),
    "int_type": ("should be a whole number", "write digits only"),
    "int_parsing": ("should be a whole number", "write digits only"),
    "int_from_float": ("should be a whole number", "leave the fraction out"),
    "float_type": ("should be a number", "write digits only"),
    "float_parsing": ("should be a number", "write digits only"),
    "bool_type": ("should be true or false", "write true or false"),
    "bool_parsing": ("should be true or false", "write true or false"),
    "dict_type": ("should be a mapping", "write keys with colons below it"),
    "model_type": ("should be a mapping", "write keys with colons below it"),
    "model_attributes_type": ("should be a mapping", "write keys with colons below it"),
    "tuple_type": ("should be a list", "write [one, two], or a line with - for each"),
    "list_type": ("should be a list", "write [one, two], or a line with - for each"),
    "set_type": ("should be a list", "write [one, two], or a line with - for each"),
    "frozen_set_type": ("should be a list", "write [one, two], or a line with - for each"),
}
NO_NAME = ("is no name", "use letters, digits, and . _ - inside")
_SHOWN = (
    "literal_error",
    "enum",
    "int_parsing",
    "float_parsing",
    "bool_parsing",
    "string_pattern_mismatch",
)


def wording(model: type[BaseModel], detail: ErrorDetails, *, secret: bool) -> tuple[str, str]:
    """What is wrong, and what to do. `secret`: the value may not be shown."""
    kind, loc = detail["type"], detail["loc"]
    context: dict[str, Any] = detail.get("ctx", {})
    message = detail["msg"].removeprefix("Input ")
    match kind:
        case "extra_forbidden":
            return _unknown_key(model, loc)
        case "value_error":
            what, _, cure = str(context["error"]).partition("; ")
            return what, cure or "correct it"
        case "string_pattern_mismatch" if detail["input"] == "":
            return "is empty", "write it, or leave the line out"
        case "string_pattern_mismatch" if context.get("pattern") == NAME_PATTERN:
            return NO_NAME
        case "string_pattern_mismatch":
            like = likeness(model, loc)
            what = "should have another form"
            cure = f"write it like {like}" if like else "correct it"
        case "literal_error" | "enum":
            what, cure = "is none of the choices", f"write {context['expected']}"
        case _ if "[key]" in loc:
            what, cure = NO_NAME
        case _:
            words = _WORDS.get(kind)
            what, cure = words or (message[:1].lower() + message[1:], "correct it")
            if words:
                what, cure = what.format(**context), cure.format(**context)
    if kind in _SHOWN and not secret:
        what += f", but {str(detail['input'])[:60]!r} is written"
    return what, cure


def nearest(written: object, known: Sequence[str]) -> str:
    """The known word that was probably meant; "" when none is near."""
    return next(iter(get_close_matches(str(written), known, n=1)), "")


def _unknown_key(model: type[BaseModel], loc: Path) -> tuple[str, str]:
    known = known_keys(model, loc[:-1])
    near = nearest(loc[-1], known)
    if near:
        return "is an unknown key", f"did you mean {near}?"
    return "is an unknown key", f"known here: {', '.join(known)}" if known else "remove it"
