"""Figures of durations."""

from random import Random

import pytest

from routing.figures import RELATIVE_ERROR, Tally, figures, nearest_rank


@pytest.mark.parametrize(
    ("label", "values", "expected"),
    [
        (
            "one to ten",
            range(1, 11),
            {"p50": 5, "p75": 8, "p90": 9, "p95": 10, "p99": 10, "max": 10},
        ),
        ("one", [7], {"p50": 7, "p75": 7, "p90": 7, "p95": 7, "p99": 7, "max": 7}),
        ("none", [], dict.fromkeys(("p50", "p75", "p90", "p95", "p99", "max"))),
        ("in any order", [3, 1, 2], {"p50": 2, "p75": 3, "p90": 3, "p95": 3, "p99": 3, "max": 3}),
    ],
)
def test_percentiles_are_values_that_occurred(
    label: str, values: list[int], expected: dict
) -> None:
    """Nearest rank, exact on integers; nothing of nothing, not zero."""
    got = figures(values)
    assert {name: getattr(got, name) for name in expected} == expected, label


def test_means_come_with_those_who_still_wait() -> None:
    """A mean of answered turns flatters a desk that answers the easy ones."""
    got = figures([10, 20, 60], target=20, waiting=[5, 21, 900])
    assert (got.count, got.mean, got.within_target, got.open_and_late) == (3, 30.0, 2 / 3, 2)
    empty = figures([], target=20, waiting=[21])
    assert (empty.count, empty.mean, empty.within_target, empty.open_and_late) == (0, None, None, 1)


def test_nearest_rank_of_many() -> None:
    """The ceil(p n)-th smallest."""
    assert nearest_rank(range(1, 1_000_001), 99) == 990_000


@pytest.mark.parametrize("parts", [1, 3])
def test_beyond_what_is_kept_the_error_is_bounded(parts: int) -> None:
    """Too many values: percentiles are off by the stated error at most, the rest is exact."""
    random = Random(4)
    values = [0, 1, *(round(random.lognormvariate(11, 2)) for _ in range(5_000))]
    tallies = [Tally(exact=1_000) for _ in range(parts)]
    for place, value in enumerate(values):
        tallies[place % parts].add(value, value <= 60_000)
    whole = tallies[0]
    for part in tallies[1:]:
        whole.merge(part)
    got, exact = whole.figures(), figures(values, target=60_000)
    assert (got.relative_error, exact.relative_error) == (RELATIVE_ERROR, 0)
    for name in ("p50", "p75", "p90", "p95", "p99"):
        right = getattr(exact, name)
        assert abs(getattr(got, name) - right) <= right * RELATIVE_ERROR + 1, name
    for name in ("count", "mean", "max", "within_target"):
        assert getattr(got, name) == getattr(exact, name), name


def test_parts_that_are_few_are_exact_together() -> None:
    """Merging loses nothing while all of it can be kept."""
    left, right = Tally(), Tally()
    for value in range(1, 6):
        left.add(value)
        right.add(value + 5)
    right.add_late()
    left.merge(right)
    got = left.figures()
    assert (got.p50, got.p90, got.count, got.open_and_late) == (5, 9, 10, 1)
    assert (got.relative_error, got.within_target) == (0, None)


def test_only_what_was_promised_is_in_time() -> None:
    """Who was promised nothing is neither in time nor late."""
    tally = Tally()
    for in_time in (True, False, True, None, None):
        tally.add(7, in_time)
    assert tally.figures().within_target == 2 / 3
