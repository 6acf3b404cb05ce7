"""Trains the classifier's weights from examples; offline, for `parley train`.

A line of examples is `category<TAB>text` or `category.topic<TAB>text`. Topics keep a wide category
in parts that a linear model can tell; only the category is ever shown. A line may be a pattern:
`[a|b|]` takes one of its words, `{name}` one of those of the line `@name<TAB>a|b`. The words of
`@lead` stand before some sentences of every category, for what all of them may begin with tells
nothing. Lines that begin with # are remarks. What agents corrected is appended as files of the same
form.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from routing.classify import CATEGORIES, SCALE, Model
from routing.grams import grams

Example = tuple[str, str]
"""A label, and a text of that kind."""

PER_LINE = 12  # sentences that one pattern gives at most
LED = 0.3  # of the sentences are given a beginning that tells nothing
LEAST_SEEN = 2  # a piece of one sentence only is its accident
PER_TOPIC = 700  # pieces that speak for or against a topic, the strongest
STRENGTH = 10.0  # the inverse of the regularization
SEED = 20260101
ROUNDS = 300

_NAME = re.compile(r"\{(\w+)\}(\??)")
_MARKS = re.compile(r"[\[\]{}]")  # of patterns
_CHOICE = re.compile(r"\[([^\[\]|]*\|[^\[\]]*)\]")


class BadExamples(ValueError):
    """A line of examples that cannot be read."""


def read(text: str, source: str) -> list[Example]:
    """The sentences of a file, patterns written out; raises BadExamples naming the line."""
    names: dict[str, list[str]] = {}
    lines: list[Example] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        label, tab, words = line.partition("\t")
        if label.startswith("@") and tab:
            names[label[1:]] = words.split("|")
        elif tab and words.strip() and label.partition(".")[0] in CATEGORIES:
            lines.append((label, words))
        else:
            raise BadExamples(
                f"{source}:{number}: write CATEGORY, a tab and the text; categories are "
                f"{', '.join(CATEGORIES)}"
            )
    rng = random.Random(SEED)  # noqa: S311 - the same sentences every time
    leads = names.get("lead", [])
    return [
        (label, f"{rng.choice(leads)}{said}" if leads and rng.random() < LED else said)
        for label, words in lines
        for said in _said(words, names, rng)
    ]


def plain(text: str) -> str:
    """A text on one line that `read` takes as it stands, whatever its writer put in it."""
    return " ".join(_MARKS.sub(" ", text).split())


def _said(pattern: str, names: dict[str, list[str]], rng: random.Random) -> list[str]:
    tries = PER_LINE * 2 if _CHOICE.search(pattern) or _NAME.search(pattern) else 1
    found = {_one(pattern, names, rng): None for _ in range(tries)}
    return list(found)[:PER_LINE]


def _one(pattern: str, names: dict[str, list[str]], rng: random.Random) -> str:
    def word(match: re.Match[str]) -> str:
        words = names.get(match[1], [match[0]])
        return rng.choice([*words, ""] if match[2] else words)

    while _CHOICE.search(pattern):
        pattern = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), pattern)
    return _NAME.sub(word, pattern)


def train(examples: Sequence[Example], version: str) -> Model:
    """Weights from examples of three labels or more, always the same from the same.

    Needs scikit-learn.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    assert len({label for label, _ in examples}) > 2
    seen = [grams(text) for _, text in examples]
    counts = Counter(piece for pieces in seen for piece in pieces)
    words = sorted(piece for piece, count in counts.items() if count >= LEAST_SEEN)
    place = {piece: number for number, piece in enumerate(words)}
    indices: list[int] = []
    values: list[float] = []
    ends = [0]
    for pieces in seen:
        here = sorted(place[piece] for piece in pieces if piece in place)
        indices += here
        values += [max(1, len(here)) ** -0.5] * len(here)
        ends.append(len(indices))
    fitted = LogisticRegression(C=STRENGTH, max_iter=ROUNDS).fit(
        csr_matrix((values, indices, ends), shape=(len(examples), len(words))),
        [label for label, _ in examples],
    )
    return Model(
        version=version,
        topics=tuple(str(label) for label in fitted.classes_),
        bias=tuple(round(float(b) * SCALE) for b in fitted.intercept_),
        weights=_strongest(words, fitted.coef_),
    )


def _strongest(
    words: Sequence[str], table: Iterable[Iterable[float]]
) -> dict[str, tuple[int, ...]]:
    """For each piece: topic, weight, topic, weight, ... of the weights that count."""
    kept: dict[str, list[int]] = {}
    for topic, row in enumerate(table):
        for piece, weight in _top(words, row):
            kept.setdefault(piece, []).extend((topic, round(weight * SCALE)))
    return {piece: tuple(kept[piece]) for piece in sorted(kept)}


def _top(words: Sequence[str], row: Iterable[float]) -> Iterator[tuple[str, float]]:
    pairs = sorted(zip(words, row, strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))
    for piece, weight in pairs[:PER_TOPIC]:
        yield piece, float(weight)


def encoded(model: Model) -> bytes:
    """A model as a file."""
    return msgspec.msgpack.encode(model)
