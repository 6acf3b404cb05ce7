"""A template's file read and judged: all that is wrong with it is told, each fault at its line.

A file is `<locale>/<name>.md`: a front matter in YAML (purpose, owner, version, variables,
approved), the words, and below a line `=== sms` the words of that channel. `=== email_subject` and
`=== email_html` are parts of `email`. Our own front matters are JSON, which is YAML as well: read
as such, three hundred of them cost milliseconds of a start and not seconds.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from templates.errors import Slip
from templates.grammar import faults, spoken_of
from templates.locales import exists
from templates.markup import html_faults, plain_faults
from templates.model import (
    ANY_CHANNEL,
    HTML_SUFFIX,
    SUBJECT_SUFFIX,
    Front,
    Wording,
)
from templates.values import Setting, ValueType, worded

BUILT_IN = ("hello", "festive")  # what every template may say unasked: hour's and day's greeting
MAX_FILE = 64_000  # bytes
MAX_TEMPLATE = 8_000  # characters

_FILE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.*)", re.DOTALL)
_VARIANT = re.compile(r"^=== *([a-z][a-z_]*) *\n", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Words of the grammar; a value of such a name could not be spoken of.
_TAKEN = frozenset((
    "and", "or", "not", "in", "is", "if", "else", "elif", "endif", "true", "false", "none",
    "loop", "self", "caller",
))  # fmt: skip


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A file taken apart, not judged yet."""

    file: Path
    wording: Wording
    body: str
    first_line: int  # of the body


def read(file: Path, found: list[Slip]) -> Page | None:
    """One file; why it cannot be read goes to `found`."""
    text = _text(file, found)
    if text is None:
        return None
    parts = _FILE.fullmatch(text)
    if not parts:
        what = "has no front matter; begin with a line --- and end it with another"
        found.append(Slip(str(file), 1, what))
        return None
    front = _front(file, parts["front"], found)
    if front is None:
        return None
    wording = Wording(
        locale=file.parent.name,
        purpose=front.purpose,
        owner=front.owner,
        version=front.version,
        variables=tuple(
            msgspec.structs.replace(variable, name=name)
            for name, variable in front.variables.items()
        ),
        variants=_variants(parts["body"]),
        approved=front.approved,
    )
    first_line = parts["front"].count("\n") + 3
    return Page(file=file, wording=wording, body=parts["body"], first_line=first_line)


def judge(page: Page) -> Iterator[Slip]:
    """What is wrong with what a file says."""
    file, locale = str(page.file), page.wording.locale
    if not _NAME.fullmatch(page.file.stem):
        yield Slip(file, 0, "is no name; use small letters, digits and _")
    if not exists(locale):
        yield Slip(file, 0, f"lies in {locale}, which is no locale; name it as zh-CN or en")
        return
    for line, what in _faults(page.body, page.wording):
        yield Slip(file, page.first_line + line, what)


def _text(file: Path, found: list[Slip]) -> str | None:
    with file.open("rb") as opened:
        raw = opened.read(MAX_FILE + 1)
    if len(raw) > MAX_FILE:
        found.append(Slip(str(file), 0, f"is longer than {MAX_FILE} bytes; shorten it"))
        return None
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        found.append(Slip(str(file), 0, "is not UTF-8; save it as UTF-8"))
        return None


def _front(file: Path, text: str, found: list[Slip]) -> Front | None:
    try:
        return msgspec.convert(_data(text), Front)
    except (YAMLError, RecursionError, ValueError) as error:
        why = "is wrong" if isinstance(error, msgspec.ValidationError) else "cannot be read"
        what = f"the front matter {why}: {' '.join(str(error).split())}"
        found.append(Slip(str(file), 1, what))
    return None


def _data(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return YAML(typ="safe", pure=True).load(text)


def _variants(body: str) -> dict[str, str]:
    """The words by channel; what stands before the first `===` is for any other."""
    first, *rest = _VARIANT.split(body)
    variants = {ANY_CHANNEL: first.strip()}
    for channel, words in zip(rest[::2], rest[1::2], strict=True):
        variants[channel] = words.strip()
    return variants


def _faults(body: str, wording: Wording) -> Iterator[tuple[int, str]]:
    if not wording.variants[ANY_CHANNEL]:
        yield 1, "says nothing to any channel; write the words below the front matter"
    if wording.version < 1:
        yield 1, "has a version below 1; count from 1"
    kinds = {variable.name: variable.type for variable in wording.variables}
    sound = True
    for channel, words in wording.variants.items():
        start = body.count("\n", 0, max(0, body.find(words)))
        for line, what in _wrong(channel, words, kinds):
            sound = False
            yield start + line, what
    if sound:
        yield from ((1, what) for what in _values_faults(wording))


def _wrong(channel: str, words: str, kinds: Mapping[str, ValueType]) -> Iterator[tuple[int, str]]:
    """What is wrong with the words for one channel."""
    if len(words) > MAX_TEMPLATE:
        yield 1, f"the words for {channel or 'any channel'} are too long"
        return
    before = list(faults(words, (*kinds, *BUILT_IN)))
    yield from before
    if before:
        return
    if channel.endswith(HTML_SUFFIX):
        urls = frozenset(name for name, kind in kinds.items() if kind is ValueType.URL)
        yield from html_faults(words, urls)
    else:
        yield from plain_faults(words)
    if channel.endswith(SUBJECT_SUFFIX):
        several = [name for name in spoken_of(words) if kinds.get(name) is ValueType.TEXT]
        if "\n" in words or several:
            yield 1, "a subject is one line; leave out line breaks and values of type text"


def _values_faults(wording: Wording) -> Iterator[str]:
    names = {variable.name for variable in wording.variables}
    spoken = {name for words in wording.variants.values() for name in spoken_of(words)}
    spoken.update(*(each.values for each in wording.approved.values()))
    yield from (
        f"never speaks of its variable {name!r}; remove it" for name in sorted(names - spoken)
    )
    for variable in wording.variables:
        if not _NAME.fullmatch(variable.name) or variable.name in (*_TAKEN, *BUILT_IN):
            yield f"{variable.name!r} is no name for a variable; use small letters, digits and _"
        try:
            worded(variable.type, variable.example, Setting(locale=wording.locale))
        except ValueError as error:
            yield f"the example of {variable.name!r} {error}"
    certain = {variable.name for variable in wording.variables if variable.fallback != ""}
    for channel, each in wording.approved.items():
        # Meta refuses an empty parameter, so whatever is named must always have a value.
        yield from (
            f"approved for {channel}: {name!r} may be empty or is no variable; name another"
            for name in each.values
            if name not in certain
        )
