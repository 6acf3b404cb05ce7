"""What the demo makes up once and keeps in its data directory, readable by its owner alone."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
PASSWORD_BYTES = 12  # 16 characters

PASSWORDS_FILE = "demo-passwords.json"


def passwords(data: Path, logins: Iterable[str]) -> dict[str, str]:
    """A password for each log-in; those that are missing are made and kept."""
    path = data / PASSWORDS_FILE
    kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}
    wanted = list(logins)
    missing = [login for login in wanted if login not in kept]
    if missing:
        kept |= {login: secrets.token_urlsafe(PASSWORD_BYTES) for login in missing}
        _write(path, msgspec.json.format(msgspec.json.encode(kept), indent=2).decode() + "\n")
    return {login: kept[login] for login in wanted}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
