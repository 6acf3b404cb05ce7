"""A template's file read and judged: all that is wrong with it is told, each fault at its line.

A file is `<locale>/<name>.md`: a front matter in YAML (purpose, owner, version, keywords, only,
variables, approved), the words, and below a line `=== sms` the words of that channel.
`=== email_subject` and `=== email_html` are parts of `email`. Our own front matters are JSON, which
is YAML as well: read as such, three hundred of them cost milliseconds of a start and not seconds.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from templates.errors import Slip
from templates.locales import canonical, exists
from templates.model import ANY_CHANNEL, Front, Wording
from templates.sound import NAME, IsChannel, base_of, of_no_adapter, part_faults, whole_faults

MAX_FILE = 64_000  # bytes
PAGE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.*)", re.DOTALL)
SECTION = re.compile(r"^=== *([a-z][a-z_]*) *$", re.MULTILINE)
# Whoever wrote such a line meant a section; a line of signs alone underlines.
MEANT = re.compile(r"^[ \t]*(?:===[ \t]*|={3,}[ \t]*[^\s=].*)$", re.MULTILINE)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A file taken apart, not judged yet."""

    file: Path
    wording: Wording
    body: str
    first_line: int  # of the body


class _Section(NamedTuple):
    """The words for one channel."""

    channel: str
    line: int  # of the body, at which it begins
    words: str
    before: int  # lines of the body before the words


def read(file: Path, found: list[Slip]) -> Page | None:
    """One file; why it cannot be read goes to `found`."""
    text = text_of(file, found)
    if text is None:
        return None
    parts = PAGE.fullmatch(text)
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
        keywords=front.keywords,
        only=front.only,
        variables=tuple(
            msgspec.structs.replace(variable, name=name)
            for name, variable in front.variables.items()
        ),
        variants={each.channel: each.words for each in _sections(parts["body"])},
        approved=front.approved,
    )
    first_line = parts["front"].count("\n") + 3
    return Page(file=file, wording=wording, body=parts["body"], first_line=first_line)


def judge(page: Page, is_channel: IsChannel) -> Iterator[Slip]:
    """What is wrong with what a file says."""
    file, locale = str(page.file), page.wording.locale
    if not NAME.fullmatch(page.file.stem):
        yield Slip(file, 0, "is no name; use small letters, digits and _")
    if not exists(locale):
        yield Slip(file, 0, f"lies in {locale}, which is no locale; name it as zh-CN or en")
        return
    if locale != canonical(locale):
        yield Slip(file, 0, f"lies in {locale}; name the folder {canonical(locale)}")
    for line, what in _faults(page, is_channel):
        yield Slip(file, page.first_line + line, what)


def unreadable(path: Path, error: OSError) -> Slip:
    """What lies there, and cannot be read."""
    what = f"cannot be read: {error.strerror}; let Parley read it, or move it away"
    return Slip(str(path), 0, what)


def text_of(file: Path, found: list[Slip]) -> str | None:
    """What a file says; why it cannot be read goes to `found`."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_FILE + 1)
    except OSError as error:
        found.append(unreadable(file, error))
        return None
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
        return msgspec.convert(data_of(text), Front)
    except (YAMLError, RecursionError, ValueError) as error:
        why = "is wrong" if isinstance(error, msgspec.ValidationError) else "cannot be read"
        what = f"the front matter {why}: {' '.join(str(error).split())}"
        found.append(Slip(str(file), 1, what))
    return None


def data_of(text: str) -> Any:
    """A front matter as data. Raises YAMLError, RecursionError or ValueError."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return YAML(typ="safe", pure=True).load(text)


def _sections(body: str) -> Iterator[_Section]:
    """The words by channel; what stands before the first `===` is for any other."""
    channel, line, start = ANY_CHANNEL, 1, 0
    for found in SECTION.finditer(body):
        yield _section(channel, line, body, start, found.start())
        channel, line = found[1], body.count("\n", 0, found.start()) + 1
        start = found.end()
    yield _section(channel, line, body, start, len(body))


def _section(channel: str, line: int, body: str, start: int, end: int) -> _Section:
    words = body[start:end].lstrip()
    return _Section(channel, line, words.rstrip(), body.count("\n", 0, end - len(words)))


def _faults(page: Page, is_channel: IsChannel) -> Iterator[tuple[int, str]]:
    wording = page.wording
    if not wording.variants[ANY_CHANNEL]:
        yield 1, "says nothing to any channel; write the words below the front matter"
    if wording.version < 1:
        yield 1, "has a version below 1; count from 1"
    for channel in wording.only:
        if not is_channel(channel):
            yield 1, of_no_adapter("is only for", channel)
    yield from _section_faults(page.body, is_channel)
    kinds = {variable.name: variable.type for variable in wording.variables}
    sound = True
    for section in _sections(page.body):
        for line, what in part_faults(section.channel, section.words, kinds):
            sound = False
            yield section.before + line, what
    if sound:
        yield from ((1, what) for what in whole_faults(wording))


def _section_faults(body: str, is_channel: IsChannel) -> Iterator[tuple[int, str]]:
    """Lines that were meant to begin a section and do not, or that begin one in vain."""
    for found in MEANT.finditer(body):
        if not SECTION.fullmatch(found[0]):
            what = "is no section line; write it as === sms, from the first column on"
            yield body.count("\n", 0, found.start()) + 1, what
    seen: set[str] = set()
    _, *rest = _sections(body)
    for channel, line, words, _ in rest:
        if channel in seen:
            yield line, f"has the section {channel} twice; keep one"
            continue
        seen.add(channel)
        if not words:
            yield line, f"says nothing to {channel}; write its words below, or remove the line"
        if not is_channel(base_of(channel)):
            yield line, of_no_adapter("has words for", base_of(channel))
