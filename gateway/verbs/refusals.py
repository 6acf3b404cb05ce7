"""Refusals that several commands give."""

from gateway.domain.outcome import Refusal

MOVED_ON = Refusal(
    code="moved_on",
    detail="Something has happened in this conversation meanwhile.",
    what_to_do="Look at it again.",
)

WORDS_CHANGED = Refusal(
    code="words_changed",
    detail="Words of a template were saved meanwhile.",
    what_to_do="Plan again, then apply.",
)


def not_found(noun: str, name: str) -> Refusal:
    """Nothing of this name, or nothing that this desk may see."""
    return Refusal(
        code="not_found",
        detail=f"There is no {noun} {name}.",
        what_to_do="Check the id; it may be of another desk, or erased.",
        status=404,
    )


def changed_meanwhile(version: int, by: str) -> Refusal:
    """Two had it before them at once; the second sees what the first did, and decides."""
    return Refusal(
        code="changed_meanwhile",
        detail=f"{by.rpartition(':')[2]} has changed it meanwhile; this is version {version}.",
        what_to_do="Look at what it says now, then change that.",
        status=409,
        extra={"version": version, "by": by},
    )


def rulebook_changed(version: int, expected: int) -> Refusal:
    """What was found sound was so under another rulebook."""
    return Refusal(
        code="rulebook_changed",
        detail=f"Version {version} is in force, not {expected}.",
        what_to_do="Look at the difference, then try again.",
    )
