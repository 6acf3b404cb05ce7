"""What a desk says by itself: which words, where, after how long and how often."""

from collections.abc import Iterator

from pydantic import Field

from config.faults import Path, Problem
from config.part import Part
from config.units import Duration, Words
from gateway.domain.job import LATE
from gateway.domain.silence import Stage

# What is asked afterwards has a section of its own: `surveys`.
NAMES = ("acknowledged", "greeting", *(s for s in Stage if s is not Stage.SURVEY), LATE)
REPEATED = (Stage.STILL_WAITING, Stage.AGENT_SILENT, Stage.CUSTOMER_SILENT)
TIMED = (*REPEATED, Stage.CLOSED_SILENT)  # said because time has passed: how much, is to be said


class Said(Part):
    """Whether and when a template goes out by itself. Never to machines, so often a turn."""

    enabled: bool = True  # `false`: not said
    after_ms: Duration = Field(default=0, alias="after")  # how long to wait first
    times: int = Field(default=1, ge=1, le=10)  # in a turn
    # Between two of these times; none: as `after`.
    every_ms: Duration | None = Field(default=None, alias="every", ge=1_000)
    template: str = ""  # "" = the template of this name
    channels: Words = ()  # none named: all
    queues: Words = ()  # in which the conversation is; none named: all


class Automatic(Said):
    """The first of `instead` whose channels and queues hold goes before what stands beside it."""

    instead: tuple[Said, ...] = Field(default=(), max_length=20)

    @property
    def ways(self) -> tuple[tuple[tuple[str | int, ...], Said], ...]:
        """All that may hold, the first first, by where it is written."""
        return (*((("instead", n), said) for n, said in enumerate(self.instead)), ((), self))


class Templates(Part):
    """The words that go out by themselves, and what the catalogue may say of the desk."""

    # By name: acknowledged, greeting, still_waiting, agent_silent, out_of_hours, handoff,
    # transferred, customer_silent, closed_silent, resolved, promise_late.
    automatic: dict[str, Automatic] = Field(default={})
    # Nothing of it is said so soon after a person's words, but for the first answer.
    quiet_ms: Duration = Field(default=30_000, alias="quiet")
    values: dict[str, str] = Field(default={})  # by the name that templates have for them


def ways_of(templates: Templates) -> Iterator[tuple[Path, str, Said]]:
    """All that goes out by itself: where it is written, its name, how."""
    for name, automatic in templates.automatic.items():
        for where, said in automatic.ways:
            yield ("templates", "automatic", name, *where), name, said


def time_problems(templates: Templates) -> Iterator[Problem]:
    """Words that wait for nothing, or are said again where once is all."""
    for path, name, said in ways_of(templates):
        if name in TIMED and said.enabled and not said.after_ms:
            what, cure = "is missing: it is said because time has passed", "write after: 10m"
            yield Problem((*path, "after"), what, cure)
        if name not in REPEATED and (said.times > 1 or said.every_ms is not None):
            where = (*path, "times" if said.times > 1 else "every")
            yield Problem(where, f"{name} is said once", f"only {', '.join(REPEATED)} have it")
