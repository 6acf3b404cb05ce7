"""What a person decides of a message that failed, or that nobody knows the end of.

Sending again is a new message: it has its own id, so its own name at the provider, and whatever is
reported of the old one stays the old one's.
"""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Conversation, Identity
from gateway.domain.events import MessageChanged, MessageWritten
from gateway.domain.ids import scheme_of
from gateway.domain.job import Doubtful, Job, JobKind, JobState
from gateway.domain.message import Attachment, Message, MessageBody, MessageState
from gateway.domain.outcome import Refusal
from gateway.verbs import report, ways
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.jobs import HOLD_MS, held_job, send_job
from gateway.verbs.refusals import not_found

RESENT = "resent"  # what `message.changed` says of a message that goes again under another name
ASKING = "the provider is asked whether it has it"


class Resend(msgspec.Struct, kw_only=True):
    """Send once more. Where the provider can be asked, an unknown one is asked for first."""

    failpoint: ClassVar[str] = "write"

    desk: str
    message: str
    by: str
    limits: ways.Limits = ways.Limits()
    hold_ms: int = HOLD_MS
    finds: bool = False  # the account's provider can be asked

    def reads(self, view: View) -> Iterable[Lookup]:
        """The message with its files, its conversation, its address and its job."""
        yield by_key(Message, self.message)
        yield by_index(Job, "key", JobKind.SEND, self.message)
        yield by_index(Attachment, "message", self.message)
        message = view.peek(Message, self.message)
        if message is not None:
            yield by_key(Conversation, message.conversation)
            yield by_key(Identity, self.desk, message.identity)
            if self.limits.counts:
                yield ways.lookup(self.desk, message.account, message.identity)

    def decide(self, change: Change) -> Message | Refusal:
        """The message that goes now: a new one, or the old one while its provider is asked."""
        message = change.get(Message, self.message)
        if message is None or message.desk != self.desk:
            return not_found("message", self.message)
        refusal = self._refusal(change, message)
        if refusal is not None:
            return refusal
        if change.by(Job, "key", JobKind.SEND, message.id):
            return message  # it is being asked for already
        if self.finds and message.state is MessageState.UNKNOWN:
            return _ask(change, message)
        return self._again(change, message)

    def _refusal(self, change: Change, message: Message) -> Refusal | None:
        if message.state not in (MessageState.FAILED, MessageState.UNKNOWN):
            return Refusal(
                code="not_failed",
                detail=f"This message is {message.state}; only failed or unknown ones go again.",
                what_to_do="Write a new message if more is to be said.",
            )
        if _body(message).resent_as:
            return Refusal(
                code="sent_again",
                detail="This message was sent again already.",
                what_to_do="See the newer one.",
            )
        identity = change.get(Identity, self.desk, message.identity)
        if identity is not None and identity.opted_out:
            return Refusal(
                code="opted_out",
                detail=f"{message.identity} asked for no more messages.",
                what_to_do="Answer on another channel.",
            )
        return None

    def _again(self, change: Change, old: Message) -> Message:
        conversation = change.get(Conversation, old.conversation)
        assert conversation is not None, f"message {old.id} has no conversation"
        free = _body(old).approved is not None  # such words no window keeps in
        limits = ways.Limits() if free else self.limits
        shut = ways.closed(change, limits, old.account, old.identity)
        state = MessageState.HELD if shut is not None else MessageState.QUEUED
        files = change.by(Attachment, "message", old.id)
        new_id = change.new_id()
        fact = change.record(
            MessageWritten(
                message=new_id,
                by=self.by,
                account=old.account,
                channel=scheme_of(old.identity),
                state=state,
                automatic=old.automatic,
                files=len(files),
            ),
            self.by,
            conversation,
        )
        assert fact.seq is not None
        new = change.put(
            replace(
                old,
                id=new_id,
                seq=fact.seq,
                author=self.by,
                state=state,
                reason=shut.reason if shut is not None else "",
                detail=shut.detail if shut is not None else "",
                provider_id=None,
                at=change.now,
                key=None,
            )
        )
        for file in files:
            change.put(replace(file, id=change.new_id(), message=new_id))
        if shut is not None:
            change.put(held_job(change, new, conversation.contact, self.hold_ms))
        else:
            ways.spend(change, limits, old.account, old.identity)
            change.put(send_job(change, new, due_at=change.now))
        self._mark(change, conversation, old, new_id)
        return new

    def _mark(self, change: Change, conversation: Conversation, old: Message, new_id: str) -> None:
        body = replace(_body(old), resent_as=new_id)
        change.put(replace(old, body=msgspec.json.encode(body).decode()))
        change.record(
            MessageChanged(message=old.id, by=self.by, account=old.account, state=RESENT),
            self.by,
            conversation,
        )


def _body(message: Message) -> MessageBody:
    return msgspec.json.decode(message.body, type=MessageBody)


def _ask(change: Change, message: Message) -> Message:
    """It stays unknown until the provider has said; if it never had it, it is sent then."""
    doubt = msgspec.json.encode(Doubtful(since=message.at, ask=True)).decode()
    change.put(replace(send_job(change, message, due_at=change.now), body=doubt))
    return report.put_off(change, message, "", ASKING)


class Arrived(msgspec.Struct, kw_only=True):
    """The customer has it: a person knows what no report told."""

    failpoint: ClassVar[str] = "write"

    desk: str
    message: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The message, its conversation and its job."""
        yield by_key(Message, self.message)
        yield by_index(Job, "key", JobKind.SEND, self.message)
        message = view.peek(Message, self.message)
        if message is not None:
            yield by_key(Conversation, message.conversation)

    def decide(self, change: Change) -> Message | Refusal:
        """The message, delivered; nothing of it is asked or tried any more."""
        message = change.get(Message, self.message)
        if message is None or message.desk != self.desk:
            return not_found("message", self.message)
        if message.state is not MessageState.UNKNOWN:
            return Refusal(
                code="not_unknown",
                detail=f"This message is {message.state}.",
                what_to_do="Nothing: its state is known.",
            )
        for job in change.by(Job, "key", JobKind.SEND, message.id):
            if job.state is JobState.READY:
                change.delete(job)
        return report.settle(change, message, MessageState.DELIVERED, "", "", by=self.by)
