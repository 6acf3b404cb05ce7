"""Rows by their keys, as the live screens want them: at once, many times a second.

The texts are made once. To build such a query, find its compiled form and spread its list of ids
costs SQLAlchemy ten times what the database needs for the answer.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection

from gateway.domain.rows import TABLES, Key, Row
from gateway.store.codec import CODECS
from gateway.store.postgres import PostgresFlavour
from gateway.store.sqlite import SqliteFlavour
from gateway.store.statements import Statements

R = TypeVar("R", bound=Row)

_ENGINES = {
    "sqlite": Statements(SqliteFlavour(), locking=False),
    "postgresql": Statements(PostgresFlavour(), locking=False),
}


def keyed(connection: Connection, row: type[R], keys: Iterable[Key], by: str = "") -> list[R]:
    """The rows that have these keys, or these values of an index."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    sql, params = _ENGINES[connection.dialect.name].selects(TABLES[row], by, wanted)
    return decoded(row, _found(connection, sql, params))


def among(connection: Connection, text: str, ids: Iterable[str]) -> Sequence[Any]:
    """What a query finds of these ids: `{keys}` in it becomes a FROM item `k`, they its c0."""
    wanted = [(each,) for each in sorted(set(ids))]
    if not wanted:
        return ()
    engine = connection.dialect.name
    params = _ENGINES[engine].flavour.keys_params(wanted)
    return _found(connection, _worded(engine, text), params)


def columns(row: type[Row], of: str) -> str:
    """All columns of a row, of the table with this alias: what `decoded` wants."""
    return ",".join(f'{of}."{column}"' for column in TABLES[row].columns)


def decoded(row: type[R], found: Iterable[Any]) -> list[R]:
    """Rows of all columns as Structs."""
    from_sql = CODECS[row].from_sql
    return [from_sql(tuple(each)) for each in found]  # type: ignore[misc]


def _found(connection: Connection, sql: str, params: Sequence[Any]) -> Sequence[Any]:
    """Of the driver itself, in the transaction of everything else that this reader asks."""
    if not connection.in_transaction():
        connection.begin()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, params)
        return cursor.fetchall()
    finally:
        cursor.close()


@cache
def _worded(engine: str, text: str) -> str:
    return text.replace("{keys}", _ENGINES[engine].flavour.keys_source([str]))
