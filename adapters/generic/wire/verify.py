"""Whether a delivery comes from the provider: over its raw bytes, in constant time."""

import base64
import hmac

from adapters._shared.form import first, parse
from adapters._shared.signatures import same, secret_bytes
from adapters.generic.settings import BODY, SIGNED_PARTS, Verify
from adapters.generic.wire.instants import instant
from gateway.contract import RawRequest, Unauthentic
from gateway.domain.clock import SECOND_MS

MAX_SIGNATURES = 10  # in one header, while keys rotate


def prove(verify: Verify, raw: RawRequest) -> None:
    """Raises Unauthentic unless the delivery is the provider's. `none` proves nothing."""
    if verify.kind == "hmac":
        _signed(verify, raw)
    elif verify.kind == "token":
        _knows_the_token(verify, raw)


def _signed(verify: Verify, raw: RawRequest) -> None:
    key = secret_bytes(verify.secret, "verify.secret")
    digest = hmac.new(key, _covered(verify.signed, raw), verify.algorithm).digest()
    hexadecimal = verify.encoding == "hex"
    made = digest.hex() if hexadecimal else base64.b64encode(digest).decode()
    expected = verify.prefix + made
    given = (raw.header(verify.header) or "").split(maxsplit=MAX_SIGNATURES)[:MAX_SIGNATURES]
    if hexadecimal:
        given, expected = [each.lower() for each in given], expected.lower()
    if not any(same(each, expected) for each in given):
        raise Unauthentic(f"{verify.header} is absent or not made with this secret")
    if verify.timestamp:
        _fresh(verify, raw)


def _covered(signed: str, raw: RawRequest) -> bytes:
    """What the signature covers: the body, and headers where the settings name them."""
    if signed == "{body}":
        return raw.body
    out, end = b"", 0
    for part in SIGNED_PARTS.finditer(signed):
        name = part[1]
        value = raw.body if name == BODY else _bytes(raw.header(name) or "")
        out += _bytes(signed[end : part.start()]) + value
        end = part.end()
    return out + _bytes(signed[end:])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _fresh(verify: Verify, raw: RawRequest) -> None:
    """An old delivery is a replay. The time is under the signature; the settings see to that."""
    at = instant(raw.header(verify.timestamp))
    if at is None or abs(raw.received_at - at) > verify.tolerance_s * SECOND_MS:
        raise Unauthentic(f"{verify.timestamp} is more than {verify.tolerance_s} s from now")


def _knows_the_token(verify: Verify, raw: RawRequest) -> None:
    expected = verify.prefix + secret_bytes(verify.secret, "verify.secret").decode()
    where = verify.header or verify.query
    given = raw.header(where) if verify.header else first(parse(raw.query)).get(where)
    if not same(given, expected):
        raise Unauthentic(f"{where} is absent or not this account's token")
