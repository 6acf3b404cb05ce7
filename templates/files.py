"""A template's file read and judged: all that is wrong with it is told, each fault at its line.

Above the words stand purpose, owner, version, keywords, only, variables, approved; below a line
`=== sms` stand the words of that channel. `=== email_subject` and `=== email_html` are parts of
`email`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from templates.errors import Slip
from templates.frontmatter import place_faults, sheet_of
from templates.locales import exists
from templates.model import ANY_CHANNEL, Front, Wording
from templates.sound import IsChannel, base_of, of_no_adapter, part_faults, whole_faults

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
    sheet = sheet_of(file, Front, found)
    if sheet is None:
        return None
    front = sheet.front
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
        variants={each.channel: each.words for each in _sections(sheet.body)},
        approved=front.approved,
    )
    return Page(file=file, wording=wording, body=sheet.body, first_line=sheet.first_line)


def judge(page: Page, is_channel: IsChannel) -> Iterator[Slip]:
    """What is wrong with what a file says."""
    yield from place_faults(page.file)
    if not exists(page.wording.locale):
        return
    for line, what in _faults(page, is_channel):
        yield Slip(str(page.file), page.first_line + line, what)


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
