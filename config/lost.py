"""What becomes of an agent's work when the agent is gone."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from config.part import Part
from config.units import Duration
from gateway.domain.clock import SECOND_MS


def _a_second(ms: int) -> int:
    if ms < SECOND_MS:
        raise ValueError("is less than a second; write 1s or more, or on_lost: requeue")
    return ms


class RequeueAfter(Part):
    """Work stays with an agent who is gone, and goes to others unless they are back by then."""

    # So long it stays; from a second on.
    requeue_after_ms: Annotated[Duration, AfterValidator(_a_second)] = Field(
        alias="requeue_after", examples=["5m"]
    )


def _word(value: Any) -> Any:
    if value not in ("requeue", "keep"):
        what = f"is none of the choices, but {value!r} is written"
        raise ValueError(f"{what}; write requeue, keep or {{requeue_after: 5m}}")
    return value


def _form(value: Any) -> str:
    return "mapping" if value and isinstance(value, dict | RequeueAfter) else "word"


OnLost = Annotated[
    Annotated[Literal["requeue", "keep"], BeforeValidator(_word), Tag("word")]
    | Annotated[RequeueAfter, Tag("mapping")],
    Discriminator(_form),
]
"""One of two words, or for how long the agent keeps it."""
