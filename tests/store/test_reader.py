"""Reading: beside the writer, bounded in time and in number; following the log without a gap."""

import asyncio
import threading

import pytest
from sqlalchemy import text

from gateway.domain.events import Event
from gateway.store import StoreUnavailable, reader
from gateway.store.tail import TAIL_EVENTS, Tail
from tests.store.toys import HandClock, Tell, until

SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


async def test_a_read_sees_what_was_acknowledged(store) -> None:
    """Whoever was answered finds what they wrote, at once and from any thread."""
    for i in range(1, 30):
        await store.submit(Tell())
        head = await store.read(lambda c: c.execute(text("SELECT head FROM desk")).scalar())
        assert head == i


async def test_an_error_reaches_who_asked(store) -> None:
    """What a query raises is raised where it was asked for, and spoils nothing."""
    with pytest.raises(ZeroDivisionError):
        await store.read(lambda c: 1 // 0)
    assert await store.read(lambda c, x, y=0: x + y, 1, y=2) == 3


async def test_a_slow_query_is_stopped(open_store, engine, monkeypatch) -> None:
    """A query past its deadline is ended in the database too, so that it holds no thread."""
    monkeypatch.setattr(reader, "READ_DEADLINE_MS", 150)
    monkeypatch.setattr("gateway.store.engines.READ_DEADLINE_MS", 150)
    store = await open_store()
    slow = [store.read(lambda c: c.execute(text(SLOW[engine])).scalar()) for _ in range(4)]
    answers = await asyncio.gather(*slow, return_exceptions=True)
    assert {type(a) for a in answers} == {StoreUnavailable}
    await until(lambda: not store._reader._open)
    assert await store.read(lambda c: c.execute(text("SELECT 1")).scalar()) == 1


async def test_too_many_reads_are_refused(store, monkeypatch) -> None:
    """Past the limit of waiting reads the answer is that the store is unavailable."""
    monkeypatch.setattr(reader, "WAITING_LIMIT", 5)
    release = threading.Event()
    waiting = [asyncio.ensure_future(store.read(lambda c: release.wait(10))) for _ in range(6)]
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="5 reads"):
        await waiting[5]
    release.set()
    assert await asyncio.gather(*waiting[:5]) == [True] * 5


async def test_who_stops_waiting_leaves_nothing_behind(store) -> None:
    """A cancelled read ends by itself and frees its place."""
    release = threading.Event()
    gone = asyncio.ensure_future(store.read(lambda c: release.wait(10)))
    await asyncio.sleep(0)
    gone.cancel()
    release.set()
    await until(lambda: not store._reader._open)


@pytest.mark.parametrize("inline", [False, True])
async def test_following(open_store, inline) -> None:
    """From any position the log is read on without a gap, from memory or from the tables."""
    store = await open_store(clock=HandClock(), inline=inline)
    for _ in range(6):
        await store.submit(Tell(count=500))
    for after in (0, 1, 499, 951, 952, 953, 2_000, 2_998, 2_999, 3_000, 5_000):
        found = [e.position for e in await store.follow(after, 100)]
        assert found == list(range(after + 1, min(after + 100, 3_000) + 1))
    await store.close()
    again = await open_store(inline=inline)
    assert [e.position for e in await again.follow(2_990)] == list(range(2_991, 3_001))


def test_the_tail_knows_what_it_does_not_know() -> None:
    """Memory answers only for a dense run that ends with the newest event it was given."""

    def events(*positions: int) -> list[Event]:
        return [
            Event(desk="d", position=p, conversation=None, seq=None, kind="k", at=0, actor="", cause=None, body="")
            for p in positions
        ]  # fmt: skip

    tail = Tail()
    assert tail.after(0, 9) is None
    tail.add(events(4, 5))
    tail.add(events(6))
    assert [e.position for e in tail.after(3, 9) or ()] == [4, 5, 6]
    assert [e.position for e in tail.after(4, 1) or ()] == [5]
    assert tail.after(2, 9) is None
    assert tail.after(6, 9) is None
    tail.add(events(9, 10))  # another node wrote 7 and 8
    assert tail.after(6, 9) is None
    assert [e.position for e in tail.after(8, 9) or ()] == [9, 10]
    tail.learn(events(6, 7, 8, 9))  # ends before what is known
    assert tail.after(6, 9) is None
    tail.learn(events(7, 8, 9, 10))
    assert [e.position for e in tail.after(6, 9) or ()] == [7, 8, 9, 10]
    tail.add(events(*range(11, 11 + TAIL_EVENTS)))
    assert tail.after(9, 1) is None
    assert len(tail.after(10, 10_000) or ()) == TAIL_EVENTS


async def test_a_query_sees_one_moment(store) -> None:
    """However many statements a query makes, what is committed meanwhile does not show in it."""
    await store.submit(Tell())
    begun, written = threading.Event(), threading.Event()

    def heads(connection):
        head = text("SELECT head FROM desk")
        first = connection.execute(head).scalar()
        begun.set()
        written.wait(10)
        return first, connection.execute(head).scalar()

    reading = asyncio.ensure_future(store.read(heads))
    await asyncio.to_thread(begun.wait, 10)
    await store.submit(Tell())
    written.set()
    assert await reading == (1, 1)
    assert await store.read(lambda c: c.execute(text("SELECT head FROM desk")).scalar()) == 2
