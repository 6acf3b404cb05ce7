"""One deadline for many: on the busiest path a timer for each request costs more than it guards."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")

LOOK_S = 0.25  # how much later than it should somebody may be told


class _Waiting:
    """Somebody who must be answered by then."""

    __slots__ = ("due", "over", "task")

    def __init__(self, task: "asyncio.Task[object]", due: float) -> None:
        self.task = task
        self.due = due
        self.over = False  # answered, or told that it takes too long


class Deadlines:
    """All who wait for the same span, in the order in which they began."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._waiting: deque[_Waiting] = deque()
        self._look: asyncio.TimerHandle | None = None

    async def within(self, task: "asyncio.Task[object]", work: Awaitable[T]) -> T:
        """What `work` returns to this task; TimeoutError when it takes longer than the span."""
        loop = task.get_loop()
        waiting = _Waiting(task, loop.time() + self._span_s)
        self._waiting.append(waiting)
        if self._look is None:
            self._look = loop.call_later(LOOK_S, self._sweep, loop)
        try:
            return await work
        except asyncio.CancelledError:
            if waiting.over and task.uncancel() == 0:
                raise TimeoutError from None
            raise
        finally:
            waiting.over = True

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now, waiting = loop.time(), self._waiting
        while waiting and (waiting[0].over or waiting[0].due <= now):
            late = waiting.popleft()
            if not late.over:
                late.over = True
                late.task.cancel()
        self._look = loop.call_later(LOOK_S, self._sweep, loop) if waiting else None
