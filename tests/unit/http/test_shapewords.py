"""Faults of shape, in words."""

from typing import Annotated, Literal

import msgspec
import pytest

from gateway.http.shapewords import in_words


class Form(msgspec.Struct, forbid_unknown_fields=True):
    """Something to fill in."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=3)]
    count: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    verb: Literal["hold", "wake"] = "hold"
    codes: tuple[Annotated[str, msgspec.Meta(pattern="^a$")], ...] = ()
    note: str | None = None


FAULTS = [
    (b"[]", "The whole is a list, and has to be an object."),
    (b"{}", "“text” is missing."),
    (b'{"text": 1}', "“text” is a whole number, and has to be text."),
    (b'{"text": "abcd"}', "“text” is longer than 3 characters."),
    (b'{"text": ""}', "“text” is empty."),
    (b'{"text": "a", "by": "ada"}', "Nothing called “by” is known here."),
    (b'{"text": "a", "count": -1}', "“count” is less than 0."),
    (b'{"text": "a", "count": 9}', "“count” is more than 5."),
    (b'{"text": "a", "verb": "fly"}', "“verb” may not be 'fly'."),
    (b'{"text": "a", "codes": ["b"]}', "“codes[0]” is not in the form that is asked for."),
    (b'{"text": "a", "note": 1}', "“note” is a whole number, and has to be text or nothing."),
]


@pytest.mark.parametrize(("body", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_in_words(body: bytes, words: str) -> None:
    """Each fault names its field, and says what is wrong with it without a type's name."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Form)
    assert in_words(str(caught.value)) == words


def test_unheard_of() -> None:
    """A sentence that we do not know is not shown to people."""
    assert in_words("Zorp `x` - at `$.a`") == "“a” is not what is asked for."
