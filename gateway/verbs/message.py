"""Write a message."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import (
    TRANSITIONS,
    Conversation,
    Identity,
    Status,
    Verb,
)
from gateway.domain.desk import Budget
from gateway.domain.events import ConversationStatus, MessageWritten
from gateway.domain.message import (
    Answered,
    ApprovedTemplate,
    Attachment,
    Choice,
    Direction,
    FileState,
    MailParts,
    Message,
    MessageBody,
    MessageKind,
    MessageState,
)
from gateway.domain.outcome import Reason, Refusal
from gateway.verbs import (
    continuing,
    media,
    nudge,
    person,
    promise,
    scheduled,
    survey,
    usage,
    ways,
)
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.jobs import HOLD_MS, held_job, send_job
from gateway.verbs.refusals import MOVED_ON, not_found


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to send, already stored under its hash."""

    sha256: str
    media_type: str
    filename: str
    size_bytes: int


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """At most `most` within `per_ms`, counted under a name. Loops of machines end here."""

    name: str
    most: int
    per_ms: int


class Write(msgspec.Struct, kw_only=True):
    """A reply: the words are fitted to the channel before; sending is a job of its own."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    author: str  # agent:<login> | auto:<template>
    text: str
    account: str
    channel: str
    identity: str
    local: str = ""
    sends: bool = True  # False: the channel follows the stream; committed is sent
    limits: ways.Limits = ways.Limits()
    hold_ms: int = HOLD_MS  # how long it may wait where the channel is shut
    nudge: ApprovedTemplate | None = None  # what asks the customer to write again
    files: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()  # the channel can offer them
    approved: ApprovedTemplate | None = None  # goes instead of the words
    subject: str = ""
    template: str = ""
    used: tuple[usage.Named, ...] = ()  # what its author made it of
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    then: Verb = Verb.REPLY
    key: str | None = None  # unique within the conversation
    automatic: bool = False
    caps: tuple[Cap, ...] = ()
    promised: promise.Promised | None = None  # what it promises
    asks: survey.Asked | None = None  # how it went
    answered: Answered | None = None  # from which article, by itself
    unmoved: int | None = None  # nothing has happened since this event of the conversation

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation, its contact, the address, and what was written under this key."""
        yield by_key(Conversation, self.conversation)
        yield by_key(Identity, self.desk, self.identity)
        if self.limits.counts:
            yield ways.lookup(self.desk, self.account, self.identity)
        if self.nudge is not None:
            yield nudge.lookup(self.desk, self.account, self.identity)
        if self.key is not None:
            yield by_index(Message, "key", self.conversation, self.key)
        for cap in self.caps:
            yield by_key(Budget, self.desk, cap.name)
        for used in self.used:
            yield usage.lookup(self.desk, used)
        if self.promised is not None:
            yield from promise.reads(self.conversation)
        if self.then is Verb.RESOLVE:
            yield from scheduled.reads_waiting(view, self.conversation)
        if self.then is Verb.RESOLVE or self._is_a_persons():
            yield from scheduled.reads_kept(self.conversation)
        if self.asks is not None:
            yield from survey.reads_asking(self.desk, self.identity)
        conversation = view.peek(Conversation, self.conversation)
        if conversation is not None:
            yield from person.reads(view, conversation.contact)
        identity = view.peek(Identity, self.desk, self.identity)
        if identity is not None:
            yield from person.reads(view, identity.contact)

    def decide(self, change: Change) -> Message | Refusal:
        """The message as it stands, or why it cannot be written."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        if self.key is not None:
            same = change.by(Message, "key", self.conversation, self.key)
            if same:
                return same[0]
        if self.unmoved is not None and conversation.seq != self.unmoved:
            return MOVED_ON
        refusal = self.refusal(change, conversation)
        if refusal is not None:
            return refusal
        shut = ways.closed(change, self.limits, self.account, self.identity)
        message_id = change.new_id()
        state = MessageState.HELD if shut else self._open_state()
        fact = change.record(
            MessageWritten(
                message=message_id,
                by=self.author,
                account=self.account,
                channel=self.channel,
                state=state,
                automatic=self.automatic,
                files=len(self.files),
            ),
            self.author,
            conversation,
        )
        assert fact.seq is not None
        message = self._put(change, message_id, fact.seq, state, shut)
        if shut is not None:
            change.put(held_job(change, message, conversation.contact, self.hold_ms))
            if self.nudge is not None and shut.reason is Reason.WINDOW_CLOSED:
                nudge.nudge(change, self.nudge, conversation, message)
        else:
            ways.spend(change, self.limits, self.account, self.identity)
        if state is MessageState.QUEUED:
            change.put(send_job(change, message, due_at=change.now))
        if self.promised is not None:
            promise.made(change, conversation, self.promised, message)
        if self.asks is not None:
            survey.asked(change, conversation, message, self.asks)
        for used in self.used:
            usage.count(change, self.desk, used, self.author)
        self._advance(change, conversation)
        return message

    def _is_a_persons(self) -> bool:
        return not self.automatic and not self.author.startswith(scheduled.MACHINE)

    def _open_state(self) -> MessageState:
        return MessageState.QUEUED if self.sends else MessageState.SENT

    def refusal(self, change: Change, conversation: Conversation) -> Refusal | None:
        """Why it cannot be written now."""
        if conversation.continued_in is not None:
            return continuing.gone_on(conversation.continued_in)
        if (conversation.status, self.then) not in TRANSITIONS:
            return Refusal(
                code="resolved",
                detail="This conversation is resolved.",
                what_to_do="Reopen it, then write.",
            )
        identity = change.get(Identity, self.desk, self.identity)
        whose = person.of(change, identity.contact) if identity is not None else None
        if identity is None or whose != person.of(change, conversation.contact):
            return Refusal(
                code="unknown_recipient",
                detail=f"{self.identity} is not an address of this customer.",
                what_to_do="Choose one of the customer's own addresses.",
                status=422,
            )
        if identity.opted_out:
            return Refusal(
                code="opted_out",
                detail=f"{self.identity} asked for no more messages.",
                what_to_do="Answer on another channel, or wait until the customer writes again.",
            )
        shut = ways.closed(change, self.limits, self.account, self.identity)
        if self.promised is not None:
            if self.then is Verb.RESOLVE:
                return promise.RESOLVED
            unpromised = promise.refused(change, conversation, self.promised.due)
            if unpromised is not None:
                return unpromised
        if shut is not None and self.automatic:  # nobody waits to hear what a machine would say
            return Refusal(code=shut.reason, detail=shut.detail)
        return self._over_a_cap(change)

    def _over_a_cap(self, change: Change) -> Refusal | None:
        for cap in self.caps:
            budget = change.get(Budget, self.desk, cap.name)
            fresh = budget is None or change.now - budget.since >= cap.per_ms
            used = 0 if fresh or budget is None else budget.used
            if used >= cap.most:
                return Refusal(
                    code="too_many_automatic",
                    detail=f"{cap.name}: {cap.most} automatic messages were sent already.",
                    what_to_do="Nothing: a person may still write.",
                )
            since = change.now if fresh or budget is None else budget.since
            change.put(Budget(desk=self.desk, name=cap.name, since=since, used=used + 1))
        return None

    def _put(
        self, change: Change, message_id: str, seq: int, state: MessageState, shut: ways.Shut | None
    ) -> Message:
        mail = None
        if self.subject or self.references:
            mail = MailParts(subject=self.subject, references=self.references)
        body = MessageBody(
            mail=mail,
            template=self.template,
            attachments=len(self.files),
            approved=self.approved,
            choices=self.choices,
            answered=self.answered,
        )
        message = change.put(
            Message(
                id=message_id,
                desk=self.desk,
                conversation=self.conversation,
                seq=seq,
                account=self.account,
                direction=Direction.OUT,
                kind=self._kind(),
                author=self.author,
                identity=self.identity,
                local=self.local,
                text=self.text,
                state=state,
                reason=shut.reason if shut is not None else "",
                detail=shut.detail if shut is not None else "",
                provider_id=None,
                in_reply_to=self.in_reply_to,
                automatic=self.automatic,
                verified=True,
                at=change.now,
                provider_at=None,
                key=self.key,
                body=msgspec.json.encode(body).decode(),
            )
        )
        for place, file in enumerate(self.files):
            kept = change.put(_attachment(change, message, place, file))
            change.put(media.job(change, kept, self.account))
        return message

    def _kind(self) -> MessageKind:
        if self.choices or self.approved is not None:
            return MessageKind.INTERACTIVE
        return MessageKind.MEDIA if self.files and not self.text else MessageKind.TEXT

    def _advance(self, change: Change, conversation: Conversation) -> None:
        status = TRANSITIONS[conversation.status, self.then]
        if self._is_a_persons() and self.then is not Verb.RESOLVE:
            scheduled.spoken(change, conversation, self.author)
        current = change.get(Conversation, conversation.id)
        assert current is not None
        if status is current.status or (self.automatic and self.then is not Verb.RESOLVE):
            return
        resolved = status is Status.RESOLVED
        moved = change.put(
            replace(
                current,
                status=status,
                open_of=None if resolved else current.open_of,
                resolved_at=change.now if resolved else None,
            )
        )
        change.record(ConversationStatus(status=status, by=self.author), self.author, moved)
        if resolved:
            scheduled.resolved(change, moved, self.author)


def _attachment(change: Change, message: Message, place: int, file: File) -> Attachment:
    return Attachment(
        id=change.new_id(),
        desk=message.desk,
        conversation=message.conversation,
        message=message.id,
        place=place,
        media_type=file.media_type,
        filename=file.filename,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        url=None,
        provider_media_id=None,
        content_id=None,
        state=FileState.READY,
        reason="",
        thumbnail=None,
    )
