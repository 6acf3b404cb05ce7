"""The shelf: a desk's articles, which of them answer a question, and how surely.

Search ranks by BM25 over the whole article, for people who judge for themselves. Who answers by
itself asks for more than the nearest article: how much a question and one that the article was
written for have in common, both ways, so that a word too many counts as one too few.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from math import log
from pathlib import Path
from typing import NamedTuple, Self

from templates.errors import Slip
from templates.folders import markdown_in
from templates.knowledge.articles import Article, read
from templates.knowledge.grams import pieces, weighted, worded
from templates.knowledge.own import of_their_own
from templates.locales import language, nearest

MAX_FILES = 5_000  # of one directory
COMPARED = 5  # articles, the nearest: how surely they answer is looked at
AHEAD_PERCENT = 5
K1, B = 1.2, 0.5  # BM25: how soon a word said again says no more; how much length counts against it
TOPIC = 2  # what stands in one of so many of an article's questions is what it is about
OWN = 100  # percent: an article's own question, whatever its others have
TITLE, QUESTIONS, KEYWORDS = 3, 2, 2  # how often a piece counts that stands there


class Found(NamedTuple):
    """An article, how near it is to what was asked, and how surely it answers, in percent."""

    article: Article
    score: float
    certain_percent: int


class Shelf:
    """Articles, ready to be asked. Making one takes time; asking takes little."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = tuple(articles)
        self._by_id: dict[str, dict[str, Article]] = {}
        for article in self._articles:
            self._by_id.setdefault(article.id, {})[article.locale] = article
        self._lengths: list[int] = []
        self._places: dict[str, dict[int, int]] = {}  # by piece: which articles, how often there
        self._asked: list[tuple[dict[str, float], ...]] = []  # by article: its questions' pieces
        self._own: list[frozenset[tuple[str, ...]]] = []  # by article: its questions as worded
        self._topics: list[frozenset[str]] = []  # by article: what most of its questions have
        for place, article in enumerate(self._articles):
            self._read(place, article)
        self._wordings, self._spread = self._counted()
        said, questions = self._known_to_be_asked()
        self._rare = {piece: log(1 + questions / (1 + often)) for piece, often in said.items()}
        self._unheard = log(1 + questions)
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0

    @classmethod
    def examined(cls, folder: Path, categories: Collection[str]) -> tuple[Self, list[Slip]]:
        """The articles of a directory that are sound, and the faults of the rest."""
        slips: list[Slip] = []
        files = list(markdown_in(folder, "article", slips))
        if len(files) > MAX_FILES:
            what = f"holds more than {MAX_FILES} articles; remove some"
            return cls(()), [Slip(str(folder), 0, what)]
        articles = (read(file, categories, slips) for file in files)
        return cls(each for each in articles if each is not None), slips

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def articles(self) -> tuple[Article, ...]:
        """All of them, in each locale."""
        return self._articles

    def get(self, name: str, locale: str) -> Article | None:
        """An article for a reader of a locale: in the nearest words that there are."""
        wordings = self._by_id.get(name)
        return wordings[nearest(locale, wordings)] if wordings else None

    def locales(self, name: str) -> tuple[str, ...]:
        """Where an article has been worded."""
        return tuple(sorted(self._by_id.get(name, ())))

    def all(self, locale: str) -> list[Article]:
        """Every article, by title, for a reader of a locale."""
        found = (wordings[nearest(locale, wordings)] for wordings in self._by_id.values())
        return sorted(found, key=lambda each: (each.title, each.id))

    def search(self, question: str, locale: str = "", limit: int = 10) -> list[Found]:
        """The nearest articles, best first; with a locale only in the words its readers are shown.

        The same question has the same answer always.
        """
        near = self._near(question)
        shown: dict[str, tuple[int, float]] = {}
        for place, score in sorted(near.items(), key=lambda each: (-each[1], each[0])):
            article = self._articles[place]
            if locale and self.get(article.id, locale) is not article:
                continue
            shown.setdefault(article.id, (place, score))
            if len(shown) == limit:
                break
        asked, own = self._worth(weighted(question)), worded(question)
        return [
            Found(
                self._articles[place],
                score,
                self._certain(place, asked, own) if n < COMPARED else 0,
            )
            for n, (place, score) in enumerate(shown.values())
        ]

    def answer(self, question: str, locale: str) -> Found | None:
        """The article that answers most surely in the words of a locale; None where none is near.

        It is not sure at all where another one is about as sure: who asks what two articles answer
        asks a person; nor of what happened to the customer, which no article knows.
        """
        found = self.search(question, locale, COMPARED)
        surest = sorted(found, key=lambda each: (-each.certain_percent, -each.score))
        if not surest:
            return None
        second = surest[1].certain_percent if len(surest) > 1 else -AHEAD_PERCENT
        if surest[0].certain_percent - second < AHEAD_PERCENT or of_their_own(question):
            return surest[0]._replace(certain_percent=0)
        return surest[0]

    def alike(self, questions: Sequence[str], percent: int) -> list[list[int]]:
        """Places of questions that have so much in common with the first of their group."""
        groups: list[tuple[dict[str, float], list[int]]] = []
        for place, question in enumerate(questions):
            asked = self._worth(weighted(question))
            near = (group for first, group in groups if _common(asked, first) * 100 >= percent)
            group = next(near, None)
            if group is None:
                groups.append((asked, [place]))
            else:
                group.append(place)
        return [group for _, group in groups]

    def _read(self, place: int, article: Article) -> None:
        counts: Counter[str] = Counter(pieces(article.text))
        for piece in pieces(article.title):
            counts[piece] += TITLE
        for words, weight in ((article.questions, QUESTIONS), (article.keywords, KEYWORDS)):
            for piece in (piece for each in words for piece in pieces(each)):
                counts[piece] += weight
        self._lengths.append(counts.total())
        for piece, often in counts.items():
            self._places.setdefault(piece, {})[place] = often
        asked = tuple(weighted(each) for each in (article.title, *article.questions))
        self._asked.append(asked)
        self._own.append(frozenset(map(worded, article.questions)))
        shared = Counter(piece for each in asked for piece in each)
        self._topics.append(frozenset(p for p, n in shared.items() if n * TOPIC >= len(asked)))

    def _kin(self) -> Iterable[list[int]]:
        """Places of the wordings of one article in one language: they count as one, so that an
        article which is worded in both scripts makes no word of it commoner.
        """
        groups: dict[tuple[str, str], list[int]] = {}
        for place, article in enumerate(self._articles):
            groups.setdefault((article.id, language(article.locale)), []).append(place)
        return groups.values()

    def _counted(self) -> tuple[int, Counter[str]]:
        """How many such wordings there are, and in how many of them each piece stands."""
        group_of = {place: n for n, group in enumerate(self._kin()) for place in group}
        spread = {
            piece: len({group_of[place] for place in there})
            for piece, there in self._places.items()
        }
        return len(set(group_of.values())), Counter(spread)

    def _known_to_be_asked(self) -> tuple[Counter[str], int]:
        """In how many of the questions that articles were written for each piece stands, and how
        many there are.
        """
        said: Counter[str] = Counter()
        questions = 0
        for group in self._kin():
            worded = [self._asked[place] for place in group]
            counts = [Counter(piece for each in asked for piece in each) for asked in worded]
            most = counts[0]
            for count in counts[1:]:
                most |= count
            said.update(most)
            questions += max(map(len, worded))
        return said, questions

    def _near(self, question: str) -> dict[int, float]:
        """BM25 of every article that has anything of the question."""
        scores: dict[int, float] = {}
        everything = self._wordings
        for piece, weight in weighted(question).items():
            there = self._places.get(piece, {})
            those = self._spread[piece]
            rare = log(1 + (everything - those + 0.5) / (those + 0.5)) * weight
            for place, often in there.items():
                long = 1 - B + B * self._lengths[place] / self._mean
                scores[place] = scores.get(place, 0.0) + rare * often * (K1 + 1) / (
                    often + K1 * long
                )
        return scores

    def _worth(self, asked: dict[str, float]) -> dict[str, float]:
        """What each piece of a question counts. One that nobody is known to ask counts most."""
        return {
            piece: weight * self._rare.get(piece, self._unheard) for piece, weight in asked.items()
        }

    def _certain(self, place: int, asked: dict[str, float], words: tuple[str, ...]) -> int:
        """What a question and the likest of those that an article was written for share; less for
        what the article never speaks of, and nothing without a word of what it is about, unless it
        is one of those questions.
        """
        topic, whole = self._topics[place], sum(asked.values())
        if whole and words in self._own[place]:
            return OWN
        if not whole or (topic and topic.isdisjoint(asked)):
            return 0
        spoken = sum(w for piece, w in asked.items() if place in self._places.get(piece, ()))
        likest = max(_common(asked, self._worth(each)) for each in self._asked[place])
        return int(likest * spoken / whole * 100)


def _common(one: dict[str, float], other: dict[str, float]) -> float:
    """Twice what two questions have in common, of both."""
    shared = sum(worth for piece, worth in one.items() if piece in other)
    both = sum(one.values()) + sum(other.values())
    return 2 * shared / both if both else 0.0
