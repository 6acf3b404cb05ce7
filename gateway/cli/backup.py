"""`parley backup` and `parley restore`: the whole store, away from its node and back."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import Status, give_up, put, say
from gateway.cli.desk import (
    DatabaseOption,
    DataOption,
    Desk,
    StoreConfigOption,
    existing,
    made_from,
    me,
    vacant,
)
from gateway.domain.clock import SystemClock, rfc3339
from gateway.store import StoreError, backup
from gateway.store.migrate import revision_of
from gateway.store.queries import outlets
from gateway.store.sqlite import PREFIX, path_of
from gateway.verbs.work import PauseSending

RESTORING = "restoring.sqlite3"

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Of the backup. It holds customers' words.")
]


def save(
    folder: FolderArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Copy the whole store into a new folder, while nodes run. The master key is not in it."""
    desk = existing(config, data, database)
    try:
        put(_saved(desk, folder))
    except (StoreError, OSError) as error:
        give_up(str(error), Status.FOUND)
    say("parley: keep the master key too, at another place; without it no restored desk is whole")


def _saved(desk: Desk, folder: Path) -> backup.Backup:
    taken_at = SystemClock().now_ms()
    head, schema = desk.read(outlets.head, desk.id), desk.read(revision_of)
    backup.empty(folder)
    backup.save_rows(desk.database, folder)
    count, size = backup.save_files(desk.data, folder)
    found = backup.Backup(
        format=backup.FORMAT,
        sqlite=desk.database.startswith(PREFIX),
        schema=schema or "",
        desk=desk.id,
        head=head,
        taken_at=rfc3339(taken_at),
        files=count,
        size_bytes=size + sum(each.stat().st_size for each in folder.glob("parley.*")),
    )
    backup.describe(folder, found)
    return found


def restore(
    folder: FolderArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Bring a backup into an empty place. Nothing is sent from there until `sending resume`."""
    desk = vacant(config, data, database)
    try:
        found = backup.described(folder)
        sqlite = desk.database.startswith(PREFIX)
        if found.sqlite != sqlite or desk.id not in ("", found.desk):
            kind = "SQLite" if found.sqlite else "PostgreSQL"
            give_up(
                f"{folder} is a backup of the desk {found.desk} on {kind}, and goes nowhere else"
            )
        beside = path_of(desk.database).parent if sqlite else desk.data
        place = beside / RESTORING
        with backup.all_or_nothing(desk.data, place, desk.database) as brought:
            files = backup.load_files(folder, desk.data, found.files, brought)
            if sqlite:
                _load_paused(desk, folder, place, found.desk)
            else:
                backup.load_postgres(folder, desk.database)
    except (StoreError, OSError) as error:
        give_up(str(error), Status.FOUND)
    say("parley: sending is paused; start a node, look round, then `parley sending resume`")
    put({"desk": found.desk, "taken_at": found.taken_at, "files": files, "sending": "paused"})


def _load_paused(desk: Desk, folder: Path, place: Path, name: str) -> None:
    """The store takes its name only when it is paused: no death in between lets it send."""
    place.parent.mkdir(parents=True, exist_ok=True)
    backup.load_sqlite(folder, place, name)
    copy = made_from(desk.settings, f"{PREFIX}{place.absolute()}")
    copy.submit(PauseSending(paused=True, by=me()))
    backup.put_in_place(place, desk.database)
