"""Stores to test: the same suite on a SQLite file and on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from gateway.domain.clock import Clock, SystemClock
from gateway.store import Store
from gateway.store.schema import metadata
from tests.blank import put_blank
from tests.store.postgres_server import PostgresServer
from tests.store.toys import DESK

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def migrated(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of a database with our schema in it; whoever uses it leaves it empty."""
    uri = server.empty()

    async def make() -> None:
        store = await Store.open(
            uri,
            data=tmp_path_factory.mktemp("template"),
            desk=DESK,
            node="template",
            clock=SystemClock(),
            random=Random(0),
        )
        await store.close()

    asyncio.run(make())
    return uri


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a database runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty store."""
    if engine == "sqlite":
        put_blank(tmp_path / "parley.sqlite3")
        yield f"sqlite:///{tmp_path}/parley.sqlite3"
        return
    uri: str = request.getfixturevalue("migrated")
    yield uri
    clear(uri)


def clear(uri: str) -> None:
    """Empty every table; at this size quicker than TRUNCATE, and than a copy of a template."""
    names = [name for name in metadata.tables if name != "alembic_version"]
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("; ".join(f"DELETE FROM {name}" for name in names))  # type: ignore[call-overload]


@pytest.fixture
async def open_store(database: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens stores on the database, and closes them after the test."""
    opened: list[Store] = []

    async def open_one(
        node: str = "n1", clock: Clock | None = None, seed: int = 0, **options: Any
    ) -> Store:
        store = await Store.open(
            options.pop("database", database),
            data=tmp_path / "data",
            desk=DESK,
            node=node,
            clock=clock or SystemClock(),
            random=Random(f"{node}{seed}"),
            **options,
        )
        opened.append(store)
        return store

    yield open_one
    for store in reversed(opened):
        await store.close()


@pytest.fixture
async def store(open_store: Callable[..., Any]) -> Store:
    """A store."""
    opened: Store = await open_store()
    return opened
