"""The heartbeats: deciding, sending, polling, indexing. The only module that loops and sleeps."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from random import Random

import structlog

from gateway.contract import Polls, RawRequest
from gateway.domain.clock import MINUTE_MS, SECOND_MS
from gateway.domain.events import Event
from gateway.domain.job import JobKind, JobState
from gateway.pipeline.accounts import Account
from gateway.pipeline.automatic import Automatic
from gateway.pipeline.dispatch import Dispatch
from gateway.pipeline.inbound import Inbound
from gateway.pipeline.media import Media
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.telephone import Telephone
from gateway.store import Claimed, Store, StoreUnavailable
from gateway.store.queries.cursors import cursors_of
from gateway.stream import Stream
from gateway.verbs.change import Command
from gateway.verbs.held import Tend
from gateway.verbs.settle import Settle

log = structlog.get_logger(__name__)

MAKES_JOBS = frozenset(
    {
        *("message.written", "message.released", "conversation.opened"),
        *("call.changed", "assignment.changed"),
    }
)
STUMBLES = 5  # times that a mistake of ours may stop a job before it is dead
STUMBLE_MS = 10 * SECOND_MS
STUMBLE_DETAIL = 300  # characters
SENDS_AT_ONCE = 64  # of one node, all accounts together
BRINGS_FILES = frozenset({"message.received", "message.written"})
FETCHES_AT_ONCE = 8  # of one node; a file that does not come keeps no message waiting
FETCHES_OF_ACCOUNT = 4
FETCH_LOOK_MS = 5 * SECOND_MS  # for files whose time has come again
SWEEP_MS = 60 * MINUTE_MS
HOLD_MS = 2 * MINUTE_MS  # a claim; longer than any send may take and be settled
LOOK_MS = 1 * SECOND_MS  # for due jobs that no wake-up told of
RECLAIM_MS = 10 * SECOND_MS
INDEX_MS = 1 * SECOND_MS
INDEX_SLICE = 200  # messages; about 50 ms
INDEX_LATEST_MS = 10 * SECOND_MS  # a busy store is indexed all the same after this
INDEX_PAUSE_MS = 50  # between slices, for the sake of everybody else
RESTART_MS = 1 * SECOND_MS
RESTART_LONGEST_MS = 5 * MINUTE_MS
STEADY_MS = 2 * MINUTE_MS  # a heartbeat that ran so long was well before it failed
CLAIMED_MS = 2 * SECOND_MS  # how long stopping waits for what is being claimed
SETTLED_MS = 8 * SECOND_MS  # and for sends that run
TO_THE_END = ("jobs", "files", "reclaim")  # heartbeats that come to an end by themselves


def stumbled(claimed: Claimed, error: Exception, now: int) -> Settle:
    """A job that our own mistake stopped: again a little later, and dead after a few times."""
    tried = claimed.attempt.number
    return Settle(
        job=claimed.job.id,
        attempt=claimed.attempt.id,
        outcome="stumbled",
        detail=f"{type(error).__name__}: {error}"[:STUMBLE_DETAIL],
        state=None,
        job_state=JobState.READY if tried < STUMBLES else JobState.DEAD,
        due_at=now + tried * STUMBLE_MS,
        body=claimed.job.body,
    )


def tend(claimed: Claimed) -> Tend:
    """A held reply's hour has come."""
    return Tend(job=claimed.job.id, attempt=claimed.attempt.id, message=claimed.job.key)


class Worker:
    """Runs what must happen by itself, until it is stopped."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        inbound: Inbound,
        outbound: Outbound,
        automatic: Automatic,
        media: Media,
        dispatch: Dispatch,
        random: Random,
        *,
        telephone: Telephone,
        stream: Stream | None = None,
    ) -> None:
        """`stream` has to catch up with what other nodes committed; None where there are none."""
        self._store = store
        self._accounts = accounts
        self._inbound = inbound
        self._outbound = outbound
        self._automatic = automatic
        self._media = media
        self._telephone = telephone
        self._dispatch = dispatch
        self._random = random
        self._stream = stream
        self._tasks: list[asyncio.Task[None]] = []
        self._sends: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._fetches: set[asyncio.Task[None]] = set()
        self._fetching: Counter[str] = Counter()
        self._jobs_wake = asyncio.Event()
        self._files_wake = asyncio.Event()
        self._stopping = asyncio.Event()
        store.on_commit.append(self._committed)

    def start(self) -> None:
        """Begin all heartbeats."""
        beats: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("dispatch", self._decide),
            ("jobs", self._claim),
            ("files", self._claim_files),
            ("sweep", self._sweep),
            ("reclaim", self._reclaim),
            ("search", self._index),
        ]
        beats += [
            (f"poll:{account.id}", self._polls(account, account.adapter))
            for account in self._accounts.values()
            if isinstance(account.adapter, Polls)
        ]
        if self._stream is not None:
            beats.append(("neighbours", self._neighbours(self._stream)))
        self._tasks = [
            asyncio.create_task(self._keep(name, beat), name=name) for name, beat in beats
        ]

    async def stop(self) -> None:
        """Claim and poll no more; let running sends be settled; then stop deciding.

        What is being claimed must be known before we go: nobody else would begin it.
        """
        self._stopping.set()
        self._jobs_wake.set()
        self._files_wake.set()
        for task in self._tasks:
            if task.get_name() not in ("dispatch", *TO_THE_END):
                task.cancel()
        ending = [task for task in self._tasks if task.get_name() in TO_THE_END]
        if ending:
            await asyncio.wait(ending, timeout=CLAIMED_MS / SECOND_MS)
        for fetch in self._fetches:  # the next run begins it anew, and nobody sees it twice
            fetch.cancel()
        if running := self._sends | self._fetches:
            await asyncio.wait(running, timeout=SETTLED_MS / SECOND_MS)
        left = (*self._tasks, *self._sends, *self._fetches)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _keep(self, name: str, beat: Callable[[], Awaitable[None]]) -> None:
        """Run a heartbeat; when it fails, say so and start it again, less and less often."""
        delay_ms = RESTART_MS
        while not self._stopping.is_set():
            started = self._store.clock.monotonic_ms()
            try:
                await beat()
            except StoreUnavailable as error:
                log.warning("the store is unavailable", heartbeat=name, error=str(error))
            except OSError as error:  # a server that is away; TimeoutError is one too
                log.warning("a connection failed; trying again", heartbeat=name, error=str(error))
            except Exception:
                log.exception("heartbeat failed; it starts again", heartbeat=name)
            if self._store.clock.monotonic_ms() - started > STEADY_MS:
                delay_ms = RESTART_MS
            await self._rest(self._random.uniform(0.5, 1) * delay_ms)
            delay_ms = min(delay_ms * 2, RESTART_LONGEST_MS)

    async def _rest(self, span_ms: float) -> None:
        """Do nothing for a while, or until it is time to stop."""
        await self._wait(self._stopping, self._store.clock.now_ms() + round(span_ms))

    # --- deciding ---

    async def _decide(self) -> None:
        while True:
            due = await self._dispatch.step()
            await self._wait(self._dispatch.wake, due)

    async def _wait(self, wake: asyncio.Event, due: int | None) -> None:
        """Until woken, or until an instant."""
        timeout = None
        if due is not None:
            timeout = max(0, due - self._store.clock.now_ms()) / SECOND_MS
        try:
            async with asyncio.timeout(timeout):
                await wake.wait()
        except TimeoutError:
            pass

    # --- jobs ---

    def _committed(self, events: list[Event]) -> None:
        """Look for jobs at once where some were made; others are found by looking in time."""
        if any(event.kind in MAKES_JOBS for event in events):
            self._jobs_wake.set()
        if any(event.kind in BRINGS_FILES for event in events):
            self._files_wake.set()

    async def _claim(self) -> None:
        kinds = (JobKind.SEND, JobKind.CALL, JobKind.AUTO_REPLY, JobKind.HELD)
        while not self._stopping.is_set():
            self._jobs_wake.clear()
            room = SENDS_AT_ONCE - len(self._sends)
            claimed = []
            if room > 0:
                claimed = await self._store.claim(
                    kinds, limit=room, hold_ms=HOLD_MS, room=self._room()
                )
            for item in claimed:
                self._run(item)
            if not claimed:
                await self._wait(self._jobs_wake, self._store.clock.now_ms() + LOOK_MS)

    def _room(self) -> dict[str, int]:
        """How many more sends may run of each account."""
        return {
            name: account.capabilities.concurrency - self._busy[name]
            for name, account in self._accounts.items()
        }

    def _run(self, claimed: Claimed) -> None:
        account = claimed.job.account
        self._busy[account] += 1
        task = asyncio.create_task(self._carry_out(claimed))
        self._sends.add(task)

        def done(finished: asyncio.Task[None]) -> None:
            self._sends.discard(finished)
            self._busy[account] -= 1
            self._jobs_wake.set()

        task.add_done_callback(done)

    async def _carry_out(self, claimed: Claimed) -> None:
        settle: Command
        try:
            settle = await self._done(claimed)
        except asyncio.CancelledError:  # we stop, and it takes longer than we have
            if claimed.job.kind is not JobKind.SEND:
                raise  # reclaiming finds it
            settle = self._outbound.lost(claimed)
        except StoreUnavailable:
            raise  # nothing was tried; reclaiming finds it
        except Exception as error:
            log.exception("a job failed", job=claimed.job.id, kind=claimed.job.kind)
            settle = stumbled(claimed, error, self._store.clock.now_ms())
        await self._settle(settle)

    async def _done(self, claimed: Claimed) -> Command:
        """Do one job; what is to be written of it."""
        match claimed.job.kind:
            case JobKind.SEND:
                return await self._outbound.deliver(claimed)
            case JobKind.CALL:
                return await self._telephone.carry_out(claimed)
            case JobKind.HELD:
                return tend(claimed)
            case _:
                return await self._automatic.answer(claimed)

    async def _lost(self, claimed: Claimed) -> Command:
        """What is to be written of a job whose process died; what may be done again, is."""
        match claimed.job.kind:
            case JobKind.SEND:
                return self._outbound.lost(claimed)
            case JobKind.CALL:
                return self._telephone.lost(claimed) or await self._done(claimed)
            case JobKind.FETCH_MEDIA:
                return self._media.lost(claimed)
            case _:
                return await self._done(claimed)

    async def _settle(self, settle: Command) -> None:
        """Write down what came of a try. If the store stays away, reclaiming finds it in doubt."""
        delay_ms = 100
        until = self._store.clock.monotonic_ms() + HOLD_MS
        while True:
            try:
                await self._store.submit(settle)
            except StoreUnavailable:
                if self._store.clock.monotonic_ms() > until:
                    raise
                await asyncio.sleep(delay_ms / SECOND_MS)
                delay_ms = min(delay_ms * 2, LOOK_MS)
            else:
                return

    async def _reclaim(self) -> None:
        """Tries whose process died: settled as in doubt."""
        while not self._stopping.is_set():
            for claimed in await self._store.reclaim():
                await self._settle(await self._lost(claimed))
            await self._rest(RECLAIM_MS)

    # --- files ---

    async def _claim_files(self) -> None:
        """Like sends, apart from them: a file that does not come takes no send's place."""
        while not self._stopping.is_set():
            self._files_wake.clear()
            room = FETCHES_AT_ONCE - len(self._fetches)
            claimed = []
            if room > 0:
                of_account = {
                    name: FETCHES_OF_ACCOUNT - self._fetching[name] for name in self._accounts
                }
                claimed = await self._store.claim(
                    (JobKind.FETCH_MEDIA,), limit=room, hold_ms=HOLD_MS, room=of_account
                )
            for item in claimed:
                self._bring(item)
            if not claimed:
                await self._wait(self._files_wake, self._store.clock.now_ms() + FETCH_LOOK_MS)

    def _bring(self, claimed: Claimed) -> None:
        account = claimed.job.account
        self._fetching[account] += 1
        task = asyncio.create_task(self._bring_in(claimed))
        self._fetches.add(task)

        def done(finished: asyncio.Task[None]) -> None:
            self._fetches.discard(finished)
            self._fetching[account] -= 1
            self._files_wake.set()

        task.add_done_callback(done)

    async def _bring_in(self, claimed: Claimed) -> None:
        try:
            settle = await self._media.bring(claimed)
        except asyncio.CancelledError:
            settle = self._media.lost(claimed)
        await self._settle(settle)

    async def _sweep(self) -> None:
        while not self._stopping.is_set():
            await self._media.sweep()
            await self._rest(SWEEP_MS)

    # --- polling ---

    def _polls(self, account: Account, adapter: Polls) -> Callable[[], Awaitable[None]]:
        async def inlet(raw: RawRequest) -> None:
            await self._inbound.receive(raw)

        async def poll() -> None:
            cursors = await self._store.read(cursors_of, account.id)
            await adapter.poll(cursors, inlet)

        return poll

    # --- other nodes ---

    def _neighbours(self, stream: Stream) -> Callable[[], Awaitable[None]]:
        async def follow() -> None:
            seen = -1
            while not self._stopping.is_set():
                head = await stream.catch_up()
                if head != seen:
                    seen = head
                    self._dispatch.wake.set()
                    self._jobs_wake.set()
                    self._files_wake.set()
                await self._wait(stream.behind, self._store.clock.now_ms() + LOOK_MS)

        return follow

    # --- search ---

    async def _index(self) -> None:
        until = 0
        while True:
            late = self._store.clock.monotonic_ms() > until
            if self._store.is_busy() and not late:  # what is being said comes before finding it
                await asyncio.sleep(INDEX_MS / SECOND_MS)
                continue
            until = self._store.clock.monotonic_ms() + INDEX_LATEST_MS
            done = await self._store.index_slice(INDEX_SLICE)
            pause_ms = INDEX_PAUSE_MS if done else INDEX_MS
            await asyncio.sleep(pause_ms / SECOND_MS)
