"""The engine beside a router that scans everything: 2,000 random desks through a day each.

After every input the two must have decided the same, everything must be where both say, all
invariants must hold, and an engine that starts again from its rows now and then must agree. What
differs is told by the number of its desk; `live(NUMBER, 150)` shows it again.
"""

from concurrent.futures import ProcessPoolExecutor

from bench._report import Report, main
from tests.unit.routing.compare import live

BLOCK, INPUTS = 10, 150


def run(report: Report) -> None:
    """Every desk is its own day, most of them full of everything that may happen."""
    worlds = report.size(2_000, 200)
    told, odd = 0, []
    with ProcessPoolExecutor() as pool, report.progress("desks", worlds) as advance:
        for inputs, differences in pool.map(_days, range(0, worlds, BLOCK)):
            told += inputs
            odd += differences
            advance(BLOCK)
    note = "; ".join(odd[:5]) or f"{told:,} inputs"
    report.figure(f"differences in {worlds:,} random desks", len(odd), "", most=0, note=note)


def _days(first: int) -> tuple[int, list[str]]:
    """Some days: how many inputs they had, and whoever told something else of them."""
    told, odd = 0, []
    for seed in range(first, first + BLOCK):
        try:
            told += live(seed, INPUTS).told
        except Exception as error:  # noqa: BLE001 - a crash is a difference too
            odd.append(f"desk {seed}: {error!r:.200}")
    return told, odd


if __name__ == "__main__":
    main(run)
