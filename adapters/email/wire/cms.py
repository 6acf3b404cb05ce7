"""The mail inside a CMS signature (S/MIME signed as one file, RFC 8551 and 5652).

Only what stands inside is read: who signed is not judged here, and what is encrypted stays so.
BER as it comes, indefinite lengths and strings in pieces included; one pass, never raises.
"""

from collections.abc import Iterator

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OID, _SEQUENCE, _OCTETS, _OCTETS_IN_PIECES, _FIRST = 0x06, 0x30, 0x04, 0x24, 0xA0
_UNKNOWN = -1  # the length of an element that ends with a mark
_LONGEST_LENGTH = 8
_DEEPEST = 30


class _NoBerError(Exception):
    """It is something else, or cut."""


def signed_content(data: bytes) -> bytes | None:
    """What was signed, when these bytes are signed data that carry it; else None."""
    try:
        at = _enter(data, 0, _SEQUENCE)
        start, at = _primitive(data, at, _OID)
        if data[start:at] != _SIGNED_DATA:
            return None
        at = _enter(data, at, _FIRST)
        at = _enter(data, at, _SEQUENCE)
        at = _after(data, at)  # the version
        at = _after(data, at)  # the digests' algorithms
        at = _enter(data, at, _SEQUENCE)
        at = _after(data, at)  # what kind of content
        at = _enter(data, at, _FIRST)
        return b"".join(_octets(data, at))
    except _NoBerError:
        return None


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """The tag, where the content begins, and its length."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise _NoBerError
    tag, length, at = data[at], data[at + 1], at + 2
    if length == 0x80:
        return tag, at, _UNKNOWN
    if length & 0x80:
        size = length & 0x7F
        if size > _LONGEST_LENGTH:
            raise _NoBerError
        length = int.from_bytes(data[at : at + size])
        at += size
    if at + length > len(data):
        raise _NoBerError
    return tag, at, length


def _enter(data: bytes, at: int, expected: int) -> int:
    tag, inside, _ = _head(data, at)
    if tag != expected:
        raise _NoBerError
    return inside


def _primitive(data: bytes, at: int, expected: int) -> tuple[int, int]:
    tag, start, length = _head(data, at)
    if tag != expected or length == _UNKNOWN:
        raise _NoBerError
    return start, start + length


def _after(data: bytes, at: int) -> int:
    """Past the element that begins here, whatever is in it."""
    depth = 0
    while True:
        tag, inside, length = _head(data, at)
        if length == _UNKNOWN:
            depth += 1
            at = inside
        elif tag == 0 and length == 0 and depth:
            depth -= 1
            at = inside
        else:
            at = inside + length
        if not depth:
            return at
        if depth > _DEEPEST:
            raise _NoBerError


def _octets(data: bytes, at: int) -> Iterator[bytes]:
    """An octet string, in one piece or in many."""
    tag, inside, length = _head(data, at)
    if tag == _OCTETS and length != _UNKNOWN:
        yield data[inside : inside + length]
        return
    if tag != _OCTETS_IN_PIECES:
        raise _NoBerError
    end = len(data) if length == _UNKNOWN else inside + length
    at = inside
    while at < end:
        tag, inside, length = _head(data, at)
        if tag != _OCTETS or length == _UNKNOWN:
            return  # the mark of the end
        yield data[inside : inside + length]
        at = inside + length
