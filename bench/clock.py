"""Due-time arithmetic: how many deadlines a second a business calendar gives.

The calendar is a shop's in Shanghai with two windows a day, half a Saturday, and China's holidays
with their make-up workdays. The raw limit adds the target to the start, as if it were always open.
"""

import time
from collections.abc import Callable
from random import Random

from bench._report import Report, main
from config.hours import Calendar as Hours
from routing.calendar import ALWAYS, DAY_MS, Calendar

LEAST_PER_S = 300_000
START_MS = 1_767_225_600_000  # 2026-01-01T00:00Z
SPAN_MS = 425 * DAY_MS
LONGEST_MS = 3 * DAY_MS
SHOP = Hours.model_validate(
    {
        "weekly": {"mon-fri": "09:00-12:00 13:00-18:00", "sat": "10:00-16:00"},
        "public_holidays": "CN",
    }
)


def run(report: Report) -> None:
    """How long a calendar takes to unroll, then deadlines and spans of open time."""
    begun = time.perf_counter()
    shop = Calendar.from_document(SHOP.document("Asia/Shanghai"))
    shop.elapsed_ms(START_MS, START_MS + SPAN_MS)
    report.figure("14 months unrolled", (time.perf_counter() - begun) * 1e3, "ms")
    random = Random(1)
    count = report.size(600_000, 60_000)
    asked = [
        (START_MS + random.randrange(SPAN_MS), random.randrange(1_000, LONGEST_MS))
        for _ in range(count)
    ]
    rates = {}
    with report.progress("deadlines", 3) as advance:
        for name, ask in (
            ("due", shop.due),
            ("raw", ALWAYS.due),
            ("elapsed", lambda start, span: shop.elapsed_ms(start, start + span)),
        ):
            rates[name] = _per_second(ask, asked)
            advance(1)
    report.figure("due instants", rates["due"], "/s", raw=rates["raw"], least=LEAST_PER_S)
    report.figure("spans of open time", rates["elapsed"], "/s", raw=rates["raw"])


def _per_second(ask: Callable[[int, int], object], asked: list[tuple[int, int]]) -> float:
    begun = time.process_time()
    for start, span in asked:
        ask(start, span)
    return len(asked) / (time.process_time() - begun)


if __name__ == "__main__":
    main(run)
