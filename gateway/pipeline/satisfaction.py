"""How customers say it went: surveys of a span of time, beside the span before it.

A survey counts on the day on which it was asked, for who had the conversation then; its answer as
it stands now, whenever it came.
"""

from collections.abc import Callable, Iterable
from statistics import fmean

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.domain.survey import GOOD, Survey
from gateway.pipeline.report import DAY, Question, days_of
from gateway.store.queries import surveys

GROUPINGS = ("queue", "agent", "channel", DAY)

_scores = msgspec.json.Decoder(dict[str, int])
Key = tuple[str, ...]


class DimensionRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a dimension was scored."""

    answered: int
    mean: float


class Satisfied(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of some surveys. null: nobody answered."""

    asked: int
    answered: int
    mean: float | None  # of 1 to 5
    good_share: float | None  # of the answers: 4 and 5


class SatisfactionRow(Satisfied, frozen=True, kw_only=True):
    """The figures of a group; `before` those of the same group in the span of the same length just
    before, where the groups are no days and there was anything to count."""

    group: dict[str, str]
    dimensions: dict[str, DimensionRow]
    before: Satisfied | None


def satisfaction_figures(connection: Connection, question: Question) -> list[SatisfactionRow]:
    """The report, a row for each group."""
    now = _grouped(connection, question)
    before: dict[Key, list[Survey]] = {}
    if DAY not in question.by:
        length = question.until - question.since
        earlier = replace(question, since=question.since - length, until=question.since)
        before = _grouped(connection, earlier)
    return [
        SatisfactionRow(
            group=dict(zip(question.by, key, strict=True)),
            dimensions=_dimensions(now[key]),
            before=_figures(before[key]) if key in before else None,
            **msgspec.structs.asdict(_figures(now[key])),
        )
        for key in sorted(now)
    ]


def _grouped(connection: Connection, question: Question) -> dict[Key, list[Survey]]:
    day_of = days_of(question.zone)
    groups: dict[Key, list[Survey]] = {}
    for survey in surveys.asked(connection, question.desk, question.since, question.until):
        groups.setdefault(_key(survey, question.by, day_of), []).append(survey)
    return groups


def _key(survey: Survey, by: Key, day_of: Callable[[int], str]) -> Key:
    return tuple(
        day_of(survey.asked_at) if name == DAY else str(getattr(survey, name)) for name in by
    )


def _figures(found: Iterable[Survey]) -> Satisfied:
    asked = list(found)
    given = [survey.score for survey in asked if survey.score is not None]
    return Satisfied(
        asked=len(asked),
        answered=len(given),
        mean=fmean(given) if given else None,
        good_share=sum(score >= GOOD for score in given) / len(given) if given else None,
    )


def _dimensions(found: Iterable[Survey]) -> dict[str, DimensionRow]:
    given: dict[str, list[int]] = {}
    for survey in found:
        for name, score in _scores.decode(survey.scores).items():
            given.setdefault(name, []).append(score)
    return {
        name: DimensionRow(answered=len(scores), mean=fmean(scores))
        for name, scores in sorted(given.items())
    }
