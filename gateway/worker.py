"""The heartbeats: deciding, sending, polling, indexing. The only module that loops and sleeps."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random

import structlog

from gateway.contract import Arranges, Polls, RawRequest
from gateway.domain.clock import MINUTE_MS, SECOND_MS
from gateway.domain.job import JobKind
from gateway.pipeline.accounts import Account
from gateway.pipeline.automatic import Automatic
from gateway.pipeline.callbacks import Callbacks
from gateway.pipeline.crew import Crew, Errand, Limits
from gateway.pipeline.dispatch import Dispatch
from gateway.pipeline.inbound import Inbound
from gateway.pipeline.media import Media
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.scheduled import Departures
from gateway.pipeline.sessions import Sessions
from gateway.pipeline.telephone import Telephone
from gateway.pipeline.wordbook import Wordbook
from gateway.store import Claimed, Store, StoreUnavailable
from gateway.store.queries.cursors import cursors_of
from gateway.stream import RULEBOOK, WORDS, Follower, Follows, Outlets, Stream
from gateway.verbs.held import Tend

log = structlog.get_logger(__name__)

FETCHES = (JobKind.FETCH_MEDIA,)
JOBS_AT_ONCE = 64  # of one node, all accounts together
FETCHES_AT_ONCE = 8  # of one node; a file that does not come keeps no message waiting
FETCHES_OF_ACCOUNT = 4
FETCH_LOOK_MS = 5 * SECOND_MS  # for files whose time has come again
DECIDE_MS = 4  # while much comes in, facts are decided together
SWEEP_MS = 60 * MINUTE_MS
LOOK_MS = 1 * SECOND_MS  # for due jobs that no wake-up told of
RECLAIM_MS = 10 * SECOND_MS
INDEX_MS = 1 * SECOND_MS
INDEX_SLICE = 50  # messages; about 12 ms
INDEX_LATEST_MS = 2_500  # a busy store is indexed all the same after this
INDEX_PAUSE_MS = 15  # between slices, for the sake of everybody else
RESTART_MS = 1 * SECOND_MS
RESTART_LONGEST_MS = 5 * MINUTE_MS
STEADY_MS = 2 * MINUTE_MS  # a heartbeat that ran so long was well before it failed
CLAIMED_MS = 2 * SECOND_MS  # how long stopping waits for what is being claimed
SETTLED_MS = 8 * SECOND_MS  # and for what is being done
TO_THE_END = ("jobs", "files", "reclaim")  # heartbeats that come to an end by themselves


async def tend(claimed: Claimed) -> Tend:
    """A held reply's hour has come."""
    return Tend(job=claimed.job.id, attempt=claimed.attempt.id, message=claimed.job.key)


def errands_of(
    inbound: Inbound,
    outbound: Outbound,
    automatic: Automatic,
    media: Media,
    telephone: Telephone,
    callbacks: Callbacks,
    outlets: Outlets,
    sessions: Sessions,
    *,
    departures: Departures,
) -> dict[JobKind, Errand]:
    """Who does which kind of job."""
    return {
        JobKind.SEND: Errand(outbound.deliver, outbound.lost),
        JobKind.CALL: Errand(telephone.carry_out, telephone.lost),
        JobKind.CALLBACK: Errand(callbacks.carry_out),
        JobKind.AUTO_REPLY: Errand(automatic.answer),
        JobKind.HELD: Errand(tend),
        JobKind.SESSION: Errand(sessions.tell),
        JobKind.SCHEDULED: Errand(departures.leave),
        JobKind.READ: Errand(inbound.again),
        JobKind.WEBHOOK: Errand(outlets.deliver),
        JobKind.FETCH_MEDIA: Errand(media.bring, media.lost),
    }


async def pause(span_ms: float) -> None:
    """Do nothing for a while."""
    await asyncio.sleep(span_ms / SECOND_MS)


class Worker:
    """Runs what must happen by itself, until it is stopped."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        inbound: Inbound,
        dispatch: Dispatch,
        random: Random,
        errands: Mapping[JobKind, Errand],
        *,
        media: Media,
        outlets: Outlets,
        wordbook: Wordbook | None = None,
        listening: Callable[[str], Follower] | None = None,
        stream: Stream | None = None,
    ) -> None:
        """`listening` gives an ear for a topic: when the wordbook has something to read, when a
        rulebook was applied. `stream` has to catch up with what other nodes committed; None where
        there are none."""
        self._store = store
        self._accounts = accounts
        self._inbound = inbound
        self._dispatch = dispatch
        self._random = random
        self._media = media
        self._outlets = outlets
        self._wordbook = wordbook
        self._listening = listening
        self._stream = stream
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._fruitful: set[str] = set()  # heartbeats that took something in since they began
        self._jobs, self._files = self._crews(errands)
        store.on_rows += [self._jobs.committed, self._files.committed]

    def _crews(self, errands: Mapping[JobKind, Errand]) -> tuple[Crew, Crew]:
        """Who does everything, and who fetches files: one that does not come takes no place."""
        jobs = Limits(
            at_once=JOBS_AT_ONCE,
            of_account={n: a.capabilities.concurrency for n, a in self._accounts.items()},
            look_ms=LOOK_MS,
            finish_ms=SETTLED_MS,
        )
        files = Limits(
            at_once=FETCHES_AT_ONCE,
            of_account=dict.fromkeys(self._accounts, FETCHES_OF_ACCOUNT),
            look_ms=FETCH_LOOK_MS,
            finish_ms=0,  # the next run begins it anew, and nobody sees it twice
        )
        fetches = {kind: errands[kind] for kind in FETCHES}
        others = {kind: errand for kind, errand in errands.items() if kind not in FETCHES}
        return Crew(self._store, others, jobs, pause), Crew(self._store, fetches, files, pause)

    def start(self) -> None:
        """Begin all heartbeats."""
        beats: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("dispatch", self._decide),
            ("jobs", self._jobs.run),
            ("files", self._files.run),
            ("sweep", self._sweep),
            ("reclaim", self._reclaim),
            ("search", self._index),
        ]
        beats += [
            (_poll_of(account), self._polls(account, account.adapter))
            for account in self._accounts.values()
            if isinstance(account.adapter, Polls)
        ]
        beats += [
            (f"webhook:{name}", self._tells(follows))
            for name, follows in self._outlets.by_name.items()
        ]
        beats += [
            (f"arrange:{account.id}", self._arranges(account, account.adapter))
            for account in self._accounts.values()
            if isinstance(account.adapter, Arranges)
        ]
        if self._wordbook is not None and self._listening is not None:
            beats.append(("words", self._reads(self._wordbook, self._listening(WORDS))))
        if self._stream is not None:
            beats.append(("neighbours", self._neighbours(self._stream)))
        self._tasks = [
            asyncio.create_task(self._keep(name, beat), name=name) for name, beat in beats
        ]

    async def stop(self) -> None:
        """Claim and poll no more; let what runs be settled; then stop deciding."""
        self._stopping.set()
        self._jobs.dismiss()
        self._files.dismiss()
        for task in self._tasks:
            if task.get_name() not in ("dispatch", *TO_THE_END):
                task.cancel()
        ending = [task for task in self._tasks if task.get_name() in TO_THE_END]
        if ending:
            await asyncio.wait(ending, timeout=CLAIMED_MS / SECOND_MS)
        await asyncio.gather(self._jobs.finish(), self._files.finish())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, name: str, beat: Callable[[], Awaitable[None]]) -> None:
        """Run a heartbeat; when it fails, say so and start it again, less and less often."""
        delay_ms = RESTART_MS
        while not self._stopping.is_set():
            started = self._store.clock.monotonic_ms()
            self._fruitful.discard(name)
            try:
                await beat()
            except StoreUnavailable as error:
                log.warning("the store is unavailable", heartbeat=name, error=str(error))
            except OSError as error:  # a server that is away; TimeoutError is one too
                log.warning("a connection failed; trying again", heartbeat=name, error=str(error))
            except Exception:
                log.exception("heartbeat failed; it starts again", heartbeat=name)
            steady = self._store.clock.monotonic_ms() - started > STEADY_MS
            if steady or name in self._fruitful:
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
            # Even where nothing was to be committed, everybody else has a turn.
            await pause(DECIDE_MS if self._store.is_busy() else 0)
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

    async def _reclaim(self) -> None:
        """Tries whose process died."""
        while not self._stopping.is_set():
            for claimed in await self._store.reclaim():
                crew = self._files if claimed.job.kind in self._files.errands else self._jobs
                await crew.resume(claimed)
            await self._rest(RECLAIM_MS)

    async def _sweep(self) -> None:
        while not self._stopping.is_set():
            await self._media.sweep()
            await self._rest(SWEEP_MS)

    # --- polling ---

    def _polls(self, account: Account, adapter: Polls) -> Callable[[], Awaitable[None]]:
        async def inlet(raw: RawRequest) -> None:
            await self._inbound.receive(raw)
            self._fruitful.add(_poll_of(account))

        async def poll() -> None:
            cursors = await self._store.read(cursors_of, account.id)
            await adapter.poll(cursors, inlet)

        return poll

    # --- what stands at providers ---

    def _arranges(self, account: Account, adapter: Arranges) -> Callable[[], Awaitable[None]]:
        """At the start, and again whenever a rulebook is applied."""
        applied = self._listening(RULEBOOK) if self._listening is not None else None

        async def arrange() -> None:
            while True:
                health = await adapter.arrange()
                if not health.ok:
                    log.warning(
                        "the provider refuses what the account's settings want to stand there",
                        account=account.id,
                        error=health.detail,
                        what_to_do=health.what_to_do,
                    )
                if applied is None:
                    await self._stopping.wait()
                    return
                await applied.next()

        return arrange

    # --- integrators ---

    def _tells(self, follows: Follows) -> Callable[[], Awaitable[None]]:
        async def tell() -> None:
            while True:
                if not await follows.step():
                    await self._wait(follows.wake, self._store.clock.now_ms() + LOOK_MS)

        return tell

    # --- what templates say ---

    def _reads(self, wordbook: Wordbook, told: Follower) -> Callable[[], Awaitable[None]]:
        async def read() -> None:
            while True:
                await wordbook.load()
                await told.next()

        return read

    # --- other nodes ---

    def _neighbours(self, stream: Stream) -> Callable[[], Awaitable[None]]:
        async def follow() -> None:
            seen = -1
            while not self._stopping.is_set():
                head = await stream.catch_up()
                if head != seen:
                    seen = head
                    self._dispatch.wake.set()
                    self._jobs.wake.set()
                    self._files.wake.set()
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


def _poll_of(account: Account) -> str:
    """The heartbeat that fetches for an account."""
    return f"poll:{account.id}"
