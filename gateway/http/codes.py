"""The second factor: six digits of a device (RFC 6238), or one of ten codes kept on paper.

The device's secret must be read again, so it is kept sealed (AES-256-GCM) with a key derived from
the master key, for its own person alone. Of the codes on paper only a keyed hash is kept.
"""

import base64
import hashlib
import hmac
import os
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import pyotp
from pydantic import SecretStr

from gateway.domain.access import User
from gateway.http.errors import Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

STEP_S = 30
WINDOW = 1  # steps before and after: clocks of telephones differ
SEED_LENGTH = 32  # 160 bits in base 32, as RFC 4226 recommends
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10  # 50 bits each: five tries in a quarter of an hour find none
PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
NONCE_BYTES = 12


class Seal:
    """Keeps what must be read again. Each text is bound to what it is about."""

    def __init__(self, key: SecretStr) -> None:
        self._key = hashlib.sha256(key.get_secret_value().encode()).digest()

    @cached_property
    def _cipher(self) -> "AESGCM":
        # Takes 20 ms and 7 MB; where nobody has a second factor it is never needed.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)

    def close(self, text: str, about: str) -> str:
        """In base64: nonce and ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> str:
        """What was closed. Raises Problem when another master key closed it."""
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()
            ).decode()
        except (ValueError, InvalidTag) as error:
            raise Problem("totp_unreadable") from error

    def mark(self, code: str) -> str:
        """By what a code is known again. Without the key nobody can try codes against it."""
        return hmac.new(self._key, plain(code).encode(), hashlib.sha256).hexdigest()


def new_seed() -> str:
    """A secret for a device."""
    return pyotp.random_base32(SEED_LENGTH)


def address_of(seed: str, login: str, desk: str) -> str:
    """What a device reads from the picture."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name=desk or "Parley")


def step_of(seed: str, code: str, now_ms: int, after: int = 0) -> int:
    """The step of a right code that is later than the last one used; 0 for any other."""
    totp = pyotp.TOTP(seed)
    current = now_ms // 1_000 // STEP_S
    for step in range(current - WINDOW, current + WINDOW + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), plain(code)):
            return step
    return 0


def plain(code: str) -> str:
    """A code as it was meant: people put spaces and hyphens into it."""
    return "".join(code.split()).replace("-", "").lower()


def new_recovery() -> tuple[str, ...]:
    """Codes for the day on which the device is lost."""
    letters = range(RECOVERY_LENGTH)
    return tuple("".join(secrets.choice(PLAIN) for _ in letters) for _ in range(RECOVERY_CODES))


def kept(codes: tuple[str, ...], seal: Seal) -> str:
    """What is kept of them."""
    return msgspec.json.encode([seal.mark(code) for code in codes]).decode()


def recovery_of(user: User, code: str, seal: Seal) -> str:
    """The hash of a recovery code that is still good; "" for any other."""
    found = seal.mark(code)
    return found if found in left(user) else ""


def left(user: User) -> list[str]:
    """The hashes of the codes that were not used yet."""
    return msgspec.json.decode(user.recovery or "[]", type=list[str])
