"""Figures of many durations: exact nearest-rank percentiles, and who is still waiting too long."""

from collections.abc import Iterable, Sequence

import msgspec

PERCENTILES = (50, 75, 90, 95, 99)


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
    within_target: float | None  # share of 1
    open_and_late: int  # still waiting beyond the target; a mean without them flatters


def figures(
    durations: Iterable[int], *, target: int | None = None, waiting: Iterable[int] = ()
) -> Figures:
    """Sum up finished durations and those still `waiting`, in the unit in which they come."""
    values = sorted(durations)
    count = len(values)
    within = None if target is None or not count else sum(v <= target for v in values) / count
    late = 0 if target is None else sum(value > target for value in waiting)
    return Figures(
        count=count,
        mean=round(sum(values) / count, 3) if count else None,
        **{f"p{p}": nearest_rank(values, p) for p in PERCENTILES},
        max=values[-1] if values else None,
        within_target=within,
        open_and_late=late,
    )


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The ceil(percent% of n)-th smallest of values in order; None of nothing."""
    if not ordered:
        return None
    return ordered[-(-percent * len(ordered) // 100) - 1]
