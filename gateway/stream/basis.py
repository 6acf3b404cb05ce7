"""What all shapes of the API rest on, and how a send that goes on shows itself. Pure."""

from typing import Annotated

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.job import Doubtful, Job

At = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


def maybe_at(at_ms: int | None) -> str | None:
    """An instant or null."""
    return rfc3339(at_ms) if at_ms is not None else None


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Something in an answer: every field is there."""


class Waiting(Shape, frozen=True, kw_only=True):
    """What goes on with a message that its provider has not taken. next: try | ask | report

    `ask`: it may have gone out, and the provider will be asked; `report`: one is awaited.
    """

    next: str
    at: At


def waiting_view(send: Job | None) -> Waiting | None:
    """What goes on with a send that did not end at its first try; None for any other."""
    if send is None or not (send.detail or send.body):
        return None
    then = "try"
    if send.body:
        then = "ask" if msgspec.json.decode(send.body, type=Doubtful).ask else "report"
    return Waiting(next=then, at=rfc3339(send.due_at))
