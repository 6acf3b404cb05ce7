"""SQLAlchemy engines: for queries, which only read, and for migrations."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from gateway.store import postgres, sqlite
from gateway.store.session import READ_DEADLINE_MS

READERS = 3  # threads, each with a connection


def reading(database: str) -> Engine:
    """An engine whose connections cannot write."""
    if database.startswith(sqlite.PREFIX):
        path = sqlite.path_of(database)
        return create_engine(
            "sqlite://",
            creator=lambda: sqlite.connect_reader(path),
            poolclass=QueuePool,
            pool_size=READERS,
            max_overflow=0,
        )
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: postgres.connect(
            database, default_transaction_read_only="on", statement_timeout=READ_DEADLINE_MS
        ),
        pool_size=READERS,
        max_overflow=0,
        pool_pre_ping=True,
    )


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

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # The driver is in autocommit, so that schema changes can be rolled back too.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def raw_sqlite(connection: Any) -> sqlite3.Connection | None:
    """The driver's connection under a SQLAlchemy one, when it is SQLite's."""
    raw = connection.connection.driver_connection
    return raw if isinstance(raw, sqlite3.Connection) else None
