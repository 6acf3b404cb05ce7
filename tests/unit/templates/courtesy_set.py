"""The labelled sentences of courtesy_labelled.tsv, and how well the check finds them.

They were written for the check, by those who wrote its rules: the floors hold what is there, they
do not foretell a desk's figures. The last 590, half of them traps, are everyday rudeness, written
before its rules, where the old ones were known to be blind: of the first 352 of these they found
3 %, and of what they found nine in ten were traps. What foretells more are 278 sentences of somebody
who did not know the rules, looked at once when the new ones were done: of what was found 0.92 was
rude in Chinese and 1.00 in English (0.81 and 0.77 before), of what is rude 0.89 and 0.83 was found
(0.64 and 0.50). Nobody should mend the rules by single sentences. A row is a sentence and the rules
that it breaks, joined by `+`; a trap breaks none.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec

from templates.courtesy import Context, check

FILE = Path(__file__).with_name("courtesy_labelled.tsv")
TRAP = "-"


class Sentence(NamedTuple):
    """A row."""

    locale: str
    rule: str
    context: Context
    text: str


class Tally(NamedTuple):
    """How often a rule was rightly found, wrongly found and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was found that is there."""
        return self.right / (self.right + self.wrong or 1)

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.right / (self.right + self.missed or 1)


def sentences() -> list[Sentence]:
    """All rows."""
    rows = (line.split("\t") for line in FILE.read_text("utf-8").splitlines()[1:])
    return [
        Sentence(locale, rule, msgspec.json.decode(context, type=Context), text)
        for locale, rule, context, text in rows
    ]


def found_in(sentence: Sentence) -> set[str]:
    """The rules that a sentence breaks in the check's eyes."""
    return {finding.rule for finding in check(sentence.text, sentence.locale, sentence.context)}


def tallies(rows: list[Sentence]) -> dict[str, Tally]:
    """By rule, and all of them together under an empty name."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        wanted, found = set(row.rule.split("+")) - {TRAP}, found_in(row)
        right.update(wanted & found)
        wrong.update(found - wanted)
        missed.update(wanted - found)
    names = sorted({*right, *wrong, *missed})
    table = {name: Tally(right[name], wrong[name], missed[name]) for name in names}
    return {**table, "": Tally(right.total(), wrong.total(), missed.total())}
