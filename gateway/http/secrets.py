"""Secrets that we hand out: how they look, and what of them is kept.

Only SHA-256 is stored: they are random enough that nothing slower is needed.
"""

import hashlib
import hmac
import secrets
import zlib
from typing import NamedTuple

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOKEN_PREFIX = "gw_live_"  # noqa: S105 -- what secret scanners look for, no secret
ID_LENGTH = 8
SECRET_LENGTH = 43  # 32 bytes in base 62
CHECK_LENGTH = 6
SECRET_BYTES = 32


class NewToken(NamedTuple):
    """A token just made: shown once; `hash` is what is kept."""

    id: str
    text: str
    hash: str


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def random_text() -> str:
    """256 random bits for a cookie, a link or a visitor."""
    return secrets.token_urlsafe(SECRET_BYTES)


def make_token() -> NewToken:
    """An API token: gw_live_<id>_<secret><checksum>."""
    token_id = "".join(secrets.choice(BASE62) for _ in range(ID_LENGTH))
    number = int.from_bytes(secrets.token_bytes(SECRET_BYTES), "big")
    body = f"{TOKEN_PREFIX}{token_id}_{_base62(number, SECRET_LENGTH)}"
    text = body + _checksum(body)
    return NewToken(token_id, text, hashed(text))


def token_id(text: str) -> str | None:
    """The id in a token whose checksum is right; None for what is no token of ours."""
    if not text.startswith(TOKEN_PREFIX) or not text.isascii():
        return None
    rest = text[len(TOKEN_PREFIX) :]
    if len(rest) != ID_LENGTH + 1 + SECRET_LENGTH + CHECK_LENGTH or rest[ID_LENGTH] != "_":
        return None
    body, check = text[:-CHECK_LENGTH], text[-CHECK_LENGTH:]
    return rest[:ID_LENGTH] if hmac.compare_digest(_checksum(body), check) else None


def _checksum(body: str) -> str:
    """CRC32 in base 62, as secret scanners know it: it finds typing errors, it proves nothing."""
    return _base62(zlib.crc32(body.encode()), CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return "".join(reversed(digits))
