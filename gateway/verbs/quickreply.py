"""Commands about quick replies: write one, change it, take it away."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.outcome import Refusal
from gateway.domain.quickreply import THE_DESKS, QuickReply, Source
from gateway.verbs import usage
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import changed_meanwhile, not_found

MOST = 500  # quick replies of one owner

NOT_YOURS = Refusal(
    code="forbidden",
    detail="What the whole desk says is changed by its supervisors.",
    what_to_do="Write one of your own, or ask a supervisor.",
    status=403,
)
TOO_MANY = Refusal(
    code="too_many_quick_replies",
    detail=f"There are {MOST} of them already.",
    what_to_do="Delete one that nobody uses.",
    status=409,
)


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A quick reply as somebody wants it."""

    owner: str
    name: str
    shortcut: str
    text: str
    template: str
    actions: str
    locale: str
    channels: str
    name_sounds: str
    text_sounds: str


class Author(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who writes: their own words, and the desk's if they may."""

    name: str
    login: str
    shares: bool

    def sees(self, owner: str) -> bool:
        """Whether words of this owner are there for them."""
        return owner in (THE_DESKS, self.login)

    def may_change(self, owner: str) -> bool:
        """Whether they may change them."""
        return self.shares if owner == THE_DESKS else owner == self.login


class SaveQuickReply(msgspec.Struct, kw_only=True):
    """Write a quick reply, or change the version of it that the author had before them."""

    failpoint: ClassVar[str] = "write"

    desk: str
    author: Author
    draft: Draft
    id: str = ""  # "": a new one
    version: int = 0

    def reads(self, view: View) -> Iterable[Lookup]:
        """It, and the others of its owner."""
        yield by_index(QuickReply, "owner", self.desk, self.draft.owner)
        if self.id:
            yield by_key(QuickReply, self.id)

    def decide(self, change: Change) -> QuickReply | Refusal:
        """The quick reply as it stands now."""
        before = change.get(QuickReply, self.id) if self.id else None
        others = [
            each
            for each in change.by(QuickReply, "owner", self.desk, self.draft.owner)
            if each.id != self.id
        ]
        refusal = self._refusal(before, others)
        if refusal is not None:
            return refusal
        kept = change.put(
            QuickReply(
                id=self.id or change.new_id(),
                desk=self.desk,
                **msgspec.structs.asdict(self.draft),
                version=self.version + 1,
                by=self.author.name,
                at=change.now,
            )
        )
        what = "quick_reply.change" if self.id else "quick_reply.add"
        change.audit(self.author.name, what, kept.id, f"{kept.name} version {kept.version}")
        return kept

    def _refusal(self, before: QuickReply | None, others: list[QuickReply]) -> Refusal | None:
        if self.id and (before is None or not _is_there(before, self.desk, self.author)):
            return not_found("quick reply", self.id)
        owners = {self.draft.owner} | ({before.owner} if before is not None else set())
        if not all(map(self.author.may_change, owners)):
            return NOT_YOURS
        if before is not None and before.version != self.version:
            return changed_meanwhile(before.version, before.by)
        if len(others) >= MOST:
            return TOO_MANY
        for other in others:
            if self.draft.shortcut and other.shortcut == self.draft.shortcut:
                return shortcut_taken(self.draft.shortcut, other.name)
        return None


class RemoveQuickReply(msgspec.Struct, kw_only=True):
    """Take a quick reply away, and its figures with it."""

    failpoint: ClassVar[str] = "write"

    desk: str
    author: Author
    id: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """It, and how often it was used."""
        yield by_key(QuickReply, self.id)
        yield usage.lookup(self.desk, self._used())

    def decide(self, change: Change) -> str | Refusal:
        """Its id."""
        found = change.get(QuickReply, self.id)
        if found is None or not _is_there(found, self.desk, self.author):
            return not_found("quick reply", self.id)
        if not self.author.may_change(found.owner):
            return NOT_YOURS
        change.delete(found)
        usage.forget(change, self.desk, self._used())
        change.audit(self.author.name, "quick_reply.remove", found.id, found.name)
        return found.id

    def _used(self) -> usage.Named:
        return usage.Named(kind=Source.QUICK_REPLY, name=self.id)


def _is_there(found: QuickReply, desk: str, author: Author) -> bool:
    return found.desk == desk and author.sees(found.owner)


def shortcut_taken(shortcut: str, name: str) -> Refusal:
    """A shortcut leads to one thing."""
    return Refusal(
        code="shortcut_taken",
        detail=f"{shortcut} is the shortcut of {name}.",
        what_to_do="Choose another.",
        status=409,
        extra={"name": name},
    )
