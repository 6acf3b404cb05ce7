"""Two runs of the same customers side by side, and how sure the differences are."""

from random import Random

import pytest

from routing.comparison import COMPARED, Group, Measures, Sample, compared, resamples, units_of
from routing.figures import nearest_rank

DAY_MS, HOUR_MS = 86_400_000, 3_600_000


def group(waits: list[int], units: int = 0) -> Group:
    return Group([Sample(unit=n, wait_ms=w) for n, w in enumerate(waits)], units or len(waits))


@pytest.mark.parametrize("seed", range(20))
def test_percentiles_are_nearest_rank(seed: int) -> None:
    """With every unit once, and with units drawn several times, as of the list written out."""
    random = Random(seed)
    waits = [random.randrange(50) for _ in range(random.randint(1, 60))]
    made = group(waits)
    for times in ([1] * len(waits), *resamples(len(waits), 5, seed)):
        written = sorted(w for w, n in zip(waits, times, strict=True) for _ in range(n))
        found = made.measures(times)
        assert found.count == len(written)
        assert [found.p50_wait_ms, found.p90_wait_ms, found.p99_wait_ms] == [
            nearest_rank(written, p) for p in (50, 90, 99)
        ]
        assert found.mean_wait_ms == pytest.approx(sum(written) / len(written))


def test_shares_and_counts() -> None:
    """Of whom something cannot be said, nothing is."""
    samples = [
        Sample(unit=0, wait_ms=10, in_service=True, breached=False),
        Sample(unit=0, wait_ms=90, in_service=False, breached=True),
        Sample(unit=1, wait_ms=20, abandoned=True),
        Sample(unit=1),
    ]
    assert Group(samples, 2).measures([1, 1], 0.5) == Measures(
        count=3,
        mean_wait_ms=40,
        p50_wait_ms=20,
        p90_wait_ms=90,
        p99_wait_ms=90,
        service_level=0.5,
        breaches=1,
        abandoned=1,
        abandonment=1 / 3,
        occupancy=0.5,
    )
    twice = Group(samples, 2).measures([0, 2])
    assert (twice.count, twice.service_level, twice.breaches, twice.abandonment) == (2, None, 0, 1)


def test_nothing_has_no_figures() -> None:
    """Null, not 0."""
    found = Group([], 3).measures([1, 1, 1])
    assert (found.count, found.p90_wait_ms, found.abandonment, found.breaches) == (0, None, None, 0)


def test_the_same_differs_in_nothing() -> None:
    """Not in the figures, and not in any resample, for both runs are drawn together."""
    random = Random(1)
    waits = [random.randrange(10**6) for _ in range(200)]
    _, _, found = compared(group(waits), group(waits), (0.5, 0.5), resamples(200, 50, 1), 200)
    assert set(found) == set(COMPARED) - {"service_level"}
    assert {(d.value, d.low or 0.0, d.high or 0.0) for d in found.values()} == {(0.0, 0.0, 0.0)}


def test_a_certain_difference_is_told_as_certain() -> None:
    """Everybody waits 5 s less, whoever is drawn: pairs have no spread."""
    random = Random(2)
    waits = [random.randrange(60_000) for _ in range(300)]
    less = [w + 5_000 for w in waits]
    _, _, found = compared(group(less), group(waits), (None, None), resamples(300, 200, 1), 300)
    for name in ("mean_wait_ms", "p50_wait_ms", "p90_wait_ms", "p99_wait_ms"):
        assert (found[name].value, found[name].low, found[name].high) == (-5_000,) * 3
    assert "occupancy" not in found


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Means of pairs that differ by 10 on average: 95 of 100 intervals hold it, give or take."""
    held = 0
    for seed in range(100):
        random = Random(seed)
        was = [random.randrange(1_000) for _ in range(80)]
        now = [w + random.randrange(-40, 61) for w in was]
        drawn = resamples(80, 200, seed)
        _, _, found = compared(group(was), group(now), (None, None), drawn, 80)
        mean = found["mean_wait_ms"]
        assert mean.low is not None
        assert mean.high is not None
        held += mean.low <= 9.5 + 0.5 <= mean.high
    assert 86 <= held <= 100


def test_the_same_seed_draws_the_same() -> None:
    """And another seed does not; each draw has as many units as there are."""
    assert list(resamples(9, 5, 3)) == list(resamples(9, 5, 3)) != list(resamples(9, 5, 4))
    assert all(sum(times) == 9 for times in resamples(9, 5, 3))
    assert list(resamples(9, 0, 3)) == []


def test_without_resamples_nothing_is_said_of_confidence() -> None:
    """The value stands alone."""
    _, _, found = compared(group([1, 2]), group([2, 3]), (None, None), (), 2)
    assert (found["p90_wait_ms"].value, found["p90_wait_ms"].percent) == (1, 50)
    assert (found["p90_wait_ms"].low, found["p90_wait_ms"].high) == (None, None)
    assert found["breaches"].percent is None


@pytest.mark.parametrize(
    ("label", "instants", "kind", "of"),
    [
        ("a week", [n * DAY_MS for n in range(7)] + [5], "days", [*range(7), 0]),
        ("a day", [n * HOUR_MS + 7 for n in range(8)], "hours", list(range(8))),
        ("an hour", [1, 2, 3], "pieces", [0, 1, 2]),
        ("nothing", [], "pieces", []),
    ],
)
def test_what_is_drawn(label: str, instants: list[int], kind: str, of: list[int]) -> None:
    """The largest stretches of which there are enough."""
    found = units_of(instants, lambda at: str(at // DAY_MS))
    assert (found.kind, list(found.of), found.number) == (kind, of, len(set(of)))
