"""Refusals that several commands give."""

from gateway.domain.outcome import Refusal

MOVED_ON = Refusal(
    code="moved_on",
    detail="Something has happened in this conversation meanwhile.",
    what_to_do="Look at it again.",
)


def not_found(noun: str, name: str) -> Refusal:
    """Nothing of this name, or nothing that this desk may see."""
    return Refusal(
        code="not_found",
        detail=f"There is no {noun} {name}.",
        what_to_do="Check the id; it may be of another desk, or erased.",
        status=404,
    )
