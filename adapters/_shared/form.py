"""application/x-www-form-urlencoded as it came: order, duplicates and empty values are kept."""

import binascii
import re
from urllib.parse import unquote

from gateway.contract import RawRequest

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 1_000
MAX_BYTES = 1024 * 1024

Pairs = tuple[tuple[str, str], ...]

_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class TooLarge(ValueError):
    """The form is larger than any provider's."""


def media_type(raw: RawRequest) -> str:
    """The media type of a delivery in lower case, without parameters; "" when it has none."""
    return (raw.header("content-type") or "").partition(";")[0].strip().lower()


def parse(data: bytes | str) -> Pairs:
    """Names and values in order. Bytes that are no UTF-8 become U+FFFD. Raises TooLarge."""
    if len(data) > MAX_BYTES:
        raise TooLarge(f"the form has {len(data)} bytes; at most {MAX_BYTES} are read")
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    if text.count("&") >= MAX_FIELDS:
        raise TooLarge(f"the form has more than {MAX_FIELDS} fields")
    pairs: list[tuple[str, str]] = []
    for part in text.replace("+", " ").split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_decoded(name), _decoded(value)) if "%" in part else (name, value))
    return tuple(pairs)


def _decoded(text: str) -> str:
    """As urllib's unquote, which takes one escape after another, in Python.

    Where each `%` begins an escape, `=` in its place makes it quoted-printable, which C decodes.
    """
    if "%" not in text:
        return text
    if not text.isascii() or _NO_ESCAPE.search(text):
        return unquote(text, errors="replace")
    quoted = text.replace("=", "=3D").replace("%", "=")
    return binascii.a2b_qp(quoted).decode("utf-8", "replace")


def first(pairs: Pairs) -> dict[str, str]:
    """Name -> its first value."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        fields |= dict(reversed(pairs))
    return fields
