"""The embedded database: one SQLite file, one writing connection, many that read."""

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from gateway.domain.clock import Clock
from gateway.domain.desk import Desk
from gateway.domain.rows import TABLES, Key, Row, Table
from gateway.store.codec import CODECS
from gateway.store.errors import NotDurable, StoreError, StoreInUse
from gateway.store.session import Locked

PREFIX = "sqlite:///"
BESIDE = ("", "-wal", "-shm", "-journal", ".lock")  # how the files of one database end
BUSY_TIMEOUT_MS = 2_000
STATEMENTS_KEPT = 512
PAGES_BEFORE_CHECKPOINT = 16_000  # 64 MB of write-ahead log, most of which Fold has folded
JOURNAL_BYTES_KEPT = 64 * 2**20
CACHE_KIB = 16 * 2**10

_ENCODE = msgspec.json.Encoder().encode
_DESK = TABLES[Desk]
_DESK_COLUMNS = ",".join(f'"{column}"' for column in _DESK.columns)
_DESK_SETS = ",".join(f'"{column}"=?' for column in _DESK.columns[1:])

# What the store could not be asked, as against what the disk could not do.
_FAULTS_OF_WRITES = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.NotSupportedError,
)


# The driver looks for an adapter of NULL and of bytes too, and finding none costs it a microsecond
# a value: so they are given one that changes nothing.
sqlite3.register_adapter(type(None), lambda nothing: nothing)
sqlite3.register_adapter(bytes, bytes)


class SqliteFlavour:
    """SQLite's words: keys travel as one JSON parameter."""

    name: ClassVar[str] = "sqlite"
    mark: ClassVar[str] = "?"

    def keys_source(self, kinds: Sequence[type]) -> str:
        """json_each, a row a key."""
        columns = ",".join(f"json_extract(value,'$[{i}]') c{i}" for i in range(len(kinds)))
        return f"(SELECT {columns} FROM json_each(?)) k"  # noqa: S608

    def keys_params(self, keys: Sequence[Key]) -> Sequence[Any]:
        """All keys as JSON."""
        return (_ENCODE(keys).decode(),)

    def rows_source(self, table: Table) -> str:
        """VALUES of one row. One of many rows would touch as many times the memory, and SQLite
        copies each page that it changes beforehand, lest it fail halfway."""
        return "VALUES (" + ",".join("?" * len(table.columns)) + ")"

    def rows_params(self, rows: Sequence[Row]) -> Sequence[Any]:
        """The values of each row."""
        to_sqlite = CODECS[type(rows[0])].to_sqlite
        return [to_sqlite(row) for row in rows]


def path_of(database: str) -> Path:
    """The file of `sqlite:////var/lib/parley/parley.db`."""
    path = Path(database.removeprefix(PREFIX))
    if not database.startswith(PREFIX) or not path.is_absolute():
        raise StoreError(f"{database!r}: write it as sqlite:////absolute/path.db")
    return path


def files_of(path: Path) -> tuple[Path, ...]:
    """A database and what stands beside it."""
    return tuple(path.with_name(path.name + ending) for ending in BESIDE)


class LockFile:
    """Keeps a second process away from the file, for the life of this one."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = self.beside(database)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._demand_same()
        except OSError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise StoreInUse(
                f"{database} is in use by process {holder}. Stop it first, or name another one."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    @staticmethod
    def beside(database: Path) -> Path:
        """Where the lock of a database stands."""
        return database.with_name(database.name + ".lock")

    def _demand_same(self) -> None:
        """Raise OSError when a restoration took the file away between opening and locking it."""
        if not os.path.samestat(os.fstat(self._file), self._path.stat()):
            raise FileNotFoundError(self._path)

    def release(self) -> None:
        """Let others in. The file stays; a restoration alone takes it away, while it holds it."""
        os.close(self._file)


def connect(path: Path) -> sqlite3.Connection:
    """A connection that writes, refused unless each commit is on the disk when it returns."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_KEPT,
        timeout=BUSY_TIMEOUT_MS / 1_000,
    )
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "temp_store=MEMORY",
        "foreign_keys=OFF",
        f"cache_size=-{CACHE_KIB}",
        f"wal_autocheckpoint={PAGES_BEFORE_CHECKPOINT}",
        f"journal_size_limit={JOURNAL_BYTES_KEPT}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    demand_durable(connection)
    return connection


def demand_durable(connection: sqlite3.Connection) -> None:
    """Refuse a file that is not in WAL mode with synchronous=FULL."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    (level,) = connection.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or level != 2:
        connection.close()
        raise NotDurable(
            f"SQLite runs journal_mode={mode}, synchronous={level}; a commit would not survive a"
            " power cut. Put the database on a local disk that supports WAL."
        )


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = sqlite3.connect(
        f"file:{path}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_MS / 1_000,
    )
    connection.execute("PRAGMA cache_size=-4096")
    return connection


class SqliteSession:
    """The one connection that writes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.lost = False
        self.flavour = SqliteFlavour()
        self.connection = connect(path)
        self._clock = clock
        self._desk: Desk | None = None  # as committed; nobody else can have changed it
        self._saved: Desk | None = None

    def lock(self, desk: str) -> Locked:
        """BEGIN IMMEDIATE; nobody else can have written, for the file has one owner."""
        self.connection.execute("BEGIN IMMEDIATE")
        if self._desk is None:
            row = self.connection.execute(
                f"SELECT {_DESK_COLUMNS} FROM desk WHERE id=?",  # noqa: S608
                (desk,),
            ).fetchone()
            self._desk = Desk(**dict(zip(_DESK.columns, row, strict=True)))
        return Locked(
            desk=self._desk,
            version=0,
            next_version=0,
            now_ms=self._clock.now_ms(),
            monotonic_ms=self._clock.monotonic_ms(),
        )

    def begin(self) -> int:
        """BEGIN IMMEDIATE, by the injected clock."""
        self.connection.execute("BEGIN IMMEDIATE")
        return self._clock.now_ms()

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self.connection.execute(sql, params).fetchall()

    def run(self, sql: str, params: Sequence[Any] = ()) -> None:
        """A statement without rows."""
        self.connection.execute(sql, params)

    def write(self, sql: str, params: Sequence[Any]) -> None:
        """Row after row by one statement."""
        self.connection.executemany(sql, params)

    def together(self) -> AbstractContextManager[object]:
        """Nothing travels here."""
        return nullcontext()

    def save_desk(self, desk: Desk) -> None:
        """Write the desk row."""
        self._saved = desk
        values = msgspec.structs.astuple(desk)
        self.connection.execute(
            f"UPDATE desk SET {_DESK_SETS} WHERE id=?",  # noqa: S608
            (*values[1:], values[0]),
        )

    def commit(self) -> None:
        """COMMIT, with its fsync."""
        self.connection.execute("COMMIT")
        self._desk, self._saved = self._saved or self._desk, None

    def rollback(self) -> None:
        """ROLLBACK if there is something to roll back; a connection that cannot is given up."""
        self._desk = self._saved = None
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.lost = True

    def refuses(self, error: Exception) -> bool:
        """A broken constraint or a value SQLite cannot hold, as against a full or failing disk."""
        if isinstance(error, sqlite3.DatabaseError):
            return isinstance(error, _FAULTS_OF_WRITES)
        return True

    def close(self) -> None:
        """Close the connection; the last one folds the write-ahead log into the file."""
        self.connection.close()
