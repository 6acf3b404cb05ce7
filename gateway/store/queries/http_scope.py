"""Which conversations a reader may see, as a clause of SQL. The policy makes the Scope."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, or_, select, true

from gateway.store.queries.keyed import among
from gateway.store.schema import metadata

conversation = metadata.tables["conversation"]
work = metadata.tables["work"]
offer = metadata.tables["offer"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader sees: everything, or what is in their queues, theirs or held out to them."""

    everything: bool = False
    login: str = ""
    queues: frozenset[str] = frozenset()


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who may see a conversation: the queues and the agents it was ever given to."""

    queues: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()


NOT_SEEN = Seen()

_WORKS = (
    "SELECT w.conversation, w.queue, w.agent FROM {keys}"
    " CROSS JOIN work w WHERE w.conversation=k.c0"
)
_OFFERS = (
    "SELECT o.conversation, o.agent FROM offer o"
    " WHERE o.ended_at IS NULL AND o.conversation IN (SELECT c0 FROM {keys})"
)


def visible(scope: Scope, conversation_id: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
    """True of the conversations in scope. Without an argument: of the `conversation` table."""
    if scope.everything:
        return true()
    of = conversation.c.id if conversation_id is None else conversation_id
    mine = work.c.agent == scope.login
    if scope.queues:
        mine = or_(mine, work.c.queue.in_(sorted(scope.queues)))
    return or_(
        exists(select(work.c.id).where(work.c.conversation == of, mine)),
        exists(
            select(offer.c.id).where(
                offer.c.conversation == of,
                offer.c.agent == scope.login,
                offer.c.ended_at.is_(None),
            )
        ),
    )


def seen_of(connection: Connection, conversations: Iterable[str]) -> dict[str, Seen]:
    """Of each conversation, the queues and agents that its pieces of work and live offers name."""
    ids = sorted(set(conversations))
    queues: dict[str, set[str]] = {i: set() for i in ids}
    agents: dict[str, set[str]] = {i: set() for i in ids}
    for conversation_id, queue, agent in among(connection, _WORKS, ids):
        queues[conversation_id].add(queue)
        agents[conversation_id].add(agent or "")
    for conversation_id, agent in among(connection, _OFFERS, ids):
        agents[conversation_id].add(agent)
    return {i: Seen(queues=frozenset(queues[i]), agents=frozenset(agents[i] - {""})) for i in ids}
