"""What screens show of conversations from memory is what the tables say, whatever happens."""

import asyncio
from pathlib import Path

import pytest

from gateway.domain.events import Event
from gateway.store import Store
from gateway.stream import Joiner, Pages
from tests.simulation.run import Run

SEEDS = 12


class Watched(Run):
    """A run whose every event is joined twice: with what was kept, and with nothing kept."""

    def __init__(self, seed: int, directory: Path) -> None:
        super().__init__(seed, directory)
        self.shown = 0
        self.kept = 0
        self.different: list[str] = []

    async def _born(self) -> Store:
        store = await super()._born()
        self._pages = Pages()
        self._joiner = Joiner(store.look, store.desk, lambda _: "sim", self._pages)
        self._news = asyncio.Event()
        self._seen = store.head()
        store.on_rows.append(self._pages.committed)
        store.on_commit.append(self._committed)
        self._screen = asyncio.create_task(self._watch(store))
        return store

    def _committed(self, _events: list[Event]) -> None:
        self._news.set()

    async def _watch(self, store: Store) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while events := await store.follow(self._seen):
                self._seen = events[-1].position
                where = {event.conversation or "" for event in events}
                self.kept += len(self._pages.held(where, ()).pages)
                kept = await self._joiner.join(events)
                read = await Joiner(store.look, store.desk, lambda _: "sim").join(events)
                self.shown += len(events)
                for ours, theirs in zip(kept, read, strict=True):
                    if (ours.worded, ours.seen) != (theirs.worded, theirs.seen):
                        self.different.append(f"{ours.worded!r} is not {theirs.worded!r}")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_memory_and_tables_agree(seed: int, tmp_path: Path) -> None:
    """Each frame is the same, words and readers, as if it were read from the tables."""
    run = Watched(seed, tmp_path)
    run.go()
    assert run.different == []
    assert run.shown > 100
    assert run.kept > 20, "some of it was not read again"
