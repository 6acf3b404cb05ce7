"""Figures of many durations: nearest-rank percentiles, and who is still waiting too long.

Up to `EXACT` durations the percentiles are exact. Beyond, durations go into buckets that grow by a
fixed ratio (the idea of DDSketch, Masson et al., VLDB 2019): a percentile is then off by at most
`RELATIVE_ERROR` of itself, in little memory, and the figures of parts can be put together.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil, log

import msgspec

PERCENTILES = (50, 75, 90, 95, 99)
EXACT = 1_000_000
RELATIVE_ERROR = 0.01
_RATIO = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of some durations; everything but the counts is None of nothing."""

    count: int
    mean: float | None
    p50: int | None
    p75: int | None
    p90: int | None
    p95: int | None
    p99: int | None
    max: int | None
    within_target: float | None  # share of 1, of those that had a target
    open_and_late: int  # still waiting beyond the target; a mean without them flatters
    relative_error: float  # of the percentiles; 0: they are exact


class Tally:
    """Durations as they come, in whole milliseconds or any other unit."""

    def __init__(self, exact: int = EXACT) -> None:
        self._exact = exact
        self._values = array("q")
        self._buckets: Counter[int] = Counter()
        self._count = self._sum = self._max = 0
        self._aimed = self._met = 0
        self._late = 0

    def add(self, duration: int, in_time: bool | None = None) -> None:
        """A duration that is over; `in_time` is None where nothing was promised."""
        self._count += 1
        self._sum += duration
        self._max = max(self._max, duration)
        self._aimed += in_time is not None
        self._met += in_time is True
        if self._buckets:
            self._buckets[_bucket(duration)] += 1
            return
        self._values.append(duration)
        if len(self._values) > self._exact:
            self._fold()

    def add_late(self) -> None:
        """Somebody still waits, beyond what was promised."""
        self._late += 1

    def merge(self, other: "Tally") -> None:
        """Put the durations of a part to these."""
        self._count += other._count
        self._sum += other._sum
        self._max = max(self._max, other._max)
        self._aimed += other._aimed
        self._met += other._met
        self._late += other._late
        self._values.extend(other._values)
        if self._buckets or other._buckets or len(self._values) > self._exact:
            self._fold()
            self._buckets.update(other._buckets)

    def figures(self) -> Figures:
        """Sum them up."""
        ordered = sorted(self._values)
        rank = self._bucket_rank if self._buckets else lambda p: nearest_rank(ordered, p)
        return Figures(
            count=self._count,
            mean=round(self._sum / self._count, 3) if self._count else None,
            **{f"p{p}": rank(p) for p in PERCENTILES},
            max=self._max if self._count else None,
            within_target=self._met / self._aimed if self._aimed else None,
            open_and_late=self._late,
            relative_error=RELATIVE_ERROR if self._buckets else 0.0,
        )

    def _fold(self) -> None:
        self._buckets.update(map(_bucket, self._values))
        self._values = array("q")

    def _bucket_rank(self, percent: int) -> int:
        left = -(-percent * self._count // 100)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return _middle(bucket)
        raise AssertionError("a rank is at most the count")


def figures(
    durations: Iterable[int], *, target: int | None = None, waiting: Iterable[int] = ()
) -> Figures:
    """Sum up finished durations and those still `waiting`, in the unit in which they come."""
    tally = Tally()
    for duration in durations:
        tally.add(duration, None if target is None else duration <= target)
    for waited in waiting:
        if target is not None and waited > target:
            tally.add_late()
    return tally.figures()


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The ceil(percent% of n)-th smallest of values in order; None of nothing."""
    if not ordered:
        return None
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _bucket(duration: int) -> int:
    """The bucket (RATIO^(k-1), RATIO^k] of a duration; 0 and 1 have their own."""
    return ceil(log(duration, _RATIO)) if duration > 0 else -1


def _middle(bucket: int) -> int:
    """The value that is off by at most the relative error from any in the bucket."""
    return round(2 * _RATIO**bucket / (_RATIO + 1)) if bucket >= 0 else 0
