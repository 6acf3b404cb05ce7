"""How far pollers have come."""

from sqlalchemy import Connection, select

from gateway.store.schema import metadata

_cursor = metadata.tables["cursor"]


def cursors_of(connection: Connection, account: str) -> dict[str, str]:
    """The committed cursors of an account, name to value."""
    rows = connection.execute(
        select(_cursor.c.name, _cursor.c.value).where(_cursor.c.account == account)
    )
    return {name: value for name, value in rows}  # noqa: C416 -- typed rows
