"""Take in one delivery: what came, who sent it, which conversation it belongs to."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.contract.capabilities import SendBudget
from gateway.contract.inbound import (
    CallEvent,
    DeliveryReport,
    InboundEvent,
    InboundMessage,
    PresenceEvent,
    RawRequest,
    Unreadable,
)
from gateway.domain.callback import WishByText
from gateway.domain.conversation import Contact, Identity
from gateway.domain.delivery import Cursor, DeadLetter, Delivery, InboundKey
from gateway.domain.ids import address_of
from gateway.domain.job import Attempt, Job, JobKind, JobState
from gateway.domain.message import MailParts, Message
from gateway.verbs import (
    call,
    callbackjob,
    held,
    incoming,
    nudge,
    person,
    report,
    scheduled,
    session,
    survey,
    ways,
)
from gateway.verbs.change import Change, Lookup, View, by_index
from gateway.verbs.jobs import held_lane


class Taken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message that came in, now or at an earlier delivery of the same (seq 0: look it up)."""

    id: str
    key: str
    seq: int = 0
    conversation: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a delivery: its messages, and how much of it was known already."""

    delivery: str | None  # None when everything in it was known already
    messages: tuple[Taken, ...] = ()
    duplicates: int = 0


class Accept(msgspec.Struct, kw_only=True, gc=False):
    """One authentic delivery with what its adapter read. Attachments' bytes are stored before."""

    failpoint: ClassVar[str] = "accept"

    desk: str
    channel: str
    raw: RawRequest
    events: tuple[InboundEvent | Unreadable, ...]
    policy: incoming.Policy
    way: held.Way  # by which held replies leave when the customer has opened it
    callers: call.Callers | None = None  # None: this account takes no calls

    def reads(self, view: View) -> Iterable[Lookup]:
        """Keys, senders and references; then their contacts; then those contacts' conversations."""
        account = self.raw.account
        senders: dict[str, None] = {}  # once each, however much they wrote
        for event in self.events:
            if isinstance(event, Unreadable):
                continue
            yield Lookup(InboundKey, "", (account, event.key))
            if isinstance(event, InboundMessage):
                senders[event.sender] = None
                yield from incoming.reads_named(view, account, event)
                yield from survey.reads_given(view, self.desk, event)
            elif isinstance(event, DeliveryReport):
                yield from report.reads(view, self.desk, account, event)
                yield from self._reads_failed(view, event)
            elif isinstance(event, CallEvent):
                yield from call.reads(view, self.desk, account, event)
            elif isinstance(event, PresenceEvent):
                yield from self._reads_sign(view, event)
                if event.opens is not None or event.elsewhere is not None:
                    senders[event.sender] = None
        for sender in senders:
            contact = yield from incoming.reads_sender(view, self.desk, sender)
            if self.way.limits.counts:
                yield ways.lookup(self.desk, self.raw.account, sender)
            if contact is not None:
                yield from held.reads(view, self.desk, contact.id, self.way)

    def _reads_sign(self, view: View, event: PresenceEvent) -> Iterable[Lookup]:
        """Whose it is, and what was kept in their conversation, which it may end."""
        yield Lookup(Identity, "", (self.desk, event.sender))
        if event.elsewhere is not None:
            contact = yield from incoming.reads_sender(view, self.desk, event.sender)
            if contact is not None and contact.conversation:
                yield from scheduled.reads_kept(contact.conversation)

    def _reads_failed(self, view: View, event: DeliveryReport) -> Iterable[Lookup]:
        """What holding its message needs, where the window proves to have been closed."""
        message = report.find(view, self.raw.account, event)
        if message is not None and event.reason in held.SHUT:
            yield ways.lookup(self.desk, message.account, message.identity)
            yield by_index(Attempt, "key", message.id)
            yield nudge.lookup(self.desk, message.account, message.identity)

    def decide(self, change: Change) -> Accepted:
        """Write what is new in the delivery."""
        account, now = self.raw.account, change.now
        if self.raw.cursor is not None:
            name, value = self.raw.cursor
            change.put(Cursor(account=account, name=name, value=value, at=now))
        fresh, taken = self.fresh(change)
        duplicates = len(self.events) - len(fresh)
        if self.events and not fresh:
            return Accepted(delivery=None, messages=tuple(taken), duplicates=duplicates)
        delivery = change.new_id()
        unreadable = sum(self.why_unreadable(event) is not None for event in fresh)
        change.put(self._delivery(delivery, len(fresh) - unreadable, unreadable, now))
        for event in fresh:
            message = self.apply(change, delivery, event)
            if message is not None:
                taken.append(message)
        return Accepted(delivery=delivery, messages=tuple(taken), duplicates=duplicates)

    def fresh(self, change: Change) -> tuple[list[InboundEvent | Unreadable], list[Taken]]:
        """The events that were not applied before; and the messages of those that were."""
        fresh: list[InboundEvent | Unreadable] = []
        taken: list[Taken] = []
        seen: set[str] = set()
        for event in self.events:
            if not isinstance(event, Unreadable):
                known = change.get(InboundKey, self.raw.account, event.key)
                if known is not None and known.message is not None:
                    taken.append(Taken(id=known.message, key=event.key))
                if known is not None or event.key in seen:
                    continue
                seen.add(event.key)
            fresh.append(event)
        return fresh, taken

    def apply(
        self, change: Change, delivery: str, event: InboundEvent | Unreadable
    ) -> Taken | None:
        """Apply one event and remember its key; the message it made, if any."""
        why = self.why_unreadable(event)
        if why is not None or isinstance(event, Unreadable):
            put_aside(change, self.raw.account, delivery, why or "")
            return None
        account = self.raw.account
        taken: Taken | None = None
        reported: str | None = None
        match event:
            case InboundMessage():
                message = incoming.apply(change, account, self.channel, self.policy, event)
                self._answer_held(change, event, message)
                if incoming.may_ask_for_a_call(self.policy, event):
                    wish = WishByText(conversation=message.conversation, message=message.id)
                    callbackjob.task(change, wish)
                taken = Taken(
                    id=message.id,
                    key=event.key,
                    seq=message.seq,
                    conversation=message.conversation,
                )
            case DeliveryReport():
                reported = self._reported(change, event)
            case PresenceEvent():
                _presence(change, event)
                if event.opens is not None:
                    self._opened(change, event, event.opens)
                if event.elsewhere is not None:
                    session.heard(change, account, event)
            case CallEvent():
                assert self.callers is not None
                reported = call.apply(
                    change, account, self.channel, self.policy, self.callers, event
                )
        change.put(
            InboundKey(
                account=account,
                key=event.key,
                desk=self.desk,
                delivery=delivery,
                message=taken.id if taken is not None else reported,
                at=change.now,
            )
        )
        return taken

    def _reported(self, change: Change, event: DeliveryReport) -> str | None:
        """Its message. One that went and failed at a closed window waits for its customer."""
        account, reason = self.raw.account, event.reason or ""
        message = report.find(change.view, account, event)
        if message is None or not held.waits(message, event.state, reason):
            return report.apply(change, account, event)
        for job in change.by(Job, "key", JobKind.SEND, message.id):
            if job.state is JobState.READY:
                change.delete(job)
        limits = self.way.limits
        ways.refused(change, limits, account, message.identity, message.at, reason)
        terms = held.Terms(hold_ms=self.policy.hold_ms, limits=limits, nudge=self.way.nudge)
        tried = held.Try(_tried_at(change, message), change.head)
        held.shut(change, message, terms, tried, reason, report.detail_of(event))
        return message.id

    def _opened(self, change: Change, event: PresenceEvent, given: SendBudget) -> None:
        """Somebody whom we know opened the channel without a word."""
        identity = change.get(Identity, self.desk, event.sender)
        if identity is None:
            return
        account = self.raw.account
        ways.open_a_little(change, self.way.limits, account, event.sender, change.now, given)
        contact = person.of(change, identity.contact)
        if contact is not None:
            local = address_of(event.recipient)
            self._release(change, contact, held.Address(identity=event.sender, local=local))

    def _answer_held(self, change: Change, event: InboundMessage, message: Message) -> None:
        """The customer has written: the window is open, and what waited for that may go."""
        account, limits = self.raw.account, self.way.limits
        said_at = min(change.now, event.sent_at or change.now)
        if event.opens is None:
            ways.hear(change, limits, account, event.sender, said_at)
        else:
            ways.open_a_little(change, limits, account, event.sender, said_at, event.opens)
        contact = change.get(Contact, message.author.removeprefix("contact:"))
        if contact is None or event.automatic:
            return
        address = held.Address(identity=event.sender, local=message.local)
        if event.mail is not None:
            address = replace(
                address, in_reply_to=event.mail.message_id or None, mail=_answer(event.mail)
            )
        self._release(change, contact, address)

    def _release(self, change: Change, contact: Contact, address: held.Address) -> None:
        lane = held_lane(contact.id)
        if contact.blocked or not change.view.knows(by_index(Job, "lane", lane)):
            return  # nobody is served, or a new customer, for whom nothing can wait
        held.release(change, self.way, contact, address)

    def why_unreadable(self, event: InboundEvent | Unreadable) -> str | None:
        """Why an event waits for a person; None when it is understood."""
        if isinstance(event, Unreadable):
            return event.detail
        if isinstance(event, CallEvent) and self.callers is None:
            return "calls are not taken on this account"
        return None

    def _delivery(self, delivery: str, events: int, unreadable: int, now: int) -> Delivery:
        raw = self.raw
        return Delivery(
            id=delivery,
            desk=self.desk,
            account=raw.account,
            received_at=now,
            method=raw.method,
            path=raw.path,
            headers=msgspec.json.encode(raw.headers).decode(),
            body=raw.body,
            events=events,
            unreadable=unreadable,
        )


def _tried_at(change: Change, message: Message) -> int:
    """When the try began of which a report tells; one that still runs settles itself."""
    tries = change.by(Attempt, "key", message.id)
    begun = (change.now if each.ended_at is None else each.started_at for each in tries)
    return max(begun, default=message.at)


def _answer(mail: MailParts) -> MailParts:
    """What an answer to a mail carries of it."""
    chain = (*mail.references, mail.message_id) if mail.message_id else mail.references
    return MailParts(subject=mail.subject, references=tuple(dict.fromkeys(chain)))


def _presence(change: Change, event: PresenceEvent) -> None:
    """Opting in or out is kept; other signs pass by the store."""
    if event.what in ("opted_in", "opted_out"):
        report.set_opted_out(change, event.sender, event.what == "opted_out")


def put_aside(change: Change, account: str, delivery: str, detail: str) -> None:
    """Let an item of a delivery wait for a person."""
    change.put(
        DeadLetter(
            id=change.new_id(),
            desk=change.desk.id,
            account=account,
            delivery=delivery,
            detail=detail,
            at=change.now,
            state="open",
        )
    )
