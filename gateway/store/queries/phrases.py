"""Words that people wrote themselves, and how often which words were used."""

from sqlalchemy import Connection, or_, select

from gateway.domain.events import Event
from gateway.domain.quickreply import THE_DESKS, QuickReply, Source, Usage
from gateway.store.queries.rows import all_of, table_of

_REPLY = table_of(QuickReply)
_USAGE = table_of(Usage)
_EVENT = table_of(Event)
_PEOPLE = ("agent:%", "token:%", "contact:%")


def quick_replies(
    connection: Connection, desk: str, login: str, after: str, limit: int
) -> list[QuickReply]:
    """Somebody's own and the desk's, the oldest first, behind one of them."""
    query = select(_REPLY).where(
        _REPLY.c.desk == desk, _REPLY.c.owner.in_((THE_DESKS, login)), _REPLY.c.id > after
    )
    return all_of(connection, QuickReply, query.order_by(_REPLY.c.id).limit(limit))


def quick_reply(connection: Connection, desk: str, login: str, name: str) -> QuickReply | None:
    """One of them; None too when it is somebody else's."""
    query = select(_REPLY).where(
        _REPLY.c.desk == desk, _REPLY.c.owner.in_((THE_DESKS, login)), _REPLY.c.id == name
    )
    return next(iter(all_of(connection, QuickReply, query)), None)


def usages(connection: Connection, desk: str, kind: Source) -> dict[str, Usage]:
    """How often each was used, by name; those that never were are absent."""
    query = select(_USAGE).where(_USAGE.c.desk == desk, _USAGE.c.kind == kind)
    return {usage.name: usage for usage in all_of(connection, Usage, query)}


def touched(connection: Connection, conversation: str, since: int, taker: str = "") -> bool:
    """Whether anybody but the desk itself did anything there behind this seq.

    taker: who asked routing for it meanwhile, which counts for nothing.
    """
    query = select(_EVENT.c.seq).where(
        _EVENT.c.conversation == conversation,
        _EVENT.c.seq > since,
        or_(*(_EVENT.c.actor.like(each) for each in _PEOPLE)),
        or_(_EVENT.c.kind != "agent.asked", _EVENT.c.actor != taker),
    )
    return connection.execute(query.limit(1)).first() is not None


def decision(connection: Connection, ran: Event, asked: int) -> Event | None:
    """What routing decided last of what a macro asked for; None: nothing yet."""
    query = select(_EVENT).where(
        _EVENT.c.conversation == ran.conversation,
        _EVENT.c.seq > ran.seq,
        _EVENT.c.cause == asked,
    )
    newest = query.order_by(_EVENT.c.seq.desc()).limit(1)
    return next(iter(all_of(connection, Event, newest)), None)
