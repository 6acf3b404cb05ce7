"""Addresses of files for providers that fetch what we send: signed, and good for a while only."""

import hashlib
import hmac
from pathlib import PurePosixPath
from urllib.parse import quote

from pydantic import SecretStr

PATH = "/media"
SUFFIX_CHARACTERS = 10


class Links:
    """Makes such addresses and knows its own. The key is derived from the master key."""

    def __init__(self, key: SecretStr, good_for_ms: int) -> None:
        self._key = key.get_secret_value().encode()
        self._good_for_ms = good_for_ms

    def url(self, public_url: str, sha256: str, filename: str, since: int) -> str:
        """Where this file is for so long since an instant (ms): the same for every try."""
        base = public_url.rstrip("/") + PATH
        until = since + self._good_for_ms
        return f"{base}/{until}/{self._mac(sha256, until)}/{sha256}{_suffix(filename)}"

    def opens(self, until: str, mac: str, name: str, now: int) -> str | None:
        """The SHA-256 of the file that an address of ours leads to; None for any other."""
        sha256 = name.partition(".")[0]
        if not self._key or not (until.isascii() and until.isdecimal() and len(until) < 20):
            return None
        expected = self._mac(sha256, int(until))
        if not hmac.compare_digest(mac.encode(errors="replace"), expected.encode()):
            return None
        return sha256 if now < int(until) else None

    def _mac(self, sha256: str, until: int) -> str:
        return hmac.new(self._key, f"{until}:{sha256}".encode(), hashlib.sha256).hexdigest()


def _suffix(filename: str) -> str:
    """`.jpg`: some providers believe a name before a header."""
    suffix = PurePosixPath(filename).suffix.lower()
    plain = suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= SUFFIX_CHARACTERS
    return quote(suffix) if plain else ""
