"""Acknowledged means on the disk; one process a file; no schema of another time."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import psycopg
import pytest
from sqlalchemy import inspect, text

from gateway.domain.delivery import InboundKey
from gateway.domain.events import ClockStepped, decode_body
from gateway.domain.rows import TABLES
from gateway.store import (
    NotDurable,
    SchemaTooNew,
    StoreInUse,
    StoreUnavailable,
    engines,
    migrate,
    sqlite,
)
from gateway.store.queries.rows import one_of
from gateway.store.schema import INDEXES, metadata
from tests.store.toys import HandClock, Tell

SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


# --- what a commit means ---


@SQLITE
async def test_sqlite_syncs_every_commit(store) -> None:
    """The writing connection runs WAL with synchronous=FULL; NORMAL loses acknowledged rows."""
    connection = store._writer._session.connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


@SQLITE
@pytest.mark.parametrize("pragma", ["synchronous=NORMAL", "synchronous=OFF", "journal_mode=DELETE"])
def test_less_is_refused(tmp_path, pragma, engine) -> None:
    """A file that would not survive a power cut is refused, in words."""
    connection = sqlite.connect(tmp_path / "x.db")
    connection.execute(f"PRAGMA {pragma}")
    with pytest.raises(NotDurable, match="power cut"):
        sqlite.demand_durable(connection)


@POSTGRES
async def test_postgres_syncs_every_commit(open_store, database) -> None:
    """A database that says otherwise is overruled for synchronous_commit."""
    with psycopg.connect(database, autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        try:
            store = await open_store()
            ours = store._writer._session.connection
            assert ours.execute("SHOW synchronous_commit").fetchone() == ("on",)
            ours.rollback()
        finally:
            admin.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


@SQLITE
async def test_readers_cannot_write(store) -> None:
    """A query that writes is refused by the connection itself."""
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await store.read(lambda c: c.execute(text("DELETE FROM desk")))


@POSTGRES
async def test_readers_cannot_write_on_postgres(store) -> None:
    """A query that writes is refused by the connection itself."""
    with pytest.raises(Exception, match="read-only"):
        await store.read(lambda c: c.execute(text("DELETE FROM desk")))


# --- one process ---

SECOND = """
import asyncio, sys
from pathlib import Path
from random import Random
from gateway.domain.clock import SystemClock
from gateway.store import Store, StoreInUse
async def main():
    try:
        await Store.open(sys.argv[1], data=Path(sys.argv[2]), desk="shop", node="n2",
                         clock=SystemClock(), random=Random(1))
    except StoreInUse as refusal:
        print(refusal)
asyncio.run(main())
"""


@SQLITE
async def test_a_second_process_is_told_who_has_the_file(store, database, tmp_path) -> None:
    """While a process has a SQLite store, another is refused with the holder's number."""
    command = [sys.executable, "-c", SECOND, database, str(tmp_path / "data")]
    second = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert f"in use by process {os.getpid()}" in second.stdout, second.stderr
    assert await store.submit(Tell()) == [1]


@SQLITE
async def test_the_file_is_free_again_after_close(open_store) -> None:
    """Closing lets go of the file; so does a failed opening."""
    first = await open_store()
    with pytest.raises(StoreInUse):
        await open_store()
    await first.close()
    assert (await open_store()).head() == 0


LOOP = """
import asyncio, sys
from pathlib import Path
from random import Random
from gateway.domain.clock import SystemClock
from gateway.store import Store
from tests.store.toys import Take
async def main():
    store = await Store.open(sys.argv[1], data=Path(sys.argv[2]), desk="shop", node="n1",
                             clock=SystemClock(), random=Random())
    async def work(n):
        i = 0
        while True:
            key = f"{sys.argv[3]}-{n}-{i}"
            await store.submit(Take(key=key))
            sys.stdout.write(key + "\\n")
            sys.stdout.flush()
            i += 1
    await asyncio.gather(*(work(n) for n in range(8)))
asyncio.run(main())
"""


async def test_kill_9_loses_nothing_acknowledged(database, open_store, tmp_path) -> None:
    """Whatever a process told to the outside before it was killed is there after the restart."""
    random = Random(9)
    acknowledged: list[str] = []
    for turn in range(3):
        command = [sys.executable, "-c", LOOP, database, str(tmp_path / "data"), str(turn)]
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        lines = 0
        while lines < random.randint(20, 400):
            acknowledged.append((await child.stdout.readline()).decode().strip())
            lines += 1
        child.send_signal(signal.SIGKILL)
        rest = (await child.stdout.read()).decode().split("\n")
        acknowledged += [line for line in rest[:-1] if line]
        await child.wait()
    store = await open_store()
    events = await store.follow(0, 100_000)
    assert [e.position for e in events] == list(range(1, len(events) + 1))
    stored = {decode_body(e).node for e in events}
    assert len(stored) == len(events)
    assert set(acknowledged) <= stored
    assert len(acknowledged) > 60
    for key in acknowledged[:: len(acknowledged) // 20]:
        assert await store.read(one_of, InboundKey, account="sms", key=key) is not None


# --- the schema ---


@pytest.mark.parametrize("noun", TABLES.values(), ids=lambda noun: noun.name)
def test_columns_are_fields(noun) -> None:
    """Each noun's table has the Struct's fields as its columns, in their order, and its key."""
    table = metadata.tables[noun.name]
    assert tuple(table.columns.keys()) == noun.columns
    assert tuple(c.name for c in table.primary_key) == noun.key


async def test_migrations_make_the_schema(store, database) -> None:
    """An empty database that was migrated has the tables, columns, keys and indexes of the code."""
    engine = engines.migrating(database)
    with engine.connect() as connection:
        seen = inspect(connection)
        for table in metadata.tables.values():
            columns = {c["name"]: c for c in seen.get_columns(table.name)}
            assert list(columns) == list(table.columns.keys())
            for column in table.columns:
                assert columns[column.name]["nullable"] == column.nullable, (
                    table.name,
                    column.name,
                )
                assert isinstance(columns[column.name]["type"], type(column.type)) or str(
                    columns[column.name]["type"]
                ) in ("BIGINT", "INTEGER", "BYTEA", "BLOB", 'TEXT COLLATE "C"'), (
                    table.name,
                    column,
                )
            key = seen.get_pk_constraint(table.name)["constrained_columns"]
            assert key == [c.name for c in table.primary_key]
            indexes = {i["name"]: i for i in seen.get_indexes(table.name)}
            wanted = {name: spec for name, spec in INDEXES.items() if spec[0] == table.name}
            assert set(wanted) == set(indexes) - {"search_tokens"}
            for name, (_, columns_, unique, _) in wanted.items():
                assert indexes[name]["column_names"] == columns_.split()
                assert bool(indexes[name]["unique"]) == unique
    engine.dispose()


def test_revisions_are_known(tmp_path) -> None:
    """The code's list of revisions is that of the migrations."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations"))).walk_revisions()
    assert tuple(r.revision for r in reversed(list(found))) == migrate.REVISIONS


async def test_a_newer_schema_is_refused(open_store, database) -> None:
    """An older program does not touch a store that a newer one has written."""
    await (await open_store()).close()
    execute(database, "UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(SchemaTooNew, match="schema 9999"):
            await open_store()
    finally:
        execute(database, f"UPDATE alembic_version SET version_num = '{migrate.HEAD}'")


def execute(database: str, statement: str) -> None:
    engine = engines.migrating(database)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_migration_that_fails_leaves_nothing(kind, tmp_path, request) -> None:
    """A step is whole or not at all: after a failure in its midst it is simply taken again."""
    if kind == "sqlite":
        database = f"sqlite:///{tmp_path}/x.db"
    else:
        database = request.getfixturevalue("server").empty()
    execute(database, "CREATE TABLE search_doc (x INTEGER)")
    engine = engines.migrating(database)
    with pytest.raises(Exception, match="search_doc"):
        migrate.migrate(engine)
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"search_doc", "alembic_version"}
    execute(database, "DROP TABLE search_doc")
    migrate.migrate(engine)
    migrate.migrate(engine)
    with engine.connect() as connection:
        assert migrate.revision_of(connection) == migrate.HEAD
    engine.dispose()


# --- the clock ---

STEPS = [
    ("stands still", 0, 0, False),
    ("goes on", 10_000, 10_000, False),
    ("a little back", -4_000, 0, False),
    ("far back", -3_600_000, 0, True),
    ("a little ahead", 4_000, 0, False),
    ("far ahead", 3_600_000, 0, True),
    ("idle for a day", 86_400_000, 86_400_000, False),
]


@SQLITE
@pytest.mark.parametrize(
    ("wall", "span", "told"), [s[1:] for s in STEPS], ids=[s[0] for s in STEPS]
)
async def test_clock(open_store, wall, span, told) -> None:
    """Events never go back in time, unless the clock was set: then the log says so."""
    clock = HandClock()
    store = await open_store(clock=clock)
    await store.submit(Tell())
    before = clock.now
    clock.now += wall
    clock.span += span
    await store.submit(Tell())
    await store.submit(Tell())
    events = await store.follow(1)
    steps = [decode_body(e) for e in events if e.kind == "clock.stepped"]
    if told:
        assert steps == [ClockStepped(from_ms=before, to_ms=clock.now)]
        assert {e.at for e in events} == {clock.now}
    else:
        assert steps == []
        assert {e.at for e in events} == {max(before, clock.now)}


@SQLITE
async def test_the_clock_is_watched_across_restarts(open_store) -> None:
    """A clock set back while the desk was closed is noticed at its first event."""
    clock = HandClock()
    store = await open_store(clock=clock)
    await store.submit(Tell())
    await store.close()
    clock.step(-60_000)
    store = await open_store(clock=clock)
    await store.submit(Tell())
    assert [e.kind for e in await store.follow(1)] == ["clock.stepped", "node.lost"]


@SQLITE
async def test_a_full_disk(store) -> None:
    """While the disk is full nothing is acknowledged; once there is space, writing goes on."""
    connection = store._writer._session.connection
    assert await store.submit(Tell()) == [1]
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 2}")
    answers = [await outcome(store, Tell(count=20)) for _ in range(20)]
    refused = [a for a in answers if isinstance(a, StoreUnavailable)]
    assert refused
    assert "full" in str(refused[0])
    connection.execute(f"PRAGMA max_page_count={2**30}")
    told = [1, *(p for a in answers if isinstance(a, list) for p in a)]
    told += await store.submit(Tell())
    assert (
        [e.position for e in await store.follow(0, 1_000)] == told == list(range(1, len(told) + 1))
    )
    store._tail = type(store._tail)()
    assert [e.position for e in await store.follow(0, 1_000)] == told
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def outcome(store, command):
    """The answer, or the error."""
    try:
        return await store.submit(command)
    except StoreUnavailable as error:
        return error


@SQLITE
async def test_a_leap_is_told_once(open_store) -> None:
    """A node that sees a leap of the clock which another has told of already does not repeat it."""
    clock = HandClock()
    store = await open_store(clock=clock)
    await store.submit(Tell())
    clock.step(3_600_000)
    session = store._writer._session
    session.rollback()  # it forgets the desk row, as if another node had written it
    session.connection.execute("UPDATE desk SET clock_ms=?", (clock.now - 100,))
    await store.submit(Tell())
    assert [e.kind for e in await store.follow(1)] == ["node.lost"]
