"""What a check is given and what it finds: the context, the level, the finding, a rule's row."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
import re2

from gateway.domain.scripts import SIMPLIFIED


class Level(StrEnum):
    """How much a finding matters."""

    HINT = "hint"  # could be kinder
    WARN = "warn"  # ask before it is sent
    BLOCK = "block"  # must not be sent so


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend. `start` and `end` are characters of the text as it was given.

    Something that is missing has no place: both are 0.
    """

    rule: str
    level: Level
    start: int
    end: int
    message: str  # what to write instead, in the language of the check


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the conversation. A rule that needs what is unknown stays silent."""

    first_contact: bool = False
    complaint: bool = False
    late: bool = False
    customer_name: str = ""
    customer_language: str = ""
    attachments: int | list[Any] | None = None  # how many, or they themselves; None: unknown
    channel: str = ""
    audience: str = ""  # customer, public or internal

    @property
    def has_no_attachment(self) -> bool:
        """Whether it is known that nothing is attached."""
        return self.attachments is not None and not self.attachments


class Pattern:
    """What RE2 finds, compiled when it is first looked for: a node at rest holds none of it.

    Texts come to it in simplified characters, so it is read as if it were written in them.
    """

    __slots__ = ("_made", "_written")

    def __init__(self, written: str) -> None:
        self._written = written
        self._made: Any = None

    def search(self, text: str | bytes) -> Any:
        """The first match, or None."""
        return self._compiled().search(text)

    def finditer(self, text: str | bytes) -> Any:
        """All matches."""
        return self._compiled().finditer(text)

    def _compiled(self) -> Any:
        if self._made is None:
            self._made = re2.compile(self._written.translate(SIMPLIFIED))
        return self._made


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a locale's table: words that must not be said, and when they are harmless.

    The patterns are read by RE2, which takes time linear in the text whatever is written. They
    see it in small letters, in half width, without invisible characters and without what stands
    between letters to hide a word.
    """

    name: str
    level: Level
    said: Pattern
    excused: Pattern  # what it touches is harmless
    message: str
    is_raw: bool = False  # sees capitals, and what stands between letters


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a locale's table: words one of which must be said."""

    name: str
    level: Level
    said: Pattern
    message: str


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """All tables of a locale."""

    forbidden: tuple[Rule, ...]
    attachment: Rule  # only where nothing is attached
    reported: Pattern  # what others said, but for its group `own`
    needed: dict[str, Needed]
    addressed: Pattern  # its group 1 is whom the text addresses
    nobody: frozenset[str]  # what one says in place of a name
    personal: dict[str, str]  # messages, by the kind of personal data
    wrong_name: str
    other_language: str


class Strictness(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk makes of the findings. What is not named matters as the check says; None: off."""

    levels: Mapping[str, Level | None] = {}  # by rule
    channels: Mapping[str, Mapping[str, Level | None]] = {}  # by channel and rule
    words: Mapping[str, Rule] = {}  # by language: what this desk does not say

    def level(self, finding: Finding, channel: str) -> Level | None:
        """How much a finding matters on a channel: its own word goes first."""
        named = self.channels.get(channel, {})
        if finding.rule in named:
            return named[finding.rule]
        return self.levels.get(finding.rule, finding.level)


NEVER = r"[^\s\S]"


def any_of(*words: str) -> Pattern:
    """A pattern that finds any of these; none finds nothing."""
    return Pattern("|".join(f"(?:{word})" for word in words) or NEVER)


def rule(
    name: str, level: Level, message: str, said: tuple[str, ...], but: tuple[str, ...] = ()
) -> Rule:
    """A row; `but` are the phrases in which the words are harmless."""
    return Rule(name=name, level=level, said=any_of(*said), excused=any_of(*but), message=message)


def needed(name: str, level: Level, message: str, *said: str) -> Needed:
    """A row of what must be said."""
    return Needed(name=name, level=level, said=any_of(*said), message=message)
