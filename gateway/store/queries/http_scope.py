"""Which conversations a reader may see, as a clause of SQL. The policy makes the Scope."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, exists, or_, select, true

from gateway.store.schema import metadata

conversation = metadata.tables["conversation"]
work = metadata.tables["work"]
offer = metadata.tables["offer"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader sees: everything, or what is in their queues, theirs or held out to them."""

    everything: bool = False
    login: str = ""
    queues: frozenset[str] = frozenset()


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
