"""Count what is used: in the transaction of the reply that was made of it."""

import msgspec
from msgspec.structs import replace

from gateway.domain.quickreply import Source, Usage, once_more
from gateway.verbs.change import Change, Lookup, by_key


class Named(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a reply was made of."""

    kind: Source
    name: str


def lookup(desk: str, used: Named) -> Lookup:
    """How often it was used before."""
    return by_key(Usage, desk, used.kind, used.name)


def count(change: Change, desk: str, used: Named, by: str) -> None:
    """Once more, by somebody."""
    before = change.get(Usage, desk, used.kind, used.name)
    fresh = Usage(desk=desk, kind=used.kind, name=used.name, days="[]", last_at=0, last_by="")
    usage = before or fresh
    days = once_more(usage.days, change.now)
    change.put(replace(usage, days=days, last_at=change.now, last_by=by))


def forget(change: Change, desk: str, used: Named) -> None:
    """What is there no more was never used."""
    before = change.get(Usage, desk, used.kind, used.name)
    if before is not None:
        change.delete(before)
