"""Figures of durations."""

import pytest

from routing.figures import figures, nearest_rank


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
