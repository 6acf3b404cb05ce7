"""Comparing what a provider signed with what we compute: in constant time, whatever arrives."""

import hmac

from pydantic import SecretStr

from gateway.contract import Unauthentic


def same(given: str | None, expected: str) -> bool:
    """Whether a header's value is the expected one. Absent, empty and non-ASCII values are not.

    `hmac.compare_digest` raises on text outside ASCII, so bytes are compared; surrogates are what
    aiohttp makes of bytes that are no UTF-8.
    """
    if not given:
        return False
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def secret_bytes(secret: SecretStr, what: str) -> bytes:
    """The secret to sign with. An empty one disables the channel: raises Unauthentic."""
    value = secret.get_secret_value()
    if not value:
        raise Unauthentic(
            f"{what} is empty, so nothing can be verified; set it to open the channel"
        )
    return value.encode()
