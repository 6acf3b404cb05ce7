"""Ask routing for something, and write down what it decided."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.conversation import Conversation
from gateway.domain.desk import Rulebook
from gateway.domain.events import (
    AgentAsked,
    Body,
    Event,
    NodeLost,
    RulebookApplied,
    SendingChanged,
)
from gateway.domain.outcome import Refusal
from gateway.domain.promise import PromiseChanged
from gateway.domain.rows import Row
from gateway.verbs import promise, session
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import WORDS_CHANGED, rulebook_changed
from gateway.verbs.session import Handed

OWNER = "system"


class Ask(msgspec.Struct, kw_only=True):
    """An agent's wish, as a fact. What comes of it is the owner's decision, caused by it."""

    failpoint: ClassVar[str] = "write"

    body: AgentAsked
    actor: str
    conversation: str | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation it is about, if any."""
        if self.conversation is not None:
            yield by_key(Conversation, self.conversation)

    def decide(self, change: Change) -> Event:
        """The fact, with its position."""
        conversation = change.get(Conversation, self.conversation) if self.conversation else None
        return change.record(self.body, self.actor, conversation)


class TakeLease(msgspec.Struct, kw_only=True):
    """Become, or stay, the node that decides. Every new owner gets a new epoch."""

    failpoint: ClassVar[str] = "decide"

    node: str
    lease_ms: int

    def reads(self, view: View) -> Iterable[Lookup]:
        """Only the desk, which every transaction has."""
        return ()

    def decide(self, change: Change) -> int | None:
        """The epoch under which this node may decide; None while another holds the lease."""
        desk = change.desk
        if desk.owner == self.node and desk.lease_until > change.now:
            change.set_desk(lease_until=change.now + self.lease_ms)
            return desk.epoch
        if desk.owner is not None and desk.lease_until > change.now:
            return None
        change.set_desk(
            owner=self.node, epoch=desk.epoch + 1, lease_until=change.now + self.lease_ms
        )
        return desk.epoch + 1


class DropLease(msgspec.Struct, kw_only=True):
    """Let another node decide, at once."""

    failpoint: ClassVar[str] = "decide"

    node: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Only the desk."""
        return ()

    def decide(self, change: Change) -> None:
        """The lease ends now, if it is ours."""
        if change.desk.owner == self.node:
            change.set_desk(owner=None, lease_until=0)


class Decided(msgspec.Struct, kw_only=True):
    """One decision to append: its body, its conversation and the position of its cause."""

    body: Body
    conversation: str | None
    cause: int | None


class Decide(msgspec.Struct, kw_only=True):
    """Everything routing and the clocks made of the facts up to `applied`; fenced by the epoch."""

    failpoint: ClassVar[str] = "decide"

    epoch: int
    applied: int
    rows: list[Row]
    decisions: list[Decided]
    handed: list[Handed] = []
    keepers: frozenset[str] = frozenset()  # accounts whose providers know who has a conversation

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversations that decisions belong to, those that change hands, the promises."""
        seen = {d.conversation for d in self.decisions if d.conversation is not None}
        seen.update(each.conversation for each in self.handed)
        for conversation in seen:
            yield by_key(Conversation, conversation)
        for told in self.decisions:
            if isinstance(told.body, PromiseChanged):
                yield from promise.reads_told(view, told.body, told.conversation)

    def decide(self, change: Change) -> int | Refusal:
        """The head after it; refused when another owner has taken over."""
        if change.desk.epoch != self.epoch:
            return Refusal(code="fenced", detail=f"epoch is {change.desk.epoch}, not {self.epoch}")
        for row in self.rows:
            change.put(row)
        for item in self.decisions:
            if isinstance(item.body, PromiseChanged) and not promise.follow(
                change, item.body, item.conversation
            ):
                continue
            conversation = (
                change.get(Conversation, item.conversation) if item.conversation else None
            )
            change.record(item.body, OWNER, conversation, item.cause)
        for handed in self.handed:
            session.tell(change, handed, self.keepers)
        change.set_desk(applied=self.applied)
        return change.head


class ApplyRulebook(msgspec.Struct, kw_only=True):
    """Put a rulebook in force. `expected` guards against two people applying at once.

    `words`: how often words of templates had been saved when it was found sound.
    """

    failpoint: ClassVar[str] = "apply"

    content: str  # canonical JSON
    by: str
    expected: int | None = None
    words: int | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """Only the desk."""
        return ()

    def decide(self, change: Change) -> int | Refusal:
        """The new version."""
        version = change.desk.rulebook + 1
        if self.expected is not None and self.expected != change.desk.rulebook:
            return rulebook_changed(change.desk.rulebook, self.expected)
        if self.words is not None and self.words != change.desk.words:
            return WORDS_CHANGED
        change.put(
            Rulebook(
                desk=change.desk.id,
                version=version,
                content=self.content,
                by=self.by,
                at=change.now,
            )
        )
        change.set_desk(rulebook=version)
        change.audit(self.by, "rulebook.apply", str(version))
        change.record(RulebookApplied(version=version, by=self.by), self.by)
        return version


class PauseSending(msgspec.Struct, kw_only=True):
    """Nothing goes out to customers any more, or all that waited does again."""

    failpoint: ClassVar[str] = "write"

    paused: bool
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Only the desk."""
        return ()

    def decide(self, change: Change) -> int | None:
        """Since when nothing goes out."""
        before = change.desk.paused_at
        if (before is not None) != self.paused:
            change.set_desk(paused_at=change.now if self.paused else None)
            if not self.paused:
                change.set_desk(resumed_at=change.now)
            word = "sending.pause" if self.paused else "sending.resume"
            change.audit(self.by, word, change.desk.id)
            since = None if self.paused else before
            change.record(SendingChanged(paused=self.paused, by=self.by, since=since), self.by)
        return change.desk.paused_at


class LoseNode(msgspec.Struct, kw_only=True):
    """A node's sockets are gone: it starts anew, or its lease ran out."""

    failpoint: ClassVar[str] = "write"

    node: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Only the desk."""
        return ()

    def decide(self, change: Change) -> Event:
        """The fact."""
        return change.record(NodeLost(node=self.node), OWNER)
