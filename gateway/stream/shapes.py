"""What people see of conversations, in the shapes of the API: rows, items, offers. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.conversation import Contact
from gateway.domain.events import Event
from gateway.domain.ids import scheme_of
from gateway.domain.message import (
    Answered,
    Attachment,
    Choice,
    Location,
    MailParts,
    Message,
    MessageBody,
    Note,
)
from gateway.domain.work import Offer, Turn, Work
from gateway.store.queries.http_rows import Bundle
from gateway.store.queries.http_timeline import Slice
from gateway.stream.basis import At, Shape, Waiting, maybe_at, waiting_view
from gateway.stream.judged import JudgementView, judgement_view
from gateway.stream.promised import PromiseBrief, promise_brief

ChannelOf = Callable[[str], str]  # the channel of an account; "" when it is not configured here

PREVIEW_CHARACTERS = 200


class Author(Shape, frozen=True, kw_only=True):
    """Who wrote it. kind: contact | agent | auto"""

    kind: str
    id: str
    name: str


class AttachmentView(Shape, frozen=True, kw_only=True):
    """A file of a message. state: pending | ready | refused; `url` is null until it is ready."""

    id: str
    filename: str
    media_type: str
    size_bytes: int | None
    url: str | None
    thumbnail_url: str | None
    inline: bool
    state: str
    reason: str


class Quote(Shape, frozen=True, kw_only=True):
    """The first words of the message that one answers, or is about."""

    id: str
    author: Author
    kind: str
    text: str


class MessageItem(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="message"
):
    """A message in a timeline."""

    id: str
    seq: int
    conversation: str
    direction: str
    kind: str
    author: Author
    account: str
    channel: str
    identity: str
    text: str
    state: str
    reason: str
    detail: str
    at: At
    automatic: bool
    verified: bool
    in_reply_to: str | None
    attachments: tuple[AttachmentView, ...]
    subject: str = ""
    html_url: str | None = None
    quoted: bool = False
    text_full: str = ""
    template: str = ""
    approved: str = ""  # the name of the provider's template that it was
    choices: tuple[Choice, ...] = ()
    choice: str = ""
    location: Location | None = None
    resent_as: str = ""
    waiting: Waiting | None = None
    quote: Quote | None = None
    answered: Answered | None = None  # by itself, from an article


class NoteItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="note"):
    """A note between colleagues."""

    id: str
    seq: int
    conversation: str
    author: Author
    text: str
    at: At


class EventItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """Something that happened. `body` is the event's own."""

    seq: int | None
    position: int
    kind: str
    at: At
    actor: str
    body: msgspec.Raw


Item = MessageItem | NoteItem | EventItem


class ContactBrief(Shape, frozen=True, kw_only=True):
    """Whom a conversation is with."""

    id: str
    name: str
    vip: bool
    language: str


class Preview(Shape, frozen=True, kw_only=True):
    """The first words of the newest message."""

    text: str
    direction: str
    at: At
    author: str


class WorkView(Shape, frozen=True, kw_only=True):
    """What routing makes of it."""

    id: str
    state: str
    queue: str
    agent: str | None
    channel: str
    enqueued_at: At
    priority: int


class TurnView(Shape, frozen=True, kw_only=True):
    """The customer waits for an answer."""

    metric: str
    opened_at: At
    due: At | None
    breached_at: At | None


class ConversationRow(Shape, frozen=True, kw_only=True):
    """A conversation in a list."""

    id: str
    status: str
    subject: str
    language: str
    channel: str
    account: str
    contact: ContactBrief
    preview: Preview | None
    seq: int
    opened_at: At
    updated_at: At
    inbound_at: At | None
    work: WorkView | None
    turn: TurnView | None
    judgement: JudgementView | None
    promise: PromiseBrief | None  # that is due first
    continued_in: str | None


class OfferView(Shape, frozen=True, kw_only=True):
    """Work held out to an agent until it expires."""

    id: str
    work: str
    conversation: ConversationRow | None
    agent: str
    queue: str
    channel: str
    created_at: At
    expires_at: At
    why: str


def author_of(author: str, names: Mapping[str, str]) -> Author:
    """An author as the log names it, with the name people know."""
    kind, _, name = author.partition(":")
    return Author(kind=kind, id=name, name=names.get(author, name if kind != "contact" else ""))


def attachment_view(attachment: Attachment) -> AttachmentView:
    """A file as the console shows it."""
    url = f"/api/v1/attachments/{attachment.id}" if attachment.is_ready else None
    return AttachmentView(
        id=attachment.id,
        filename=attachment.filename,
        media_type=attachment.media_type,
        size_bytes=attachment.size_bytes,
        url=url,
        thumbnail_url=f"{url}/thumbnail" if url and attachment.thumbnail else None,
        inline=attachment.content_id is not None,
        state=attachment.state,
        reason=attachment.reason,
    )


def message_item(message: Message, slice_: Slice, channel_of: ChannelOf) -> MessageItem:
    """A message as the console shows it."""
    body = msgspec.json.decode(message.body or "{}", type=MessageBody)
    mail = body.mail or MailParts()
    quoted = bool(mail.text_full) and mail.text_full != message.text
    return MessageItem(
        id=message.id,
        seq=message.seq,
        conversation=message.conversation,
        direction=message.direction,
        kind=message.kind,
        author=author_of(message.author, slice_.names),
        account=message.account,
        channel=channel_of(message.account) or scheme_of(message.identity),
        identity=message.identity,
        text=message.text,
        state=message.state,
        reason=message.reason,
        detail=message.detail,
        at=rfc3339(message.at),
        automatic=message.automatic,
        verified=message.verified,
        in_reply_to=message.in_reply_to,
        attachments=tuple(map(attachment_view, slice_.attachments.get(message.id, ()))),
        subject=mail.subject,
        html_url=f"/api/v1/messages/{message.id}/html" if mail.html else None,
        quoted=quoted,
        text_full=mail.text_full if quoted else "",
        template=body.template,
        approved=body.approved.name if body.approved is not None else "",
        choices=body.choices,
        choice=body.choice,
        location=body.location,
        resent_as=body.resent_as,
        waiting=waiting_view(slice_.sends.get(message.id)),
        quote=quote_view(slice_.quotes.get(message.id), slice_.names),
        answered=body.answered,
    )


def quote_view(quoted: Message | None, names: Mapping[str, str]) -> Quote | None:
    """What a message answers, as it shows it."""
    if quoted is None:
        return None
    return Quote(
        id=quoted.id,
        author=author_of(quoted.author, names),
        kind=quoted.kind,
        text=quoted.text[:PREVIEW_CHARACTERS],
    )


def note_item(note: Note, names: Mapping[str, str]) -> NoteItem:
    """A note as the console shows it."""
    return NoteItem(
        id=note.id,
        seq=note.seq,
        conversation=note.conversation,
        author=author_of(note.author, names),
        text=note.text,
        at=rfc3339(note.at),
    )


def event_item(event: Event) -> EventItem:
    """An event as a line of the timeline."""
    return EventItem(
        seq=event.seq,
        position=event.position,
        kind=event.kind,
        at=rfc3339(event.at),
        actor=event.actor,
        body=msgspec.Raw(event.body.encode()),
    )


def items(slice_: Slice, channel_of: ChannelOf) -> list[Item]:
    """A stretch of a timeline, the oldest first."""
    out: list[Item] = [message_item(m, slice_, channel_of) for m in slice_.messages]
    out += [*(note_item(n, slice_.names) for n in slice_.notes), *map(event_item, slice_.events)]
    return sorted(out, key=lambda item: item.seq or 0)


def work_view(work: Work) -> WorkView:
    """A piece of work as a row shows it."""
    return WorkView(
        id=work.id,
        state=work.state,
        queue=work.queue,
        agent=work.agent,
        channel=work.channel,
        enqueued_at=rfc3339(work.enqueued_at),
        priority=work.priority,
    )


def turn_view(turn: Turn) -> TurnView:
    """An open turn as a row shows it."""
    return TurnView(
        metric=turn.metric,
        opened_at=rfc3339(turn.opened_at),
        due=maybe_at(turn.due),
        breached_at=maybe_at(turn.breached_at),
    )


def contact_brief(contact: Contact | None, contact_id: str) -> ContactBrief:
    """Whom it is with; nobody any more when the person was erased."""
    if contact is None:
        return ContactBrief(id=contact_id, name="", vip=False, language="")
    return ContactBrief(
        id=contact.id, name=contact.name, vip=contact.vip, language=contact.language
    )


def conversation_row(bundle: Bundle, channel_of: ChannelOf) -> ConversationRow:
    """A conversation as a list shows it."""
    return ConversationRow(**row_fields(bundle, channel_of))


def row_fields(bundle: Bundle, channel_of: ChannelOf) -> dict[str, Any]:
    """The fields of a ConversationRow, for those that have more."""
    c, preview = bundle.conversation, bundle.preview
    return {
        "id": c.id,
        "status": c.status,
        "subject": c.subject,
        "language": c.language,
        "channel": channel_of(c.account) or scheme_of(c.identity),
        "account": c.account,
        "contact": contact_brief(bundle.contact, c.contact),
        "preview": None
        if preview is None
        else Preview(
            text=preview.text[:PREVIEW_CHARACTERS],
            direction=preview.direction,
            at=rfc3339(preview.at),
            author=preview.author,
        ),
        "seq": c.seq,
        "opened_at": rfc3339(c.opened_at),
        "updated_at": rfc3339(c.updated_at),
        "inbound_at": maybe_at(c.inbound_at),
        "work": work_view(bundle.work) if bundle.work is not None else None,
        "turn": turn_view(bundle.turn) if bundle.turn is not None else None,
        "judgement": judgement_view(bundle.judgement, bundle.program),
        "promise": promise_brief(bundle.promise),
        "continued_in": c.continued_in,
    }


def offer_view(offer: Offer, bundle: Bundle | None, channel_of: ChannelOf) -> OfferView:
    """An offer as its card shows it."""
    work = bundle.work if bundle is not None else None
    mine = work if work is not None and work.id == offer.work else None
    return OfferView(
        id=offer.id,
        work=offer.work,
        conversation=conversation_row(bundle, channel_of) if bundle is not None else None,
        agent=offer.agent,
        queue=mine.queue if mine is not None else "",
        channel=mine.channel if mine is not None else "",
        created_at=rfc3339(offer.created_at),
        expires_at=rfc3339(offer.expires_at),
        why=mine.why if mine is not None else "",
    )
