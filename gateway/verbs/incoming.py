"""What one message of a customer changes: identity, contact, conversation, message, facts."""

import re
from collections.abc import Generator, Iterable
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from gateway.contract.inbound import InboundAttachment, InboundMessage
from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Contact, Conversation, Identity, Status, Verb, advance
from gateway.domain.events import ConversationOpened, ConversationStatus, MessageReceived
from gateway.domain.ids import address_of
from gateway.domain.language import locale_of, read_by, still_in
from gateway.domain.message import (
    Attachment,
    Direction,
    FileState,
    Message,
    MessageBody,
    MessageState,
)
from gateway.verbs import media, onward, person, scheduled, survey
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.jobs import HOLD_MS, answer_job

LONGEST_WISH = 120  # characters of a text that asks for a call, its number included
MAX_REFERENCES = 20  # of a mail's References, the nearest; older ones add nothing


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the rulebook says about taking messages in."""

    reopen_ms: int = 7 * DAY_MS  # a resolved conversation this young is opened again
    first_answer: str = ""  # template that acknowledges a new conversation; "" for none
    first_answer_after_ms: int = 0
    hold_ms: int = HOLD_MS  # how long a reply waits whose window proves to be closed
    thanks: bool = True  # who wrote a score is thanked
    call_words: tuple[str, ...] = ()  # folded; a short text with one may ask to be called
    locale: str = ""  # of the desk: how a Chinese text is read that is in neither script
    scans: bool = False  # files are given to nobody before the scanner has seen them


def references(event: InboundMessage) -> tuple[str, ...]:
    """Provider ids of the messages it answers, the nearest first."""
    found = [event.in_reply_to] if event.in_reply_to else []
    if event.mail is not None:
        found += reversed(event.mail.references[-MAX_REFERENCES:])
    return tuple(dict.fromkeys(found))


def reads(view: View, desk: str, account: str, event: InboundMessage) -> Iterable[Lookup]:
    """Whoever wrote a message, and what it refers to."""
    yield from reads_sender(view, desk, event.sender)
    yield from reads_named(view, account, event)


def reads_sender(view: View, desk: str, sender: str) -> Generator[Lookup, None, Contact | None]:
    """Whoever wrote: their contact, which is returned once known, and newest conversation."""
    yield by_key(Identity, desk, sender)
    known = view.peek(Identity, desk, sender)
    return (yield from _reads_contact(view, known.contact)) if known is not None else None


def reads_named(view: View, account: str, event: InboundMessage) -> Iterable[Lookup]:
    """What a message refers to."""
    if event.conversation is not None:
        yield from _reads_conversation(view, event.conversation)
    for reference in references(event):
        yield by_index(Message, "provider", account, reference)
        for message in view.peek_by(Message, "provider", account, reference):
            yield from _reads_conversation(view, message.conversation)


def _reads_contact(view: View, contact_id: str) -> Generator[Lookup, None, Contact | None]:
    contact = yield from person.reads(view, contact_id)
    if contact is not None and contact.conversation is not None:
        yield by_key(Conversation, contact.conversation)
        yield from scheduled.reads_waiting(view, contact.conversation)
    return contact


def _reads_conversation(view: View, conversation_id: str) -> Iterable[Lookup]:
    conversation = yield from onward.reads(view, conversation_id)
    if conversation is not None:
        yield from scheduled.reads_waiting(view, conversation.id)
        yield from _reads_contact(view, conversation.contact)


def apply(
    change: Change, account: str, channel: str, policy: Policy, event: InboundMessage
) -> Message:
    """Write the message into the conversation it belongs to."""
    contact = person.writer_of(change, account, event, policy.locale)
    quiet = event.automatic or contact.blocked
    given = None if quiet else survey.given(change, event, contact)
    if given is not None and not given.comment:  # which asks nobody for an answer: it rests
        conversation, verified, quiet = given.conversation, event.verified, True
    else:
        conversation, verified = _conversation_of(change, account, channel, policy, event, contact)
    message_id = change.new_id()
    fact = change.record(
        MessageReceived(
            message=message_id,
            identity=event.sender,
            account=account,
            channel=channel,
            message_kind=event.kind,
            automatic=quiet,
            files=len(event.attachments),
        ),
        f"contact:{contact.id}",
        conversation,
    )
    place = _Place(message_id, conversation.id, fact.seq or 0, contact.id, verified)
    message = _put_message(change, account, event, place)
    for number, item in enumerate(event.attachments):
        file = change.put(_file(change, message, number, item, scans=policy.scans))
        change.put(media.job(change, file, account))
    if given is not None:
        survey.take(change, given, thanks=policy.thanks)
    return message


def may_ask_for_a_call(policy: Policy, event: InboundMessage) -> bool:
    """Whether it is worth a closer look: short, and with one of the words."""
    if event.automatic or not event.text or len(event.text) > LONGEST_WISH:
        return False
    return _any_of(policy.call_words).search(event.text.casefold()) is not None


@lru_cache(maxsize=64)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """What finds one of the words; without words nothing."""
    return re.compile("|".join(map(re.escape, words)) or "(?!)")


def _conversation_of(
    change: Change,
    account: str,
    channel: str,
    policy: Policy,
    event: InboundMessage,
    contact: Contact,
) -> tuple[Conversation, bool]:
    """The conversation it joins or opens, and whether its right to that one is proved."""
    newest = change.get(Conversation, contact.conversation) if contact.conversation else None
    found = _named(change, account, event, contact)
    if found is not None:
        named, proved = found
        own = _is_of(change, named, contact)
        if _may_join(change, policy, named, newest, own):
            return _touch(change, account, policy, named, event, contact if own else None), proved
    if newest is not None and _alive(change, policy, newest):
        return _touch(change, account, policy, newest, event, contact), event.verified
    return _open(change, account, channel, policy, event, contact), event.verified


def _named(
    change: Change, account: str, event: InboundMessage, contact: Contact
) -> tuple[Conversation, bool] | None:
    """The conversation it names: by a keyed MAC, else by References and the same sender.

    A MAC in a forwarded mail lets its new sender join only as an unverified participant; a
    reference alone never lets one person into another's conversation.
    """
    if event.conversation is not None:
        named = _latest(change, event.conversation)
        if named is not None:
            return named, _is_of(change, named, contact)
    for reference in references(event):
        for message in change.by(Message, "provider", account, reference):
            named = _latest(change, message.conversation)
            if named is not None and _is_of(change, named, contact):
                return named, event.verified
    return None


def _is_of(change: Change, conversation: Conversation, contact: Contact) -> bool:
    return person.of(change, conversation.contact) == contact


def _latest(change: Change, conversation_id: str) -> Conversation | None:
    """The conversation, or the one it goes on in; None when it is not of this desk."""
    conversation = onward.of(change, conversation_id)
    if conversation is None or conversation.desk != change.desk.id:
        return None
    return conversation


def _may_join(
    change: Change,
    policy: Policy,
    named: Conversation,
    newest: Conversation | None,
    own: bool,
) -> bool:
    """Strangers join only what is open; nothing is reopened beside another open one."""
    if named.status is not Status.RESOLVED:
        return named.continued_in is None
    if not own or not _alive(change, policy, named):
        return False
    return newest is None or newest.id == named.id or newest.status is Status.RESOLVED


def _alive(change: Change, policy: Policy, conversation: Conversation) -> bool:
    """Open, or resolved so lately that a new message opens it again."""
    if conversation.status is not Status.RESOLVED or conversation.resolved_at is None:
        return conversation.continued_in is None
    young = change.now - conversation.resolved_at < policy.reopen_ms
    return young and conversation.continued_in is None


def _touch(
    change: Change,
    account: str,
    policy: Policy,
    conversation: Conversation,
    event: InboundMessage,
    contact: Contact | None,
) -> Conversation:
    """The customer wrote again: status, and where a reply goes. Strangers (None) change neither."""
    if contact is None or event.automatic:
        return conversation
    known = (contact.language, read_by(event.locale, policy.locale))
    status = advance(conversation.status, Verb.CUSTOMER_WROTE)
    touched = change.put(
        replace(
            conversation,
            status=status,
            open_of=contact.id,
            language=still_in(conversation.language, event.text, known),
            account=account,
            identity=event.sender,
            local=address_of(event.recipient),
            inbound_at=change.now,
            resolved_at=None,
        )
    )
    writer = person.as_written(contact, touched.language)
    if conversation.status is Status.RESOLVED:
        writer = replace(writer, conversation=touched.id)
    if writer != contact:
        change.put(writer)
    actor = f"contact:{contact.id}"
    if status is not conversation.status:
        change.record(ConversationStatus(status=status, by=actor), actor, touched)
    scheduled.answered(change, touched, actor)
    return touched


def _open(
    change: Change,
    account: str,
    channel: str,
    policy: Policy,
    event: InboundMessage,
    contact: Contact,
) -> Conversation:
    """A new conversation. One that a machine begins asks nobody for an answer: it is resolved."""
    quiet = event.automatic or contact.blocked
    status = Status.RESOLVED if quiet else Status.OPEN
    subject = event.mail.subject if event.mail is not None else ""
    known = (contact.language, read_by(event.locale, policy.locale))
    wrote = contact.language if contact.conversation else ""
    of_subject = locale_of(subject, known, wrote)
    of_text = locale_of(event.text, (of_subject, *known), wrote)
    conversation = change.put(
        Conversation(
            id=change.new_id(),
            desk=change.desk.id,
            contact=contact.id,
            open_of=None if quiet else contact.id,
            status=status,
            subject=subject,
            language=of_text or of_subject or contact.language,
            account=account,
            identity=event.sender,
            local=address_of(event.recipient),
            seq=0,
            opened_at=change.now,
            updated_at=change.now,
            inbound_at=None if quiet else change.now,
            resolved_at=change.now if quiet else None,
            continued_in=None,
        )
    )
    actor = f"contact:{contact.id}"
    writer = person.as_written(contact, conversation.language)
    change.put(replace(writer, conversation=conversation.id))
    opened = ConversationOpened(
        contact=contact.id, status=status, by=actor, account=account, channel=channel
    )
    change.record(opened, actor, conversation)
    if not quiet and policy.first_answer:
        due_at = change.now + policy.first_answer_after_ms
        change.put(answer_job(change, conversation, policy.first_answer, due_at))
    return conversation


class _Place(NamedTuple):
    """Where a message stands."""

    message: str
    conversation: str
    seq: int
    contact: str
    verified: bool


def _put_message(change: Change, account: str, event: InboundMessage, where: _Place) -> Message:
    body = MessageBody(
        mail=event.mail,
        location=event.location,
        payload=event.payload,
        choice=event.choice,
        attachments=len(event.attachments),
        sender_name=event.sender_name,
    )
    return change.put(
        Message(
            id=where.message,
            desk=change.desk.id,
            conversation=where.conversation,
            seq=where.seq,
            account=account,
            direction=Direction.IN,
            kind=event.kind,
            author=f"contact:{where.contact}",
            identity=event.sender,
            local=address_of(event.recipient),
            text=event.text,
            state=MessageState.RECEIVED,
            reason="",
            detail="",
            provider_id=provider_id_of(event),
            in_reply_to=event.in_reply_to,
            automatic=event.automatic,
            verified=where.verified,
            at=change.now,
            provider_at=event.sent_at,
            key=None,
            body=msgspec.json.encode(body).decode(),
        )
    )


def _file(
    change: Change, message: Message, place: int, item: InboundAttachment, *, scans: bool
) -> Attachment:
    """A file of it; ready at once when its bytes came along and nobody must look at them first."""
    ready = item.sha256 is not None and not scans
    return Attachment(
        id=change.new_id(),
        desk=message.desk,
        conversation=message.conversation,
        message=message.id,
        place=place,
        media_type=item.media_type,
        filename=item.filename,
        size_bytes=item.size_bytes,
        sha256=item.sha256,
        url=item.url,
        provider_media_id=item.provider_media_id,
        content_id=item.content_id,
        state=FileState.READY if ready else FileState.PENDING,
        reason="",
        thumbnail=None,
    )


def provider_id_of(event: InboundMessage) -> str:
    """What the provider calls it: its key without the kind; of a mail, its Message-ID."""
    if event.provider_id:
        return event.provider_id
    if event.mail is not None and event.mail.message_id:
        return event.mail.message_id
    return event.key.partition(":")[2]
