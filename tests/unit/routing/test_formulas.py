"""The simulator against queueing theory; `parley bench erlang` does it with a hundred times as much."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from tests.unit.routing.callcentre import (
    CENTRES,
    MINUTE_MS,
    Call,
    Centre,
    mean_wait_ms,
    service_level,
    simulated,
)
from tests.unit.routing.formulas import (
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_c_delayed,
    priorities,
    standard_error,
)

CALLS, BATCHES = 12_000, 20
STANDARD_ERRORS = 3.5
"""How far chance may carry a figure away: less than once in a thousand."""


@pytest.mark.parametrize(
    ("label", "got", "published"),
    [
        # the usual traffic tables: this load loses one call in a hundred
        ("Erlang B, 10 lines", lambda: erlang_b(10, 4.46), 0.010),
        ("Erlang B, 20 lines", lambda: erlang_b(20, 12.0), 0.010),
        ("Erlang B, 100 lines", lambda: erlang_b(100, 84.1), 0.010),
        # 360 calls of 4 minutes in half an hour, 55 agents: mitan.co.uk/erlang
        ("Erlang C, who waits", lambda: erlang_c_delayed(55, 48), 0.239),
        # 48 calls a minute of a minute, 50 agents, 2 minutes of patience: Garnett, Mandelbaum and
        # Reiman, Designing a Call Center with Impatient Customers, 2002, table 1
        ("Erlang C, seconds", lambda: 60 * erlang_c(50, 48, 1).mean, 20.8),
        ("Erlang A, seconds", lambda: 60 * erlang_a(50, 48, 1, 0.5).mean, 3.7),
        ("Erlang A, who gives up", lambda: erlang_a(50, 48, 1, 0.5).abandoned, 0.031),
        # the county hospital with two doctors: Hillier and Lieberman, Introduction to Operations
        # Research, table 17.3 (the waits before treatment, in hours)
        ("the first priority", lambda: priorities(2, [0.2, 0.6, 1.2], 3)[0].mean, 0.029),
        ("the second priority", lambda: priorities(2, [0.2, 0.6, 1.2], 3)[1].mean, 0.033),
        ("the third priority", lambda: priorities(2, [0.2, 0.6, 1.2], 3)[2].mean, 0.048),
    ],
)
def test_published_figures(label: str, got: Callable[[], float], published: float) -> None:
    """The formulas give what others have printed, to the last printed digit."""
    digits = len(str(published).partition(".")[2])
    assert round(got(), digits) == published, label


def test_the_mean_is_the_integral_of_the_share_that_still_waits() -> None:
    """Two formulas for one thing, where nobody gives up."""
    step = 0.025
    for centre in CENTRES:
        for theory in [] if centre.impatience else centre.theory():
            still = sum(1 - theory.answered_within((n + 0.5) * step) for n in range(400))
            assert still * step == pytest.approx(theory.mean, rel=2e-3), centre.label


@pytest.mark.parametrize("centre", CENTRES, ids=lambda centre: centre.label)
def test_the_simulator_waits_as_theory_says(centre: Centre) -> None:
    """Means and service levels of each class lie within what chance allows, and no further."""
    calls = simulated(centre, Random(centre.label), CALLS)
    assert odd(calls, centre, centre) == []


@pytest.mark.parametrize("centre", CENTRES, ids=lambda centre: centre.label)
def test_one_agent_more_would_be_noticed(centre: Centre) -> None:
    """The allowance is narrow enough to tell a wrong simulator from a right one."""
    calls = simulated(centre, Random(centre.label), CALLS)
    assert odd(calls, centre, replace(centre, agents=centre.agents + 1)) != []


def odd(calls: list[Call], centre: Centre, told: Centre) -> list[str]:
    """Figures of calls that differ from those of theory by more than chance allows."""
    size = CALLS // BATCHES
    batches = [calls[n : n + size] for n in range(0, CALLS, size)]
    found = []
    for kind, theory in enumerate(told.theory()):
        within = theory.answered_within(centre.within_ms / MINUTE_MS)
        waits = [mean_wait_ms(batch, kind) for batch in batches]
        levels = [service_level(batch, kind, centre.within_ms) for batch in batches]
        for what, values, wanted in (
            ("wait", waits, theory.mean * MINUTE_MS),
            ("level", levels, within),
        ):
            got, error = sum(values) / BATCHES, standard_error(values)
            if abs(got - wanted) > STANDARD_ERRORS * error:
                found.append(f"class {kind}, {what}: {got:g}, by theory {wanted:g} +- {error:g}")
    return found
