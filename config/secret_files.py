"""Secrets that are written as `file:PATH`."""

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from pydantic import SecretStr

from config.faults import Path
from config.fields import children, types_in
from config.source import Document

PREFIX = "file:"
MAX_SECRET_BYTES = 64 * 1024


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
