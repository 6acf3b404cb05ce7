"""The labelled questions of questions.tsv, and how well the demo desk's articles answer them.

A row is a locale, the article that answers, or `-` for a trap that none does, and the question. The
first were written with the articles, by the same hand, before anything was measured; every other of
them was then used to choose the threshold, the rest only measured (`unseen`). What follows was
written afterwards to break what held, near misses almost all; by it, how surely an article answers
was made stricter. The last rows ask after a case of one's own, or seem to: the rule in `own` was
written with them. The floors hold what is there; they do not foretell a desk's figures.
"""

from pathlib import Path
from typing import NamedTuple

from config import DEFAULT
from config.knowledge import Knowledge
from routing.classify import CATEGORIES
from templates.knowledge import Shelf

FILE = Path(__file__).with_name("questions.tsv")
TRAP = "-"
FIRST = 147  # rows that were written before anything was measured
CERTAIN = Knowledge().certain_percent


class Asked(NamedTuple):
    """A row."""

    locale: str
    article: str
    text: str


class Tally(NamedTuple):
    """How often the nearest article is the right one, and what would be answered by itself."""

    asked: int  # that an article answers
    first: int  # of these, the right article comes first
    right: int  # answered by itself, rightly
    wrong: int  # answered by itself, wrongly
    traps: int

    @property
    def top(self) -> float:
        """The share of questions whose article is found first."""
        return self.first / (self.asked or 1)

    @property
    def precision(self) -> float:
        """The share of answers that are right."""
        return self.right / (self.right + self.wrong or 1)

    @property
    def recall(self) -> float:
        """The share of questions that are answered."""
        return self.right / (self.asked or 1)


def shelf() -> Shelf:
    """The demo desk's articles."""
    found, slips = Shelf.examined(DEFAULT / "knowledge", CATEGORIES)
    assert not slips, slips
    return found


def questions() -> list[Asked]:
    """All rows."""
    return [Asked(*line.split("\t")) for line in FILE.read_text("utf-8").splitlines()]


def tally(there: Shelf, rows: list[Asked], certain: int = CERTAIN) -> Tally:
    """What the shelf makes of these rows."""
    first = right = wrong = 0
    for row in rows:
        near = there.search(row.text, row.locale, 1)
        first += bool(near) and near[0].article.id == row.article
        said = there.answer(row.text, row.locale)
        if said is not None and said.certain_percent >= certain:
            right += said.article.id == row.article
            wrong += said.article.id != row.article
    asked = sum(row.article != TRAP for row in rows)
    return Tally(asked, first, right, wrong, len(rows) - asked)


def tallies() -> dict[str, Tally]:
    """By language, by half, and all of them together."""
    there, rows = shelf(), questions()
    parts = {
        "zh-CN": [row for row in rows if row.locale == "zh-CN"],
        "en": [row for row in rows if row.locale == "en"],
        "chosen": rows[:FIRST:2] + rows[FIRST:],
        "unseen": rows[1:FIRST:2],
        "all": rows,
    }
    return {name: tally(there, part) for name, part in parts.items()}
