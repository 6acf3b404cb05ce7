"""Which conversations a reader may see, as a clause of SQL. The policy makes the Scope."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, true

from gateway.store.queries.keyed import among
from gateway.store.schema import metadata

conversation = metadata.tables["conversation"]
work = metadata.tables["work"]
offer = metadata.tables["offer"]
message = metadata.tables["message"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader sees: everybody's, or what is in their queues, theirs or held out to them.

    With accounts, of that only what ran over these and no other.
    """

    everybodys: bool = False
    login: str = ""
    queues: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing is out of sight."""
        return self.everybodys and not self.accounts


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who may see a conversation: the queues and the agents it was ever given to.

    And the accounts that it ran over, which are looked up for those only who are bound to accounts.
    """

    queues: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


NOT_SEEN = Seen()

_WORKS = (
    "SELECT w.conversation, w.queue, w.agent FROM {keys}"
    " CROSS JOIN work w WHERE w.conversation=k.c0"
)
_OFFERS = (
    "SELECT o.conversation, o.agent FROM offer o"
    " WHERE o.ended_at IS NULL AND o.conversation IN (SELECT c0 FROM {keys})"
)
_STANDS = "SELECT c.id, c.account FROM conversation c WHERE c.id IN (SELECT c0 FROM {keys})"
_RAN = (
    "SELECT DISTINCT m.conversation, m.account FROM message m"
    " WHERE m.conversation IN (SELECT c0 FROM {keys})"
)


def visible(scope: Scope, conversation_id: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
    """True of the conversations in scope. Without an argument: of the `conversation` table."""
    of = conversation.c.id if conversation_id is None else conversation_id
    return and_(_within(scope.accounts, of), true() if scope.everybodys else _theirs(scope, of))


def _within(accounts: frozenset[str], of: ColumnElement[Any]) -> ColumnElement[bool]:
    """It stands at one of the accounts, and no message of it came or went by another."""
    if not accounts:
        return true()
    mine, its, said = sorted(accounts), conversation.alias(), message.alias()
    here = select(its.c.id).where(its.c.id == of, its.c.account.in_(mine))
    elsewhere = select(said.c.id).where(said.c.conversation == of, said.c.account.not_in(mine))
    return and_(exists(here), ~exists(elsewhere))


def _theirs(scope: Scope, of: ColumnElement[Any]) -> ColumnElement[bool]:
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


def accounts_of(connection: Connection, conversations: Iterable[str]) -> dict[str, frozenset[str]]:
    """Of each conversation, the account where it stands and those that its messages went over."""
    ids = sorted(set(conversations))
    used: dict[str, set[str]] = {i: set() for i in ids}
    for statement in (_STANDS, _RAN):
        for conversation_id, account in among(connection, statement, ids):
            used[conversation_id].add(account)
    return {i: frozenset(used[i]) for i in ids}
