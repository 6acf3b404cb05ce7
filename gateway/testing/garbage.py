"""Deliveries that no provider sends: torn, deep, doubled, in no encoding. Repeatable."""

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

from gateway.contract import RawRequest

DEEP = 10_000
MANY = 2_000
FLIPS = 8
DEEPEST_PLACE = 12

_BODIES: tuple[tuple[str, bytes], ...] = (
    ("no body", b""),
    ("a space", b" "),
    ("bytes that are no UTF-8", b"\xff\xfe\x80=\xc3("),
    ("NUL", b"\x00" * 64),
    ("lists 10,000 deep", b"[" * DEEP + b"]" * DEEP),
    ("objects 10,000 deep", b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    ("elements 10,000 deep", b"<a>" * DEEP + b"</a>" * DEEP),
    ("a number without end", b'{"id":' + b"9" * DEEP + b"}"),
    ("a surrogate's half", b'{"text":"\\ud800","id":"\\udfff"}'),
    ("null", b"null"),
    ("an empty object", b"{}"),
    ("a list of nothing", b"[null,[],{},0]"),
    ("2,000 fields", b"a=b&" * MANY),
    ("fields without names", b"=&=&=%&%zz=%"),
    ("a document type", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
)

_WORDS = ("", "ключ", "\udcff\udc80", "\x00", "a" * 10_000, "=,=;=", "sha256=", "Bearer ")


# What may stand in the place of any value of a JSON body.
_WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e308, 2**63, "", "x", "\0"),
    *([], [[]], [{}], [None], {}, {"a": 1}),
)


def wrong_types(raw: RawRequest) -> Iterator[tuple[str, RawRequest]]:
    """The delivery with each value of its JSON body, at every level, of another type."""
    try:
        data = msgspec.json.decode(raw.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    for path in _places(data):
        name = ".".join(map(str, path))
        for wrong in _WRONG:
            body = msgspec.json.encode(_put(data, path, wrong))
            yield f"{name or 'all of it'} is {wrong!r}", _with_body(raw, body)


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if len(path) <= DEEPEST_PLACE:
        yield path
        if isinstance(data, dict | list):
            for name, value in data.items() if isinstance(data, dict) else enumerate(data):
                yield from _places(value, (*path, name))


def _put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = data.copy()
    changed[path[0]] = _put(data[path[0]], path[1:], value)
    return changed


def garbage(raw: RawRequest, random: Random) -> Iterator[tuple[str, RawRequest]]:
    """Labelled distortions of one delivery."""
    yield from ((label, _with_body(raw, body)) for label, body in _BODIES)
    size = len(raw.body)
    for cut in sorted({0, 1, size // 4, size // 2, 3 * size // 4, max(size - 1, 0)}):
        yield f"torn after {cut} bytes", _with_body(raw, raw.body[:cut])
    yield "twice over", _with_body(raw, raw.body * 2)
    for number in range(FLIPS if size else 0):
        body = bytearray(raw.body)
        body[random.randrange(size)] ^= 1 << random.randrange(8)
        yield f"bit flip {number}", _with_body(raw, bytes(body))
    yield from _headers(raw)
    yield from _paths(raw)


def _headers(raw: RawRequest) -> Iterator[tuple[str, RawRequest]]:
    yield "no headers", msgspec.structs.replace(raw, headers=())
    yield "every header twice", msgspec.structs.replace(raw, headers=raw.headers * 2)
    for place, (name, _) in enumerate(raw.headers):
        for word in _WORDS:
            changed = (*raw.headers[:place], (name, word), *raw.headers[place + 1 :])
            label = f"header {name} is {word[:12]!a}"
            yield label, msgspec.structs.replace(raw, headers=changed)


def _paths(raw: RawRequest) -> Iterator[tuple[str, RawRequest]]:
    bare = raw.path.partition("?")[0]
    queries = ("", "%", "%ff%fe", "a&a&a=1&a=2", "=", "a=" + "b" * 10_000, "&" * MANY, "x=ключ")
    for query in queries:
        label = f"query {query[:12]!r}"
        yield label, msgspec.structs.replace(raw, path=f"{bare}?{query}")
    for method in ("GET", "HEAD", "PUT", "", "post"):
        yield f"method {method!r}", msgspec.structs.replace(raw, method=method)


def _with_body(raw: RawRequest, body: bytes) -> RawRequest:
    return msgspec.structs.replace(raw, body=body)
