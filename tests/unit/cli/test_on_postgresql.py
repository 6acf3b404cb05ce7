"""Verbs on a store that is PostgreSQL: the same answers from the same questions."""

import json
import os
import signal
import subprocess
import sys

import psycopg
import pytest

from gateway.store import Files


@pytest.fixture(scope="module")
def database(server):
    """An empty database of a server of our own."""
    return server.empty()


def hears_ctrl_c() -> None:
    """What is begun in a shell's background is deaf to it, and so is all that it begins."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def parley(*args: object) -> tuple[int, list]:
    """Run the command in a process of its own: status and lines."""
    command = [sys.executable, "-m", "gateway", *map(str, args)]
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ,
        preexec_fn=hears_ctrl_c,
    )
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


def test_on_postgresql(database, config) -> None:
    """Nobody holds a PostgreSQL alone: verbs write beside its nodes, and prove what is in it."""
    here = ("--config", config, "--database", database)
    assert parley("config", "apply", *here) == (0, [{"version": 1, "changed": True}])
    assert parley("user", "add", "lin", "--role", "ops", *here)[0] == 0
    assert [line["login"] for line in parley("user", "list", *here)[1]] == ["lin"]
    assert [line["type"] for line in parley("stream", *here)[1]] == ["parley.rulebook.applied.v1"]
    assert parley("report", "response", "--by", "queue,day", *here) == (0, [])
    status, proofs = parley("audit", *here)
    assert (status, [p["promise"] for p in proofs if not p["holds"]]) == (0, [])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM event")
    status, proofs = parley("audit", *here)
    assert (status, [p["promise"] for p in proofs if not p["holds"]]) == (
        1,
        ["positions are dense"],
    )


def test_backup_on_postgresql(server, config, tmp_path, monkeypatch) -> None:
    """By PostgreSQL's own programs, into another empty database; silent there, and whole."""
    monkeypatch.setenv("PATH", f"{server.programs}:{os.environ['PATH']}")
    old, new = server.empty(), server.empty()
    here = ("--config", config, "--database", old)
    there = ("--database", new, "--data", tmp_path / "new")
    assert parley("user", "add", "lin", "--role", "ops", *here)[0] == 0
    assert parley("backup", tmp_path / "copy", *here)[0] == 0
    assert parley("restore", tmp_path / "copy", *there)[1][0]["sending"] == "paused"
    assert [line["login"] for line in parley("user", "list", *there)[1]] == ["lin"]
    assert parley("sending", "status", *there)[1][0]["paused"] is True
    assert parley("audit", *there)[0] == 0
    assert parley("restore", tmp_path / "copy", *there)[0] != 0


RESTORED = [("before", False), ("after", True)]


@pytest.mark.parametrize(("moment", "stands"), RESTORED, ids=[each[0] for each in RESTORED])
def test_interrupted_on_postgresql(server, config, tmp_path, monkeypatch, moment, stands) -> None:
    """Ctrl-C before the rows are brought undoes all; after their COMMIT it undoes nothing."""
    monkeypatch.setenv("PATH", f"{server.programs}:{os.environ['PATH']}")
    old, new, place = server.empty(), server.empty(), tmp_path / "new"
    assert (
        parley("user", "add", "lin", "--role", "ops", "--config", config, "--database", old)[0] == 0
    )
    sha256 = Files(tmp_path / "data").put(b"a photo")
    assert parley("backup", tmp_path / "copy", "--config", config, "--database", old)[0] == 0
    pressed = tmp_path / "bin" / "psql"
    pressed.parent.mkdir()
    brought = f'{server.programs}/psql "$@"' if stands else ":"
    pressed.write_text(f"#!/bin/sh\n{brought}\nkill -INT $PPID\nexec sleep 60\n")
    pressed.chmod(0o755)
    there = ("--database", new, "--data", place)
    with monkeypatch.context() as pressing:
        pressing.setenv("PATH", f"{pressed.parent}:{os.environ['PATH']}")
        assert parley("restore", tmp_path / "copy", *there)[0] != 0
    assert Files(place).exists(sha256) == place.exists() == stands
    assert parley("audit", *there)[0] == (0 if stands else 2)
