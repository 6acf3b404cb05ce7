"""Requests as templates: JSON is built first and filled leaf by leaf, so no text breaks out of it.

Jinja2 sandboxed. A leaf that is one value alone (`"{{ written_at }}"`) keeps the value's type.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

# What a template may speak of; adapters/generic/README.md has the table for people.
NAMES = frozenset(
    (
        "recipient", "recipient_urn", "sender", "text", "id", "key", "conversation",
        "in_reply_to", "language", "automatic", "written_at", "files",
    )
)  # fmt: skip
FILE_NAMES = frozenset(("id",))  # what the address of a file may speak of
MAX_DEPTH = 20  # of a body that a person writes

Values = Mapping[str, Any]
Filled = Callable[[Values], Any]


def _one_segment(value: object) -> str:
    """Nothing in a value ends a segment or climbs out of one."""
    text = quote(str(value), safe="")
    return text.replace(".", "%2E") if not text.strip(".") else text


# Nothing here is HTML: msgspec escapes bodies, aiohttp forms, and the addresses are quoted.
_PLAIN = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
_URL = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_one_segment)
_ALONE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ORIGIN = re.compile(r"https?://[^\s/?#{}@\\]+")


class Unworded(ValueError):
    """A template cannot be filled for this message."""


def checked_text(text: str, names: frozenset[str] = NAMES) -> str:
    """A template that can be used. Raises ValueError, which never repeats it: it may be secret."""
    try:
        strange = meta.find_undeclared_variables(_PLAIN.parse(text)) - names
    except TemplateError:
        raise ValueError("is no template; look at its {{ }} and {% %}") from None
    if strange:
        known = ", ".join(sorted(names))
        raise ValueError(f"speaks of {', '.join(sorted(strange))}; there are: {known}")
    return text


def checked_url(text: str, names: frozenset[str] = NAMES) -> str:
    """An address: https://host/path, or /path below api_url; values only after the host."""
    rest = _ORIGIN.sub("", text, count=1) if _ORIGIN.match(text) else text
    if not (rest.startswith(("/", "?")) or (not rest and text)) or "#" in rest:
        raise ValueError("is no address; write https://host/path, and credentials into headers")
    return checked_text(text, names)


def checked_file_url(text: str) -> str:
    """The address of a file, if there is one: `{{ id }}` is what the provider calls the file."""
    return checked_url(text, FILE_NAMES) if text else text


def parsed_body(written: Any) -> Any:
    """A body written as JSON text, as what it means: its values stand inside quotes."""
    if not isinstance(written, str):
        return written
    try:
        return msgspec.json.decode(written)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError('is no JSON; put each value into quotes, as "{{ text }}"') from None


def checked_tree(node: Any) -> Any:
    """One part of a body: every text in it is a template that can be used."""
    for place, leaf in _leaves(node, "", 0):
        try:
            checked_text(leaf)
        except ValueError as error:
            raise ValueError(f"{place} {error}".strip()) from None
    return node


def _leaves(node: Any, place: str, depth: int) -> list[tuple[str, str]]:
    if depth > MAX_DEPTH:
        raise ValueError("is nested too deep; make it flatter")
    if isinstance(node, str):
        return [(place, node)]
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    if not isinstance(node, dict | list):
        return []
    return [found for key, each in inside for found in _leaves(each, f"{place}.{key}", depth + 1)]


def text_filler(text: str) -> Filled:
    """Fills one template. Raises Unworded."""
    if "{" not in text:
        return lambda _values: text
    alone = _ALONE.fullmatch(text)
    if alone:
        return lambda values: values[alone[1]]
    return _rendering(_PLAIN, text)


def tree_filler(node: Any) -> Filled:
    """Fills a body; what comes is encoded as a whole, so that no value ends a string."""
    if isinstance(node, str):
        return text_filler(node)
    if isinstance(node, dict):
        parts = {key: tree_filler(each) for key, each in node.items()}
        return lambda values: {key: fill(values) for key, fill in parts.items()}
    if isinstance(node, list):
        listed = [tree_filler(each) for each in node]
        return lambda values: [fill(values) for fill in listed]
    return lambda _values: node


def header_filler(text: str) -> Filled:
    """Fills a header; a line break in a value would begin another header."""
    fill = text_filler(text)
    return lambda values: _CONTROL.sub(" ", str(fill(values)))


def url_filler(text: str) -> tuple[str, Filled]:
    """The origin ("" when there is none) and what fills the rest; each value is one segment."""
    found = _ORIGIN.match(text)
    origin = found.group() if found else ""
    rest = text[len(origin) :] or "/"
    return origin, _rendering(_URL, rest if rest.startswith("/") else f"/{rest}")


def _rendering(environment: ImmutableSandboxedEnvironment, text: str) -> Filled:
    template = environment.from_string(text)

    def render(values: Values) -> str:
        try:
            return template.render(values)
        except Exception as error:  # a template may divide by nothing; nothing was sent yet
            raise Unworded("a template of outbound cannot be filled for this message") from error

    return render
