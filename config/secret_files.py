"""Secrets in files: those written as `file:PATH`, and one that a node makes and keeps."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from pydantic import SecretStr

from config.faults import Path
from config.fields import children, types_in
from config.source import Document

PREFIX = "file:"
MAX_SECRET_BYTES = 64 * 1024
KEPT_BYTES = 32
OWNER_ONLY = 0o600


def read_secret_files(
    annotation: Any, data: Any, document: Document, path: Path, folder: FilePath
) -> None:
    """Put the content of the file in the place of every secret written as `file:PATH`."""
    for type_here in types_in(annotation):
        for key, inner in children(type_here, data):
            value = data[key]
            place = (*path, key)
            if isinstance(value, dict | list):
                read_secret_files(inner, value, document, place, folder)
            elif isinstance(value, str) and value.startswith(PREFIX) and _secret(inner):
                data[key] = secret_in(
                    folder / value.removeprefix(PREFIX).strip(),
                    lambda what, cure, place=place: document.fault(place, what, cure),  # type: ignore[misc]
                )
                document.filled.add(place)


def _secret(annotation: Any) -> bool:
    return SecretStr in types_in(annotation)


def secret_in(file: FilePath, fault: Callable[[str, str], None]) -> str:
    """The secret in a file, without the end of the line; "" when it cannot be read."""
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_SECRET_BYTES).decode("utf-8").strip()
    except OSError as error:
        fault(f"the file {file} cannot be read: {error.strerror}", "put the secret there")
        return ""
    except UnicodeDecodeError:
        fault(f"the file {file} is no text", "put the secret there, as text")
        return ""
    if not text:
        fault(f"the file {file} is empty", "put the secret there")
    return text


def kept_secret(file: FilePath) -> SecretStr:
    """The secret in a file that only its owner reads; made, whole or not at all, when missing."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w"
        ) as new:
            new.write(f"{secrets.token_hex(KEPT_BYTES)}\n")
            new.flush()
            os.fsync(new.fileno())
        fresh.replace(file)
    return SecretStr(file.read_text("utf-8").strip())
