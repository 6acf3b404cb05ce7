"""What a customer's text is about, how angry it is and how urgent; pure, and always explainable.

The weights come from `routing/training.py`; the moods from `routing/moods.py`. A text that the
model does not know well enough is `other`: a guess would send it to the wrong people.
"""

import math
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

import msgspec

from gateway.domain.language import language_of
from routing.grams import alike, as_written, grams, is_chinese, whole_words
from routing.moods import anger_of, urgency_of

CATEGORIES = ("product", "order", "after_sales", "complaint", "suggestion", "other")
OTHER = "other"
SCALE = 50  # weights are kept as whole numbers of so many to one
LEAST_CONFIDENCE = 0.3  # below it the answer is `other`
TOLD = 5  # words of a text that are named as reasons
LEAST_SHARE = 0.2  # of what the strongest word said; a weaker one explains nothing


class Reason(msgspec.Struct, frozen=True):
    """A word of the text, and how much it spoke for the category (natural logarithm of odds)."""

    piece: str
    weight: float


class Categorized(NamedTuple):
    """The category of a text; confidence: 0..1, how often such an answer is right."""

    category: str
    confidence: float
    reasons: tuple[Reason, ...]


class Classified(msgspec.Struct, frozen=True, kw_only=True):
    """What a text was taken for. anger and urgency: 0 none, 1 some, 2 much, 3 the utmost."""

    category: str
    confidence: float
    language: str  # zh | en | "" where nothing tells
    anger: int
    urgency: int
    reasons: tuple[Reason, ...]


class Model(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Weights as they are kept: for each piece of text topic, weight, topic, weight, ..."""

    version: str
    topics: tuple[str, ...]
    bias: tuple[int, ...]
    weights: dict[str, tuple[int, ...]]

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The category of each topic."""
        return tuple(topic.partition(".")[0] for topic in self.topics)

    def classify(self, text: str) -> Classified:
        """The category of a text with its reasons, its language and its mood."""
        taken = self.categorize(text)
        return Classified(
            category=taken.category,
            confidence=taken.confidence,
            language=language_of(text),
            anger=anger_of(text),
            urgency=urgency_of(text),
            reasons=taken.reasons,
        )

    def categorize(self, text: str) -> Categorized:
        """The category of a text with its reasons alone."""
        found = {piece: row for piece in grams(text) if (row := self.weights.get(piece))}
        chances = self._chances(found) if found else {}
        category = max(chances, key=lambda name: chances[name], default=OTHER)
        confidence = chances.get(category, 0.0)
        if confidence < LEAST_CONFIDENCE:
            category, confidence = OTHER, chances.get(OTHER, 0.0)
            found = {}  # nothing spoke for it
        return Categorized(category, round(confidence, 4), self._reasons(text, found, category))

    def _chances(self, found: dict[str, tuple[int, ...]]) -> dict[str, float]:
        scores = [0] * len(self.topics)
        for row in found.values():
            for at in range(0, len(row), 2):
                scores[row[at]] += row[at + 1]
        size = math.sqrt(len(found))
        logs = [
            (score / size + bias) / SCALE for score, bias in zip(scores, self.bias, strict=True)
        ]
        highest = max(logs)
        shares = [math.exp(log - highest) for log in logs]
        whole = sum(shares)
        chances = dict.fromkeys(CATEGORIES, 0.0)
        for category, share in zip(self.categories, shares, strict=True):
            chances[category] += share / whole
        return chances

    def _reasons(
        self, text: str, found: dict[str, tuple[int, ...]], category: str
    ) -> tuple[Reason, ...]:
        """The words that spoke most for the category: by its best topic, over the size."""
        size = math.sqrt(len(found)) * SCALE if found else 1.0
        topics = {at for at, name in enumerate(self.categories) if name == category}
        spoke = {
            piece: max([row[at + 1] for at in range(0, len(row), 2) if row[at] in topics] or [0])
            for piece, row in found.items()
        }
        said = {word: sum(spoke.get(p, 0) for p in own) for word, own in whole_words(text).items()}
        if not any(weight > 0 for weight in said.values()):  # small words spoke, or their edges
            said = _bare(spoke)
        least = max(1, LEAST_SHARE * max(said.values(), default=0))
        told: list[str] = []
        for word in sorted(said, key=lambda word: (-said[word], word)):
            if said[word] >= least and not any(alike(word, other) for other in told):
                told.append(word)
        return tuple(
            Reason(as_written(word, text), round(said[word] / size, 3)) for word in told[:TOLD]
        )


def _bare(spoke: Mapping[str, int]) -> dict[str, int]:
    """Chinese pieces without the marks of where a run begins and ends, each with its most."""
    bare: dict[str, int] = {}
    for piece, weight in spoke.items():
        text = piece.strip("^$")
        if is_chinese(text):
            bare[text] = max(weight, bare.get(text, 0))
    return bare


def decoded(raw: bytes) -> Model:
    """A model from a file; raises msgspec.ValidationError or msgspec.DecodeError."""
    return msgspec.msgpack.decode(raw, type=Model)


@cache
def own_model() -> Model:
    """The model that comes with Parley."""
    return decoded(files("routing").joinpath("classify.model").read_bytes())
