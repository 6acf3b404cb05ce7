"""What a template is: its variables, its wordings by locale, its words by channel."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from templates.locales import nearest
from templates.values import ValueType

ANY_CHANNEL = ""
HTML_SUFFIX = "_html"
"""`email_html` is the HTML part of `email`; the values in it are escaped."""
SUBJECT_SUFFIX = "_subject"
"""`email_subject` is the line that says what an `email` is about."""


class Variable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One value of a template. Without a fallback it is required."""

    name: str = ""
    type: ValueType = ValueType.LINE
    example: str | int
    meaning: str = ""
    fallback: str | None = None

    @property
    def required(self) -> bool:
        """Whether the template is refused without it."""
        return self.fallback is None


class Approved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template that a provider has approved: its name there, and our values in its order."""

    name: str
    language: str  # as the provider writes it: zh_CN
    values: tuple[str, ...] = ()  # names of variables; in what `approved` gives, the values


class Front(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What stands above the words in a file."""

    purpose: str
    owner: str = ""  # who looks after the words
    version: int = 1  # counted up by whoever changes them
    keywords: tuple[str, ...] = ()  # by which one looks for it, beside its name and purpose
    only: tuple[str, ...] = ()  # the channels it is for; none: all
    variables: dict[str, Variable] = {}
    approved: dict[str, Approved] = {}  # by channel


class Origin(StrEnum):
    """Where words come from; of each the later one rules."""

    SHIPPED = "shipped"  # our own catalogue
    FOLDER = "folder"  # the folder `words` of the configuration
    CONSOLE = "console"  # saved by a person, in the store


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A template in one locale. `variants` has the words by channel, `""` those for any other."""

    locale: str
    purpose: str
    owner: str = ""
    version: int = 1
    keywords: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    variables: tuple[Variable, ...]
    variants: Mapping[str, str]
    approved: Mapping[str, Approved] = {}
    origin: Origin = Origin.SHIPPED

    @property
    def channels(self) -> tuple[str, ...]:
        """Those with words of their own, by name; HTML and subjects are parts of theirs."""
        parts = {
            name.removesuffix(HTML_SUFFIX).removesuffix(SUBJECT_SUFFIX) for name in self.variants
        }
        return tuple(sorted(parts - {ANY_CHANNEL}))

    def fits(self, channel: str) -> bool:
        """Whether it may be offered on a channel; "" is any."""
        return not (self.only and channel) or channel in self.only


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template in all its locales."""

    name: str
    wordings: Mapping[str, Wording]

    @property
    def locales(self) -> tuple[str, ...]:
        """Where it has been worded."""
        return tuple(self.wordings)

    @property
    def variables(self) -> tuple[str, ...]:
        """What it speaks of in any of its locales."""
        spoken = (v.name for wording in self.wordings.values() for v in wording.variables)
        return tuple(dict.fromkeys(spoken))

    @property
    def keywords(self) -> tuple[str, ...]:
        """What one may look for: its purposes and keywords, in all its locales."""
        told = (word for each in self.wordings.values() for word in (each.purpose, *each.keywords))
        return tuple(dict.fromkeys(told))

    def wording(self, locale: str) -> Wording:
        """The words for a reader of this locale: nearest first, English before none."""
        own = self.wordings.get(locale)
        return own if own is not None else self.wordings[nearest(locale, self.wordings)]
