"""Outlets on both engines: in order, at least once, resumed, retried for three days, given up."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from gateway.domain.clock import DAY_MS, HOUR_MS, SECOND_MS
from gateway.domain.job import JobKind
from gateway.domain.outlet import GIVE_UP_MS, Outlet
from gateway.store import Store, StoreUnavailable
from gateway.store.queries import http_desk, http_people
from gateway.store.queries import outlets as queries
from gateway.stream import Follows, Outlets, Poster, Stream, Wanted
from gateway.verbs.dead import DiscardDead, RetryDead
from gateway.verbs.outlet import Advance, DisableOutlet, EnableOutlet, ReplayOutlet
from tests.endpoint import SECRET, Endpoint
from tests.store.toys import DESK, HandClock, Tell

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
NAME = "crm"

# PostgreSQL's claims go by its own clock, which no test moves.
injected_clock = pytest.mark.parametrize("engine", ["sqlite"])


class Dies:
    """A store that is gone when the cursor is to be committed, as when the process is killed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def submit(self, command: Any) -> Any:
        if isinstance(command, Advance):
            raise StoreUnavailable
        return await self._store.submit(command)


class Node:
    """One outlet on a store, driven by the test as the worker drives it."""

    def __init__(self, store: Any, url: str, *, events: tuple[str, ...] = ("*",)) -> None:
        self.store = store
        stream = Stream(store)
        self.follows = Follows(
            name=NAME,
            wanted=Wanted.of(events, words=False),
            poster=Poster(
                url, [SECRET], timeout_ms=SECOND_MS, networks=LOOPBACK, clock=store.clock
            ),
            store=store,
            stream=stream,
            channel_of=lambda _account: "",
            decides=lambda: True,
            random=Random(1),
        )
        self.outlets = Outlets([self.follows])

    async def run(self) -> None:
        """All that can be told now."""
        while await self.follows.step():
            pass

    async def retry(self) -> bool:
        """One due job; whether there was one."""
        claimed = await self.store.claim((JobKind.WEBHOOK,), limit=1, hold_ms=60_000)
        for each in claimed:
            await self.store.submit(await self.outlets.deliver(each))
        return bool(claimed)

    async def row(self) -> Outlet:
        found = await self.store.look(queries.outlet, DESK, NAME)
        assert found is not None
        return found

    async def dead(self) -> list[Any]:
        jobs, _ = await self.store.read(http_desk.dead, DESK, 10)
        return jobs

    async def audited(self) -> list[str]:
        return [e.action for e in await self.store.read(http_people.audit, DESK, None, 50)]


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with Endpoint() as opened:
        yield opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def node(
    open_store: Callable[..., Any], clock: HandClock, endpoint: Endpoint
) -> AsyncIterator[Node]:
    """A node whose outlet is there and has seen everything so far."""
    made = Node(await open_store(clock=clock), endpoint.url)
    await made.run()
    yield made
    await made.outlets.close()


async def again(node: Node, endpoint: Endpoint) -> Node:
    """What a restart finds."""
    await node.outlets.close()
    fresh = Node(node.store, endpoint.url)
    await fresh.run()
    return fresh


async def test_in_order_and_once(node: Node, endpoint: Endpoint) -> None:
    """Every event, in the order of the log, each under an id of its own; then the cursor is there."""
    told = await node.store.submit(Tell(count=200))
    await node.run()
    assert endpoint.positions == told
    assert len(set(endpoint.ids)) == 200
    assert (await node.row()).cursor == told[-1]
    assert (await node.row()).success_at is not None
    assert not await node.follows.step()


async def test_a_new_outlet_begins_now(open_store, clock, endpoint) -> None:
    """What was before it was configured is not told; a replay tells it."""
    store = await open_store(clock=clock)
    await store.submit(Tell(count=3))
    node = Node(store, endpoint.url)
    await node.run()
    assert endpoint.positions == []
    await store.submit(ReplayOutlet(desk=DESK, name=NAME, by="cli:x", after=1))
    await node.run()
    assert endpoint.positions == [2, 3]
    await node.outlets.close()


async def test_only_what_is_wanted(open_store, clock, endpoint) -> None:
    """Others are passed over; the cursor moves past many of them without any request."""
    store = await open_store(clock=clock)
    node = Node(store, endpoint.url, events=("message.*",))
    await node.run()
    before = (await node.row()).cursor
    await store.submit(Tell(count=10))
    await node.run()
    assert (await node.row()).cursor == before
    await store.submit(Tell(count=100))
    await node.run()
    assert (await node.row()).cursor >= before + 64
    assert endpoint.came == []
    await node.outlets.close()


async def test_killed_between_the_send_and_the_commit(node: Node, endpoint: Endpoint) -> None:
    """It is sent again, under the same id: at least once."""
    told = await node.store.submit(Tell(count=3))
    node.follows.store = Dies(node.store)  # type: ignore[assignment]
    with pytest.raises(StoreUnavailable):
        await node.run()
    fresh = await again(node, endpoint)
    assert endpoint.positions == told * 2
    assert endpoint.ids[:3] == endpoint.ids[3:]
    await fresh.outlets.close()


async def test_a_stop_in_the_middle(node: Node, endpoint: Endpoint) -> None:
    """What was taken before is committed; the one under way comes again, and none is left out."""
    told = await node.store.submit(Tell(count=5))
    hangs = asyncio.Event()
    endpoint.answers += [200, 200, hangs]
    task = asyncio.create_task(node.run())
    await endpoint.has(3)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    hangs.set()
    assert (await node.row()).cursor == told[1]
    fresh = await again(node, endpoint)
    assert endpoint.positions == [*told[:3], *told[2:]]
    await fresh.outlets.close()


async def test_a_failure_holds_up_what_follows(
    node: Node, endpoint: Endpoint, clock: HandClock
) -> None:
    """The event that failed is a job; later ones wait for it, and go out behind it in order."""
    told = await node.store.submit(Tell(count=3))
    endpoint.answers += [200, 500]
    await node.run()
    row = await node.row()
    assert (row.state, row.cursor, row.why, row.failures) == ("retrying", told[0], "HTTP 500", 1)
    await node.run()
    assert endpoint.positions == told[:2]
    clock.advance(5 * SECOND_MS)
    assert await node.retry()
    row = await node.row()
    assert (row.state, row.cursor, row.why, row.failures) == ("active", told[1], "", 0)
    await node.run()
    assert endpoint.taken == told
    assert endpoint.ids[1] == endpoint.ids[2]


@injected_clock
async def test_retry_after_is_kept(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """An endpoint that asks for an hour is left alone for an hour."""
    await node.store.submit(Tell())
    endpoint.answers += [(503, {"Retry-After": "3600"})]
    await node.run()
    clock.advance(HOUR_MS - 1)
    assert not await node.retry()
    clock.advance(1)
    assert await node.retry()
    assert len(endpoint.taken) == 1


async def exhausted(node: Node, clock: HandClock) -> int:
    """Let an endpoint fail until it is given up: how many tries it had."""
    await node.run()
    tries = 1
    while (await node.row()).state == "retrying":
        clock.advance(30 * 60 * SECOND_MS)
        tries += await node.retry()
    return tries


@injected_clock
async def test_given_up_after_three_days(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """Then the event is on the dead list, the outlet is off, and the audit log says so."""
    told = await node.store.submit(Tell(count=2))
    endpoint.always = 500
    began = clock.now
    assert await exhausted(node, clock) > 10
    assert GIVE_UP_MS <= clock.now - began < GIVE_UP_MS + DAY_MS
    row = await node.row()
    assert (row.state, row.why, row.cursor) == ("disabled", "HTTP 500", told[0] - 1)
    (job,) = await node.dead()
    assert (job.kind, job.account, job.key) == ("webhook", "webhook:crm", f"crm/{told[0]}")
    assert "webhook.disabled" in await node.audited()
    await node.run()
    assert not await node.retry()


@injected_clock
async def test_enabled_again_nothing_is_missing(
    node: Node, endpoint: Endpoint, clock: HandClock
) -> None:
    """It goes on with the very event that failed, which leaves the dead list."""
    told = await node.store.submit(Tell(count=3))
    endpoint.always = 500
    await exhausted(node, clock)
    endpoint.always = 200
    await node.store.submit(EnableOutlet(desk=DESK, name=NAME, by="cli:x"))
    await node.run()
    assert endpoint.taken == told
    assert await node.dead() == []
    assert (await node.row()).state == "active"


@injected_clock
async def test_a_dead_event_is_retried(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """`parley dead retry`: when it is taken, the outlet is on again and the rest follows."""
    told = await node.store.submit(Tell(count=2))
    endpoint.always = 500
    await exhausted(node, clock)
    (job,) = await node.dead()
    await node.store.submit(RetryDead(id=job.id, by="cli:x"))
    assert await node.retry()
    assert (await node.row()).state == "disabled"  # it failed once more
    assert await node.dead() == []  # and is tried as a new one is
    endpoint.always = 200
    clock.advance(HOUR_MS)
    assert await node.retry()
    await node.run()
    assert endpoint.taken == told
    assert await node.dead() == []


@injected_clock
async def test_a_dead_event_is_discarded(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """`parley dead discard`: an endpoint that is enabled then goes on behind it."""
    told = await node.store.submit(Tell(count=2))
    endpoint.always = 500
    await exhausted(node, clock)
    (job,) = await node.dead()
    await node.store.submit(DiscardDead(id=job.id, by="cli:x"))
    endpoint.always = 200
    await node.store.submit(EnableOutlet(desk=DESK, name=NAME, by="cli:x"))
    await node.run()
    assert endpoint.taken == told[1:]


@pytest.mark.parametrize("tries", [1, 2], ids=["at once", "at a later try"])
async def test_gone(node: Node, endpoint: Endpoint, clock: HandClock, tries: int) -> None:
    """410: off at once, and no event is to blame."""
    await node.store.submit(Tell())
    endpoint.answers += [500] * (tries - 1)
    endpoint.always = 410
    await node.run()
    clock.advance(5 * SECOND_MS)
    assert await node.retry() is (tries == 2)
    row = await node.row()
    assert (row.state, row.why) == ("disabled", "HTTP 410")
    assert await node.dead() == []
    assert (await node.audited()).count("webhook.disabled") == 1


@injected_clock
async def test_disabled_by_a_person(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """Nothing is told, not what was being retried either; enabled, it goes on where it stood."""
    told = await node.store.submit(Tell(count=2))
    endpoint.answers += [500]
    await node.run()
    await node.store.submit(DisableOutlet(desk=DESK, name=NAME, by="cli:x"))
    clock.advance(DAY_MS)
    assert not await node.retry()
    await node.run()
    assert endpoint.taken == []
    assert (await node.row()).why == "disabled by cli:x"
    await node.store.submit(EnableOutlet(desk=DESK, name=NAME, by="cli:x"))
    await node.run()
    assert endpoint.taken == told


async def test_a_replay(node: Node, endpoint: Endpoint) -> None:
    """The same events under the same ids, then the new ones."""
    told = await node.store.submit(Tell(count=4))
    await node.run()
    await node.store.submit(ReplayOutlet(desk=DESK, name=NAME, by="cli:x", after=told[1]))
    await node.run()
    assert endpoint.positions == [*told, *told[2:]]
    assert endpoint.ids[4:] == endpoint.ids[2:4]
    refusal = await node.store.submit(
        ReplayOutlet(desk=DESK, name=NAME, by="cli:x", after=told[-1] + 1)
    )
    assert refusal.code == "no_such_position"
    refusal = await node.store.submit(ReplayOutlet(desk=DESK, name="nobody", by="cli:x", after=0))
    assert refusal.status == 404


@injected_clock
async def test_a_holder_that_died(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """A try whose node died is found, and made again under the same id."""
    await node.store.submit(Tell())
    endpoint.answers += [500]
    await node.run()
    clock.advance(5 * SECOND_MS)
    assert len(await node.store.claim((JobKind.WEBHOOK,), limit=1, hold_ms=1_000)) == 1
    clock.advance(2_000)
    (left,) = await node.store.reclaim()
    await node.store.submit(await node.outlets.deliver(left))
    assert (await node.row()).state == "active"
    assert endpoint.ids[0] == endpoint.ids[1]


async def test_who_does_not_decide_tells_nothing(node: Node, endpoint: Endpoint) -> None:
    """Of several nodes one follows; a second that believes itself the one moves no cursor back."""
    told = await node.store.submit(Tell(count=2))
    node.follows.decides = lambda: False
    await node.run()
    assert endpoint.came == []
    node.follows.decides = lambda: True
    await node.run()
    late = Advance(desk=DESK, name=NAME, after=told[0] - 1, to=told[0], told=True)
    assert await node.store.submit(late) is None
    assert (await node.row()).cursor == told[-1]


async def test_no_longer_configured(node: Node, endpoint: Endpoint, clock: HandClock) -> None:
    """The job of an outlet that nobody configures any more goes, and the outlet is off."""
    await node.store.submit(Tell())
    endpoint.answers += [500]
    await node.run()
    clock.advance(5 * SECOND_MS)
    (claimed,) = await node.store.claim((JobKind.WEBHOOK,), limit=1, hold_ms=60_000)
    await node.store.submit(await Outlets().deliver(claimed))
    assert (await node.row()).state == "disabled"
    assert await node.dead() == []
