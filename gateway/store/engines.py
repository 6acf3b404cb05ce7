"""SQLAlchemy engines: for queries, which only read, and for migrations."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from gateway.store import postgres, sqlite
from gateway.store.session import READ_DEADLINE_MS

READERS = 3  # threads, each with a connection
IDLE_READ_MS = 60_000  # a reader holds no lock; this only lets the server clean up after it


def reading(database: str) -> Engine:
    """An engine whose connections cannot write, and see one moment from begin to end."""
    if not database.startswith(sqlite.PREFIX):
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: postgres.connect(
                database,
                default_transaction_read_only="on",
                statement_timeout=READ_DEADLINE_MS,
                idle_in_transaction_session_timeout=IDLE_READ_MS,
                jit="off",
            ),
            isolation_level="REPEATABLE READ",
            pool_size=READERS,
            max_overflow=0,
            pool_pre_ping=True,
        )
    path = sqlite.path_of(database)
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite.connect_reader(path),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
    )
    _begin_with(engine, "BEGIN")
    return engine


def migrating(database: str) -> Engine:
    """An engine for changes of the schema, each step one transaction on both engines."""
    if not database.startswith(sqlite.PREFIX):
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: postgres.connect(
                database,
                statement_timeout=0,
                lock_timeout=0,
                idle_in_transaction_session_timeout=0,
            ),
            poolclass=NullPool,
        )
    path = sqlite.path_of(database)
    engine = create_engine("sqlite://", creator=lambda: sqlite.connect(path), poolclass=NullPool)
    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def _begin_with(engine: Engine, statement: str) -> None:
    """SQLite's driver is in autocommit: we say ourselves when a transaction begins."""

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.connection.driver_connection.execute(statement)  # past all of SQLAlchemy's own


def raw_sqlite(connection: Any) -> sqlite3.Connection | None:
    """The driver's connection under a SQLAlchemy one, when it is SQLite's."""
    raw = connection.connection.driver_connection
    return raw if isinstance(raw, sqlite3.Connection) else None
