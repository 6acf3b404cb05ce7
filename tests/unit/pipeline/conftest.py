"""A desk for those who ask for one."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.unit.pipeline.desk import Desk, hushed, opened


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with one toy channel, two agents in one queue and a minute for a first answer."""
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The faults here are meant."""
    with hushed():
        yield
