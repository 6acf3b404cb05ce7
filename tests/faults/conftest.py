"""A desk to be killed, with providers that are not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.node import Node, make_store, prepared
from tests.faults.providers import Providers
from tests.store.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with people and nothing else, made once and copied."""
    data = tmp_path_factory.mktemp("blank")
    asyncio.run(make_store(data))
    return data


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    """Twilio and a mail server."""
    made = Providers()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def node_on_postgresql(
    server: PostgresServer, providers: Providers, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node that has not been started, on a database of its own."""
    uri = server.empty()
    made = Node(tmp_path, sms_api=providers.sms_api, mailbox=providers.mailbox, database=uri)
    await make_store(made.data, uri)
    yield made
    await made.kill()
    server.drop(uri)


@pytest.fixture
async def node(blank: Path, providers: Providers, tmp_path: Path) -> AsyncIterator[Node]:
    """A node that has not been started."""
    made = await prepared(blank, tmp_path, sms_api=providers.sms_api, mailbox=providers.mailbox)
    yield made
    await made.kill()
