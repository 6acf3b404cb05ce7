"""Quick replies: words that people keep for themselves or the desk; how often words are used."""

from enum import StrEnum

import msgspec

THE_DESKS = ""  # the owner of what everybody has


class QuickReply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. `text` has the places of a template; who changed it last, and when, stands by it."""

    id: str
    desk: str
    owner: str  # login; THE_DESKS
    name: str
    shortcut: str  # "" = none
    text: str  # "" where a template speaks, or nothing is said
    template: str  # whose words are said; "" = its own
    actions: str  # JSON list of gateway.domain.macro.Action: what is done beside
    locale: str  # "" = any
    channels: str  # JSON list; none: all
    name_sounds: str  # pinyin, a blank between syllables; "" where nothing is Chinese
    text_sounds: str
    version: int
    by: str
    at: int


class Source(StrEnum):
    """What a reply can be made of."""

    TEMPLATE = "template"
    QUICK_REPLY = "quick_reply"


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: how often people made something of it, and who did last."""

    desk: str
    kind: Source
    name: str  # of a template; the id of what people wrote
    times: int
    last_at: int
    last_by: str
