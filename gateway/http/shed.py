"""Overload: what is refused first when the store is slow, and what last.

Shed first are whispers, then history, then other reads, then writes of our own users; deliveries of
providers are taken as long as the store takes them. The measure is how long commits take.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from gateway.domain.clock import Clock
from gateway.http.errors import Problem

SAMPLES = 128
FRESH_MS = 5_000  # a sample says nothing about now after this
PERCENTILE = 0.95
LEAST_SAMPLES = 16


class Weight(IntEnum):
    """How much is lost by refusing it; the lightest goes first."""

    WHISPER = 0
    HISTORY = 1
    READ = 2
    WRITE = 3
    VITAL = 4  # sign-in, health, deliveries: never refused here


# Commit latency (ms, p95) from which on a weight is refused.
SHED_AT_MS = {
    Weight.WHISPER: 500,
    Weight.HISTORY: 700,
    Weight.READ: 1_000,
    Weight.WRITE: 2_000,
}


class Shedder:
    """Watches how long commits take, and refuses the lightest requests first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples: deque[tuple[int, int]] = deque(maxlen=SAMPLES)
        self._p95 = 0
        self._looked_at = 0
        self.shed = 0

    @contextmanager
    def commit(self) -> Iterator[None]:
        """Measure what happens inside, a commit, whether it succeeds or not."""
        started = self._clock.monotonic_ms()
        try:
            yield
        finally:
            self.took(self._clock.monotonic_ms() - started)

    def took(self, span_ms: int) -> None:
        """A commit took so long."""
        self._samples.append((self._clock.monotonic_ms(), span_ms))

    def p95_ms(self) -> int:
        """Commit latency of the last seconds, looked at twice a second at most; 0 when idle."""
        now = self._clock.monotonic_ms()
        if now - self._looked_at >= FRESH_MS // 10:
            self._looked_at = now
            fresh = sorted(span for at, span in self._samples if now - at <= FRESH_MS)
            few = len(fresh) < LEAST_SAMPLES
            self._p95 = 0 if few else fresh[int(len(fresh) * PERCENTILE)]
        return self._p95

    def busy(self, weight: Weight) -> bool:
        """Whether requests of this weight are refused now."""
        at = SHED_AT_MS.get(weight)
        return at is not None and self.p95_ms() > at

    def admit(self, weight: Weight) -> None:
        """Raise Problem 503 when it is too light for now."""
        if self.busy(weight):
            self.shed += 1
            raise Problem("overloaded", headers={"Retry-After": "3"})
