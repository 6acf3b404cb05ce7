"""Promises: what stands at a desk, what may keep it, and the lists that people read."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import CTE, Connection, and_, or_, select

from gateway.domain.conversation import Conversation
from gateway.domain.message import Direction, Message
from gateway.domain.promise import Promise
from gateway.store.queries.http_scope import Scope, visible
from gateway.store.queries.keyed import among, columns, decoded
from gateway.store.queries.rows import all_of, one_of, table_of

_LIVE = (
    f"SELECT {columns(Promise, 'p')} FROM {{keys}} CROSS JOIN promise p"  # noqa: S608
    " WHERE p.conversation=k.c0 AND p.ended_at IS NULL"
)


class Answer(NamedTuple):
    """A person's reply that may keep what was promised: when it was written, how far it got."""

    conversation: str
    message: str
    at: int
    state: str
    agent: str = ""  # login


def all_live(connection: Connection, desk: str) -> tuple[Promise, ...]:
    """What stands at a desk."""
    rows = table_of(Promise)
    query = select(rows).where(rows.c.desk == desk, rows.c.ended_at.is_(None))
    return tuple(all_of(connection, Promise, query.order_by(rows.c.due, rows.c.id)))


def pending(connection: Connection, desk: str) -> tuple[Answer, ...]:
    """Answers where something is promised, or in what went on there.

    One that is sent may be news to who decides.
    """
    rows, messages, before = table_of(Promise), table_of(Message), _before(desk)
    query = (
        select(
            before.c.into,
            messages.c.id,
            messages.c.at,
            messages.c.state,
            messages.c.author,
        )
        .join(before, before.c.conversation == messages.c.conversation)
        .join(rows, rows.c.conversation == before.c.into)
        .where(
            rows.c.desk == desk,
            rows.c.ended_at.is_(None),
            messages.c.direction == Direction.OUT.value,
            messages.c.automatic.is_(False),
            messages.c.at > rows.c.made_at,
        )
        .distinct()
    )
    return tuple(
        Answer(conversation, message, at, state, author.partition(":")[2])
        for conversation, message, at, state, author in connection.execute(query)
    )


def _before(desk: str) -> CTE:
    """Conversations where something is promised, each with itself and all that went on in it."""
    rows, conversations = table_of(Promise), table_of(Conversation)
    before = (
        select(rows.c.conversation.label("into"), rows.c.conversation.label("conversation"))
        .where(rows.c.desk == desk, rows.c.ended_at.is_(None))
        .cte("before", recursive=True)
    )
    further = select(before.c.into, conversations.c.id).where(
        conversations.c.continued_in == before.c.conversation
    )
    return before.union(further)


def is_with_machine(connection: Connection, conversation: str) -> bool:
    """Whether what came last in a conversation was written by a machine."""
    messages = table_of(Message)
    query = (
        select(messages.c.automatic)
        .where(messages.c.conversation == conversation, messages.c.direction == Direction.IN.value)
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    return bool(connection.execute(query).scalar())


def one(connection: Connection, ident: str) -> Promise | None:
    """A promise."""
    return one_of(connection, Promise, id=ident)


def first_due(connection: Connection, conversations: Iterable[str]) -> dict[str, Promise]:
    """What each conversation's customer waits for first."""
    found = decoded(Promise, among(connection, _LIVE, conversations))
    return {p.conversation: p for p in sorted(found, key=lambda p: (p.due, p.id), reverse=True)}


class Wanted(NamedTuple):
    """Which promises a list shows; what is empty may be anything."""

    owner: str = ""
    conversation: str = ""
    states: tuple[str, ...] = ()
    due_before: int | None = None


def listed(
    connection: Connection,
    desk: str,
    scope: Scope,
    wanted: Wanted,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Promise]:
    """Promises of conversations in scope, the first due first."""
    rows = table_of(Promise)
    query = select(rows).where(rows.c.desk == desk, visible(scope, rows.c.conversation))
    if wanted.owner:
        query = query.where(rows.c.owner == wanted.owner)
    if wanted.conversation:
        query = query.where(rows.c.conversation == wanted.conversation)
    if wanted.states:
        query = query.where(rows.c.state.in_(wanted.states))
    if wanted.due_before is not None:
        query = query.where(rows.c.due < wanted.due_before)
    if after is not None:
        due, ident = after
        query = query.where(or_(rows.c.due > due, and_(rows.c.due == due, rows.c.id > ident)))
    return all_of(connection, Promise, query.order_by(rows.c.due, rows.c.id).limit(limit))


def ended(connection: Connection, desk: str, since: int, until: int) -> list[Promise]:
    """Those that were over in [since, until), in no order."""
    rows = table_of(Promise)
    query = select(rows).where(
        rows.c.desk == desk, rows.c.ended_at >= since, rows.c.ended_at < until
    )
    return all_of(connection, Promise, query)
