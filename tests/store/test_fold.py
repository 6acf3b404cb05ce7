"""The write-ahead log goes into the file beside the writer while that has time, not in a flood."""

import sqlite3
import time
from pathlib import Path

import pytest

from gateway.store import sqlite
from gateway.store.fold import EVERY_S, FLOOD, Fold

PATIENCE_S = 20.0
LONG_S = 2 * EVERY_S
SHORT_S = EVERY_S / 4


class Desk:
    """A database with its writer, and what of it stands in the file alone."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rows.sqlite3"
        self.now = 0.0
        self.writer = sqlite.connect(self.path)
        self.writer.execute("CREATE TABLE t (n INTEGER)")
        self.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.fold = Fold(lambda: sqlite.connect(self.path), lambda: self.now)
        self.number = 0

    def commit(self, commands: int, after_s: float) -> None:
        """A batch of so many commands, so long after the one before."""
        self.now += after_s
        self.number += 1
        self.writer.execute("INSERT INTO t VALUES (?)", (self.number,))
        self.fold.committed(commands)

    def folded(self) -> int:
        """How many rows whoever has the file without its log would see."""
        alone = sqlite3.connect(f"file:{self.path}?immutable=1", uri=True)
        ((rows,),) = alone.execute("SELECT count(*) FROM t").fetchall()
        alone.close()
        return int(rows)

    def until_folded(self, rows: int) -> None:
        """Wait for the thread."""
        deadline = time.monotonic() + PATIENCE_S
        while self.folded() < rows:
            assert time.monotonic() < deadline, "nothing was folded"


@pytest.fixture
def desk(tmp_path):
    """An empty one."""
    made = Desk(tmp_path)
    yield made
    made.fold.close()
    made.writer.close()


def test_while_there_is_time(desk) -> None:
    """Whatever was committed by then is folded, and more the next time."""
    desk.commit(1, SHORT_S)
    desk.commit(FLOOD - 1, LONG_S)
    desk.until_folded(2)
    desk.commit(1, LONG_S)
    desk.until_folded(3)


CALM = [
    ("too soon", [(1, SHORT_S)] * 3),
    ("a flood", [(FLOOD, LONG_S)] * 3),
    ("a flood on average", [(1, 0.0), (2 * FLOOD, 0.0), (FLOOD, LONG_S)]),
]


@pytest.mark.parametrize("batches", [r[1] for r in CALM], ids=[r[0] for r in CALM])
def test_not_now(desk, batches) -> None:
    """The writer is left alone."""
    for commands, after_s in batches:
        desk.commit(commands, after_s)
    desk.fold.close()
    assert desk.folded() == 0


def test_a_reader_holds_it_up(desk) -> None:
    """Whoever reads an older moment goes on reading it, and no commit waits for the folding."""
    desk.commit(1, 0.0)
    reader = sqlite3.connect(desk.path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
    for _ in range(3):
        desk.commit(1, LONG_S)
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
    reader.close()
    desk.commit(1, LONG_S)
    desk.until_folded(5)
