"""How far pollers have come, and what came in."""

from sqlalchemy import Connection, select

from gateway.domain.delivery import Delivery
from gateway.store.queries.http_rows import one
from gateway.store.schema import metadata

_cursor = metadata.tables["cursor"]


def cursors_of(connection: Connection, account: str) -> dict[str, str]:
    """The committed cursors of an account, name to value."""
    rows = connection.execute(
        select(_cursor.c.name, _cursor.c.value).where(_cursor.c.account == account)
    )
    return {name: value for name, value in rows}  # noqa: C416 -- typed rows


def delivery_of(connection: Connection, delivery: str) -> Delivery | None:
    """A delivery as it was kept."""
    return one(connection, Delivery, delivery)
