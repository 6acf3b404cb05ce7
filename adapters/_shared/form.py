"""application/x-www-form-urlencoded as it came: order, duplicates and empty values are kept."""

from urllib.parse import unquote, unquote_to_bytes

from gateway.contract import RawRequest

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 1_000
MAX_BYTES = 1024 * 1024

Pairs = tuple[tuple[str, str], ...]


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
    """As urllib's unquote, which cuts the text where it is not ASCII, at three times the price."""
    if "%" not in text:
        return text
    if text.isascii():
        return unquote_to_bytes(text).decode("utf-8", "replace")
    return unquote(text, errors="replace")


def first(pairs: Pairs) -> dict[str, str]:
    """Name -> its first value."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        fields |= dict(reversed(pairs))
    return fields
