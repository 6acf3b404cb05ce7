"""Promises: what stands at a desk, what may keep it, and the lists that people read."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select

from gateway.domain.message import Direction, Message
from gateway.domain.promise import Promise, places_of, stood
from gateway.store.queries.http_scope import Scope, visible
from gateway.store.queries.keyed import among, columns, decoded
from gateway.store.queries.rows import all_of, one_of, table_of

_LIVE = (
    f"SELECT {columns(Promise, 'p')} FROM {{keys}} CROSS JOIN promise p"  # noqa: S608
    " WHERE p.conversation=k.c0 AND p.ended_at IS NULL"
)

_ANSWERS = """
    SELECT m.conversation, m.id, m.at, m.state, m.author FROM {keys} CROSS JOIN message m
    WHERE m.conversation=k.c0 AND m.direction='out' AND NOT m.automatic"""


class Answer(NamedTuple):
    """A person's reply that may keep what was promised: where and when written, how far it got."""

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


def pending(connection: Connection, live: Iterable[Promise]) -> tuple[Answer, ...]:
    """Answers that were written where something that is promised stood then, in their order.

    One that is sent may be news to who decides.
    """
    of: dict[str, list[Promise]] = {}
    for promise in live:
        for place in {each.conversation for each in places_of(promise)}:
            of.setdefault(place, []).append(promise)
    found = [
        Answer(conversation, message, at, state, author.partition(":")[2])
        for conversation, message, at, state, author in among(connection, _ANSWERS, of)
    ]
    return tuple(
        each
        for each in sorted(found, key=lambda answer: (answer.at, answer.message))
        if any(
            each.at > promise.made_at and stood(promise, each.conversation, each.at)
            for promise in of[each.conversation]
        )
    )


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
