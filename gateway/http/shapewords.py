"""What msgspec says of a body or a query, as a person would say it. Pure.

https://jcristharif.com/msgspec/usage.html#type-validation has the sentences that are read here.
"""

import re

import msgspec

_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<place>[^`]*)`$")
_FAULTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Object missing required field `(.+)`"), "“{0}” is missing."),
    (re.compile(r"Object contains unknown field `(.+)`"), "Nothing called “{0}” is known here."),
    (re.compile(r"Expected `str` of length <= (\d+)"), "{at} is longer than {0} characters."),
    (re.compile(r"Expected `str` of length >= 1$"), "{at} is empty."),
    (re.compile(r"Expected `str` of length >= (\d+)"), "{at} is shorter than {0} characters."),
    (re.compile(r"Expected `str` matching regex '\\+S'$"), "{at} is empty."),
    (re.compile(r"Expected `str` matching"), "{at} is not in the form that is asked for."),
    (
        re.compile(r"Expected `(?:array|object)` of length <= (\d+)"),
        "{at} has more than {0} parts.",
    ),
    (
        re.compile(r"Expected `(?:array|object)` of length >= (\d+)"),
        "{at} has less than {0} parts.",
    ),
    (re.compile(r"Expected `(?:int|float)` >= (\S+)"), "{at} is less than {0}."),
    (re.compile(r"Expected `(?:int|float)` <= (\S+)"), "{at} is more than {0}."),
    (re.compile(r"Invalid (?:enum )?value (.+)"), "{at} may not be {0}."),
    (re.compile(r"Invalid (?:RFC3339|UUID|base64)"), "{at} is not in the form that is asked for."),
    (re.compile(r"Expected `([^`]+)`, got `([^`]+)`"), "{at} is {2}, and has to be {1}."),
)
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "an object",
    "uuid": "an id",
    "datetime": "an instant",
}
_OTHERWISE = "{at} is not what is asked for."


def in_words(fault: str) -> str:
    """One sentence that names the field and what is wrong with it."""
    found = _PLACE.search(fault)
    place = found["place"] if found else ""
    said = fault[: found.start()] if found else fault
    at = f"“{place}”" if place else "The whole"
    for pattern, words in _FAULTS:
        match = pattern.match(said)
        if match:
            kinds = [_kinds(part) for part in match.groups()]
            return words.format(*match.groups()[:1], *kinds, at=at)
    return _OTHERWISE.format(at=at)


def no_json(error: Exception) -> str:
    """What is wrong with a document that could not be decoded, or has another shape."""
    match error:
        case RecursionError():
            return "it is nested too deep"
        case UnicodeDecodeError():
            return "it is no UTF-8"
        case msgspec.ValidationError():
            return in_words(str(error))
    return str(error)


def _kinds(types: str) -> str:
    return " or ".join(_TYPES.get(name.strip(), name.strip()) for name in types.split("|"))
