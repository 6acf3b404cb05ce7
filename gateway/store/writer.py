"""The writer: a bounded queue, and one thread that commits what has gathered in it."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from itertools import chain, repeat
from typing import Any, NamedTuple, TypeVar

import structlog

from gateway.domain.events import Event
from gateway.store.committer import Committed, Committer, Failed
from gateway.store.errors import StoreUnavailable
from gateway.store.session import Session
from gateway.verbs.change import Command

T = TypeVar("T")

log = structlog.get_logger()

QUEUE_LIMIT = 10_000  # commands; past it the answer is 503
BATCH_LIMIT = 64
BATCH_WORTH = 16  # commands that are worth a commit of their own while more come in
WINDOW_MS = 2  # how long a busy writer waits for so many; an idle one does not wait
BACKOFF_MS = (50, 100, 250, 500, 1_000, 2_000)  # between tries to reach a lost database

OnCommit = Callable[[list[Event], int], None]


class _Errand(NamedTuple):
    """Work of the store's own, in a transaction of its own."""

    run: Callable[[Session], Any]


class Writer:
    """Takes commands on the event loop, commits them in its thread, answers on the loop.

    `connect` opens a session, and again when one was lost; `committer` is None for a writer that
    only runs errands. Inline, the same code runs inside `submit`, for simulations.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        committer: Callable[[Session], Committer] | None,
        on_commit: OnCommit,
        *,
        inline: bool = False,
        name: str = "store-writer",
    ) -> None:
        self._connect = connect
        self._make_committer = committer
        self._on_commit = on_commit
        self._inline = inline
        self._queue: deque[tuple[Command | _Errand, asyncio.Future[Any]]] = deque()
        self._condition = threading.Condition()
        self._wanted = 1  # how many must have gathered before the thread is woken
        self._closing = False
        self._away = ""  # why the database cannot be reached; "" while it can
        self._gathered = 0  # commands of the last batch
        self._session: Session | None = None
        self._committer: Committer | None = None
        self._loop = asyncio.get_running_loop()
        self._open()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        if not inline:
            self._thread.start()

    # --- on the event loop ---

    async def submit(self, command: Command) -> Any:
        """The answer of `decide`, once it is committed."""
        return await self._enqueue(command)

    async def errand(self, run: Callable[[Session], T]) -> T:
        """What `run` returns; it begins and commits its own transaction."""
        answer: T = await self._enqueue(_Errand(run))
        return answer

    def busy(self) -> bool:
        """Whether the last batch held several commands."""
        return self._gathered > 1

    def depth(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def close(self) -> None:
        """Finish what was accepted, then stop."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        if not self._inline:
            await self._loop.run_in_executor(None, self._thread.join)
        elif self._session is not None:
            self._session.close()

    def _enqueue(self, item: Command | _Errand) -> asyncio.Future[Any]:
        if self._closing or self._away:
            raise StoreUnavailable("the store is closed" if self._closing else self._away)
        if len(self._queue) >= QUEUE_LIMIT:
            raise StoreUnavailable(f"{QUEUE_LIMIT} commands wait already; ask again in a moment")
        future = self._loop.create_future()
        if self._inline:
            self._answer(*self._process([(item, future)]))
            return future
        with self._condition:
            self._queue.append((item, future))
            if len(self._queue) >= self._wanted:
                self._condition.notify()
        return future

    def _answer(
        self, futures: list[asyncio.Future[Any]], answers: list[Any], done: Committed | None
    ) -> None:
        """Answer a whole batch, then tell of its events."""
        for future, answer in zip(futures, answers, strict=True):
            if future.done():
                continue  # whoever asked has gone; what they asked for stands
            if type(answer) is Failed:
                future.set_exception(answer.error)
            else:
                future.set_result(answer)
        if done is not None:
            self._on_commit(done.events, done.head)

    def on_loop(self, work: Callable[[], T]) -> T:
        """Run something on the event loop and wait for it, in the writer's thread.

        Two threads that both run Python take the interpreter's lock from each other hundreds of
        times a batch. So all of a batch but its commit runs where everything else runs.
        """
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(work())
            except BaseException as error:  # noqa: BLE001 -- it is told to the thread that waits
                answer.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return answer.result()

    # --- in the thread ---

    def _work(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                break
            try:
                futures, answers, done = self._process(batch)
            except Exception as error:  # a fault of ours must not end the thread and hang everybody
                log.exception("a batch failed in a way nobody foresaw", commands=len(batch))
                futures, done = [future for _, future in batch], None
                answers = [Failed(error)] * len(batch)
                self._lose()
            try:
                self._loop.call_soon_threadsafe(self._answer, futures, answers, done)
            except RuntimeError:
                break  # the loop has closed; nobody listens any more
            if self._away:
                self._reopen()
        if self._session is not None:
            self._session.close()

    def _take(self) -> list[tuple[Command | _Errand, asyncio.Future[Any]]]:
        """What has gathered, up to a batch; empty when it is time to stop."""
        queue = self._queue
        with self._condition:
            while not queue:
                if self._closing:
                    return []
                self._condition.wait()
            # To wait for a full batch would make the event loop and this thread take turns.
            if self._gathered > 1 and len(queue) < BATCH_WORTH and not self._closing:
                self._wanted = BATCH_WORTH
                self._condition.wait(WINDOW_MS / 1_000)
                self._wanted = 1
            if isinstance(queue[0][0], _Errand):
                return [queue.popleft()]
            batch: list[tuple[Command | _Errand, asyncio.Future[Any]]] = []
            while queue and len(batch) < BATCH_LIMIT and not isinstance(queue[0][0], _Errand):
                batch.append(queue.popleft())
        self._gathered = len(batch)
        return batch

    def _process(
        self, batch: list[tuple[Command | _Errand, asyncio.Future[Any]]]
    ) -> tuple[list[asyncio.Future[Any]], list[Any], Committed | None]:
        futures = [future for _, future in batch]
        if self._session is None:
            self._open()
        assert self._session is not None
        first = batch[0][0]
        if isinstance(first, _Errand):
            return futures, [self._run_errand(first, self._session)], None
        assert self._committer is not None, "this writer takes errands only"
        done = self._committer.run([command for command, _ in batch])  # type: ignore[misc]
        if done.down and self._session.lost:
            self._lose()
        return futures, done.answers, done

    def _run_errand(self, errand: _Errand, session: Session) -> Any:
        try:
            return errand.run(session)
        except Exception as error:  # noqa: BLE001 -- it is told to whoever asked
            session.rollback()
            if session.refuses(error):
                return Failed(error)
            if session.lost:
                self._lose()
            unavailable = StoreUnavailable(f"the store cannot be written: {error}")
            unavailable.__cause__ = error
            return Failed(unavailable)

    # --- a database that goes away ---

    def _open(self) -> None:
        self._session = self._connect()
        if self._make_committer is not None:
            self._committer = self._make_committer(self._session)

    def _lose(self) -> None:
        """Let go of a connection that is of no use any more; the thread opens another."""
        if self._session is not None:
            self._session.close()
        self._session = None
        if not self._inline:
            self._away = "the database is away; it is tried again every moment"

    def _reopen(self) -> None:
        """Try until the database is back. Meanwhile nobody waits: submit refuses at once."""
        for wait_ms in chain((0, *BACKOFF_MS), repeat(BACKOFF_MS[-1])):
            self._refuse_waiting()
            with self._condition:
                if wait_ms and not self._closing:
                    self._condition.wait(wait_ms / 1_000)
                if self._closing:
                    return
            try:
                self._open()
            except Exception as error:  # noqa: BLE001 -- whatever keeps it away is tried again
                self._away = f"the database is away: {error}"
            else:
                self._away = ""
                return

    def _refuse_waiting(self) -> None:
        with self._condition:
            futures = [future for _, future in self._queue]
            self._queue.clear()
        if futures:
            answers = [Failed(StoreUnavailable(self._away))] * len(futures)
            self._loop.call_soon_threadsafe(self._answer, futures, answers, None)
