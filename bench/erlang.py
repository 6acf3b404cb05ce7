"""The simulator beside queueing theory: Erlang C, Erlang A, priorities; 5 x 300,000 calls of each.

The raw limit of each figure is what the formula says. Nothing is timed here.
"""

from concurrent.futures import ProcessPoolExecutor
from random import Random

from bench._report import Report, main
from tests.unit.routing.callcentre import (
    CENTRES,
    MINUTE_MS,
    Call,
    Centre,
    mean_wait_ms,
    service_level,
    simulated,
)
from tests.unit.routing.formulas import standard_error

RUNS = 5
MOST_WAIT_OFF, MOST_LEVEL_OFF = 5.0, 3.0  # per cent of what the formula says


def run(report: Report) -> None:
    """Each centre five times; what it comes to, and how far the runs lie apart."""
    calls = report.size(300_000, 20_000)
    with (
        ProcessPoolExecutor() as pool,
        report.progress("calls, simulated", len(CENTRES) * RUNS) as advance,
    ):
        for centre in CENTRES:
            runs = []
            for figures in pool.map(_one, [(centre, seed, calls) for seed in range(RUNS)]):
                runs.append(figures)
                advance(1)
            _compare(report, centre, runs)


def _one(what: tuple[Centre, int, int]) -> list[tuple[float, float]]:
    """The mean wait and the service level of each class, in one run."""
    centre, seed, number = what
    calls: list[Call] = simulated(centre, Random(f"{centre.label} {seed}"), number)
    return [
        (mean_wait_ms(calls, kind), service_level(calls, kind, centre.within_ms))
        for kind in range(len(centre.arrivals))
    ]


def _compare(report: Report, centre: Centre, runs: list[list[tuple[float, float]]]) -> None:
    for kind, theory in enumerate(centre.theory()):
        waits, levels = zip(*(figures[kind] for figures in runs), strict=True)
        level = theory.answered_within(centre.within_ms / MINUTE_MS)
        which = f", class {kind + 1}" if len(centre.arrivals) > 1 else ""
        name = f"{centre.label}{which}"
        _figure(report, f"{name}: wait", waits, theory.mean * MINUTE_MS, "ms", MOST_WAIT_OFF)
        _figure(report, f"{name}: in time", levels, level, "of all", MOST_LEVEL_OFF)


def _figure(
    report: Report, what: str, values: tuple[float, ...], wanted: float, unit: str, most: float
) -> None:
    mean = sum(values) / len(values)
    off = 100 * abs(mean - wanted) / wanted
    note = (
        f"{mean:.5g} {unit}, the formula {wanted:.5g}, standard error {standard_error(values):.2g}"
    )
    report.figure(what, off, "% off", most=most, note=note)


if __name__ == "__main__":
    main(run)
