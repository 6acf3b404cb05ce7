"""Promises in typed words: how many of the labelled sentences are read rightly, and how fast."""

import time

from bench._report import Report, main, percentile
from tests.unit.templates.promise_set import CASES, CASES_AT, NOTHING

LEAST_RIGHT = 0.95


async def run(report: Report) -> None:
    """First how well, then how fast."""
    rows = [*CASES, *CASES_AT]
    right = sum(row.read == row.expected for row in rows)
    traps = sum(row.expected == NOTHING for row in rows)
    note = f"{right} of {len(rows)} sentences, {traps} of which promise nothing"
    report.figure("sentences read rightly", right / len(rows), "", least=LEAST_RIGHT, note=note)
    spans = []
    for _ in range(report.size(20, 2)):
        for row in rows:
            begun = time.perf_counter()
            _ = row.read
            spans.append((time.perf_counter() - begun) * 1e3)
    report.figure("a sentence, median", percentile(spans, 0.5), "ms")


if __name__ == "__main__":
    main(run)
