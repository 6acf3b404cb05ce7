"""Structs from rows: what every query here ends with."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, select

from gateway.domain import rows
from gateway.store.codec import CODECS
from gateway.store.schema import metadata

R = TypeVar("R", bound=rows.Row)


def table_of(row: type[rows.Row]) -> Table:
    """The table of a kind of row."""
    return metadata.tables[rows.TABLES[row].name]


def structs(row: type[R], found: Iterable[Row[Any]]) -> list[R]:
    """The rows of a `select(table)` as Structs."""
    from_sql = CODECS[row].from_sql
    return [from_sql(tuple(each)) for each in found]  # type: ignore[misc]


def all_of(connection: Connection, row: type[R], query: Select[Any]) -> list[R]:
    """Run a `select(table_of(row))`."""
    return structs(row, connection.execute(query))


def one_of(connection: Connection, row: type[R], **key: Any) -> R | None:
    """The row with these values, or None."""
    table = table_of(row)
    query = select(table).where(*(table.c[column] == value for column, value in key.items()))
    found = connection.execute(query.limit(1)).first()
    return structs(row, [found])[0] if found is not None else None
