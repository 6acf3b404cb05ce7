"""Attachments' bytes: under their hash, whole, and never filling the disk."""

import hashlib
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from gateway.store import Files, NoSpace, files

Usage = namedtuple("Usage", "total used free")


def test_bytes_are_kept_under_their_hash(tmp_path) -> None:
    """What is put is found under its SHA-256, once, with its content."""
    kept = Files(tmp_path)
    sha256 = kept.put(b"hello")
    assert sha256 == hashlib.sha256(b"hello").hexdigest()
    assert kept.path(sha256).read_bytes() == b"hello"
    assert kept.path(sha256).parent == tmp_path / "files" / sha256[:2] / sha256[2:4]
    assert kept.put(b"hello") == sha256
    assert kept.put(b"") != sha256
    assert sorted(kept.all()) == sorted([sha256, hashlib.sha256(b"").hexdigest()])
    kept.remove(sha256)
    assert not kept.exists(sha256)
    kept.remove(sha256)


def test_other_names_are_not_ours(tmp_path) -> None:
    """What a file system or another program leaves between them is no attachment."""
    kept = Files(tmp_path)
    sha256 = kept.put(b"hello")
    kept.path(sha256).with_name(".nfs0001").touch()
    assert list(kept.all()) == [sha256]
    assert list(kept.older_than(4_000_000_000)) == [sha256]


def test_what_comes_in_pieces_is_kept_whole(tmp_path) -> None:
    """Pieces become one file when they are kept; dropped, they leave nothing."""
    kept = Files(tmp_path)
    part = kept.begin()
    part.write(b"hel")
    part.write(b"lo")
    assert list(kept.all()) == []
    sha256 = part.keep()
    assert (kept.path(sha256).read_bytes(), part.size) == (b"hello", 5)
    part.drop()
    dropped = kept.begin()
    dropped.write(b"no")
    dropped.drop()
    assert list(kept.all()) == [sha256]
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_is_a_path(tmp_path, name) -> None:
    """No name but a SHA-256 in hex reaches the file system."""
    with pytest.raises(ValueError, match="SHA-256"):
        Files(tmp_path).path(name)


def test_a_file_is_on_the_disk_before_it_has_a_name(tmp_path, monkeypatch) -> None:
    """The bytes are synced before the rename, the folders after it."""
    steps = []
    real = os.fsync

    def fsync(handle):
        steps.append(str(Path(f"/proc/self/fd/{handle}").readlink()).removeprefix(str(tmp_path)))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    sha256 = Files(tmp_path).put(b"x")
    assert steps[0].startswith("/incoming/")
    assert steps[1:] == [
        f"/files/{sha256[:2]}/{sha256[2:4]}", "/files", f"/files/{sha256[:2]}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("free", "size", "refused"),
    [(50, 1, False), (9, 1, False), (6, 0, False), (5, 1, True), (4, 0, True), (50, 46, True)],
)
def test_the_last_of_the_disk_is_for_text(tmp_path, monkeypatch, free, size, refused) -> None:
    """At 5 % free, counting the file itself, attachments are refused, and nothing is left behind."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 100 - free, free))
    kept = Files(tmp_path)
    if refused:
        with pytest.raises(NoSpace, match="attachments are refused"):
            kept.put(b"x" * size)
        assert list((tmp_path / "incoming").iterdir()) == []
        assert list(kept.all()) == []
    else:
        kept.put(b"x" * size)


def test_a_low_disk_warns_once(tmp_path, monkeypatch, capsys) -> None:
    """Below 10 % the operator hears of it once, not at every file."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 92, 8))
    heard = []
    monkeypatch.setattr(files.log, "warning", lambda *a, **k: heard.append(a), raising=False)
    kept = Files(tmp_path)
    kept.put(b"a")
    kept.put(b"b")
    assert len(heard) == 1


def test_what_crashes_left_is_swept(tmp_path) -> None:
    """Half-written files older than an instant are removed; newer ones may still be coming."""
    kept = Files(tmp_path)
    old, new = kept.begin(), kept.begin()
    os.utime(old._path, (1, 1))
    assert kept.sweep(100) == 1
    new.write(b"x")
    new.keep()
    old.drop()
