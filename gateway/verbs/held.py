"""Held replies: written while their channel was shut, they leave when the customer opens any.

A held reply stands outside the lanes of sending: its one job only warns, and lets it expire. Any
message of the customer releases it, by its own way when that is open now, else by the way on which
the customer has just written, if the agent's words fit there.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from gateway.contract.outbound import OutboundAttachment, OutboundMessage
from gateway.domain.conversation import Contact, Conversation, Identity
from gateway.domain.events import MessageChanged, MessageReleased, MessageSettled
from gateway.domain.ids import scheme_of
from gateway.domain.job import Attempt, Job, JobKind, JobState, Patience
from gateway.domain.message import (
    ApprovedTemplate,
    Attachment,
    MailParts,
    Message,
    MessageBody,
    MessageKind,
    MessageState,
    later,
)
from gateway.domain.outcome import Reason, Refusal
from gateway.verbs import nudge, person, report, ways
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.jobs import held_job, held_lane, send_job
from gateway.verbs.refusals import not_found

SYSTEM = "system"
# Of a provider: nothing goes before the customer has spoken.
SHUT = frozenset({Reason.WINDOW_CLOSED, Reason.BUDGET_SPENT})
EXPIRING = "expiring"  # what `message.changed` says of a reply that waits only a little longer

Fit = Callable[[OutboundMessage], OutboundMessage | Refusal]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a reply is held that its provider would not take."""

    hold_ms: int
    limits: ways.Limits
    nudge: ApprovedTemplate | None = None


class Try(NamedTuple):
    """The try that its provider would not take: when it began, and its place in the lane."""

    at: int
    place: int


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """An account by which a held reply may leave, what it carries, and what asks for a word."""

    account: str
    channel: str
    limits: ways.Limits
    sends: bool  # False: committed is sent
    fit: Fit
    nudge: ApprovedTemplate | None = None


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where on that way it goes, and what it answers there."""

    identity: str
    local: str = ""
    in_reply_to: str | None = None
    mail: MailParts | None = None


def reads(view: View, desk: str, contact: str, way: Way) -> Iterable[Lookup]:
    """What waits for a customer, or for whom was merged with them, and where it was to go."""
    yield by_index(Contact, "merged", contact)
    for merged in view.peek_by(Contact, "merged", contact):
        yield from reads(view, desk, merged.id, way)
    lane = held_lane(contact)
    yield by_index(Job, "lane", lane)
    for job in view.peek_by(Job, "lane", lane):
        yield from reads_message(view, desk, job.key, way)


def reads_message(view: View, desk: str, message_id: str, way: Way) -> Iterable[Lookup]:
    """A held reply: its words, its files, and whether its address may be written to."""
    yield by_key(Message, message_id)
    yield by_index(Attachment, "message", message_id)
    message = view.peek(Message, message_id)
    if message is not None:
        yield by_key(Conversation, message.conversation)
        yield by_key(Identity, desk, message.identity)
        if way.limits.counts:
            yield ways.lookup(desk, message.account, message.identity)


def waits(message: Message, state: MessageState, reason: str) -> bool:
    """Whether a message waits for its customer instead of failing so. A machine's words do not."""
    closed = state is MessageState.FAILED and reason in SHUT
    return closed and not message.automatic and later(message.state, state) is state


def shut(
    change: Change, message: Message, terms: Terms, tried: Try, reason: str, detail: str
) -> None:
    """The provider says that the channel is shut: it waits as if we had known. Where the customer
    has written since the try began, no later word would release it: it goes again at once."""
    if ways.heard_since(change, message.account, message.identity, tried.at):
        _go_again(change, message, terms, tried)
    else:
        _hold(change, message, terms, reason, detail)


def _go_again(change: Change, message: Message, terms: Terms, tried: Try) -> None:
    account, state = message.account, MessageState.QUEUED
    ways.spend(change, terms.limits, account, message.identity)
    told = MessageReleased(message=message.id, by=SYSTEM, account=account, state=state)
    fact = change.record(told, SYSTEM, change.get(Conversation, message.conversation))
    again = replace(message, seq=fact.seq, state=state, provider_id=None, reason="", detail="")
    job = send_job(change, change.put(again), due_at=change.now)
    change.put(replace(job, seq=tried.place))


def _hold(change: Change, message: Message, terms: Terms, reason: str, detail: str) -> None:
    conversation = change.get(Conversation, message.conversation)
    assert conversation is not None, f"message {message.id} has no conversation"
    state = MessageState.HELD
    held = change.put(replace(message, state=state, reason=reason, detail=detail, provider_id=None))
    told = MessageSettled(message=message.id, state=state, reason=reason)
    change.record(told, SYSTEM, conversation)
    change.put(held_job(change, held, conversation.contact, terms.hold_ms))
    if terms.nudge is not None and reason == Reason.WINDOW_CLOSED:
        nudge.nudge(change, terms.nudge, conversation, held)


def release(change: Change, way: Way, contact: Contact, address: Address) -> None:
    """Let go, in the order they were written, of all that waits for a customer who has written."""
    jobs = [
        job
        for each in person.family(change, contact.id)
        for job in change.by(Job, "lane", held_lane(each))
    ]
    for job in sorted(jobs, key=lambda job: job.seq):
        message = change.get(Message, job.key)
        if message is not None and message.state is MessageState.HELD:
            leave(change, message, job, way, address, f"contact:{contact.id}")


def leave(
    change: Change, message: Message, job: Job | None, way: Way, address: Address, by: str
) -> Message:
    """Send it by its own address if that is of this way and open, else by the one given."""
    own = Address(identity=message.identity, local=message.local)
    if message.account == way.account and _barred(change, way, own) is None:
        fitted: Message | ways.Shut = message
        address = own
    else:
        fitted = _barred(change, way, address) or _refitted(change, message, way, address)
    if not isinstance(fitted, Message):
        return _stay(change, message, fitted)
    ways.spend(change, way.limits, way.account, address.identity)
    state = MessageState.QUEUED if way.sends else MessageState.SENT
    conversation = change.get(Conversation, message.conversation)
    fact = change.record(
        MessageReleased(message=message.id, by=by, account=way.account, state=state),
        by,
        conversation,
    )
    # It stands in the conversation where it is said, after what the customer wrote.
    released = change.put(replace(fitted, seq=fact.seq, state=state, reason="", detail=""))
    if job is not None and job.state is JobState.READY:  # one that runs ends by itself
        change.delete(job)
    if way.sends:
        change.put(send_job(change, released, due_at=change.now))
    return released


def _barred(change: Change, way: Way, address: Address) -> ways.Shut | None:
    """Why nothing may go there; None when something may."""
    identity = change.get(Identity, change.desk.id, address.identity)
    if identity is None or identity.opted_out:
        detail = f"{address.identity} asked for no more messages."
        return ways.Shut(Reason.OPTED_OUT, detail)
    return ways.closed(change, way.limits, way.account, address.identity)


def _refitted(change: Change, message: Message, way: Way, address: Address) -> Message | ways.Shut:
    """The agent's words as another channel carries them."""
    files = sorted(change.by(Attachment, "message", message.id), key=lambda file: file.place)
    body = msgspec.json.decode(message.body, type=MessageBody)
    draft = OutboundMessage(
        id=message.id,
        conversation=message.conversation,
        account=way.account,
        recipient=address.identity,
        kind=MessageKind.TEXT if body.choices else message.kind,
        text=message.text,
        choices=body.choices,
        attachments=tuple(map(_file, files)),
    )
    fitted = way.fit(draft)
    if isinstance(fitted, Refusal):
        return ways.Shut(Reason.UNSUPPORTED, fitted.detail)
    body = replace(body, mail=address.mail, choices=fitted.choices)
    return replace(
        message,
        kind=fitted.kind,
        account=way.account,
        identity=address.identity,
        local=address.local,
        text=fitted.text,
        in_reply_to=address.in_reply_to,
        body=msgspec.json.encode(body).decode(),
    )


def _file(file: Attachment) -> OutboundAttachment:
    return OutboundAttachment(
        media_type=file.media_type,
        filename=file.filename,
        size_bytes=file.size_bytes or 0,
        sha256=file.sha256 or "",
        path=Path(file.sha256 or ""),  # only its measure is looked at here
    )


def _stay(change: Change, message: Message, why: ways.Shut) -> Message:
    """It waits on, and says why."""
    if (message.reason, message.detail) == why:
        return message
    change.record(
        MessageSettled(message=message.id, state=message.state, reason=why.reason),
        SYSTEM,
        change.get(Conversation, message.conversation),
    )
    return change.put(replace(message, reason=why.reason, detail=why.detail))


def _held(change: Change, desk: str, message_id: str) -> Message | Refusal:
    message = change.get(Message, message_id)
    if message is None or message.desk != desk:
        return not_found("message", message_id)
    if message.state is not MessageState.HELD:
        return Refusal(
            code="not_held",
            detail=f"This message is {message.state}; it is no longer held.",
            what_to_do="Look again: the customer may have written meanwhile.",
        )
    return message


def _job_of(change: Change, message: Message) -> Job | None:
    return next(iter(change.by(Job, "key", JobKind.HELD, message.id)), None)


class Withdraw(msgspec.Struct, kw_only=True):
    """Take back a held reply: it never goes."""

    failpoint: ClassVar[str] = "write"

    desk: str
    message: str
    by: str  # agent:<login>

    def reads(self, view: View) -> Iterable[Lookup]:
        """The message, its conversation and its job."""
        yield by_key(Message, self.message)
        yield by_index(Job, "key", JobKind.HELD, self.message)
        message = view.peek(Message, self.message)
        if message is not None:
            yield by_key(Conversation, message.conversation)

    def decide(self, change: Change) -> Message | Refusal:
        """The message as it stands."""
        message = _held(change, self.desk, self.message)
        if isinstance(message, Refusal):
            return message
        job = _job_of(change, message)
        if job is not None and job.state is JobState.READY:
            change.delete(job)
        detail = f"taken back by {self.by.partition(':')[2]}"
        return report.settle(change, message, MessageState.FAILED, Reason.WITHDRAWN, detail)


class Reroute(msgspec.Struct, kw_only=True):
    """Send a held reply by another of the customer's addresses: the agent says so."""

    failpoint: ClassVar[str] = "write"

    desk: str
    message: str
    by: str
    identity: str
    way: Way

    def reads(self, view: View) -> Iterable[Lookup]:
        """The message, its job, the address it is to go to, and whose both are."""
        yield from reads_message(view, self.desk, self.message, self.way)
        yield by_index(Job, "key", JobKind.HELD, self.message)
        yield by_key(Identity, self.desk, self.identity)
        message = view.peek(Message, self.message)
        with_whom = view.peek(Conversation, message.conversation) if message is not None else None
        for each in (with_whom, view.peek(Identity, self.desk, self.identity)):
            if each is not None:
                yield from person.reads(view, each.contact)
        if self.way.limits.counts:
            yield ways.lookup(self.desk, self.way.account, self.identity)

    def decide(self, change: Change) -> Message | Refusal:
        """The message on its way; or why it cannot go there, and it waits on as before."""
        message = _held(change, self.desk, self.message)
        if isinstance(message, Refusal):
            return message
        conversation = change.get(Conversation, message.conversation)
        identity = change.get(Identity, self.desk, self.identity)
        whose = person.of(change, identity.contact) if identity is not None else None
        theirs = person.of(change, conversation.contact) if conversation is not None else None
        if whose is None or whose != theirs:
            return Refusal(
                code="unknown_recipient",
                detail=f"{self.identity} is not an address of this customer.",
                what_to_do="Choose one of the customer's own addresses.",
                status=422,
            )
        address = Address(identity=self.identity)
        left = leave(change, message, _job_of(change, message), self.way, address, self.by)
        if left.state is not MessageState.HELD:
            return left
        return Refusal(
            code=left.reason,
            detail=left.detail,
            what_to_do=f"Choose another address than {scheme_of(self.identity)}, or let it wait.",
        )


class Tend(msgspec.Struct, kw_only=True):
    """A held reply's hour has come: warn that it will expire, or let it expire."""

    failpoint: ClassVar[str] = "settle"

    job: str
    attempt: str
    message: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job, its attempt, and the reply it watches over."""
        yield by_key(Job, self.job)
        yield by_key(Attempt, self.attempt)
        yield by_key(Message, self.message)
        message = view.peek(Message, self.message)
        if message is not None:
            yield by_key(Conversation, message.conversation)

    def decide(self, change: Change) -> None:
        """The attempt ends; the job goes on until the reply has left or expired."""
        attempt = change.get(Attempt, self.attempt)
        if attempt is None or attempt.outcome:
            return
        job, message = change.get(Job, self.job), change.get(Message, self.message)
        waits = message is not None and message.state is MessageState.HELD
        change.put(replace(attempt, ended_at=change.now, outcome="waits" if waits else "over"))
        if job is None or job.attempts != attempt.number:
            return
        if message is None or not waits:
            change.delete(job)
            return
        patience = msgspec.json.decode(job.body, type=Patience)
        if change.now >= patience.until:
            change.delete(job)
            detail = "the customer did not write while it was held"
            report.settle(change, message, MessageState.FAILED, Reason.EXPIRED, detail)
            return
        if not patience.warned:
            self._warn(change, message)
        change.put(_again(job, replace(patience, warned=True)))

    def _warn(self, change: Change, message: Message) -> None:
        change.record(
            MessageChanged(message=message.id, by=SYSTEM, account=message.account, state=EXPIRING),
            SYSTEM,
            change.get(Conversation, message.conversation),
        )


def _again(job: Job, patience: Patience) -> Job:
    return replace(
        job,
        state=JobState.READY,
        due_at=patience.until,
        claimed_until=None,
        claimed_by=None,
        body=msgspec.json.encode(patience).decode(),
    )
