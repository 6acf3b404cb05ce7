"""Callbacks: one with its call, those of a person, those of a desk, who books which slot."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, func, or_, select

from gateway.domain.call import Call, Leg, Party
from gateway.domain.callback import Callback
from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Identity
from gateway.domain.message import Message
from gateway.domain.work import Work
from gateway.store.queries.http_people import family
from gateway.store.queries.http_scope import Scope, visible
from gateway.store.queries.rows import all_of, one_of, table_of


class OnCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call, its telephones, and the callback that it carries out."""

    call: Call
    legs: tuple[Leg, ...]
    callback: Callback | None


def one(connection: Connection, ident: str) -> Callback | None:
    """A callback."""
    return one_of(connection, Callback, id=ident)


def by_call(connection: Connection, ident: str) -> OnCall | None:
    """A call with its callback."""
    call = one_of(connection, Call, id=ident)
    if call is None:
        return None
    legs = table_of(Leg)
    return OnCall(
        call=call,
        legs=tuple(all_of(connection, Leg, select(legs).where(legs.c.call == ident))),
        callback=one_of(connection, Callback, id=call.callback) if call.callback else None,
    )


def live_of(connection: Connection, desk: str, conversation: str, number: str) -> Callback | None:
    """What is live of a conversation, else of a number."""
    rows = table_of(Callback)
    live = (rows.c.desk == desk, rows.c.live_of.is_not(None))
    query = select(rows).where(*live, rows.c.conversation == conversation)
    found = all_of(connection, Callback, query)
    return found[0] if found else one_of(connection, Callback, desk=desk, live_of=number)


def all_live(connection: Connection, desk: str) -> tuple[Callback, ...]:
    """All that is live at a desk."""
    rows = table_of(Callback)
    query = select(rows).where(rows.c.desk == desk, rows.c.live_of.is_not(None))
    return tuple(all_of(connection, Callback, query.order_by(rows.c.id)))


def rings(connection: Connection, desk: str, most: int) -> tuple[int, ...]:
    """How long the telephones of callbacks' customers rang until they were picked up."""
    legs, calls = table_of(Leg), table_of(Call)
    newest = (
        select(calls.c.id)
        .where(calls.c.desk == desk, calls.c.callback.is_not(None), calls.c.ended_at.is_not(None))
        .order_by(calls.c.ended_at.desc())
        .limit(most)
    )
    query = (
        select(legs.c.answered_at - legs.c.started_at)
        .where(
            legs.c.call.in_(newest),
            legs.c.party == Party.CUSTOMER.value,
            legs.c.answered_at.is_not(None),
        )
        .order_by(legs.c.id.desc())
    )
    return tuple(reversed([row[0] for row in connection.execute(query)]))


def met(connection: Connection, desk: str) -> tuple[tuple[int, bool], ...]:
    """The last day's calls in which a customer picked up before an agent: the end, and whether
    nobody came.
    """
    calls = table_of(Call)
    ours = (calls.c.desk == desk, calls.c.callback.is_not(None))
    last = select(func.max(calls.c.ended_at)).where(*ours)
    query = select(calls.c.ended_at, calls.c.outcome).where(
        *ours,
        calls.c.customer_first,
        calls.c.queued_at.is_not(None),
        calls.c.ended_at > last.scalar_subquery() - DAY_MS,
    )
    return tuple((row[0], row[1] == "abandoned") for row in connection.execute(query))


def met_first(connection: Connection, desk: str, since: int, until: int) -> dict[str, list[bool]]:
    """By callback that was over in [since, until): of each call in which its customer picked up
    before an agent was there, whether nobody came.
    """
    calls, rows = table_of(Call), table_of(Callback)
    query = (
        select(calls.c.callback, calls.c.outcome)
        .join(rows, rows.c.id == calls.c.callback)
        .where(rows.c.desk == desk, rows.c.ended_at >= since, rows.c.ended_at < until)
        .where(calls.c.customer_first, calls.c.queued_at.is_not(None))
    )
    found: dict[str, list[bool]] = {}
    for callback, outcome in connection.execute(query):
        found.setdefault(callback, []).append(outcome == "abandoned")
    return found


def listed(
    connection: Connection, desk: str, scope: Scope, *, before: str, live: bool, limit: int
) -> list[Callback]:
    """Callbacks of conversations in scope, the newest first; where asked only what is live or held.

    What is held takes a place at a time, which the index knows.
    """
    rows = table_of(Callback)
    query = select(rows).where(rows.c.desk == desk, visible(scope, rows.c.conversation))
    if live:
        query = query.where(or_(rows.c.live_of.is_not(None), rows.c.slot.is_not(None)))
    if before:
        query = query.where(rows.c.id < before)
    return all_of(connection, Callback, query.order_by(rows.c.id.desc()).limit(limit))


def ended(connection: Connection, desk: str, since: int, until: int) -> list[Callback]:
    """Those that were over in [since, until), in no order. What was only held is none."""
    rows = table_of(Callback)
    query = select(rows).where(
        rows.c.desk == desk,
        rows.c.ended_at >= since,
        rows.c.ended_at < until,
        rows.c.held_at.is_(None),
    )
    return all_of(connection, Callback, query)


def booked(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """How many have booked each of these slots."""
    rows = table_of(Callback)
    query = (
        select(rows.c.slot, func.count()).where(rows.c.slot.in_(list(keys))).group_by(rows.c.slot)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def queue_of(connection: Connection, conversation: str) -> str | None:
    """Where the live work of a conversation waits, or is done."""
    work = one_of(connection, Work, live_of=conversation)
    return work.queue if work is not None else None


def wish(connection: Connection, message: str) -> tuple[Message, tuple[str, ...]] | None:
    """A message, and the telephone numbers that are known of whoever wrote it."""
    found = one_of(connection, Message, id=message)
    if found is None:
        return None
    identities = table_of(Identity)
    whoever = family(connection, found.author.removeprefix("contact:"))
    query = select(identities).where(
        identities.c.contact.in_(whoever),
        identities.c.urn.like("tel:+%"),
    )
    own = all_of(connection, Identity, query.order_by(identities.c.seen_at.desc()))
    return found, tuple(each.urn.removeprefix("tel:") for each in own)
