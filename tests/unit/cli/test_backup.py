"""Backups: taken while a node writes, brought back whole, and silent until somebody says so."""

import asyncio
import json
import shutil
import socket
import sqlite3
import threading

import pytest

from gateway.domain.job import OUTWARD
from gateway.store import Files, StoreInUse, backup, control
from gateway.store.sqlite import LockFile
from tests.unit.cli.life import accept, message, opened

ROUNDS = 3


class Busy:
    """A node that takes a message in after the other, and remembers what it acknowledged."""

    def __init__(self, data) -> None:
        self.taken: list[str] = []
        self._data = data
        self._enough = threading.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        store = await opened(self._data)
        while not self._enough.is_set():
            key = f"busy{len(self.taken)}"
            await accept(store, message(key, f"Message {key}"), body=key.encode())
            self.taken.append(key)
            self._begun.set()
        await store.close()

    def __enter__(self) -> "Busy":
        self._thread.start()
        assert self._begun.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(20)


def keys_in(data) -> set[str]:
    """The keys of all that came in."""
    with sqlite3.connect(data / "parley.sqlite3") as connection:
        return {key for (key,) in connection.execute("SELECT key FROM inbound_key")}


def test_while_a_node_writes(parley, config, data, tmp_path) -> None:
    """Each copy is whole and has all that was acknowledged before it began; the node goes on."""
    with Busy(data) as busy:
        for n in range(ROUNDS):
            before = list(busy.taken)
            saved = parley("backup", tmp_path / f"copy{n}", "--config", config)
            assert saved.status == 0, saved.words
            place = tmp_path / f"place{n}"
            back = parley("restore", tmp_path / f"copy{n}", "--data", place)
            assert back.status == 0, back.words
            assert back.lines[0]["files"] == 1
            assert keys_in(place) >= {f"message:{key}" for key in before}
            proofs = parley("audit", "--data", place)
            assert proofs.status == 0, proofs.words
        assert len(busy.taken) > len(before)
    assert parley("audit", "--config", config).status == 0


def test_nothing_is_sent(parley, config, data, tmp_path) -> None:
    """What was restored sends nothing before `sending resume`; the node it came from does."""
    assert parley("backup", tmp_path / "copy", "--config", config).status == 0
    assert parley("restore", tmp_path / "copy", "--data", tmp_path / "new").status == 0
    assert parley("sending", "status", "--config", config).lines[0]["paused"] is False
    assert parley("sending", "status", "--data", tmp_path / "new").lines[0]["paused"] is True
    assert claimed(tmp_path / "new") == []
    assert parley("sending", "resume", "--data", tmp_path / "new").lines[0] == {
        "paused": False,
        "since": None,
    }
    assert len(claimed(tmp_path / "new")) == 1
    actions = [each["type"] for each in parley("stream", "--data", tmp_path / "new").lines]
    assert actions[-2:] == ["parley.sending.changed.v1"] * 2


def claimed(data) -> list[str]:
    """What a worker would send now."""

    async def claim() -> list[str]:
        store = await opened(data)
        found = await store.claim(tuple(OUTWARD), limit=9, hold_ms=1_000)
        await store.close()
        return [each.job.kind for each in found]

    return asyncio.run(claim())


def test_broken_off(parley, config, data, tmp_path) -> None:
    """A restoration that died begins anew, and leaves nothing behind."""
    parley("backup", tmp_path / "copy", "--config", config)
    place = tmp_path / "new"
    place.mkdir()
    for left in ("restoring.sqlite3", "restoring.sqlite3-wal"):
        (place / left).write_bytes(b"half a page")
    assert parley("restore", tmp_path / "copy", "--data", place).status == 0
    assert sorted(each.name for each in place.iterdir()) == ["files", "incoming", "parley.sqlite3"]
    assert parley("audit", "--data", place).status == 0


def _damage_rows(copy) -> None:
    rows = copy / "parley.sqlite3"
    whole = rows.read_bytes()
    rows.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])


def _damage_file(copy) -> None:
    files = Files(copy)
    for sha256 in files.all():
        files.path(sha256).write_bytes(b"other")


def _other_rows(copy) -> None:
    (copy / "parley.sqlite3").unlink()
    with sqlite3.connect(copy / "parley.sqlite3") as connection:
        connection.execute("CREATE TABLE foreigner (n INTEGER)")
    connection.close()


def _of_another_format(copy) -> None:
    told = json.loads((copy / "backup.json").read_text())
    (copy / "backup.json").write_text(json.dumps(told | {"format": 2}))


REFUSED = [
    ("not finished", lambda copy: (copy / "backup.json").unlink(), "no finished backup"),
    ("of another format", _of_another_format, "has format 2"),
    ("no description", lambda copy: (copy / "backup.json").write_text("{"), "cannot be read"),
    ("damaged rows", _damage_rows, "is damaged"),
    ("no rows", lambda copy: (copy / "parley.sqlite3").write_bytes(b""), "holds no desk shop"),
    ("other rows", _other_rows, "holds no desk shop"),
    ("a file is gone", lambda copy: shutil.rmtree(copy / "files"), "has 0 files of 1"),
    ("a damaged file", _damage_file, "its bytes are not those of its name"),
]


@pytest.mark.parametrize(("damage", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_not_whole_is_refused(parley, config, data, tmp_path, damage, words) -> None:
    """A backup that cannot be trusted makes no store, and leaves the place as it was."""
    parley("backup", tmp_path / "copy", "--config", config)
    damage(tmp_path / "copy")
    kept = Files(tmp_path / "place").put(b"of somebody else")
    before = sorted((tmp_path / "place").rglob("*"))
    for place in (tmp_path / "new" / "data", tmp_path / "place"):
        ended = parley("restore", tmp_path / "copy", "--data", place)
        assert ended.status == 1
        assert words in ended.words
    assert not (tmp_path / "new").exists()
    assert sorted((tmp_path / "place").rglob("*")) == before
    assert Files(tmp_path / "place").exists(kept)


def test_undoing_takes_only_what_it_brought(parley, config, data, tmp_path) -> None:
    """What others put there meanwhile stays, and so do their names and their empty folders."""
    parley("backup", tmp_path / "copy", "--config", config)
    place = tmp_path / "place"
    kept = Files(place).put(b"of before")
    (place / "files" / "lost+found").mkdir()
    (place / "restoring.sqlite3.notes").mkdir()
    database = f"sqlite:///{place}/parley.sqlite3"
    before = sorted(place.rglob("*"))

    def restore() -> None:
        nonlocal came
        rows = place / "restoring.sqlite3"
        with backup.all_or_nothing(place, rows, database) as brought:
            backup.load_files(tmp_path / "copy", place, 1, brought)
            came = Files(place).put(b"a customer's photo, answered 200")
            (place / "files" / "aa" / "bb").mkdir(parents=True, exist_ok=True)
            (place / "files" / "aa" / "bb" / ".nfs0001").touch()
            backup.load_sqlite(tmp_path / "copy", rows, "another desk")

    came = ""
    with pytest.raises(backup.StoreError, match="holds no desk another desk"):
        restore()
    assert sorted(Files(place).all()) == sorted([kept, came])
    assert (place / "files" / "aa" / "bb" / ".nfs0001").exists()
    assert set(before) <= set(place.rglob("*"))
    assert not list(place.glob("restoring.sqlite3"))


def _fails_to_sync(place, database, monkeypatch) -> None:
    def broken(_path) -> None:
        raise OSError("the disk failed")

    monkeypatch.setattr(backup, "_sync", broken)
    backup.put_in_place(place, database)


def _interrupted(place, database, _monkeypatch) -> None:
    backup.put_in_place(place, database)
    raise KeyboardInterrupt


def _interrupted_before(_place, _database, _monkeypatch) -> None:
    raise KeyboardInterrupt


ENDS = [
    ("the folder cannot be synced", _fails_to_sync, True),
    ("Ctrl-C when the store stands", _interrupted, True),
    ("Ctrl-C before", _interrupted_before, False),
]


@pytest.mark.parametrize(("end", "stands"), [e[1:] for e in ENDS], ids=[e[0] for e in ENDS])
def test_once_the_store_stands(parley, config, data, tmp_path, monkeypatch, end, stands) -> None:
    """Rows under their name keep their files, whatever fails afterwards."""
    parley("backup", tmp_path / "copy", "--config", config)
    new = tmp_path / "new"
    place, database = new / "restoring.sqlite3", f"sqlite:///{new}/parley.sqlite3"
    with pytest.raises((OSError, KeyboardInterrupt)):  # noqa: SIM117 -- as the verb does
        with backup.all_or_nothing(new, place, database) as brought:
            backup.load_files(tmp_path / "copy", new, 1, brought)
            backup.load_sqlite(tmp_path / "copy", place, "shop")
            end(place, database, monkeypatch)
    assert (new / "parley.sqlite3").exists() == stands
    assert len(list(Files(new).all())) == stands
    assert new.exists() == stands


def _by_its_lock(data):
    return LockFile(data / "parley.sqlite3").release


def _by_its_door(data):
    door = socket.socket(socket.AF_UNIX)
    with control._short(data / control.NAME) as short:
        door.bind(short)
    door.listen()
    return door.close


@pytest.mark.parametrize("work", [_by_its_lock, _by_its_door], ids=["its lock", "its door"])
def test_where_a_node_works(parley, config, data, tmp_path, work) -> None:
    """Into the data directory of a living node nothing is restored, whichever the database."""
    parley("backup", tmp_path / "copy", "--config", config)
    place = tmp_path / "place"
    kept = Files(place).put(b"of the node")
    leave = work(place)
    before = sorted(place.rglob("*"))
    other = f"sqlite:///{tmp_path}/other/parley.sqlite3"
    ended = parley("restore", tmp_path / "copy", "--data", place, "--database", other)
    leave()
    assert ended.status == 1
    assert str(place) in ended.words
    assert sorted(place.rglob("*")) == before
    assert [*Files(place).all()] == [kept]
    assert not (tmp_path / "other").exists()


def test_no_node_begins_meanwhile(tmp_path) -> None:
    """A node that starts while rows are brought is told to wait, and the lock is gone afterwards."""
    database = f"sqlite:///{tmp_path}/parley.sqlite3"
    alone = backup.all_or_nothing(tmp_path, tmp_path / "restoring.sqlite3", database)
    with alone, pytest.raises(StoreInUse):
        LockFile(tmp_path / "parley.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_places(parley, config, data, tmp_path) -> None:
    """Neither a backup nor a store is written over."""
    copy = tmp_path / "copy"
    parley("backup", copy, "--config", config)
    again = parley("backup", copy, "--config", config)
    assert (again.status, "is not empty" in again.words) == (1, True)
    taken = parley("restore", copy, "--config", config)
    assert taken.status != 0
    assert "there is a store at" in taken.words
    other = tmp_path / "other"
    other.mkdir()
    text = (config / "desk.yaml").read_text()
    (other / "desk.yaml").write_text(text.replace("id: shop", "id: other"))
    foreign = parley("restore", copy, "--config", other, "--data", tmp_path / "other")
    assert foreign.status != 0
    assert "a backup of the desk shop" in foreign.words
