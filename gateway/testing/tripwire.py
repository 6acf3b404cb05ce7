"""Wires that a delivery must not touch: time, chance, files, the network; and who a send calls.

`receive` runs under a profile function, which sees every call into C: nothing is patched, so what
is checked is what runs. Connections are seen by an audit hook, which CPython calls before each.
"""

import builtins
import gc
import io
import os
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from types import FrameType
from typing import Any

# C functions that a pure function does not call, and what the call amounts to.
_FORBIDDEN: dict[Any, str] = {
    time.time: "asks the time",
    time.time_ns: "asks the time",
    time.monotonic: "asks the time",
    time.monotonic_ns: "asks the time",
    time.perf_counter: "asks the time",
    time.perf_counter_ns: "asks the time",
    time.sleep: "sleeps",
    os.urandom: "asks for chance",
    os.system: "runs a program",
    builtins.open: "opens a file",
    io.open: "opens a file",
    os.open: "opens a file",
    os.getcwd: "asks where it runs",
    os.putenv: "changes the environment",
    socket.getaddrinfo: "asks the network",
}
_TIME_OF_A_CLASS = frozenset({"now", "utcnow", "today"})
_CHANCE = frozenset({"random", "getrandbits", "seed", "setstate"})
_NETWORK = frozenset({"connect", "connect_ex", "send", "sendto", "sendall", "bind"})
_HMAC = frozenset({"hmac_new", "hmac_digest"})  # what the module hmac calls of OpenSSL's
_SHARED_RANDOM = getattr(random.random, "__self__", None)


def touched(run: Callable[[], object]) -> list[str]:
    """What forbidden calls a function makes, each once, as words."""
    return _watched(run, _words)


def signed(run: Callable[[], object]) -> bool:
    """Whether a function makes an HMAC."""
    return bool(_watched(run, _signing))


def _watched(run: Callable[[], object], words_of: Callable[[Any], str]) -> list[str]:
    found: dict[str, None] = {}

    def watch(_frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            words = words_of(called)
            if words:
                found.setdefault(words)

    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()  # who watches collections (test libraries do) asks the time, and it is not `run`
    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
    return list(found)


def _signing(called: Any) -> str:
    return "signs" if getattr(called, "__name__", "") in _HMAC else ""


def _words(called: Any) -> str:
    """What a call into C amounts to; "" for all that is allowed."""
    owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
    if isinstance(owner, type):
        asks = name in _TIME_OF_A_CLASS and issubclass(owner, date | datetime)
        return "asks the time" if asks else ""
    if owner is _SHARED_RANDOM:
        return "asks for chance" if name in _CHANCE else ""
    if isinstance(owner, socket.SocketType):
        return "asks the network" if name in _NETWORK else ""
    try:
        return _FORBIDDEN.get(called, "")
    except TypeError:  # bound to something without a hash
        return ""


Address = tuple[str, int]


class _Hook:
    """Notes connections while somebody wants to know. An audit hook can be added, never removed."""

    def __init__(self) -> None:
        self.seen: list[Address] | None = None
        self._added = False

    def add(self) -> None:
        if not self._added:
            sys.addaudithook(self)
            self._added = True

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.seen is None:
            return
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            self.seen.append((str(arguments[1][0]), int(arguments[1][1])))
        elif event == "socket.getaddrinfo":
            host, port = arguments[0], str(arguments[1] or 0)
            self.seen.append((str(host), int(port) if port.isdigit() else 0))


_hook = _Hook()


@contextmanager
def connections() -> Iterator[list[Address]]:
    """The addresses and names that are connected to or looked up meanwhile.

    Needs asyncio's own loop: uvloop connects without telling CPython.
    """
    _hook.add()
    seen: list[Address] = []
    _hook.seen = seen
    try:
        yield seen
    finally:
        _hook.seen = None
