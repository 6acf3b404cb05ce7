"""An event loop of virtual time: it never waits, and runs ready callbacks in a seeded order."""

import asyncio
import selectors
from collections.abc import Callable
from random import Random
from typing import Any


class Deadlock(Exception):
    """Nothing is ready and nothing is due: somebody waits for what will never come."""


class _Jump(selectors.SelectSelector):
    """Instead of waiting, time jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Deterministic: same seed, same order of everything."""

    def __init__(self, random: Random, start_s: float) -> None:
        self._jump = _Jump()
        self._jump.now_s = start_s
        super().__init__(self._jump)
        self._random = random
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        return self._jump.now_s

    def _run_once(self) -> None:
        if len(self._ready) > 1:  # which of the ready tasks goes first is chance, as in life
            ready = list(self._ready)
            self._random.shuffle(ready)
            self._ready.clear()
            self._ready.extend(ready)
        super()._run_once()

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 as an executor does
            future.set_exception(error)
        return future


class VirtualClock:
    """The loop's time as a clock; `skew_ms` steps the wall, never the span."""

    def __init__(self, epoch_ms: int) -> None:
        self.epoch_ms = epoch_ms
        self.skew_ms = 0
        self.loop: VirtualLoop | None = None

    def monotonic_ms(self) -> int:
        assert self.loop is not None
        return round(self.loop.time() * 1_000)

    def now_ms(self) -> int:
        return self.epoch_ms + self.monotonic_ms() + self.skew_ms
