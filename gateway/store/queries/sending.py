"""What sending needs: where a reply goes, and a message with its files."""

from collections.abc import Iterable
from typing import cast

import msgspec
from sqlalchemy import Connection, select

from gateway.contract.outbound import OutboundMessage
from gateway.domain.conversation import Conversation
from gateway.domain.message import Direction, MailParts, Message, MessageBody
from gateway.store.codec import CODECS
from gateway.store.queries.http_people import family
from gateway.store.queries.http_rows import survivor
from gateway.store.queries.keyed import keyed
from gateway.store.schema import metadata
from gateway.verbs.message import File

_conversation = metadata.tables["conversation"]
_message = metadata.tables["message"]
_identity = metadata.tables["identity"]
_attachment = metadata.tables["attachment"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the customer wrote last, and what an answer there refers to."""

    account: str
    identity: str
    local: str
    subject: str  # of what is answered, else of the conversation
    language: str
    status: str
    in_reply_to: str | None  # what the provider calls the message it answers
    mail: MailParts | None  # of the mail that an answer answers, its references made ours


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message to send."""

    message: Message
    files: tuple[File, ...]
    language: str
    answered: str  # the payload of the message it answers


def place(
    connection: Connection, desk: str, conversation_id: str, message_id: str | None = None
) -> Place | None:
    """Where a reply of this conversation goes, or one to a message of it; None without such."""
    conversation = _conversation_of(connection, conversation_id)
    if conversation is None or conversation.desk != desk:
        return None
    if message_id is not None:
        message = _message_of(connection, message_id)
        if message is None or message.conversation != conversation_id:
            return None
        return _beside(conversation, message)
    newest = connection.execute(
        select(_message)
        .where(
            _message.c.conversation == conversation_id,
            _message.c.direction == Direction.IN.value,
            _message.c.identity == conversation.identity,
        )
        .order_by(_message.c.seq.desc())
        .limit(1)
    ).first()
    answered = cast("Message", CODECS[Message].from_sql(tuple(newest))) if newest else None
    mail = _mail_of(answered)
    return Place(
        account=conversation.account,
        identity=conversation.identity,
        local=conversation.local,
        subject=(mail.subject if mail is not None else "") or conversation.subject,
        language=conversation.language,
        status=conversation.status,
        in_reply_to=mail.message_id or None if mail is not None else None,
        mail=mail,
    )


def addresses(connection: Connection, desk: str, conversation_id: str) -> list[str]:
    """The addresses of whom a conversation is with, the last heard of first."""
    conversation = _conversation_of(connection, conversation_id)
    person = survivor(connection, conversation.contact) if conversation is not None else None
    if person is None:
        return []
    found = connection.execute(
        select(_identity.c.urn)
        .where(_identity.c.desk == desk, _identity.c.contact.in_(family(connection, person.id)))
        .order_by(_identity.c.seen_at.desc())
    )
    return list(found.scalars())


def taken(
    connection: Connection, message_id: str, account: str, provider_ids: Iterable[str]
) -> frozenset[str]:
    """Those of these ids by which the provider calls other messages."""
    found = keyed(connection, Message, ((account, each) for each in provider_ids), by="provider")
    return frozenset(m.provider_id for m in found if m.provider_id and m.id != message_id)


def _beside(conversation: Conversation, answered: Message) -> Place:
    """Where the message stands that is answered, and its name there."""
    mail = _mail_of(answered)
    return Place(
        account=answered.account,
        identity=answered.identity,
        local=answered.local,
        subject=(mail.subject if mail is not None else "") or conversation.subject,
        language=conversation.language,
        status=conversation.status,
        in_reply_to=(mail.message_id if mail is not None else "") or answered.provider_id,
        mail=mail,
    )


def _mail_of(answered: Message | None) -> MailParts | None:
    """The mail that is answered, with itself as the newest of its references."""
    if answered is None:
        return None
    mail = msgspec.json.decode(answered.body, type=MessageBody).mail
    if mail is None or not mail.message_id:
        return mail
    chain = (*mail.references, mail.message_id)
    return msgspec.structs.replace(mail, references=tuple(dict.fromkeys(chain)))


def outgoing(connection: Connection, message_id: str) -> Outgoing | None:
    """A message with its files; None when it is gone."""
    message = _message_of(connection, message_id)
    if message is None:
        return None
    conversation = _conversation_of(connection, message.conversation)
    files = connection.execute(
        select(
            _attachment.c.sha256,
            _attachment.c.media_type,
            _attachment.c.filename,
            _attachment.c.size_bytes,
        )
        .where(_attachment.c.message == message_id)
        .order_by(_attachment.c.place)
    )
    return Outgoing(
        message=message,
        files=tuple(
            File(sha256=sha256, media_type=media_type, filename=filename, size_bytes=size or 0)
            for sha256, media_type, filename, size in files
            if sha256 is not None
        ),
        language=conversation.language if conversation is not None else "",
        answered=_payload_of_answered(connection, message),
    )


def heard(connection: Connection, message: OutboundMessage, since: int) -> str:
    """What its adapter kept of the last message that the customer wrote there since then."""
    newest = connection.execute(
        select(_message)
        .where(
            _message.c.conversation == message.conversation,
            _message.c.direction == Direction.IN.value,
            _message.c.identity == message.recipient,
            _message.c.at > since,
        )
        .order_by(_message.c.seq.desc())
        .limit(1)
    ).first()
    said = cast("Message", CODECS[Message].from_sql(tuple(newest))) if newest else None
    if said is None or (said.account, said.local) != (message.account, message.sender):
        return ""
    late = said.provider_at is not None and said.provider_at <= since
    return "" if late else msgspec.json.decode(said.body, type=MessageBody).payload


def _payload_of_answered(connection: Connection, message: Message) -> str:
    """What its adapter kept of the message, theirs or ours, that this one answers."""
    if message.in_reply_to is None:
        return ""
    body = connection.execute(
        select(_message.c.body)
        .where(
            _message.c.account == message.account,
            _message.c.provider_id == message.in_reply_to,
            _message.c.conversation == message.conversation,
        )
        .limit(1)
    ).scalar()
    return msgspec.json.decode(body, type=MessageBody).payload if body else ""


def _message_of(connection: Connection, message_id: str) -> Message | None:
    row = connection.execute(select(_message).where(_message.c.id == message_id)).first()
    return cast("Message", CODECS[Message].from_sql(tuple(row))) if row else None


def _conversation_of(connection: Connection, conversation_id: str) -> Conversation | None:
    row = connection.execute(
        select(_conversation).where(_conversation.c.id == conversation_id)
    ).first()
    return cast("Conversation", CODECS[Conversation].from_sql(tuple(row))) if row else None
