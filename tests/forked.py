"""`parley` as a process of its own, forked from one that has read its modules.

What runs is what the console script runs, without the second that Python takes to read it: a
hundred tests start a node or two. Those that measure or trace a start use the script itself.
"""

import asyncio
import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
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
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send one."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, as the machine does it that runs out of memory."""
        self._process.kill()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()


def die_with_parent() -> None:
    """In the child: it ends when the test does, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    die_with_parent()
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    importlib.reload(failpoints)  # it reads the environment once
    sys.argv = ["parley", *arguments]
    main()
