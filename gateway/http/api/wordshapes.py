"""The shapes of wordings: on their way in, in lists, and what is said of them before saving."""

from typing import Annotated, Literal

import msgspec

from gateway.http.api.paging import PageQuery
from gateway.http.api.templates import UsageView
from gateway.http.limits import Count
from gateway.pipeline.wordcheck import Remark, Shown
from gateway.stream.basis import At, Shape
from templates import Approved, Origin, ValueType, Variable, Wording
from templates.model import ANY_CHANNEL
from templates.saved import Fault

MAX_PARTS = 40
MAX_NOTE = 500
MAX_VARIABLES = 100
MAX_WORDS = 20_000  # beyond what a template may hold: it is told so, with the rest
Line = Annotated[str, msgspec.Meta(max_length=300)]
Channel = Annotated[str, msgspec.Meta(max_length=64)]
Words = Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that the words speak of. Without a fallback it is required."""

    name: Annotated[str, msgspec.Meta(max_length=64)]
    type: ValueType = ValueType.LINE
    example: Annotated[str, msgspec.Meta(max_length=4_000)]
    meaning: Line = ""
    fallback: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None


class WordingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template in a locale. `words` by channel: "" is any other; `email_subject`, `email_html`.

    What is empty is left out. `only`: the channels it is for, none is all.
    """

    purpose: Line
    owner: Line = ""
    keywords: Annotated[tuple[Line, ...], msgspec.Meta(max_length=MAX_PARTS)] = ()
    only: Annotated[tuple[Channel, ...], msgspec.Meta(max_length=MAX_PARTS)] = ()
    variables: Annotated[tuple[Place, ...], msgspec.Meta(max_length=MAX_VARIABLES)] = ()
    approved: Annotated[dict[Channel, Approved], msgspec.Meta(max_length=MAX_PARTS)] = {}
    words: Annotated[dict[Channel, Words], msgspec.Meta(max_length=MAX_PARTS)]


class WordingChange(WordingBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same, and which version was changed: where it is not the newest, nothing is.

    0: nobody has saved any. `anyway`: what courtesy would rather have otherwise is meant so.
    """

    version: Count
    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] = ""
    anyway: bool = False


class Back(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which version, 0 for the files; and which one is in force."""

    to: Count
    version: Count
    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] = ""


class WordingSaved(Shape, frozen=True, kw_only=True):
    """It is in force."""

    version: int
    at: At


class FaultView(Shape, frozen=True, kw_only=True):
    """Something wrong at a line of a part: of the words for a channel, or of the `front`."""

    part: str
    line: int
    text: str


class RemarkView(Shape, frozen=True, kw_only=True):
    """What courtesy says of a part. Line 0: it lacks something."""

    part: str
    line: int
    rule: str
    level: Literal["hint", "warn", "block"]
    text: str  # what to write instead, in the language of the words


class ShownView(Shape, frozen=True, kw_only=True):
    """What a customer would read on a channel. `segments`: so many SMS carry it; 0 elsewhere.

    `too_long`: why the channel could not carry it, "" where it can.
    """

    channel: str
    text: str
    subject: str
    html: str
    segments: int
    too_long: str


class WordingCheck(Shape, frozen=True, kw_only=True):
    """All that is to be said of words; where there are faults, they are not shown."""

    faults: tuple[FaultView, ...]
    remarks: tuple[RemarkView, ...]
    shown: tuple[ShownView, ...]


class LocaleView(Shape, frozen=True, kw_only=True):
    """A template in one locale. origin: shipped | folder | console

    `version` counts how often it was saved; 0 is never. `file_changed`: the files have been changed
    since, and what was saved is in force all the same.
    """

    locale: str
    channels: tuple[str, ...]
    origin: str
    version: int
    changed_by: str
    changed_at: At | None
    file_changed: bool


class TemplateRow(Shape, frozen=True, kw_only=True):
    """A template in all its locales. `sounds`: the pinyin of its purpose, "" for what has none."""

    name: str
    purpose: str
    owner: str
    keywords: tuple[str, ...]
    sounds: str
    locales: tuple[LocaleView, ...]
    used: UsageView | None


class TemplateRows(Shape, frozen=True, kw_only=True):
    """A page of them, by name."""

    items: tuple[TemplateRow, ...]
    next: str | None


class RowsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In whose language purposes are told, and from where on."""

    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""


class PlaceView(Shape, frozen=True, kw_only=True):
    """A value that the words speak of. Without a fallback it is required."""

    name: str
    type: str
    example: str
    meaning: str
    fallback: str | None


class WordingView(LocaleView, frozen=True, kw_only=True):
    """What it says, by channel: "" is any other. Without origin nothing is said any more."""

    name: str
    purpose: str
    owner: str
    keywords: tuple[str, ...]
    only: tuple[str, ...]
    variables: tuple[PlaceView, ...]
    approved: dict[str, Approved]
    words: dict[str, str]
    note: str


class VersionRow(Shape, frozen=True, kw_only=True):
    """A version. `files`: it went back to what the files say."""

    version: int
    by: str
    at: At
    note: str
    files: bool


class VersionRows(Shape, frozen=True, kw_only=True):
    """Versions, the newest first."""

    items: tuple[VersionRow, ...]
    next: int | None


def wording_from(asked: WordingBody, locale: str) -> Wording:
    """As it is judged and kept: line ends as in a file, nothing around the words."""
    words = {part: _plain(said) for part, said in asked.words.items()}
    first = {ANY_CHANNEL: words.pop(ANY_CHANNEL, "")}
    return Wording(
        locale=locale,
        purpose=asked.purpose.strip(),
        owner=asked.owner.strip(),
        keywords=tuple(each.strip() for each in asked.keywords if each.strip()),
        only=asked.only,
        variables=tuple(Variable(**msgspec.structs.asdict(each)) for each in asked.variables),
        variants=first | {part: said for part, said in sorted(words.items()) if said},
        approved=asked.approved,
        origin=Origin.CONSOLE,
    )


def _plain(words: str) -> str:
    return words.replace("\r\n", "\n").strip()


def fault_views(faults: list[Fault]) -> tuple[FaultView, ...]:
    """As the editor shows them, beside their lines."""
    return tuple(FaultView(part=f.part, line=f.line, text=f.what) for f in faults)


def remark_view(remark: Remark) -> RemarkView:
    """As the editor shows it."""
    finding = remark.finding
    return RemarkView(
        part=remark.part,
        line=remark.line,
        rule=finding.rule,
        level=finding.level.value,
        text=finding.message,
    )


def shown_view(shown: Shown) -> ShownView:
    """As the preview shows it."""
    return ShownView(**shown._asdict())
