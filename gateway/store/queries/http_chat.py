"""What a visitor of a chat may see: their own messages and the answers to them.

A visitor's cursor is a position in the log, not a conversation's seq: it goes on when the visitor
comes back after a conversation was resolved and a new one began.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select

from gateway.domain.access import Visitor
from gateway.domain.conversation import Conversation, Identity
from gateway.domain.message import Attachment, Direction, Message, MessageState
from gateway.domain.silence import Stage
from gateway.domain.survey import Survey
from gateway.domain.work import Work
from gateway.store.codec import CODECS
from gateway.store.queries import surveys
from gateway.store.queries.http_people import family
from gateway.store.queries.http_rows import one, rows, survivor
from gateway.store.queries.http_timeline import attachments_of, names_of
from gateway.store.schema import metadata

_t = metadata.tables
_message = _t["message"]
_event = _t["event"]

PAGE = 200
ASKS = f"auto:{Stage.SURVEY}"  # who writes what asks how it went
NEVER_SHOWN = (MessageState.FAILED.value, MessageState.HELD.value)
UNREAD = (MessageState.SENT.value, MessageState.DELIVERED.value)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message and its position in the log."""

    position: int
    message: Message
    attachments: list[Attachment]
    survey: Survey | None = None  # that it asks


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What the visitor's window shows."""

    contact: str | None  # None until the first message
    conversation: str | None
    agent: str | None  # the name of whoever has it
    said: list[Said]
    names: dict[str, str]
    more: bool


def visitor_of(connection: Connection, token_hash: str) -> Visitor | None:
    """The visitor of a token."""
    return one(connection, Visitor, token_hash)


def room(
    connection: Connection, desk: str, urn: str, after: int, again: Sequence[str] = ()
) -> Room:
    """The visitor's conversation past a position; from 0: the newest, and what went on in it.

    `again` are messages to be read once more, because something of them was not here yet.
    """
    identity = one(connection, Identity, desk, urn)
    contact = survivor(connection, identity.contact) if identity is not None else None
    if contact is None:
        return Room(contact=None, conversation=None, agent=None, said=[], names={}, more=False)
    conversation = _t["conversation"]
    newest = contact.conversation
    where: ColumnElement[bool] = conversation.c.contact.in_(family(connection, contact.id))
    theirs = rows(connection, Conversation, where)
    everywhere = [c.id for c in theirs] if after else _standing(newest, theirs)
    unseen = or_(_event.c.position > after, _message.c.id.in_(again))
    found = _said(connection, everywhere, urn, unseen if again else _event.c.position > after)
    page = found[:PAGE]
    attachments = attachments_of(connection, (m.id for _, m in page))
    authors = {m.author for _, m in page}
    asking = {m.conversation for _, m in page if m.author == ASKS}
    asked = {s.message: s for s in surveys.of_conversations(connection, asking)} if asking else {}
    agent = _agent_of(connection, newest)
    names = names_of(connection, desk, [*authors, f"agent:{agent}"])
    return Room(
        contact=contact.id,
        conversation=newest,
        agent=names.get(f"agent:{agent}", agent) if agent is not None else None,
        said=[
            Said(
                position=position,
                message=message,
                attachments=attachments.get(message.id, []),
                survey=asked.get(message.id),
            )
            for position, message in page
        ],
        names=names,
        more=len(found) > PAGE,
    )


def _standing(newest: str | None, theirs: Sequence[Conversation]) -> list[str]:
    """The newest conversation, and all that goes on in it, or ended as it was split from it."""
    found = {c.id: c for c in theirs if c.id == newest}
    while True:
        begun = {c.opened_at for c in found.values()}
        more = {
            c.id: c
            for c in theirs
            if c.id not in found and (c.continued_in in found or c.resolved_at in begun)
        }
        if not more:
            return sorted(found)
        found |= more


def _said(
    connection: Connection, conversations: Sequence[str], urn: str, *where: ColumnElement[bool]
) -> list[tuple[int, Message]]:
    """Messages from and to this address alone, in the order of the log."""
    if not conversations:
        return []
    same = and_(_event.c.conversation == _message.c.conversation, _event.c.seq == _message.c.seq)
    statement = (
        select(_event.c.position, *_message.c)
        .join(_event, same)
        .where(
            _message.c.conversation.in_(conversations),
            _message.c.identity == urn,
            _message.c.state.not_in(NEVER_SHOWN),
            *where,
        )
        .order_by(_event.c.position)
        .limit(PAGE + 1)
    )
    decode = CODECS[Message].from_sql
    return [
        (position, message)
        for position, *columns in connection.execute(statement)
        if isinstance(message := decode(columns), Message)
    ]


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that its visitor has not read, as far as we were told."""

    position: int
    message: str
    state: MessageState


_FLOOR = (
    select(_event.c.seq)
    .where(
        _event.c.conversation == _t["conversation"].c.id, _event.c.position <= bindparam("after")
    )
    .order_by(_event.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)


def unread(connection: Connection, desk: str, urn: str, after: int, upto: int) -> list[Unread]:
    """A visitor's unread answers, past one position and up to another, the oldest first.

    Of each conversation only what came after the first is looked at, from its end.
    """
    identity = one(connection, Identity, desk, urn)
    contact = survivor(connection, identity.contact) if identity is not None else None
    if contact is None:
        return []
    conversation = _t["conversation"]
    known = select(conversation.c.id, conversation.c.seq, _FLOOR).where(
        conversation.c.contact.in_(family(connection, contact.id))
    )
    newer = [
        and_(_message.c.conversation == id_, _message.c.seq > (floor or 0))
        for id_, seq, floor in connection.execute(known, {"after": after})
        if seq > (floor or 0)
    ]
    if not newer:
        return []
    same = and_(_event.c.conversation == _message.c.conversation, _event.c.seq == _message.c.seq)
    statement = (
        select(_event.c.position, _message.c.id, _message.c.state)
        .join(_event, same)
        .where(
            or_(*newer),
            _message.c.identity == urn,
            _message.c.direction == Direction.OUT.value,
            _message.c.state.in_(UNREAD),
            _event.c.position <= upto,
        )
        .order_by(_event.c.position)
        .limit(PAGE)
    )
    return [
        Unread(position=position, message=message, state=MessageState(state))
        for position, message, state in connection.execute(statement)
    ]


def _agent_of(connection: Connection, conversation: str | None) -> str | None:
    if conversation is None:
        return None
    work = rows(connection, Work, _t["work"].c.live_of == conversation, limit=1)
    return work[0].agent if work else None


def own_attachment(connection: Connection, urn: str, attachment_id: str) -> Attachment | None:
    """A file of a message from or to this address."""
    attachment = one(connection, Attachment, attachment_id)
    message = one(connection, Message, attachment.message) if attachment is not None else None
    return attachment if message is not None and message.identity == urn else None


def position_of_message(connection: Connection, message_id: str) -> tuple[int, str] | None:
    """Where in the log, and in which conversation, a message was committed."""
    message = one(connection, Message, message_id)
    if message is None:
        return None
    position = connection.execute(
        select(_event.c.position).where(
            _event.c.conversation == message.conversation, _event.c.seq == message.seq
        )
    ).scalar()
    return (int(position), message.conversation) if position is not None else None
