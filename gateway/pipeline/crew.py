"""Who carries out jobs: claims them, tries each once, writes down what came of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

import structlog

from gateway.domain.clock import MINUTE_MS, SECOND_MS
from gateway.domain.job import Job, JobKind, JobState
from gateway.store import Claimed, Store, StoreUnavailable
from gateway.verbs.change import Command, Written
from gateway.verbs.settle import Settle

log = structlog.get_logger(__name__)

STUMBLES = 5  # times that a mistake of ours may stop a job before it is dead
STUMBLE_MS = 10 * SECOND_MS
STUMBLE_DETAIL = 300  # characters
HOLD_MS = 2 * MINUTE_MS  # a claim; longer than any try may take and be settled
AGAIN_MS = 100  # first wait for a store that is away
AGAIN_LONGEST_MS = 1 * SECOND_MS
DUE_GRID_MS = 50  # jobs due within it are looked for together, at its end
DUE_SOON_MS = 10 * MINUTE_MS  # jobs that are due later are found by looking

Pause = Callable[[float], Awaitable[None]]  # for so many milliseconds


@dataclass(frozen=True, slots=True)
class Errand:
    """How jobs of one kind are done.

    do: one try; what is to be written of it.
    lost: what is to be written of a try whose process died; None: it may simply be done again.
    """

    do: Callable[[Claimed], Awaitable[Command]]
    lost: Callable[[Claimed], Command | None] = lambda _claimed: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a crew takes on: of one node, at once."""

    at_once: int
    of_account: Mapping[str, int]  # other accounts: as many as there are hands
    look_ms: int  # for due jobs that no wake-up told of
    finish_ms: int  # how long stopping waits for what runs


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


class Crew:
    """Does jobs of some kinds, each kind in its own way, all within one limit."""

    def __init__(
        self, store: Store, errands: Mapping[JobKind, Errand], limits: Limits, pause: Pause
    ) -> None:
        self._store = store
        self._limits = limits
        self._pause = pause
        self._running: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._stopping = False
        self._dues: list[int] = []  # a heap of instants at which jobs come due soon, on the grid
        self._due: set[int] = set()  # those that lie in it, each once
        self.errands = errands
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Claim and carry out until dismissed, but not before what is being claimed is known:
        nobody else would begin it.
        """
        kinds = tuple(self.errands)
        while not self._stopping:
            self.wake.clear()
            looked_at = self._store.clock.now_ms()
            room = self._limits.at_once - len(self._running)
            claimed = []
            if room > 0:
                claimed = await self._store.claim(
                    kinds, limit=room, hold_ms=HOLD_MS, room=self._room()
                )
            for item in claimed:
                self._begin(item)
            if not claimed:
                await self._rest(looked_at)

    def committed(self, written: Written) -> None:
        """Look at once where jobs of its kinds were written, and when those come due that wait."""
        jobs, _ = written.get(Job, ((), ()))
        for job in jobs:
            if isinstance(job, Job) and job.kind in self.errands:
                self.wake.set()
                self._note(job)

    def _note(self, job: Job) -> None:
        waits_ms = job.due_at - self._store.clock.now_ms()
        due = -(-job.due_at // DUE_GRID_MS) * DUE_GRID_MS
        if job.state is JobState.READY and 0 < waits_ms <= DUE_SOON_MS and due not in self._due:
            self._due.add(due)
            heappush(self._dues, due)

    async def _rest(self, looked_at: int) -> None:
        """Until woken, until a job comes due, or until it is time to look all the same. What came
        due after it was looked is looked for at once."""
        while self._dues and self._dues[0] <= looked_at:
            self._due.remove(heappop(self._dues))
        wait_ms = self._limits.look_ms
        if self._dues:
            wait_ms = min(wait_ms, max(0, self._dues[0] - self._store.clock.now_ms()))
        try:
            async with asyncio.timeout(wait_ms / SECOND_MS):
                await self.wake.wait()
        except TimeoutError:
            pass

    def _room(self) -> dict[str, int]:
        """How many more may run of each account."""
        return {name: most - self._busy[name] for name, most in self._limits.of_account.items()}

    def dismiss(self) -> None:
        """Claim no more."""
        self._stopping = True
        self.wake.set()

    async def finish(self) -> None:
        """Let what runs come to its end; what takes too long is cut off."""
        if self._running:
            await asyncio.wait(self._running, timeout=self._limits.finish_ms / SECOND_MS)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def resume(self, claimed: Claimed) -> None:
        """A try whose process died."""
        settle = self.errands[claimed.job.kind].lost(claimed)
        if settle is None:
            self._begin(claimed)
        else:
            await self._settle(settle)

    def _begin(self, claimed: Claimed) -> None:
        account = claimed.job.account
        self._busy[account] += 1
        task = asyncio.create_task(self._carry_out(claimed))
        self._running.add(task)

        def done(finished: asyncio.Task[None]) -> None:
            self._running.discard(finished)
            self._busy[account] -= 1
            self.wake.set()

        task.add_done_callback(done)

    async def _carry_out(self, claimed: Claimed) -> None:
        errand = self.errands[claimed.job.kind]
        try:
            settle = await errand.do(claimed)
        except asyncio.CancelledError:  # we stop, and it takes longer than we have
            lost = errand.lost(claimed)
            if lost is None:
                raise  # reclaiming finds it
            settle = lost
        except StoreUnavailable:
            self._store.forsake(claimed)
            raise  # reclaiming finds it
        except Exception as error:
            log.exception("a job failed", job=claimed.job.id, kind=claimed.job.kind)
            settle = stumbled(claimed, error, self._store.clock.now_ms())
        await self._settle(settle)

    async def _settle(self, settle: Command) -> None:
        """Write down what came of a try. If the store stays away, reclaiming finds it in doubt."""
        delay_ms = AGAIN_MS
        until = self._store.clock.monotonic_ms() + HOLD_MS
        while True:
            try:
                await self._store.submit(settle)
            except StoreUnavailable:
                if self._store.clock.monotonic_ms() > until:
                    raise
                await self._pause(delay_ms)
                delay_ms = min(delay_ms * 2, AGAIN_LONGEST_MS)
            else:
                return
