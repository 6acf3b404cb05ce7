"""Which first questions are answered by themselves from the articles: none unless it is said."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.drafts import Drafts
from config.faults import Problem, unknown
from config.part import Part
from config.units import Words, listed

Topic = Literal["product", "order", "after_sales", "suggestion", "other"]
"""What an article may be about that goes out by itself: no complaint is answered by a machine."""

Topics = Annotated[tuple[Topic, ...], BeforeValidator(listed)]


class Model(Part):
    """Where a model's own words may go out, which nobody has read: nowhere unless it is said.

    Only to a first question that no article surely answers, of these categories in these queues.
    """

    enabled: bool = False  # it takes `security.drafts`
    queues: Words = ()  # in which the conversation is
    categories: Topics = ()  # of the question


class Knowledge(Part):
    """`enabled` notes which first questions no article answers; `categories` may be answered."""

    enabled: bool = False  # whether first questions are looked at
    categories: Topics = ()  # articles of these may be told by themselves
    certain_percent: int = Field(default=60, ge=50, le=100)  # so sure an answer must be
    channels: Words = ()  # on which; none named: all
    model: Model = Model()


def model_problems(knowledge: Knowledge, queues: Collection[str]) -> Iterator[Problem]:
    """A model that is to answer, and by what stands beside it never would."""
    path, model = ("knowledge", "model"), knowledge.model
    yield from unknown((*path, "queues"), model.queues, queues, "queue")
    if not model.enabled:
        return
    for key in ("queues", "categories"):
        if not getattr(model, key):
            what, cure = "is missing: a model answers only where it is said", f"name {key}"
            yield Problem((*path, key), what, cure)
    if not knowledge.enabled:
        what, cure = "never answers, for knowledge.enabled is false", "write enabled: true there"
        yield Problem((*path, "enabled"), what, cure, (("knowledge", "enabled"),))


def endpoint_problems(knowledge: Knowledge, drafts: Drafts | None) -> Iterator[Problem]:
    """A model that is to answer where the node names none."""
    if knowledge.model.enabled and drafts is None:
        what, cure = "asks a model, and security.drafts names none", "name one, or switch it off"
        yield Problem(("knowledge", "model", "enabled"), what, cure, (("security", "drafts"),))
