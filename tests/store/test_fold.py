"""The write-ahead log goes into the file beside the writer, every so often."""

import sqlite3
import time
from pathlib import Path

import pytest

from gateway.store import sqlite
from gateway.store.fold import EVERY_S, Fold

PATIENCE_S = 20.0
LONG_S = 2 * EVERY_S
SHORT_S = EVERY_S / 4
PAGE_BYTES = 4_096
PAGES_EACH = 500


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

    def commit(self, after_s: float) -> None:
        """A batch, so long after the one before."""
        self.now += after_s
        self.number += 1
        self.writer.execute("INSERT INTO t VALUES (?)", (self.number,))
        self.fold.committed()

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


def test_every_so_often(desk) -> None:
    """Whatever was committed by then is folded, and more the next time."""
    desk.commit(SHORT_S)
    desk.commit(LONG_S)
    desk.until_folded(2)
    desk.commit(LONG_S)
    desk.until_folded(3)


def test_not_after_each_commit(desk) -> None:
    """The writer is left alone for a while."""
    for _ in range(3):
        desk.commit(SHORT_S)
    desk.fold.close()
    assert desk.folded() == 0


def test_the_log_does_not_grow_for_ever(desk) -> None:
    """What comes without a pause is folded by the writer in the end, and its log begun anew."""
    desk.writer.execute("CREATE TABLE big (b BLOB)")
    longest = 0
    for _ in range(3 * sqlite.PAGES_BEFORE_CHECKPOINT // PAGES_EACH):
        desk.writer.execute("INSERT INTO big VALUES (zeroblob(?))", (PAGES_EACH * PAGE_BYTES,))
        desk.fold.committed()
        log = desk.path.with_name(desk.path.name + "-wal")
        longest = max(longest, log.stat().st_size)
    assert longest < 1.5 * sqlite.PAGES_BEFORE_CHECKPOINT * PAGE_BYTES


def test_a_reader_holds_it_up(desk) -> None:
    """Whoever reads an older moment goes on reading it, and no commit waits for the folding."""
    desk.commit(0.0)
    reader = sqlite3.connect(desk.path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
    for _ in range(3):
        desk.commit(LONG_S)
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
    reader.close()
    desk.commit(LONG_S)
    desk.until_folded(5)
