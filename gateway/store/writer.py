"""The writer: a bounded queue, and one thread that commits what has gathered in it."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import chain, repeat
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

import structlog

from gateway.store.committer import Begun, Committed, Committer, Failed
from gateway.store.errors import StoreUnavailable
from gateway.store.session import Session
from gateway.verbs.change import Command

T = TypeVar("T")

log = structlog.get_logger()

QUEUE_LIMIT = 10_000  # commands; past it the answer is 503
BATCH_LIMIT = 64
BATCH_WORTH = 16  # commands that are worth a commit of their own while more come in
WINDOW_S = 0.002  # how long a busy writer waits for so many; an idle one does not wait
BUSY_S = 0.5  # that a batch of several commands counts as busy
BACKOFF_MS = (50, 100, 250, 500, 1_000, 2_000)  # between tries to reach a lost database

OnCommit = Callable[[Committed], None]


class _Errand(NamedTuple):
    """Work of the store's own, in a transaction of its own."""

    run: Callable[[Session], Any]


class _Fault(NamedTuple):
    """A batch could not even begin."""

    error: Exception


Asked = tuple[Command | _Errand, asyncio.Future[Any]]
_Turn = tuple[list[Asked], Begun | _Errand | _Fault | None]  # a batch, how far it is


class Writer:
    """Takes commands on the event loop, commits them batch by batch in its thread, answers on the
    loop.

    `connect` opens a session, and again when one was lost; `committer` is None for a writer that
    only runs errands. Inline, the same code runs inside `submit`, for simulations.

    `on_loop`, batches begin on the event loop, and the thread only commits: two threads that both
    run Python take the interpreter's lock from each other hundreds of times a batch.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        committer: Callable[[Session], Committer] | None,
        on_commit: OnCommit,
        *,
        inline: bool = False,
        on_loop: bool = False,
        name: str = "store-writer",
    ) -> None:
        self._connect = connect
        self._make_committer = committer
        self._on_commit = on_commit
        self._inline = inline
        self._begins_on_loop = on_loop
        self._queue: deque[Asked] = deque()
        self._turns: SimpleQueue[_Turn | None] = SimpleQueue()  # to the thread, one at a time
        self._at_work = False  # a batch is with the thread
        self._next_turn: asyncio.Handle | None = None  # when the next batch begins, if it will
        self._soon = False  # it begins without waiting for more
        self._closing = threading.Event()
        self._away = ""  # why the database cannot be reached; "" while it can
        self._gathered = 0  # commands of the last batch
        self._busy_until = 0.0
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
        """Whether commands came in faster than one by one a moment ago."""
        return time.monotonic() < self._busy_until

    def depth(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def close(self) -> None:
        """Finish what was accepted, then stop."""
        self._closing.set()
        if not self._inline:
            self._go_on()
            await self._loop.run_in_executor(None, self._thread.join)
        elif self._session is not None:
            self._session.close()

    def _enqueue(self, item: Command | _Errand) -> asyncio.Future[Any]:
        if self._away or self._closing.is_set():
            raise StoreUnavailable(self._away or "the store is closed")
        if len(self._queue) >= QUEUE_LIMIT:
            raise StoreUnavailable(f"{QUEUE_LIMIT} commands wait already; ask again in a moment")
        future = self._loop.create_future()
        self._queue.append((item, future))
        if self._inline:
            asked: list[Asked] = []
            self._answer(asked, *self._finish(self._begin(asked)))
        elif not self._at_work:
            self._arrange()
        return future

    def _arrange(self) -> None:
        """Let a batch begin: at once, or, while many come in, when there are enough of them."""
        soon = self._gathered <= 1 or len(self._queue) >= BATCH_WORTH
        if self._next_turn is not None:
            if self._soon or not soon:
                return
            self._next_turn.cancel()
        self._soon = soon
        self._next_turn = (
            self._loop.call_soon(self._go_on)
            if soon
            else self._loop.call_later(WINDOW_S, self._go_on)
        )

    def _go_on(self) -> None:
        """Hand the thread the next batch; or, when all is done and nothing more comes, its end."""
        self._next_turn = None
        if self._at_work:
            return
        if self._queue:
            self._at_work = True
            asked: list[Asked] = []
            here = self._begins_on_loop and self._session is not None
            try:
                begun: Begun | _Errand | _Fault | None = self._begin(asked) if here else None
            except Exception as error:  # noqa: BLE001 -- the thread tells whoever waits
                begun = _Fault(error)
            self._turns.put((asked, begun))
        elif self._closing.is_set():
            self._turns.put(None)

    def _done(self, asked: list[Asked], answers: list[Any], done: Committed | None) -> None:
        """The thread is through with a batch. While answers go out, the next may be committed."""
        self._at_work = False
        if len(self._queue) >= BATCH_WORTH and not self._away:
            self._go_on()
        self._answer(asked, answers, done)
        if self._away:
            self._refuse_waiting()
        if self._at_work:
            return
        if self._queue:
            self._arrange()
        elif self._closing.is_set():
            self._go_on()

    def _answer(self, asked: list[Asked], answers: list[Any], done: Committed | None) -> None:
        """Answer a whole batch, then tell of its events."""
        for (_, future), answer in zip(asked, answers, strict=True):
            if future.done():
                continue  # whoever asked has gone; what they asked for stands
            if type(answer) is Failed:
                future.set_exception(answer.error)
            else:
                future.set_result(answer)
        if done is not None:
            self._on_commit(done)

    def _refuse_waiting(self) -> None:
        asked, self._queue = list(self._queue), deque()
        self._answer(asked, [Failed(StoreUnavailable(self._away))] * len(asked), None)

    # --- in the thread ---

    def _work(self) -> None:
        while (turn := self._turns.get()) is not None:
            asked, begun = turn
            try:
                if isinstance(begun, _Fault):
                    raise begun.error
                answers, done = self._finish(self._begin(asked) if begun is None else begun)
            except Exception as error:  # a fault of ours must not end the thread and hang everybody
                log.exception("a batch failed in a way nobody foresaw", commands=len(asked))
                answers, done = [Failed(error)] * len(asked), None
                self._lose()
            try:
                self._loop.call_soon_threadsafe(self._done, asked, answers, done)
            except RuntimeError:
                break  # the loop has closed; nobody listens any more
            if self._away:
                self._reopen()
        if self._session is not None:
            self._session.close()

    # --- a batch ---

    def _begin(self, asked: list[Asked]) -> Begun | _Errand:
        """Take what has gathered, up to a batch, and do everything but its commit."""
        queue = self._queue
        asked.append(queue.popleft())
        first = asked[0][0]
        if isinstance(first, _Errand):
            return first
        while queue and len(asked) < BATCH_LIMIT and not isinstance(queue[0][0], _Errand):
            asked.append(queue.popleft())
        self._gathered = len(asked)
        if len(asked) > 1:
            self._busy_until = time.monotonic() + BUSY_S
        if self._session is None:
            self._open()
        assert self._committer is not None, "this writer takes errands only"
        return self._committer.begin([command for command, _ in asked])  # type: ignore[misc]

    def _finish(self, begun: Begun | _Errand) -> tuple[list[Any], Committed | None]:
        if self._session is None:
            self._open()
        assert self._session is not None
        if isinstance(begun, _Errand):
            return [self._run_errand(begun, self._session)], None
        assert self._committer is not None, "this writer takes errands only"
        done = self._committer.finish(begun)
        if done.down and self._session.lost:
            self._lose()
        return done.answers, done

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
            if self._closing.wait(wait_ms / 1_000):
                return
            try:
                self._open()
            except Exception as error:  # noqa: BLE001 -- whatever keeps it away is tried again
                self._away = f"the database is away: {error}"
            else:
                self._away = ""
                return
