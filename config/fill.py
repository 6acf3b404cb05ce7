"""Puts environment variables in the place of `${NAME}`; `${NAME:-text}` has a default."""

import re
from collections.abc import Mapping
from typing import Any

from config.faults import Path
from config.source import Document

_REFERENCE = re.compile(
    r"\$(?:\$(?=\{)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<odd>\{[^}]*\}?))"
)


def fill(document: Document, env: Mapping[str, str]) -> None:
    """Fill in every reference of the document; `$${` stands for `${` itself."""
    document.data = {key: _filled(v, (key,), document, env) for key, v in document.data.items()}


def _filled(value: Any, path: Path, document: Document, env: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {k: _filled(v, (*path, k), document, env) for k, v in value.items()}
        case list():
            return [_filled(v, (*path, n), document, env) for n, v in enumerate(value)]
        case str() if "${" in value:
            document.filled.add(path)
            return _REFERENCE.sub(lambda found: _one(found, path, document, env), value)
    return value


def _one(found: re.Match[str], path: Path, document: Document, env: Mapping[str, str]) -> str:
    name, default = found["name"], found["default"]
    if found["odd"]:
        document.fault(path, f"{found[0]!r} names no variable", "write ${NAME}, or $${ for ${")
    elif name is None:
        return "$"
    elif name in env:
        return env[name]
    elif default is None:
        document.fault(
            path,
            f"the environment variable {name} is not set",
            f"set it, or write ${{{name}:-default}}",
        )
    return default or ""
