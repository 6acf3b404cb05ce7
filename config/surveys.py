"""What customers are asked once they were helped: where, about what, and how often."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from config.faults import Problem
from config.part import Part
from config.units import Duration, Words

Dimension = Literal[
    "solution", "speed", "manner", "goods", "delivery", "after_sales", "site", "ease", "payment"
]
"""What a score may be given for, beside the whole."""


class Asking(Part):
    """Where customers are asked, and how. They answer in the chat's window, by a number that they
    write, on a page of ours, or by a key of their telephone before they hang up; only window and
    page have room for dimensions and a comment."""

    enabled: bool = True  # `false`: these are not asked
    channels: Words = ()  # none named: all
    queues: Words = ()  # in which the conversation was; none named: all
    after_ms: Duration = Field(default=300_000, alias="after")  # since it was resolved
    by: Literal["number", "link"] = "number"  # a number written back, or a page of ours
    dimensions: tuple[Dimension, ...] = ()  # asked beside the whole
    template: str = ""  # "" = survey_score, or survey_invitation where there is a link


class Surveys(Part):
    """The first of `ask` whose channels and queues hold decides; where none does, nobody is."""

    ask: tuple[Asking, ...] = Field(default=(), max_length=50)
    # A customer is asked no more often.
    again_after_ms: Duration = Field(default=1_209_600_000, alias="again_after")
    # Answers count so long.
    within_ms: Duration = Field(default=604_800_000, alias="within", ge=60_000)
    thanks: bool = True  # who wrote a number is thanked, once for each survey


def survey_problems(surveys: Surveys) -> Iterator[Problem]:
    """What would be asked twice, or where there is no room for it."""
    for n, asking in enumerate(surveys.ask):
        path = ("surveys", "ask", n, "dimensions")
        for name in asking.dimensions:
            if asking.dimensions.count(name) > 1:
                yield Problem(path, f"names {name} twice", "name each once")
                break
