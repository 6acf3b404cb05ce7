"""A copy of the whole store, taken while nodes run, and its way back into an empty place.

SQLite is copied by its own backup, in one step and so of one moment; PostgreSQL by pg_dump, which
must be installed. Files never change, and each is on the disk before a row names it: so they are
copied after the rows. The description is written last: a copy without one was not finished.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.store.control import somebody_at
from gateway.store.engines import migrating
from gateway.store.errors import StoreError, StoreInUse
from gateway.store.files import Files
from gateway.store.migrate import ADVISORY_LOCK, is_ours
from gateway.store.sqlite import PREFIX, LockFile, connect_reader, files_of, path_of

DESCRIPTION = "backup.json"
ROWS = {True: "parley.sqlite3", False: "parley.dump"}  # of SQLite, of PostgreSQL
FORMAT = 1
CHUNK = 2**20
COMMIT_PATIENCE_MS = 10_000
TAKEN = f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"  # a node that starts meanwhile waits
PAUSED = "RESET search_path; UPDATE desk SET paused_at = (extract(epoch FROM now()) * 1000)::bigint"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy says of itself. `head`: a position up to which its log surely reaches."""

    format: int
    sqlite: bool
    schema: str
    desk: str
    head: int
    taken_at: str  # RFC 3339, before the rows were copied
    files: int
    size_bytes: int


def empty(folder: Path) -> None:
    """Make the folder of a new copy, for its owner alone. StoreError when something is in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty; name a new folder for each backup")


def save_rows(database: str, to: Path) -> None:
    """Copy the database as it is at one moment; nodes go on writing."""
    sqlite = database.startswith(PREFIX)
    place = to / ROWS[sqlite]
    if not sqlite:
        _run("pg_dump", database, "--format=custom", "--no-owner", f"--file={place}")
        _sync(place)
        return
    source, copy = connect_reader(path_of(database)), sqlite3.connect(place)
    try:
        source.backup(copy, pages=-1)  # in steps, it would begin anew at each commit of the node
        copy.execute("PRAGMA journal_mode=DELETE")
        demand_whole(copy, place)
    finally:
        copy.close()
        source.close()
    _sync(place)


def save_files(data: Path, to: Path) -> tuple[int, int]:
    """Copy every attachment; how many, and their bytes."""
    source, copies = Files(data), Files(to)
    count = size = 0
    for sha256 in source.all():
        try:
            size += _copied(source, copies, sha256)
        except FileNotFoundError:
            continue  # erased meanwhile, for no row names it
        count += 1
    return count, size


def describe(to: Path, backup: Backup) -> None:
    """The last stroke: from now on it is a backup."""
    place = to / DESCRIPTION
    place.write_bytes(msgspec.json.format(msgspec.json.encode(backup)) + b"\n")
    _sync(place)
    _sync(to)


def described(source: Path) -> Backup:
    """What a copy says of itself. StoreError for what is none, or not whole."""
    try:
        found = msgspec.json.decode((source / DESCRIPTION).read_bytes(), type=Backup)
    except FileNotFoundError:
        raise StoreError(f"{source} is no finished backup: it has no {DESCRIPTION}") from None
    except msgspec.MsgspecError as error:
        raise StoreError(f"{source / DESCRIPTION} cannot be read: {error}") from None
    if found.format != FORMAT:
        raise StoreError(f"{source} has format {found.format}; this Parley reads {FORMAT}")
    return found


@contextmanager
def all_or_nothing(data: Path, rows: Path, database: str) -> Iterator[set[Path]]:
    """A restoration: what fails before the store stands leaves the place as it was.

    Yields the paths of what it brings, for `load_files` to fill. StoreInUse: a node works there.
    """
    with _alone(data, database):
        brought = _missing(data / "incoming") | _missing(rows.parent)
        try:
            yield brought
        except BaseException:
            _take_away(_written(rows))
            if not _stands(database):
                _take_away(brought)
            raise


@contextmanager
def _alone(data: Path, database: str) -> Iterator[None]:
    """No node works in this place, and none on SQLite can begin to."""
    if somebody_at(data):
        raise StoreInUse(f"a node works in {data}; stop it first, or name another --data")
    stores = [(data / ROWS[True]).resolve()]
    if database.startswith(PREFIX):
        stores.append(path_of(database).resolve())
    with ExitStack() as held:
        for store in dict.fromkeys(stores):
            made = _missing(LockFile.beside(store))
            held.callback(LockFile(store).release)
            held.callback(_take_away, made)
        yield


def _stands(database: str) -> bool:
    """Whether the store has its place, or may have: then its files stay."""
    if database.startswith(PREFIX):
        return path_of(database).exists()
    try:
        with migrating(database).connect() as connection:
            # psql may be gone and its COMMIT still on the way.
            connection.execute(text(f"SET lock_timeout = {COMMIT_PATIENCE_MS}"))
            connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
            return is_ours(connection)
    except SQLAlchemyError:
        return True


def _missing(path: Path) -> set[Path]:
    """Of this path and the folders above it, those that are not there."""
    return {each for each in (path, *path.parents) if not each.exists()}


def _take_away(paths: Iterable[Path]) -> None:
    """Remove them, what lies deepest first. A folder with something in it stays, as does what
    cannot be removed: what went wrong before is what people must hear of."""
    for path in sorted(paths, key=lambda each: len(each.parts), reverse=True):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def _written(rows: Path) -> list[Path]:
    """The files that SQLite and its lock make of a store of this name."""
    return [path for path in files_of(rows) if path.is_file()]


def load_files(source: Path, data: Path, expected: int, brought: set[Path]) -> int:
    """Copy every attachment back; how many. StoreError when one is gone or has other bytes.

    `brought` gets the path of each that was not there, before it is, and of its new folders.
    """
    copies, files = Files(source), Files(data)
    count = 0
    for sha256 in copies.all():
        brought |= _missing(files.path(sha256))
        _copied(copies, files, sha256)
        count += 1
    if count < expected:
        raise StoreError(f"{source} has {count} files of {expected}; the others are gone")
    return count


def load_sqlite(source: Path, place: Path, desk: str) -> None:
    """Copy the rows to a file of another name than the store's, and see that they are whole."""
    for left in _written(place):  # of a restoration that was broken off
        left.unlink()
    shutil.copyfile(source / ROWS[True], place)
    copy = sqlite3.connect(place)
    try:
        demand_whole(copy, source / ROWS[True])
        _demand_desk(copy, desk, source)
    finally:
        copy.close()
    _sync(place)


def _demand_desk(copy: sqlite3.Connection, desk: str, source: Path) -> None:
    """Raise StoreError for rows that are not those of this desk."""
    try:
        found = copy.execute("SELECT 1 FROM desk WHERE id=?", (desk,)).fetchone()
    except sqlite3.DatabaseError:
        found = None
    if found is None:
        raise StoreError(f"{source / ROWS[True]} holds no desk {desk}; it is not what was copied")


def load_postgres(source: Path, database: str) -> None:
    """Bring the rows into an empty database, with sending paused: all of them, or none."""
    with tempfile.TemporaryDirectory(prefix="parley-restore-") as folder:
        script = f"{folder}/rows.sql"
        _run("pg_restore", None, "--no-owner", f"--file={script}", str(source / ROWS[False]))
        once = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        commands = (f"--command={TAKEN}", f"--file={script}", f"--command={PAUSED}")
        _run("psql", database, *once, *commands)


def put_in_place(place: Path, database: str) -> None:
    """Give the rows the name under which a node looks for them."""
    path = path_of(database)
    if path.exists():
        raise StoreError(f"{path} has come meanwhile; nothing is written over it")
    place.replace(path)
    place.with_name(place.name + ".lock").unlink(missing_ok=True)
    _sync(path.parent)


def demand_whole(copy: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError for a file that SQLite finds damaged."""
    try:
        ((found, *_), *_) = copy.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} is damaged: {error}") from None
    if found != "ok":
        raise StoreError(f"{path} is damaged: {found}")


def _copied(source: Files, to: Files, sha256: str) -> int:
    if to.exists(sha256):
        return to.path(sha256).stat().st_size
    seen, size = hashlib.sha256(), 0
    with source.path(sha256).open("rb") as file:
        part = to.begin()
        try:
            while chunk := file.read(CHUNK):
                seen.update(chunk)
                size += len(chunk)
                part.write(chunk)
            if seen.hexdigest() != sha256:
                raise StoreError(
                    f"{source.path(sha256)} is damaged: its bytes are not those of its name"
                )
            part.keep()
        finally:
            part.drop()
    return size


def _run(program: str, database: str | None, *arguments: str) -> None:
    """One of PostgreSQL's own programs; the password travels by its environment."""
    found = shutil.which(program)
    if found is None:
        raise StoreError(f"{program} is not here; install PostgreSQL's client programs")
    environment = dict(os.environ)
    if database is not None:
        asked = conninfo_to_dict(database)
        environment["PGPASSWORD"] = str(asked.pop("password", ""))
        named = make_conninfo("", **asked)
        arguments = (f"--dbname={named}", *arguments)
    done = subprocess.run(  # noqa: S603 -- our own arguments
        [found, *arguments], env=environment, capture_output=True, check=False
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise StoreError(f"{program} failed: {words[0] if words else done.returncode}")


def _sync(path: Path) -> None:
    """What is written there is on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
