"""The log, read in order."""

from sqlalchemy import Connection, select

from gateway.domain.events import Event
from gateway.store.queries.rows import all_of, table_of

_EVENT = table_of(Event)


def events_after(connection: Connection, desk: str, after: int, limit: int) -> list[Event]:
    """Events past a position, dense, oldest first."""
    query = (
        select(_EVENT)
        .where(_EVENT.c.desk == desk, _EVENT.c.position > after)
        .order_by(_EVENT.c.position)
        .limit(limit)
    )
    return all_of(connection, Event, query)
