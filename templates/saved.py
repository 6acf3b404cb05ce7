"""Words that a person saves in the console: judged as a file's are, and told as a file again."""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from templates.files import MEANT, SECTION
from templates.frontmatter import MAX_FILE
from templates.markup import UNSEEN
from templates.model import ANY_CHANNEL, Front, Wording
from templates.sound import (
    NAME,
    IsChannel,
    base_of,
    of_no_adapter,
    part_faults,
    whole_faults,
)

FRONT = "front"
"""The part of a template that is not said: purpose, variables and what else stands above."""

_BREAK = re.compile(r"[\n\u2028\u2029]")


class Fault(NamedTuple):
    """Something wrong at a line of a part, with the cure: of the words for a channel, or FRONT."""

    part: str
    line: int
    what: str


def faults_of(name: str, wording: Wording, is_channel: IsChannel) -> list[Fault]:
    """All that is wrong with words before they are saved."""
    return [*_front_faults(name, wording, is_channel), *_words_faults(wording, is_channel)]


def _front_faults(name: str, wording: Wording, is_channel: IsChannel) -> Iterator[Fault]:
    if not NAME.fullmatch(name):
        yield Fault(FRONT, 1, "is no name; use small letters, digits and _")
    if not wording.purpose.strip():
        yield Fault(FRONT, 1, "does not say what it is for; write its purpose")
    for channel in wording.only:
        if not is_channel(channel):
            yield Fault(FRONT, 1, of_no_adapter("is only for", channel))
    names = [variable.name for variable in wording.variables]
    for twice in sorted({each for each in names if names.count(each) > 1}):
        yield Fault(FRONT, 1, f"has the variable {twice!r} twice; keep one")
    for what, text in _told(wording):
        if UNSEEN.search(text) or _BREAK.search(text):
            yield Fault(FRONT, 1, f"{what} must be one line without invisible characters")
    if len(file_of(wording).encode()) > MAX_FILE:
        yield Fault(FRONT, 1, f"is longer than {MAX_FILE} bytes; shorten it")


def _told(wording: Wording) -> Iterator[tuple[str, str]]:
    """What people are told of a template, one line each."""
    yield "the purpose", wording.purpose
    yield "the owner", wording.owner
    yield from (("a keyword", each) for each in wording.keywords)
    yield from ((f"the meaning of {v.name!r}", v.meaning) for v in wording.variables)


def _words_faults(wording: Wording, is_channel: IsChannel) -> Iterator[Fault]:
    if not wording.variants.get(ANY_CHANNEL):
        yield Fault(ANY_CHANNEL, 1, "says nothing to any channel; write the words")
    kinds = {variable.name: variable.type for variable in wording.variables}
    sound = True
    for channel, words in wording.variants.items():
        found = list(part_faults(channel, words, kinds))
        if channel and not (SECTION.fullmatch(f"=== {channel}") and is_channel(base_of(channel))):
            found.append((1, of_no_adapter("has words for", base_of(channel))))
        for meant in MEANT.finditer(words):
            line = words.count("\n", 0, meant.start()) + 1
            found.append(
                (line, "would begin the words for a channel in a file; write it otherwise")
            )
        sound = sound and not found
        yield from (Fault(channel, line, what) for line, what in found)
    if sound:
        yield from (Fault(FRONT, 1, what) for what in whole_faults(wording))


def mark_of(wording: Wording | None) -> str:
    """By what the same words are known again, wherever they lie; their version does not count."""
    if wording is None:
        return ""
    said = msgspec.json.encode((_front_of(wording, version=1), sorted(wording.variants.items())))
    return hashlib.sha256(said).hexdigest()


def file_of(wording: Wording) -> str:
    """The words as a file of the folder `words`."""
    front = msgspec.json.format(msgspec.json.encode(_front_of(wording, wording.version)), indent=2)
    parts = [wording.variants.get(ANY_CHANNEL, "")]
    parts += [f"=== {part}\n{said}" for part, said in wording.variants.items() if part]
    return f"---\n{front.decode()}\n---\n" + "\n\n".join(parts) + "\n"


def _front_of(wording: Wording, version: int) -> Front:
    return Front(
        purpose=wording.purpose,
        owner=wording.owner,
        version=version,
        keywords=wording.keywords,
        only=wording.only,
        variables={v.name: msgspec.structs.replace(v, name="") for v in wording.variables},
        approved=dict(wording.approved),
    )
