"""What the desk's owner needs: what stands when it takes over, and what it must know of a case."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Connection, Table, select

from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.desk import Rulebook
from gateway.domain.message import Direction, Message, MessageBody, MessageState
from gateway.domain.rows import Row
from gateway.domain.work import AgentState, Offer, Turn, Work
from gateway.store.codec import CODECS
from gateway.store.schema import metadata

_t = metadata.tables
R = TypeVar("R", bound=Row)

UNTOLD = (MessageState.QUEUED.value, MessageState.UNKNOWN.value)


class PendingReply(msgspec.Struct, frozen=True, kw_only=True):
    """A person's answer that is written and not yet sent."""

    message: str
    conversation: str
    at: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All that is live at a desk, as its tables have it."""

    applied: int
    works: tuple[Work, ...]
    offers: tuple[Offer, ...]
    agents: tuple[AgentState, ...]
    turns: tuple[Turn, ...]
    pending: tuple[PendingReply, ...]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables say of a conversation that may need work."""

    conversation: Conversation
    contact: Contact
    text: str  # subject and words of its newest inbound messages, oldest first
    answered: bool
    last_agent: str | None


def rulebook(connection: Connection, desk: str) -> Rulebook | None:
    """The version in force; None before the first."""
    table = _t["rulebook"]
    return _first(connection, Rulebook, table, table.c.desk == desk, order=table.c.version.desc())


def standing(connection: Connection, desk: str) -> Standing:
    """Everything a new owner starts from; the log's tail follows."""
    work, offer, agents, turn = _t["work"], _t["offer"], _t["agent_state"], _t["turn"]
    # By the columns that are indexed where they are set: history may be a thousand times larger.
    turns = _all(connection, Turn, turn, turn.c.desk == desk, turn.c.open_of.is_not(None))
    applied = connection.execute(
        select(_t["desk"].c.applied).where(_t["desk"].c.id == desk)
    ).scalar_one()
    return Standing(
        applied=applied,
        works=_all(connection, Work, work, work.c.desk == desk, work.c.live_of.is_not(None)),
        offers=_all(connection, Offer, offer, offer.c.desk == desk, offer.c.ended_at.is_(None)),
        agents=_all(connection, AgentState, agents, agents.c.desk == desk),
        turns=turns,
        pending=_pending(connection, desk),
    )


def _pending(connection: Connection, desk: str) -> tuple[PendingReply, ...]:
    """Answers on their way in open turns, in one query however many turns there are."""
    message, turn = _t["message"], _t["turn"]
    rows = connection.execute(
        select(message.c.id, message.c.conversation, message.c.at)
        .join(turn, turn.c.open_of == message.c.conversation)
        .where(
            turn.c.desk == desk,
            turn.c.open_of.is_not(None),
            message.c.direction == Direction.OUT.value,
            message.c.automatic.is_(False),
            message.c.state.in_(UNTOLD),
            message.c.at >= turn.c.opened_at,
        )
        .order_by(turn.c.id, message.c.seq)
    )
    return tuple(PendingReply(message=m, conversation=c, at=at) for m, c, at in rows)


def known(connection: Connection, conversations: Iterable[str]) -> dict[str, Known]:
    """What the tables say of these conversations; absent ones are left out."""
    out: dict[str, Known] = {}
    table, people = _t["conversation"], _t["contact"]
    for conversation_id in conversations:
        conversation = _first(connection, Conversation, table, table.c.id == conversation_id)
        if conversation is None:
            continue
        contact = _first(connection, Contact, people, people.c.id == conversation.contact)
        assert contact is not None, f"conversation {conversation_id} has no contact"
        out[conversation_id] = _known(connection, conversation, contact)
    return out


def _known(connection: Connection, conversation: Conversation, contact: Contact) -> Known:
    message, work = _t["message"], _t["work"]
    inbound = _all(
        connection,
        Message,
        message,
        message.c.conversation == conversation.id,
        message.c.direction == Direction.IN.value,
        order=message.c.seq.desc(),
        limit=5,
    )
    answered = connection.execute(
        select(message.c.id)
        .where(
            message.c.conversation == conversation.id,
            message.c.direction == Direction.OUT.value,
            message.c.automatic.is_(False),
        )
        .limit(1)
    ).first()
    last = connection.execute(
        select(work.c.agent)
        .where(work.c.conversation == conversation.id, work.c.agent.is_not(None))
        .order_by(work.c.enqueued_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    return Known(
        conversation=conversation,
        contact=contact,
        text="\n".join(filter(None, (conversation.subject, *map(_words, reversed(inbound))))),
        answered=answered is not None,
        last_agent=last,
    )


def _words(message: Message) -> str:
    mail = msgspec.json.decode(message.body, type=MessageBody).mail
    subject = mail.subject if mail is not None else ""
    return f"{subject}\n{message.text}" if subject else message.text


def unserved(connection: Connection, desk: str) -> tuple[str, ...]:
    """Open conversations with an open turn and no live work: their customers wait unseen."""
    conversation, work, turn = _t["conversation"], _t["work"], _t["turn"]
    rows = connection.execute(
        select(conversation.c.id)
        .join(turn, turn.c.open_of == conversation.c.id)
        .outerjoin(work, work.c.live_of == conversation.c.id)
        .where(
            conversation.c.desk == desk,
            conversation.c.status == Status.OPEN.value,
            work.c.id.is_(None),
        )
        .order_by(conversation.c.opened_at)
    )
    return tuple(row[0] for row in rows)


def _all(
    connection: Connection,
    row: type[R],
    table: Table,
    *where: Any,
    order: Any = None,
    limit: int | None = None,
) -> tuple[R, ...]:
    query = select(table).where(*where)
    if order is not None:
        query = query.order_by(order)
    if limit is not None:
        query = query.limit(limit)
    codec = CODECS[row]
    return tuple(cast("R", codec.from_sql(tuple(found))) for found in connection.execute(query))


def _first(
    connection: Connection, row: type[R], table: Table, *where: Any, order: Any = None
) -> R | None:
    found = _all(connection, row, table, *where, order=order, limit=1)
    return found[0] if found else None
