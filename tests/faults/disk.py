"""A disk whose power can be cut: what was never synced to it is gone.

It is an ext4 in a file, mounted by way of a loop device. Whatever that ext4 has written to its disk
stands in the file; what waits in the memory of the kernel above it does not. So the picture after a
power cut is a copy of the file, taken while all who write are stopped: they sync no more, and the
kernel by itself writes nothing before its data is 30 s old (vm.dirty_expire_centisecs; the journal's
own 5 s are set to ten minutes). What a copy cannot show is a disk that loses what it has taken
without being told to flush it: for that device-mapper is wanted.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BYTES = 384 * 1024 * 1024  # sparse
PATIENCE_S = 20.0
LOOK_S = 0.01
STOPPED, DEAD = "Tt", "ZX"
# In /sys/dev/block/*/stat, see the kernel's Documentation/block/stat.rst
WRITES, IN_FLIGHT, FLUSHES = 4, 8, 15


class Disk:
    """One disk, in `folder`, mounted there at `mount`."""

    def __init__(self, folder: Path) -> None:
        self.mount = folder / "data"
        self._image = folder / "disk.img"
        self.mount.mkdir(exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(BYTES)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
        self._attach()

    def _attach(self) -> None:
        _run("mount", "-o", "loop,noatime,commit=600", str(self._image), str(self.mount))
        device = self.mount.stat().st_dev
        self._counts = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")

    def remove(self) -> None:
        """Let go of it."""
        _run("umount", str(self.mount))
        self._image.unlink()

    def sync(self) -> None:
        """All that was written so far survives."""
        _run("sync", "--file-system", str(self.mount))

    def cut_power(self, *heads: int) -> None:
        """End these processes and all their children, and this disk with them; mount what is left."""
        pids = _stopped(heads)
        picture = self._picture()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        _wait(lambda: all(set(_states(pid)) <= set(DEAD) for pid in pids), "they do not die")
        _run("umount", str(self.mount))
        picture.replace(self._image)
        self._attach()

    def _picture(self) -> Path:
        """A copy of one instant: nothing was written while it was made."""
        picture = self._image.with_suffix(".copy")
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            before = self._written()
            _run("cp", "--sparse=always", str(self._image), str(picture))
            if before is not None and self._written() == before:
                return picture
        raise AssertionError("the disk is never quiet")

    def _written(self) -> tuple[str, str] | None:
        """How often it was written to and flushed; None while something is on its way."""
        counts = self._counts.read_text().split()
        return None if counts[IN_FLIGHT] != "0" else (counts[WRITES], counts[FLUSHES])


def disk_in(folder: Path) -> Disk:
    """A disk; whoever may not mount one skips the test."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk whose power can be cut")
    try:
        return Disk(folder)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this machine mounts no loop device: {error}")


def _stopped(heads: tuple[int, ...]) -> list[int]:
    """These and all their children, once none of their threads runs any more.

    One that is within fsync() comes to its end first: the disk finishes what it has begun.
    """
    pids: list[int] = []
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = [pid for head in heads for pid in _family(head)]
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        still = all(set(_states(pid)) <= set(STOPPED + DEAD) for pid in found)
        if still and found == pids:
            return pids
        pids = found
        time.sleep(LOOK_S)
    raise AssertionError("they do not stop")


def _family(head: int) -> Iterator[int]:
    """A process, and those that it or its children have begun."""
    yield head
    for task in Path(f"/proc/{head}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _states(pid: int) -> str:
    """Of each of its threads; "" once it is gone."""
    out = ""
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            out += (task / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return out


def _wait(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(LOOK_S)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
