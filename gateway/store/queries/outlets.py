"""Outlets, and the event that each is at."""

from sqlalchemy import Connection, select

from gateway.domain.desk import Desk
from gateway.domain.events import Event
from gateway.domain.outlet import Outlet
from gateway.store.queries.keyed import keyed
from gateway.store.queries.rows import all_of, table_of

_OUTLET = table_of(Outlet)
_DESK = table_of(Desk)


def outlet(connection: Connection, desk: str, name: str) -> Outlet | None:
    """One of them; None before its first event."""
    return next(iter(keyed(connection, Outlet, [(desk, name)])), None)


def outlets(
    connection: Connection, desk: str, after: str = "", limit: int | None = None
) -> list[Outlet]:
    """All that this desk ever had, by name, behind one of them."""
    query = select(_OUTLET).where(_OUTLET.c.desk == desk, _OUTLET.c.name > after)
    return all_of(connection, Outlet, query.order_by(_OUTLET.c.name).limit(limit))


def event_at(connection: Connection, desk: str, position: int) -> Event | None:
    """The event of a position."""
    return next(iter(keyed(connection, Event, [(desk, position)])), None)


def head(connection: Connection, desk: str) -> int:
    """The newest position of the log."""
    found: int = connection.execute(select(_DESK.c.head).where(_DESK.c.id == desk)).scalar_one()
    return found
