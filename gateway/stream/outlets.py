"""Followers that tell integrators: each outlet in its own pace, in order, at least once.

An outlet reads the log past its committed cursor and posts event after event. When one is not
taken, the outlet stops there and the event becomes a job, so that whatever waits for later waits in
the one table for that. Only the node that decides follows; its cursor moves by compare and set, so
that two nodes that both believe it cost a repetition and nothing else.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec
import structlog

from gateway.domain.events import KINDS, Event
from gateway.domain.outlet import GIVE_UP_MS, SCHEDULE_MS, Outlet, OutletState, Untold
from gateway.store import Claimed, Store
from gateway.store.queries import outlets as queries
from gateway.stream.cloudevents import cloud_event
from gateway.stream.hub import Stream
from gateway.stream.posting import NotTaken, Poster, Taken, webhook_id
from gateway.stream.shapes import ChannelOf
from gateway.stream.words import Joiner
from gateway.verbs.outlet import Advance, Failure, OpenOutlet, SettleOutlet

log = structlog.get_logger(__name__)

BATCH = 64  # events between two looks at the outlet's row
STRETCH_MS = 1_000  # and no longer than this, so that a kill repeats little
UNWANTED = 64  # events that nobody wanted, after which the cursor is moved all the same

_encode = msgspec.json.Encoder().encode


def next_try(
    tries: int, first_at: int, now: int, retry_after_ms: int, random: Random
) -> int | None:
    """When to try again after so many tries (ms); None: the schedule is over.

    Full jitter up to the step of the schedule, never before the endpoint asked for; the last try is
    at the end of three days.
    """
    assert tries >= 1, "a failure has a try before it"
    over_at = first_at + GIVE_UP_MS
    if now >= over_at:
        return None
    step = SCHEDULE_MS[min(tries, len(SCHEDULE_MS)) - 1]
    wait = max(random.randint(0, step), retry_after_ms)
    return min(now + wait, over_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an outlet is told of: kinds, `message.*`, `*`; with the words or ids only."""

    kinds: frozenset[str]
    words: bool

    @classmethod
    def of(cls, patterns: Sequence[str], *, words: bool) -> "Wanted":
        """From the patterns of the settings."""
        kinds = {kind for kind in KINDS if any(_fits(kind, pattern) for pattern in patterns)}
        return cls(kinds=frozenset(kinds), words=words)


def _fits(kind: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return kind.startswith(pattern[:-1])
    return kind == pattern


@dataclass(slots=True)
class Figures:
    """What this node counts of an outlet."""

    taken: int = 0
    failed: int = 0
    lag: int = 0  # events not yet looked at, when last looked
    disabled: bool = False


@dataclass(slots=True)
class _Told:
    """How far one stretch came."""

    to: int
    count: int = 0
    failed: NotTaken | None = None


@dataclass(slots=True)
class Follows:
    """One outlet's follower. The worker calls `step` for as long as it runs."""

    name: str
    wanted: Wanted
    poster: Poster
    store: Store
    stream: Stream
    channel_of: ChannelOf
    decides: Callable[[], bool]
    random: Random
    figures: Figures = field(default_factory=Figures)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _passed: tuple[int, int] = (0, 0)  # cursor, and how far past it nothing was wanted

    async def step(self) -> bool:
        """Tell of what is next; whether there is more at once."""
        self.wake.clear()
        if not self.decides():
            return False
        outlet = await self._row()
        self.figures.disabled = outlet.state == OutletState.DISABLED
        after = self._passed[1] if self._passed[0] == outlet.cursor else outlet.cursor
        self.figures.lag = max(0, self.stream.head - after)
        if outlet.state != OutletState.ACTIVE or not self.figures.lag:
            return False
        events = (await self.stream.after(after))[:BATCH]
        told = _Told(to=after)
        try:
            await self._tell(events, told)
        finally:  # cancelled too: what was taken was taken
            await self._commit(outlet, told)
        return bool(events)

    async def _row(self) -> Outlet:
        found = await self.store.look(queries.outlet, self.store.desk, self.name)
        if found is None:
            found = await self.store.submit(OpenOutlet(desk=self.store.desk, name=self.name))
        assert isinstance(found, Outlet)
        return found

    async def _tell(self, events: Sequence[Event], told: _Told) -> None:
        """Post in order until one is not taken, or the stretch is long enough."""
        until = self.store.clock.monotonic_ms() + STRETCH_MS
        wanted = [event for event in events if event.kind in self.wanted.kinds]
        words = await self._words(wanted)
        for event in wanted:
            if self.store.clock.monotonic_ms() > until:
                return
            answer = await self._post(event, words.get(event.position))
            if isinstance(answer, NotTaken):
                told.to, told.failed = event.position - 1, answer
                return
            told.to, told.count = event.position, told.count + 1
        if events:
            told.to = events[-1].position

    async def _words(self, events: Sequence[Event]) -> dict[int, dict[str, Any]]:
        """Joined anew each time: what was erased meanwhile is not told."""
        if not self.wanted.words or not events:
            return {}
        joiner = Joiner(self.store.read, self.store.desk, self.channel_of)
        return {j.event.position: j.words() for j in await joiner.join(events)}

    async def _post(self, event: Event, words: dict[str, Any] | None) -> Taken | NotTaken:
        answer = await self.poster.post(
            webhook_id(event, self.name), _encode(cloud_event(event, words))
        )
        if isinstance(answer, Taken):
            self.figures.taken += 1
        else:
            self.figures.failed += 1
        return answer

    async def _commit(self, outlet: Outlet, told: _Told) -> None:
        if told.failed is None and not told.count and told.to - outlet.cursor < UNWANTED:
            self._passed = (outlet.cursor, told.to)
            return
        failed = None
        if told.failed is not None:
            now = self.store.clock.now_ms()
            failed = self._failure(told.failed, tries=1, first_at=now)
        await self.store.submit(
            Advance(
                desk=self.store.desk,
                name=self.name,
                after=outlet.cursor,
                to=told.to,
                told=told.count > 0,
                failed=failed,
            )
        )

    def _failure(self, answer: NotTaken, *, tries: int, first_at: int) -> Failure:
        now = self.store.clock.now_ms()
        due = next_try(tries, first_at, now, answer.retry_after_ms, self.random)
        if answer.gone:
            due = None
        if due is None:
            log.warning(
                "a webhook is disabled",
                webhook=self.name,
                why=answer.detail,
                tries=tries,
                what_to_do="mend the endpoint, then `parley webhooks enable`; it goes on there",
            )
        return Failure(detail=answer.detail, due_at=due, gone=answer.gone)

    # --- the event that was not taken ---

    async def again(self, claimed: Claimed, untold: Untold) -> SettleOutlet:
        """Another try of it, and what it came to."""
        event = await self.store.read(queries.event_at, self.store.desk, untold.position)
        assert event is not None, "the log loses nothing"
        words = await self._words([event])
        answer = await self._post(event, words.get(event.position))
        failed = None
        if isinstance(answer, NotTaken):
            first_at = claimed.job.created_at
            failed = self._failure(answer, tries=claimed.attempt.number, first_at=first_at)
        return settled(claimed, untold, failed)


def settled(claimed: Claimed, untold: Untold, failed: Failure | None) -> SettleOutlet:
    """What a try of a claimed job came to."""
    return SettleOutlet(
        job=claimed.job.id, attempt=claimed.attempt.id, untold=untold, failed=failed
    )


class Outlets:
    """All outlets of this node."""

    def __init__(self, follows: Iterable[Follows] = ()) -> None:
        self.by_name = {each.name: each for each in follows}

    def wake(self) -> None:
        """There may be something to tell: hang it on `Stream.on_publish`."""
        for each in self.by_name.values():
            each.wake.set()

    async def deliver(self, claimed: Claimed) -> SettleOutlet:
        """Carry out an outlet's job: the event that was not taken, once more."""
        untold = msgspec.json.decode(claimed.job.body, type=Untold)
        follows = self.by_name.get(untold.outlet)
        if follows is None:
            gone = Failure(detail="it is no longer configured", due_at=None, gone=True)
            return settled(claimed, untold, gone)
        command = await follows.again(claimed, untold)
        follows.wake.set()
        return command

    async def close(self) -> None:
        """Close all connections."""
        for each in self.by_name.values():
            await each.poster.close()
