"""`parley` as a process of its own, forked from one that has read its modules.

What runs is what the console script runs, without the second that Python takes to read it: a
hundred tests start a node or two. Those that measure or trace a start use the script itself.
"""

import asyncio
import atexit
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing import forkserver
from pathlib import Path

from gateway import failpoints
from gateway.cli import main

PR_SET_PDEATHSIG = 1  # Linux

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.forked_modules"])


class Forked:
    """As an asyncio.subprocess.Process, as far as a test asks."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], log: Path) -> None:
        """Start it; what it prints is added to a file. It does not outlive the test."""
        log.touch()
        self._ended: asyncio.Event | None = None
        told = (arguments, dict(environment), log)
        self._process = _FORKS.Process(target=_run, args=told, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: negative by a signal; None while it runs."""
        return self._process.exitcode

    async def wait(self) -> int:
        """How it ended, once it has."""
        if self._ended is None:
            self._ended = asyncio.Event()
            asyncio.get_running_loop().add_reader(self._process.sentinel, self._over)
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _over(self) -> None:
        assert self._ended is not None
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()

    def send_signal(self, number: int) -> None:
        """Send one."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, as the machine does it that runs out of memory."""
        self._process.kill()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()


@atexit.register
def _kill_all() -> None:
    """What a failing test left behind, before multiprocessing waits for it."""
    for process in multiprocessing.active_children():
        process.kill()


def die_with_parent() -> None:
    """In the child: it ends when the test does, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    die_with_parent()
    os.close(forkserver._forkserver._forkserver_alive_fd)  # else the server would outlive the tests
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    # Read when nothing was armed yet.
    failpoints._ARMED.update(failpoints._parse(environment.get("PARLEY_FAILPOINTS", "")))
    sys.argv = ["parley", *arguments]
    main()
