"""Time as an argument: whoever needs it is given a clock."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LIKE_THIS = "2026-01-02T09:00:00Z"
DATE = len("2026-12-31")  # how much of an RFC 3339 text is its date


class Clock(Protocol):
    """Two ways to read time: instants to show and store, and spans that no clock step disturbs."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Milliseconds since an arbitrary start; never goes back."""
        return time.monotonic_ns() // 1_000_000


def full_minute(at_ms: int) -> int:
    """The first whole minute that is not before it: texts tell minutes, and none too early."""
    return -(-at_ms // MINUTE_MS) * MINUTE_MS


def rfc3339(at_ms: int) -> str:
    """An instant as RFC 3339 in UTC with milliseconds, as every edge shows it."""
    second, rest_ms = divmod(at_ms, SECOND_MS)
    return f"{_second(second)}.{rest_ms:03}Z"


@lru_cache(maxsize=1_024)  # what is shown together mostly happened together
def _second(since_1970: int) -> str:
    return datetime.fromtimestamp(since_1970, UTC).replace(tzinfo=None).isoformat()


def parse_rfc3339(text: str) -> int:
    """Milliseconds since 1970-01-01 UTC; ValueError, in our words, for any other text."""
    try:
        moment = datetime.fromisoformat(text)
        there = moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # of what UTC writes in years below 1 or above 9999 too
        raise ValueError(f"{text!r} is no time; write it as {LIKE_THIS}") from None
    if there.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; write it as {LIKE_THIS}")
    return round(there.timestamp() * SECOND_MS)
