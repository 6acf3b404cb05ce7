"""The readers: a few threads, each with a connection that cannot write."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.store.engines import READERS, raw_sqlite
from gateway.store.errors import StoreUnavailable
from gateway.store.session import READ_DEADLINE_MS

T = TypeVar("T")
P = ParamSpec("P")
Query = Callable[Concatenate[Connection, P], T]

WAITING_LIMIT = 256  # reads under way or waiting; past it the answer is 503
STEPS_BETWEEN_LOOKS = 100_000  # of SQLite's machine; some milliseconds


class Reader:
    """Runs queries off the event loop, each within a deadline."""

    def __init__(self, engine: Engine, *, inline: bool = False) -> None:
        self._engine = engine
        self._inline = inline
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._open = 0
        self._kept: Connection | None = None  # inline; to get one anew costs as much as a query

    async def read(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `query(connection, ...)` returns, on a connection of a pool."""

        def run() -> T:
            return self._run(query, *args, **kwargs)

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
            raise _too_slow() from None

    def _run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        deadline = time.monotonic() + READ_DEADLINE_MS / 1_000
        try:
            with self._connected() as connection:
                raw = raw_sqlite(connection)
                if raw is not None:
                    # PostgreSQL has a statement_timeout; SQLite is asked to look at the clock.
                    raw.set_progress_handler(
                        lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS
                    )
                return query(connection, *args, **kwargs)
        except DBAPIError as error:
            if not (isinstance(error, OperationalError) or error.connection_invalidated):
                raise
            if time.monotonic() > deadline:
                raise _too_slow() from error
            raise StoreUnavailable(f"the store cannot be read: {error.orig}") from error

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection outside any transaction; what the query began ends with it."""
        if not self._inline:
            with self._engine.connect() as connection:
                yield connection
            return
        connection = self._kept or self._engine.connect()
        self._kept = None
        try:
            yield connection
            connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._kept = connection

    def _closed(self, running: asyncio.Future[Any]) -> None:
        self._open -= 1
        if not running.cancelled():
            running.exception()  # seen: whoever asked may have gone

    async def close(self) -> None:
        """Stop the threads and close their connections."""
        if self._kept is not None:
            self._kept.close()
        await self._loop.run_in_executor(None, self._threads.shutdown)
        self._engine.dispose()


def _too_slow() -> StoreUnavailable:
    return StoreUnavailable(f"a read took longer than {READ_DEADLINE_MS} ms; ask for less")
