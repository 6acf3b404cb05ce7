"""A desk to be killed, with providers that are not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.node import Node, make_store, prepared
from tests.faults.providers import Providers


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
async def node(blank: Path, providers: Providers, tmp_path: Path) -> AsyncIterator[Node]:
    """A node that has not been started."""
    made = await prepared(blank, tmp_path, sms_api=providers.sms_api, mailbox=providers.mailbox)
    yield made
    await made.kill()
