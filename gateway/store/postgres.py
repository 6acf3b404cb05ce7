"""PostgreSQL: any number of nodes on one database, the desk row their lock."""

import re
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from gateway.domain.desk import Desk
from gateway.domain.rows import TABLES, Key, Row, Table
from gateway.store.codec import CODECS
from gateway.store.errors import NotDurable
from gateway.store.session import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, Locked

if TYPE_CHECKING:
    from psycopg import Connection

PREFIX = "postgresql://"
IDLE_IN_TRANSACTION_MS = 2_000  # frees the desk from a node that stalls while it holds the lock
CONNECT_TIMEOUT_S = 3
STATEMENTS_KEPT = 512

_DESK = TABLES[Desk]
_DESK_COLUMNS = ",".join(f'"{column}"' for column in _DESK.columns)
_DESK_SETS = ",".join(f'"{column}"=%s' for column in _DESK.columns[1:])
_NOW = "(extract(epoch FROM clock_timestamp())*1000)::bigint"

# xmin is the transaction that wrote the row last: the version by which a node knows its own hand.
# Its low 32 bits are all that the row keeps.
_VERSIONS = "xmin::text::bigint,pg_current_xact_id()::text::bigint & 4294967295"
_LOCK = f"SELECT {_DESK_COLUMNS},{_VERSIONS},{_NOW} FROM desk WHERE id=%s FOR UPDATE"  # noqa: S608
_SAVE = f"UPDATE desk SET {_DESK_SETS} WHERE id=%s"  # noqa: S608

# The writer asks for rows by their keys and nothing else. Left to itself the planner would choose
# to read whole tables while they are small, and keep to that plan for the minutes until it hears
# that they have grown.
_PLANS = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

_TYPES = {int: "bigint", bool: "boolean"}
_ENCODE = msgspec.json.Encoder().encode
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class PostgresFlavour:
    """PostgreSQL's words: rows travel as one JSON parameter, keys as one array a column."""

    name: ClassVar[str] = "postgresql"
    mark: ClassVar[str] = "%s"

    def rows_source(self, table: Table) -> str:
        """json_to_recordset: a parameter a value would cost the client 3 microseconds each."""
        kinds = CODECS[table.row].kinds
        taken = ",".join(
            f"decode(x.\"{name}\",'base64')" if kind is bytes else f'x."{name}"'
            for name, kind in kinds.items()
        )
        typed = ",".join(f'"{name}" {_TYPES.get(kind, "text")}' for name, kind in kinds.items())
        return f"SELECT {taken} FROM json_to_recordset(%s::json) AS x({typed})"  # noqa: S608

    def rows_params(self, rows: Sequence[Row]) -> Sequence[Any]:
        """All rows as JSON; NUL, which PostgreSQL cannot hold, becomes the replacement sign."""
        text = _ENCODE(rows)
        if b"\\u0000" in text:
            text = _NUL.sub(rb"\1\\ufffd", text)
        return (text.decode(),)

    def keys_source(self, kinds: Sequence[type]) -> str:
        """Unnest, a row a key."""
        arrays = ",".join(f"%s::{_TYPES.get(kind, 'text')}[]" for kind in kinds)
        columns = ",".join(f"c{i}" for i in range(len(kinds)))
        return f"unnest({arrays}) AS k({columns})"

    def keys_params(self, keys: Sequence[Key]) -> Sequence[Any]:
        """One list a column."""
        return [list(column) for column in zip(*keys, strict=True)]


def connect(database: str, **options: Any) -> "Connection[tuple[Any, ...]]":
    """A connection that gives up on a server that does not answer."""
    import psycopg

    settings = {
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "lock_timeout": LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
        "synchronous_commit": "on",
        **options,
    }
    connection = psycopg.connect(
        database,
        autocommit=False,
        connect_timeout=CONNECT_TIMEOUT_S,
        tcp_user_timeout=LOCK_TIMEOUT_MS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        application_name="parley",
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        prepare_threshold=0,
    )
    connection.prepared_max = STATEMENTS_KEPT
    return connection


def demand_durable(connection: "Connection[tuple[Any, ...]]") -> None:
    """Refuse a server that acknowledges before the disk has it."""
    for name in ("synchronous_commit", "fsync", "full_page_writes"):
        row = connection.execute(f"SHOW {name}").fetchone()
        if row is None or row[0] not in ("on", "remote_apply"):
            value = row[0] if row else "?"
            connection.close()
            raise NotDurable(
                f"PostgreSQL runs {name}={value}; a commit would not survive a power cut."
                f" Set {name}=on."
            )
    connection.rollback()


class PostgresSession:
    """One connection that writes."""

    def __init__(self, database: str) -> None:
        self.flavour = PostgresFlavour()
        self._database = database
        self.connection = connect(database, **_PLANS)
        demand_durable(self.connection)

    @property
    def lost(self) -> bool:
        """True once the connection is gone."""
        return self.connection.closed

    def lock(self, desk: str) -> Locked:
        """Lock the desk row; its clock is the server's, spans are this machine's."""
        row = self._first(_LOCK, (desk,))
        *values, version, next_version, now = row
        return Locked(
            desk=Desk(**dict(zip(_DESK.columns, values, strict=True))),
            version=version,
            next_version=next_version,
            now_ms=now,
            monotonic_ms=time.monotonic_ns() // 1_000_000,
        )

    def begin(self) -> int:
        """The first statement begins the transaction."""
        now: int = self._first(f"SELECT {_NOW}")[0]
        return now

    def _first(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...]:
        """The one row of a transaction's first statement, on a new connection if need be.

        A connection that was cut while it did nothing has lost nothing.
        """
        import psycopg

        try:
            row = self.connection.execute(sql, params).fetchone()
        except psycopg.OperationalError:
            if not self.connection.closed:
                raise
            self.connection = connect(self._database, **_PLANS)
            demand_durable(self.connection)
            row = self.connection.execute(sql, params).fetchone()
        assert row is not None, "the desk has no row"
        return row

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self.connection.execute(sql, params).fetchall()

    def run(self, sql: str, params: Sequence[Any] = ()) -> None:
        """A statement without rows."""
        self.connection.execute(sql, params)

    def write(self, sql: str, params: Sequence[Any]) -> None:
        """All rows by one statement."""
        self.connection.execute(sql, params)

    def together(self) -> AbstractContextManager[object]:
        """A pipeline: one journey for all, while everybody else waits for the desk."""
        return self.connection.pipeline()

    def save_desk(self, desk: Desk) -> None:
        """Write the desk row; its version is this transaction's id."""
        values = msgspec.structs.astuple(desk)
        self.connection.execute(_SAVE, (*values[1:], values[0]))

    def commit(self) -> None:
        """COMMIT; synchronous."""
        self.connection.commit()

    def rollback(self) -> None:
        """ROLLBACK, if there is still anybody to tell."""
        import psycopg

        try:
            self.connection.rollback()
        except psycopg.Error:
            self.connection.close()

    def refuses(self, error: Exception) -> bool:
        """A broken constraint or a value out of range, as against a server that is not there."""
        import psycopg

        if self.connection.closed:
            return False
        return not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
