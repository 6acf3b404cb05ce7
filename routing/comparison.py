"""Two runs of the same customers side by side: figures, differences, and how sure these are.

Confidence is by paired bootstrap: units (days, hours or single pieces of work) are drawn again with
replacement, each with what both runs made of it, and the figures taken anew. Neighbours in a queue
wait for the same reason: so whole hours or days are drawn where there are enough of them.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from random import Random

import msgspec

PERCENTS = (50, 90, 99)
CONFIDENCE_PERCENT = 95
_TAIL_PER_MILLE = 25  # on each side


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What one run made of a piece of work. None: it does not count there."""

    unit: int
    wait_ms: int | None = None
    in_service: bool | None = None
    breached: bool | None = None
    abandoned: bool = False


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one run; None of nothing. Shares are of 1."""

    count: int  # pieces of work that waited
    mean_wait_ms: float | None
    p50_wait_ms: int | None
    p90_wait_ms: int | None
    p99_wait_ms: int | None
    service_level: float | None  # of those of whom it can be said
    breaches: int
    abandoned: int
    abandonment: float | None
    occupancy: float | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """By how much a figure is larger, and where that lies with 95 % confidence."""

    value: float
    percent: float | None  # None: it was 0
    low: float | None = None
    high: float | None = None


COMPARED = tuple(name for name in Measures.__struct_fields__ if name != "count")


class Group:
    """The work of one run in one group, ready to be measured again and again."""

    def __init__(self, samples: Sequence[Sample], units: int) -> None:
        waited = sorted((s.wait_ms, s.unit) for s in samples if s.wait_ms is not None)
        self._waits = [wait for wait, _ in waited]
        self._units = [unit for _, unit in waited]
        self._waited, self._sums = _tallies(units, ((unit, wait) for wait, unit in waited))
        self._judged, self._kept = _tallies(
            units, ((s.unit, s.in_service) for s in samples if s.in_service is not None)
        )
        _, self._broken = _tallies(units, ((s.unit, s.breached is True) for s in samples))
        _, self._left = _tallies(units, ((s.unit, s.abandoned) for s in samples))

    def measures(self, times: Sequence[int], occupancy: float | None = None) -> Measures:
        """The figures when each unit is there so many times."""
        passed = list(accumulate(map(times.__getitem__, self._units)))
        count = passed[-1] if passed else 0
        waits: list[int | None] = [
            self._waits[bisect_left(passed, -(-p * count // 100))] if count else None
            for p in PERCENTS
        ]
        left = _dot(times, self._left)
        return Measures(
            count=count,
            mean_wait_ms=_share(_dot(times, self._sums), count),
            p50_wait_ms=waits[0],
            p90_wait_ms=waits[1],
            p99_wait_ms=waits[2],
            service_level=_share(_dot(times, self._kept), _dot(times, self._judged)),
            breaches=_dot(times, self._broken),
            abandoned=left,
            abandonment=_share(left, count),
            occupancy=occupancy,
        )


def _tallies(units: int, values: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """How many values each unit has, and their sum."""
    counts, sums = [0] * units, [0] * units
    for unit, value in values:
        counts[unit] += 1
        sums[unit] += value
    return counts, sums


def _dot(times: Sequence[int], values: Sequence[int]) -> int:
    return sum(map(int.__mul__, times, values))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def resamples(units: int, number: int, seed: int) -> Iterator[list[int]]:
    """How often each unit is drawn, `number` times; the same for the same seed."""
    random = Random(seed)  # noqa: S311 a statistic, not a secret
    for _ in range(number):
        times = [0] * units
        for unit in random.choices(range(units), k=units):
            times[unit] += 1
        yield times


def compared(
    before: Group,
    after: Group,
    occupancy: tuple[float | None, float | None],
    drawn: Iterable[Sequence[int]],
    units: int,
) -> tuple[Measures, Measures, dict[str, Difference]]:
    """The figures of both runs, and the differences of all that both have."""
    once = [1] * units
    was, now = before.measures(once, occupancy[0]), after.measures(once, occupancy[1])
    spread: dict[str, list[float]] = {name: [] for name in COMPARED}
    for times in drawn:
        a, b = before.measures(times), after.measures(times)
        for name in COMPARED:
            difference = _difference(a, b, name)
            if difference is not None:
                spread[name].append(difference)
    found: dict[str, Difference] = {}
    for name in COMPARED:
        value = _difference(was, now, name)
        if value is not None:
            base = getattr(was, name)
            found[name] = Difference(
                value=round(value, 6),
                percent=round(100 * value / base, 2) if base else None,
                low=_rank(spread[name], _TAIL_PER_MILLE),
                high=_rank(spread[name], 1_000 - _TAIL_PER_MILLE),
            )
    return was, now, found


def _difference(a: Measures, b: Measures, name: str) -> float | None:
    was, now = getattr(a, name), getattr(b, name)
    return None if was is None or now is None else float(now - was)


def _rank(values: list[float], per_mille: int) -> float | None:
    if not values:
        return None
    return round(sorted(values)[-(-per_mille * len(values) // 1_000) - 1], 6)


# --- what is drawn ---

ENOUGH_DAYS, ENOUGH_HOURS = 7, 8


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn anew: `days`, `hours` or `pieces`, how many, and which each piece is of."""

    kind: str
    number: int
    of: Sequence[int]


def units_of(instants: Sequence[int], day_of: Callable[[int], str]) -> Units:
    """The largest stretches of which there are enough, for pieces that came at these instants."""
    for kind, enough, name in (
        ("days", ENOUGH_DAYS, day_of),
        ("hours", ENOUGH_HOURS, lambda at: str(at // 3_600_000)),
    ):
        names = [name(at) for at in instants]
        numbers = {each: n for n, each in enumerate(dict.fromkeys(names))}
        if len(numbers) >= enough:
            return Units(kind=kind, number=len(numbers), of=[numbers[each] for each in names])
    return Units(kind="pieces", number=len(instants), of=range(len(instants)))
