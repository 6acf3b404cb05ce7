"""The readers: a few threads, each with a connection that cannot write."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from gateway.store.errors import StoreUnavailable

T = TypeVar("T")
P = ParamSpec("P")
Query = Callable[Concatenate[Connection, P], T]

READERS = 3
WAITING_LIMIT = 256  # reads under way or waiting; past it the answer is 503
READ_DEADLINE_MS = 5_000


class Reader:
    """Runs queries off the event loop, each within a deadline."""

    def __init__(self, engine: Engine, *, inline: bool = False) -> None:
        self._engine = engine
        self._inline = inline
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._open = 0

    async def read(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `query(connection, ...)` returns, on a connection of a pool."""

        def run() -> T:
            with self._engine.connect() as connection:
                return query(connection, *args, **kwargs)

        found: T = await self._bounded(run)
        return found

    async def _bounded(self, run: Callable[[], Any]) -> Any:
        if self._inline:
            return run()
        if self._open >= WAITING_LIMIT:
            raise StoreUnavailable(f"{WAITING_LIMIT} reads wait already; ask again in a moment")
        self._open += 1
        running = self._loop.run_in_executor(self._threads, run)
        running.add_done_callback(self._closed)
        try:
            async with asyncio.timeout(READ_DEADLINE_MS / 1_000):
                return await asyncio.shield(running)
        except TimeoutError:
            raise StoreUnavailable(
                f"a read took longer than {READ_DEADLINE_MS} ms; ask for less"
            ) from None

    def _closed(self, running: asyncio.Future[Any]) -> None:
        self._open -= 1
        if not running.cancelled():
            running.exception()  # seen: whoever asked may have gone

    async def close(self) -> None:
        """Stop the threads and close their connections."""
        await self._loop.run_in_executor(None, self._threads.shutdown)
        self._engine.dispose()
