"""Parameters of MIME header fields (RFC 2045, RFC 2231), however mailers write them. Linear."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from adapters.email.wire.charsets import decode
from adapters.email.wire.limits import MAX_PARAMETERS
from adapters.email.wire.words import decode_words

_NAME_END = re.compile(r"[=;]")
_QUOTE_END = re.compile(r'["\\]')
_EXTENDED = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?")


@dataclass(frozen=True, slots=True)
class Parameters:
    """`value; name=value; ...`; values are kept as Latin-1, one character a byte."""

    value: str
    _given: dict[str, str] = field(default_factory=dict)

    def raw(self, name: str) -> str:
        """The value as written, one character a byte; "" when absent."""
        return self._given.get(name, "")

    def text(self, name: str) -> str:
        """The value as people read it: RFC 2231, RFC 2047 and bare 8-bit undone; "" when absent."""
        plain = self._given.get(name, "")
        return self._extended(name) or decode_words(decode(plain.encode("latin-1")))

    def _extended(self, name: str) -> str:
        """`name*`, or `name*0`, `name*1*`, ... joined in the order of their numbers; it rules."""
        if not any(key.startswith(f"{name}*") for key in self._given):
            return ""
        pieces: dict[int, tuple[str, bool]] = {}
        for key, value in self._given.items():
            found = _EXTENDED.fullmatch(key)
            if found and found.group(1) == name:
                encoded = found.group(2) is None or bool(found.group(3))
                pieces.setdefault(int(found.group(2) or 0), (value, encoded))
        charset = ""
        data = b""
        plain = True
        for index in sorted(pieces):
            value, encoded = pieces[index]
            if encoded and not charset and value.count("'") >= 2:
                charset, _, value = value.split("'", 2)
            data += unquote_to_bytes(value) if encoded else value.encode("latin-1")
            plain = plain and not encoded
        text = decode(data, charset or None)
        return decode_words(text) if plain else text


def parse_parameters(header: bytes) -> Parameters:
    """Read one header field. What is no parameter is passed over; the first of a name counts."""
    text = header.decode("latin-1")
    value, _, rest = text.partition(";")
    given: dict[str, str] = {}
    position = 0
    while position < len(rest) and len(given) < MAX_PARAMETERS:
        found = _NAME_END.search(rest, position)
        if found is None:
            break
        name = rest[position : found.start()].strip().lower()
        position = found.end()
        if found.group() == ";":
            continue
        parameter, position = _value(rest, position)
        if name:
            given.setdefault(name, parameter)
    return Parameters(value.strip(), given)


def _value(text: str, position: int) -> tuple[str, int]:
    """A token or a quoted string from `position` on, and where the next parameter begins."""
    while position < len(text) and text[position] in " \t":
        position += 1
    if not text.startswith('"', position):
        end = text.find(";", position)
        end = len(text) if end < 0 else end
        return text[position:end].strip(), end + 1
    out: list[str] = []
    position += 1
    while (found := _QUOTE_END.search(text, position)) is not None:
        out.append(text[position : found.start()])
        position = found.end()
        if found.group() == '"':
            return "".join(out), _skip(text, position)
        following = text[position : position + 1]
        out.append(following if following in {'"', "\\"} else "\\" + following)
        position += 1
    return "".join(out) + text[position:], len(text)


def _skip(text: str, position: int) -> int:
    """Past the semicolon that should follow a quoted string."""
    while position < len(text) and text[position] in " \t;":
        position += 1
    return position
