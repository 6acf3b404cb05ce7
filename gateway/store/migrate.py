"""Bringing a database to this version's schema: each step whole or not at all."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from gateway.store.errors import SchemaTooNew

# Every revision, oldest first; the last is what this code reads and writes.
REVISIONS = ("0001",)
HEAD = REVISIONS[-1]

ADVISORY_LOCK = 7_238_112_906  # any number, the same on all nodes


def migrate(engine: Engine) -> None:
    """Take the steps that are missing. SchemaTooNew when the database is ahead of this code."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # Nodes that start together take turns; the lock goes with the connection.
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()
        current = revision_of(connection)
        connection.rollback()
        if current is not None and current not in REVISIONS:
            raise SchemaTooNew(
                f"the store has schema {current}, this Parley knows {HEAD}. Run the newer version,"
                " or restore an older backup."
            )
        if current != HEAD:
            _upgrade(connection)


def revision_of(connection: Connection) -> str | None:
    """The revision a database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_ours(connection: Connection) -> bool:
    """Whether the database has a store of Parley's, and not only some other program's tables."""
    return revision_of(connection) is not None and inspect(connection).has_table("desk")


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
