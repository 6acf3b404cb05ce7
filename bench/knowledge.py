"""Articles: how well the labelled questions find them, and how long a search takes.

The raw limit takes a question apart and does nothing with the pieces.
"""

import time

from rich.console import Console
from rich.table import Table

from bench._report import Report, main, percentile
from templates.knowledge import Article, Shelf
from templates.knowledge.grams import weighted
from tests.unit.templates.question_set import questions, shelf, tallies

ARTICLES = 500
MOST_MS = 2.0


async def run(report: Report) -> None:
    """First how well, then how fast."""
    table = tallies()
    _show(table)
    whole, unseen, note = table["all"], table["unseen"], f"{len(questions())} labelled questions"
    report.figure("right article first", whole.top, "", least=0.9, note=note)
    report.figure("precision of answers", whole.precision, "", least=0.95, note=note)
    report.figure("questions answered", whole.recall, "", least=0.4, note=note)
    report.figure("precision, unseen half", unseen.precision, "", least=0.9)
    there, spans, raw = Shelf(_many()), [], []
    for _ in range(report.size(20, 2)):
        for row in questions():
            begun = time.perf_counter()
            weighted(row.text)
            taken = time.perf_counter()
            there.answer(row.text, row.locale)
            raw.append((taken - begun) * 1e3)
            spans.append((time.perf_counter() - taken) * 1e3)
    report.figure(
        f"a search in {ARTICLES} articles, p99", percentile(spans, 0.99), "ms",
        raw=percentile(raw, 0.99), most=MOST_MS, note=f"median {percentile(spans, 0.5):.2f} ms",
    )  # fmt: skip


def _many() -> list[Article]:
    """The demo desk's articles again and again, under other names."""
    own = [there for locale in ("zh-CN", "en") for there in shelf().all(locale)]
    return [
        Article(
            id=f"{one.id}_{n}", locale=one.locale, title=f"{one.title} {n}", category=one.category,
            questions=one.questions, keywords=(*one.keywords, f"item{n}"), text=one.text,
        )
        for n in range(1 + ARTICLES // len(own)) for one in own
    ][:ARTICLES]  # fmt: skip


def _show(table) -> None:
    shown = Table(
        "questions", "asked", "first", "right", "wrong", "traps", "top 1", "precision", "recall"
    )
    for name, row in table.items():
        figures = (f"{row.top:.3f}", f"{row.precision:.3f}", f"{row.recall:.3f}")
        shown.add_row(name, *(str(cell) for cell in row), *figures)
    Console(stderr=True).print(shown)


if __name__ == "__main__":
    main(run)
