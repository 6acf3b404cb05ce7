"""What a desk may be called."""

import pytest
from pydantic import TypeAdapter, ValidationError

from config.names import DeskName

NAMES = TypeAdapter(DeskName)


@pytest.mark.parametrize(
    "name", ["晨光小店", "晨光\u3000小店", "Café\u00a0Noir", "👩\u200d🍳 Kitchen"]
)
def test_names_of_shops(name: str) -> None:
    """Blanks of any width, and pictures that are joined."""
    assert NAMES.validate_python(name) == name


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\x85b", "a\u2028b", "a\u202eb", ""])
def test_what_is_no_line_of_text(name: str) -> None:
    """Nothing ends the line of a mail's header, or turns its writing round."""
    with pytest.raises(ValidationError):
        NAMES.validate_python(name)
