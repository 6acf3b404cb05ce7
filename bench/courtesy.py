"""The courtesy check: what it finds among the labelled sentences, by rule, and how long it takes.

The raw limit folds each character and nothing more: no check can read a text with less.
"""

import time

from rich.console import Console
from rich.table import Table

from bench._report import Report, main, percentile
from templates.courtesy import Context, check
from templates.normal import plain
from tests.unit.templates.courtesy_set import sentences, tallies

LEAST_PRECISION = 0.95
LEAST_RECALL = 0.85
MOST_MS = {500: 5.0, 2_000: 30.0}  # by characters
CONTEXT = Context(
    first_contact=True, late=True, customer_name="林晓", customer_language="zh", attachments=0
)


async def run(report: Report) -> None:
    """First how well, then how fast."""
    rows = sentences()
    table = tallies(rows)
    _show(table)
    whole, note = table[""], f"{len(rows)} labelled sentences"
    report.figure("precision", whole.precision, "", least=LEAST_PRECISION, note=note)
    report.figure("recall", whole.recall, "", least=LEAST_RECALL, note=note)
    rounds = report.size(1_000, 100)
    for locale in ("zh-CN", "en"):
        words = " ".join(row.text for row in rows if row.locale == locale)
        for size, most in MOST_MS.items():
            text = words[:size]
            check(text, locale, CONTEXT)
            spans, raw = [], []
            for _ in range(rounds):
                begun = time.perf_counter()
                plain(text)
                read = time.perf_counter()
                check(text, locale, CONTEXT)
                raw.append((read - begun) * 1e3)
                spans.append((time.perf_counter() - read) * 1e3)
            report.figure(
                f"{locale}, {size} characters, p99", percentile(spans, 0.99), "ms",
                raw=percentile(raw, 0.99), most=most,
                note=f"median {percentile(spans, 0.5):.2f} ms",
            )  # fmt: skip


def _show(table) -> None:
    shown = Table("rule", "right", "wrong", "missed", "precision", "recall")
    for name, row in table.items():
        cells = (row.right, row.wrong, row.missed)
        figures = (f"{row.precision:.3f}", f"{row.recall:.3f}")
        shown.add_row(name or "all", *(str(cell) for cell in cells), *figures)
    Console(stderr=True).print(shown)


if __name__ == "__main__":
    main(run)
