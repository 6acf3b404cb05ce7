"""Signed identity: the shop's own server vouches for who is signed in there. Pure.

The token is a JWT (RFC 7519), HS256 only, its header naming one of the account's keys by `kid`:

    {"alg":"HS256","typ":"JWT","kid":"2026-11"}
    {"sub":"customer-42","account":"shop","iat":1795210000,"exp":1795213600,"name"?,"email"?}

It lives at most 24 hours. Two keys may stand at once, so that they can be rotated.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from pydantic import SecretStr

from gateway.contract import Unauthentic

MAX_TOKEN = 8_192  # characters
MAX_LIFE_S = 24 * 3_600
CLOCK_SKEW_S = 300

Shape = TypeVar("Shape")
Short = Annotated[str, msgspec.Meta(max_length=256)]


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop says of its visitor. iat and exp are seconds since 1970 UTC."""

    sub: Annotated[str, msgspec.Meta(max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
    account: str
    iat: int
    exp: int
    name: Short = ""
    email: Short = ""

    @property
    def subject(self) -> str:
        """What the shop calls its customer; it becomes part of the visitor's address."""
        return self.sub


class IdentityRefused(Unauthentic):
    """The identity token proves nothing; the message says why, and never shows the token."""


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str
    crit: list[str] | None = None


def verify_identity(token: str, account: str, keys: Mapping[str, SecretStr], now_ms: int) -> Claims:
    """The claims of a valid token. Raises IdentityRefused."""
    if len(token) > MAX_TOKEN or token.count(".") != 2:
        raise IdentityRefused("it is no JWT")
    head, body, signature = token.split(".")
    header = _part(head, _Header)
    if header.alg != "HS256" or header.crit is not None:
        raise IdentityRefused("its algorithm is not HS256")
    key = keys.get(header.kid)
    if key is None or not key.get_secret_value():
        raise IdentityRefused(f"there is no key {header.kid[:64]!r}; see identity_keys")
    signed = f"{head}.{body}".encode()
    expected = hmac.new(key.get_secret_value().encode(), signed, hashlib.sha256).digest()
    if not hmac.compare_digest(_bytes(signature), expected):
        raise IdentityRefused("its signature is wrong")
    claims = _part(body, Claims)
    _check_times(claims, now_ms // 1_000)
    if claims.account != account:
        raise IdentityRefused("it is for another account")
    return claims


def _check_times(claims: Claims, now_s: int) -> None:
    if claims.exp - claims.iat > MAX_LIFE_S:
        raise IdentityRefused("it lives longer than 24 hours")
    if claims.exp <= now_s:
        raise IdentityRefused("it has expired")
    if claims.iat > now_s + CLOCK_SKEW_S:
        raise IdentityRefused("it is from the future; check the clock of the server that signs")


def _part(text: str, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(_bytes(text), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IdentityRefused("it is no JWT of ours") from error


def _bytes(text: str) -> bytes:
    """Base64 for URLs, without padding. RFC 7515, section 2."""
    if "=" in text or not text.isascii():
        raise IdentityRefused("it is no JWT")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise IdentityRefused("it is no JWT") from error
