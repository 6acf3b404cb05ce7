"""How often something may be asked, by whom: sign-ins, tokens, visitors."""

import time
from enum import Enum

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.storage.memory import Entry
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.http.errors import Problem

SWEEP_S = 60.0


class Rate(Enum):
    """What is limited, and how often it may be done by one key."""

    LOGIN_ACCOUNT = "10/15minutes"
    LOGIN_ADDRESS = "60/15minutes"  # failures: a whole office may sign in from one address
    TOTP = "5/15minutes"
    INVITE = "20/hour"
    PROVIDER = "600/15minutes"  # sign-ins begun: a whole office may come at nine
    API_TOKEN = "1200/minute"  # noqa: S105 -- a rate
    VISITOR_MINT = "300/hour"  # a shop's customers may share one address
    VISITOR_CONNECT = "600/minute"  # a carrier's customers come back together after a restart
    VISITOR_MESSAGE = "40/minute"
    VISITOR_CROWD = "900/minute"
    VISITOR_FILE = "30/10minutes"


class _Storage(MemoryStorage):
    """As the library has it, but for its locks and its sweep.

    The library goes over all keys after every hit, with a thread for each key: half a second of
    the processor where there are 3,000 visitors. Nothing waits here, so nothing is to be locked.
    """

    def __init__(self) -> None:
        super().__init__()
        self._swept_at = time.monotonic()

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count so many more, unless they were too many within `expiry` seconds."""
        if time.monotonic() - self._swept_at > SWEEP_S:
            self.sweep()
        hits = self.events.get(key, [])  # the newest first
        entry, last = Entry(expiry), limit - amount
        if last < 0 or (len(hits) > last and hits[last].atime >= entry.atime - expiry):
            return False
        self.events[key] = [entry] * amount + hits
        return True

    def sweep(self) -> None:
        """Forget the hits that count no more, and who has no others."""
        self._swept_at, now = time.monotonic(), time.time()
        for key, hits in list(self.events.items()):
            while hits and hits[-1].expiry <= now:
                hits.pop()
            if not hits:
                del self.events[key]


class Throttle:
    """Counts in this node's memory. Sending budgets that cost money live in the store."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(_Storage())
        self._items: dict[Rate, RateLimitItem] = {rate: parse(rate.value) for rate in Rate}

    async def hit(self, rate: Rate, key: str) -> None:
        """Count one. Raises Problem 429 when it is one too many."""
        item = self._items[rate]
        if not await self._limiter.hit(item, rate.name, key):
            await self._refuse(rate, key)

    async def check(self, rate: Rate, key: str) -> None:
        """Raise Problem 429 when no more are allowed, and count nothing."""
        if not await self._limiter.test(self._items[rate], rate.name, key):
            await self._refuse(rate, key)

    async def forget(self, rate: Rate, key: str) -> None:
        """Begin to count anew: it was not an attack after all."""
        await self._limiter.clear(self._items[rate], rate.name, key)

    async def _refuse(self, rate: Rate, key: str) -> None:
        stats = await self._limiter.get_window_stats(self._items[rate], rate.name, key)
        wait_s = max(1, int(stats.reset_time - time.time()) + 1)
        raise Problem("too_many_requests", headers={"Retry-After": str(wait_s)})
