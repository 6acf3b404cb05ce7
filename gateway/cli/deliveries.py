"""Raw deliveries as people write them down, one JSON object a line."""

import base64
import binascii
from typing import Any
from urllib.parse import urlencode

import msgspec

from gateway.contract import RawRequest
from gateway.domain.clock import parse_rfc3339

OneOrMore = str | list[str]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery. `path` may carry the raw query, which then rules over `query`."""

    method: str = "POST"
    path: str = ""
    query: dict[str, OneOrMore] = {}
    headers: dict[str, OneOrMore] = {}
    body: str = ""
    body_base64: str | None = None
    received_at: str | None = None


_decoder = msgspec.json.Decoder(Written)


def delivery(line: bytes, account: str, now_ms: int) -> RawRequest:
    """The delivery of a line, as the account would get it. ValueError says what is wrong."""
    try:
        written = _decoder.decode(line)
        body = _body(written)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"is no delivery: {error}") from error
    path = written.path or f"/in/{account}"
    if written.query and "?" not in path:
        path += "?" + urlencode(_pairs(written.query))
    received = now_ms if written.received_at is None else parse_rfc3339(written.received_at)
    return RawRequest(
        account=account,
        method=written.method,
        path=path,
        headers=_pairs(written.headers),
        body=body,
        received_at=received,
    )


def _body(written: Written) -> bytes:
    if written.body_base64 is None:
        return written.body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(written.body_base64, validate=True)
    except binascii.Error as error:
        raise ValueError(f"body_base64 is no base64: {error}") from error


def _pairs(values: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, each)
        for name, value in values.items()
        for each in (value if isinstance(value, list) else [value])
    )
