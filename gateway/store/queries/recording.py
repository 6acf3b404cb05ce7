"""What a replay is made of: what routing was told and what it decided, and what stands of it."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from sqlalchemy import Connection, func, select

from gateway.domain.events import Event
from gateway.domain.rows import Row
from gateway.domain.work import Turn, Work
from gateway.store.queries.keyed import among, columns, decoded
from gateway.store.queries.rows import structs, table_of

R = TypeVar("R", bound=Row)

KINDS = (
    *("work.changed", "offer.changed", "assignment.changed", "wrapup.changed"),
    *("agent.changed", "agent.asked", "node.lost"),
)
FETCHED = 5_000  # events held at once
SLICE = 500  # rows asked for at once

_EVENT = table_of(Event)
_WORKS = f"SELECT {columns(Work, 'w')} FROM {{keys}} CROSS JOIN work w WHERE w.id=k.c0"  # noqa: S608
_TURNS = f"""
    SELECT {columns(Turn, "t")} FROM {{keys}} CROSS JOIN turn t
    WHERE t.conversation=k.c0 ORDER BY t.opened_at, t.id
"""  # noqa: S608 names of our own columns


def head(connection: Connection, desk: str) -> int:
    """The position of the newest of them."""
    query = select(func.max(_EVENT.c.position)).where(_EVENT.c.desk == desk)
    return connection.execute(query).scalar_one() or 0


def told(connection: Connection, desk: str) -> Iterator[Event]:
    """All that concerns work and agents, oldest first."""
    query = (
        select(_EVENT)
        .where(_EVENT.c.desk == desk, _EVENT.c.kind.in_(KINDS))
        .order_by(_EVENT.c.position)
    )
    found = connection.execution_options(yield_per=FETCHED).execute(query)
    for part in found.partitions():
        yield from structs(Event, part)


def works(connection: Connection, ids: Iterable[str]) -> Iterator[Work]:
    """The pieces of work that have these ids."""
    return _sliced(connection, Work, _WORKS, ids)


def turns(connection: Connection, conversations: Iterable[str]) -> Iterator[Turn]:
    """The turns of these conversations; those of each in order."""
    return _sliced(connection, Turn, _TURNS, conversations)


def _sliced(connection: Connection, row: type[R], text: str, ids: Iterable[str]) -> Iterator[R]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), SLICE):
        yield from decoded(row, among(connection, text, wanted[start : start + SLICE]))
