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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.store.errors import StoreError
from gateway.store.files import Files
from gateway.store.sqlite import PREFIX, connect_reader, path_of

DESCRIPTION = "backup.json"
ROWS = {True: "parley.sqlite3", False: "parley.dump"}  # of SQLite, of PostgreSQL
FORMAT = 1
CHUNK = 2**20
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
def all_or_nothing(data: Path, rows: Path) -> Iterator[None]:
    """A restoration: what fails within leaves the folders of its files and rows as they were."""
    files = Files(data)
    before = set(files.all())
    places = (data / "files", data / "incoming", rows.parent)
    missing = {each for place in places for each in (place, *place.parents) if not each.exists()}
    try:
        yield
    except BaseException:
        for left in rows.parent.glob(f"{rows.name}*"):
            left.unlink()
        for sha256 in set(files.all()) - before:
            files.remove(sha256)
        _prune({*missing, *(data / "files").glob("*/"), *(data / "files").glob("*/*/")})
        raise


def _prune(folders: set[Path]) -> None:
    """Remove those that are empty, what lies deepest first."""
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def load_files(source: Path, data: Path, expected: int) -> int:
    """Copy every attachment back; how many. StoreError when one is gone or has other bytes."""
    copies, files = Files(source), Files(data)
    count = 0
    for sha256 in copies.all():
        _copied(copies, files, sha256)
        count += 1
    if count < expected:
        raise StoreError(f"{source} has {count} files of {expected}; the others are gone")
    return count


def load_sqlite(source: Path, place: Path, desk: str) -> None:
    """Copy the rows to a file of another name than the store's, and see that they are whole."""
    for left in place.parent.glob(f"{place.name}*"):  # of a restoration that was broken off
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
        _run("psql", database, *once, f"--file={script}", f"--command={PAUSED}")


def put_in_place(place: Path, database: str) -> None:
    """Give the rows the name under which a node looks for them."""
    path = path_of(database)
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
        while chunk := file.read(CHUNK):
            seen.update(chunk)
            size += len(chunk)
            part.write(chunk)
    if seen.hexdigest() != sha256:
        part.drop()
        raise StoreError(f"{source.path(sha256)} is damaged: its bytes are not those of its name")
    part.keep()
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
