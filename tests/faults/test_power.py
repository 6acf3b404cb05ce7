"""P1b: the power is cut under load. What was acknowledged is on the disk."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import psycopg
import pytest

from tests.faults.disk import Disk, disk_in
from tests.faults.driver import Driver
from tests.faults.ledger import Ledger, gone, inbound_faults, proof_faults, settled
from tests.faults.node import Node, make_store
from tests.faults.providers import Providers, doubles
from tests.store.postgres_server import PostgresServer

SEED = int(os.environ.get("POWER_SEED", "50"))
CUTS = {"sqlite": 5, "postgresql": 3}
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.5, 3.0  # shorter than the kernel waits before it syncs unasked
WRITES_S = 1.0
ENOUGH = 50  # rows that a bare writer has written by then

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that every user can reach: PostgreSQL does not run as root."""
    made = Path(tempfile.mkdtemp(prefix="parley-power-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def disk(folder: Path) -> Iterator[Disk]:
    """A disk that is mounted where a node in the folder keeps its data."""
    made = disk_in(folder)
    yield made
    made.remove()


@pytest.fixture
def postgres(disk: Disk) -> Iterator[PostgresServer]:
    """A server that stores on the disk."""
    made = PostgresServer(disk.mount / "postgresql")
    disk.sync()
    yield made
    made.stop()


async def live_and_go_dark(
    node: Node, providers: Providers, disk: Disk, cuts: int, postgres: PostgresServer | None
) -> None:
    """So many lives, each ended by a power cut, of the database's machine too."""
    random, ledger = Random(SEED), Ledger()
    driver = Driver(node, providers.mail, random, ledger)
    disk.sync()
    await node.start()
    await driver.start()
    for number in range(cuts):
        ledger.life = f"life {number} of POWER_SEED={SEED}"
        await asyncio.sleep(random.uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S))
        driver.check()
        assert node.running, f"it ended by itself:\n{node.log()}"
        disk.cut_power(node.pid, *([postgres.pid] if postgres else []))
        await node.kill()
        if postgres is not None:
            postgres.kill()
            postgres.start()
        faults = inbound_faults(ledger, node) + gone(ledger, node)
        assert [
            fault for fault in faults if "writer" not in fault
        ] == []  # mails wait in their folder
        assert proof_faults(node) == [], ledger.life
        await node.start()
    await driver.calm()
    assert await settled(ledger, node) == []
    assert node.rows("SELECT count(*) FROM attachment WHERE state = 'ready'") > [(cuts,)]
    await node.stop()
    assert await doubles(ledger, providers, deaths=cuts) == []
    await node.audit()


async def test_sqlite(folder: Path, blank: Path, disk: Disk, providers: Providers) -> None:
    """Nothing acknowledged is lost, doubled, reordered or stuck, and the file is whole."""
    shutil.copytree(blank, disk.mount, dirs_exist_ok=True)
    node = Node(folder, sms_api=providers.sms_api, mailbox=providers.mailbox)
    try:
        await live_and_go_dark(node, providers, disk, CUTS["sqlite"], None)
    finally:
        await node.kill()


async def test_postgresql(
    folder: Path, disk: Disk, postgres: PostgresServer, providers: Providers
) -> None:
    """The same when PostgreSQL's disk goes dark."""
    uri = postgres.empty()
    node = Node(folder, sms_api=providers.sms_api, mailbox=providers.mailbox, database=uri)
    await make_store(node.data, uri)
    try:
        await live_and_go_dark(node, providers, disk, CUTS["postgresql"], postgres)
    finally:
        await node.kill()


# --- whether these tests can fail: a bare writer, as durable as it is told to be -----------------

# It pauses: one in haste fills SQLite's journal, and is cut off within the sync that follows.

ON_SQLITE = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA synchronous=" + sys.argv[2])
for n in range(1_000_000):
    db.execute("INSERT INTO word VALUES (?)", (n,))
    print(n, flush=True)
    time.sleep(0.002)
"""

ON_POSTGRESQL = """
import psycopg, sys, time
db = psycopg.connect(sys.argv[1], autocommit=True)
db.execute("SET synchronous_commit = " + sys.argv[2])
for n in range(1_000_000):
    db.execute("INSERT INTO word VALUES (%s)", (n,))
    print(n, flush=True)
    time.sleep(0.002)
"""


def acknowledged(disk: Disk, folder: Path, script: str, *words: str, also: int = 0) -> set[int]:
    """What a writer told of before the power was cut."""
    told = folder / "told"
    with told.open("wb") as out:
        writer = subprocess.Popen([sys.executable, "-c", script, *words], stdout=out)
    time.sleep(WRITES_S)
    disk.cut_power(writer.pid, *([also] if also else []))
    writer.wait()
    lines = told.read_text().split("\n")[:-1]
    assert len(lines) >= ENOUGH, "it wrote too little"
    return set(map(int, lines))


@pytest.mark.parametrize(("synchronous", "loses"), [("FULL", False), ("NORMAL", True)])
def test_sqlite_told_less_loses(disk: Disk, folder: Path, synchronous: str, loses: bool) -> None:
    """A cut that takes nothing from synchronous=NORMAL would prove nothing of FULL."""
    database = disk.mount / "bare.sqlite3"
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE word (n INTEGER)")
    disk.sync()
    told = acknowledged(disk, folder, ON_SQLITE, str(database), synchronous)
    with closing(sqlite3.connect(database)) as db:
        stored = {n for (n,) in db.execute("SELECT n FROM word")}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert bool(told - stored) == loses, f"{len(told - stored)} of {len(told)} are lost"


@pytest.mark.parametrize(("commit", "loses"), [("on", False), ("off", True)])
def test_postgresql_told_less_loses(
    disk: Disk, folder: Path, postgres: PostgresServer, commit: str, loses: bool
) -> None:
    """A cut that takes nothing from synchronous_commit=off would prove nothing of on."""
    uri = postgres.empty()
    with psycopg.connect(uri) as db:
        db.execute("CREATE TABLE word (n INTEGER)")
    disk.sync()
    told = acknowledged(disk, folder, ON_POSTGRESQL, uri, commit, also=postgres.pid)
    postgres.kill()
    postgres.start()
    with psycopg.connect(uri) as db:
        stored = {n for (n,) in db.execute("SELECT n FROM word")}
    assert bool(told - stored) == loses, f"{len(told - stored)} of {len(told)} are lost"
