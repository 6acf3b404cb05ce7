"""Quick replies: words that people keep for themselves or the desk; how often words are used."""

from enum import StrEnum

import msgspec

from gateway.domain.clock import DAY_MS

THE_DESKS = ""  # the owner of what everybody has
USAGE_DAYS = 30  # that figures of usage are of


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
    """One row: how often people lately made something of it, and who did last."""

    desk: str
    kind: Source
    name: str  # of a template; the id of what people wrote
    days: str  # JSON: [day since 1970 in UTC, times] of the last USAGE_DAYS, the oldest first
    last_at: int
    last_by: str

    def times(self, now: int) -> int:
        """How often in the days until now, this one too."""
        return sum(times for _, times in _since(self.days, now))


def once_more(days: str, now: int) -> str:
    """The days with one time more today, without those that are past."""
    counted = dict(_since(days, now))
    today = now // DAY_MS
    counted[today] = counted.get(today, 0) + 1
    return msgspec.json.encode(sorted(counted.items())).decode()


def _since(days: str, now: int) -> list[tuple[int, int]]:
    known = msgspec.json.decode(days, type=list[tuple[int, int]])
    return [(day, times) for day, times in known if day > now // DAY_MS - USAGE_DAYS]
