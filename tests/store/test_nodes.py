"""Two nodes on one PostgreSQL: one log, one truth, whoever writes."""

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.domain.conversation import Contact, Conversation
from gateway.domain.delivery import Cursor
from gateway.domain.events import NodeLost
from gateway.domain.job import Job, JobState
from gateway.store import Store, StoreUnavailable, engines, postgres
from gateway.store.queries.rows import one_of
from gateway.verbs.change import Change, Lookup, View, by_key
from tests.store import toys
from tests.store.toys import Do, Put, Take, Tell, Write, together

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


def cut(database: str) -> None:
    """End every connection to the database but our own."""
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


async def once_it_is_back(store: Store, command: Any) -> Any:
    """What is answered as soon as the store can be written again."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await store.submit(command)
            except StoreUnavailable:
                await asyncio.sleep(0.02)


async def test_two_nodes_write_one_log(open_store) -> None:
    """Positions of two nodes interleave without a gap or a twin, and each can follow the whole."""
    one, two = await open_store("n1"), await open_store("n2")

    async def write(store, name: str) -> list[int]:
        return [p for _ in range(20) for p in await store.submit(Tell(name=name))]

    answers = await asyncio.gather(
        *(write(s, f"{s.node}{i}") for s in (one, two) for i in range(5))
    )
    assert sorted(p for mine in answers for p in mine) == list(range(1, 201))
    for store in (one, two):
        assert [e.position for e in await store.follow(0, 1_000)] == list(range(1, 201))
        assert [e.position for e in await store.follow(150, 1_000)] == list(range(151, 201))
    for store, other in ((one, two), (two, one)):
        (position,) = await store.submit(Tell())
        assert [e.position for e in await other.follow(position - 1)] == [position]


async def test_an_event_at_two_nodes_is_taken_once(open_store) -> None:
    """Copies of a delivery that come in at different nodes are applied once."""
    one, two = await open_store("n1"), await open_store("n2")
    copies = [store.submit(Take(key=f"k{i % 10}")) for i in range(100) for store in (one, two)]
    assert sum(await asyncio.gather(*copies)) == 10


async def test_a_new_customer_at_two_nodes_is_one_person(open_store) -> None:
    """First messages of one contact at two nodes open one conversation."""
    one, two = await open_store("n1"), await open_store("n2")
    for i in range(10):
        urn = f"tel:+{i}"
        found = await asyncio.gather(
            *(
                s.submit(Write(urn=urn, text="x", key=f"{s.node}{i}{j}"))
                for j in range(3)
                for s in (one, two)
            )
        )
        assert len(set(found)) == 1
        assert (await one.read(one_of, Conversation, id=found[0])).seq == 6


async def test_what_one_node_keeps_in_memory_another_may_change(open_store) -> None:
    """Rows kept from batch to batch are dropped as soon as anybody else has written the desk."""
    one, two = await open_store("n1"), await open_store("n2")
    rename = [
        Do(
            lambda c, name=name: c.put(replace(c.get(Contact, "c"), name=name)).name,
            by_key(Contact, "c"),
        )
        for name in ("first", "second")
    ]
    look = Do(lambda c: c.get(Contact, "c").name, by_key(Contact, "c"))
    await one.submit(Put(rows=(toys.contact("c"),)))
    assert await one.submit(look) == "Wang"
    for store, command in ((two, rename[0]), (one, rename[1]), (two, rename[0])):
        # Neither change appends an event: the head alone would not tell.
        name = await store.submit(command)
        assert [await s.submit(look) for s in (one, two)] == [name, name]


async def test_a_command_waits_for_a_claim_of_its_job(open_store, database) -> None:
    """Claims do not hold the desk; a command that looks at a job sees what a claim makes of it."""
    store = await open_store()
    await store.submit(Put(rows=(toys.job("j"),)))
    look = Do(lambda c: c.get(Job, "j").state, by_key(Job, "j"))
    with psycopg.connect(database) as claiming:
        claiming.execute("UPDATE job SET state = 'sending' WHERE id = 'j'")
        looking = asyncio.ensure_future(store.submit(look))
        done, _ = await asyncio.wait([looking], timeout=0.2)
        assert not done
        claiming.commit()
    assert await looking is JobState.SENDING


async def test_a_node_that_stalls_with_the_lock_loses_it(open_store, database) -> None:
    """Whoever holds the desk and does nothing is cut off, and the others go on."""
    store = await open_store()
    with psycopg.connect(database) as stalled:
        stalled.execute("SET idle_in_transaction_session_timeout = '300ms'")
        stalled.execute("SELECT * FROM desk FOR UPDATE")
        assert await store.submit(Tell()) == [1]
        stalled.close()


async def test_the_server_restarts(server, open_store) -> None:
    """While PostgreSQL is away nothing is acknowledged; when it is back, writing goes on by itself."""
    store = await open_store()
    assert await store.submit(Tell()) == [1]
    server.kill()
    answers = await together(store, Tell(), Tell())
    assert [type(a) for a in answers] == [StoreUnavailable] * 2
    await asyncio.to_thread(server.start)
    assert await once_it_is_back(store, Tell()) == [2]
    assert [e.position for e in await store.follow(0)] == [1, 2]
    assert await store.read(one_of, Cursor, account="x") is None


class CutOff:
    """A command whose connection is cut, so many times, before it is committed."""

    def __init__(self, database: str, times: int) -> None:
        self.database = database
        self.times = times

    def reads(self, view: View) -> Iterable[Lookup]:
        return ()

    def decide(self, change: Change) -> int:
        if self.times:
            self.times -= 1
            cut(self.database)
        return change.record(NodeLost(node="n"), "system").position


async def test_a_connection_that_is_cut_in_the_middle(open_store, database) -> None:
    """Before its commit nothing was written: it is done once more, and nobody notices."""
    store = await open_store()
    assert await store.submit(CutOff(database, 1)) == 1
    with pytest.raises(StoreUnavailable):
        await store.submit(CutOff(database, 2))
    assert await once_it_is_back(store, Tell()) == [2]
    assert [e.position for e in await store.follow(0)] == [1, 2]


async def test_a_connection_that_was_cut_is_replaced(open_store, database) -> None:
    """A connection cut while idle is opened anew for the first command; nobody notices."""
    store = await open_store()
    await store.submit(Tell())
    cut(database)
    assert await store.submit(Tell()) == [2]
    assert await store.claim((), limit=1, hold_ms=1) == []
    assert await store.read(one_of, Cursor, account="x") is None


async def test_a_read_that_is_cut_says_so(open_store, database) -> None:
    """A server that ends a connection in the middle of a read: ask again, nothing is broken."""
    store = await open_store()

    def cut(connection: Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreUnavailable):
        await store.read(cut)
    assert await store.read(one_of, Cursor, account="x") is None


def two_questions(connection: Connection) -> int:
    """A query between whose questions the machine stalls."""
    connection.exec_driver_sql("SELECT 1")
    threading.Event().wait(0.4)
    return int(connection.exec_driver_sql("SELECT 2").scalar_one())


async def test_a_read_may_stall_where_a_write_may_not(open_store, monkeypatch) -> None:
    """A reader holds up nobody: a machine that stalls between two of its questions costs nothing."""
    monkeypatch.setattr(postgres, "IDLE_IN_TRANSACTION_MS", 50)
    store = await open_store()
    assert await store.read(two_questions) == 2


async def test_a_read_that_stalls_for_good_is_cut(open_store, monkeypatch) -> None:
    """What the server ends for idling is told as a store that cannot be read, not as a fault."""
    monkeypatch.setattr(engines, "IDLE_READ_MS", 50)
    store = await open_store()
    with pytest.raises(StoreUnavailable):
        await store.read(two_questions)
