"""Bringing a database to this version's schema."""

from sqlalchemy import Engine

from gateway.store.schema import metadata


def migrate(engine: Engine) -> None:
    """Create what is missing."""
    metadata.create_all(engine)
