"""Rings when something has changed in the sandbox; whoever follows looks again."""

import asyncio


class Bell:
    """Counts changes. A follower remembers the count it has seen and waits for the next."""

    def __init__(self) -> None:
        self.count = 0
        self._next: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Something has changed."""
        self.count += 1
        waiting, self._next = self._next, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def wait(self, beyond: int) -> int:
        """The count as soon as it is greater than `beyond`; at once when it is already."""
        while self.count <= beyond:
            if self._next is None or self._next.done():
                self._next = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._next)
        return self.count
