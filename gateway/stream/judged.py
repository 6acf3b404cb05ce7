"""What a conversation is taken for, in the shape of the API. Pure."""

import msgspec

from gateway.domain.judgement import Judgement


class JudgementView(msgspec.Struct, frozen=True, kw_only=True):
    """What it is taken for. by: rule:<name> | model:<version> | agent:<login> | token:<id>"""

    category: str  # "" while nobody has looked
    certain_percent: int
    language: str
    anger: int
    urgency: int
    wants: str
    by: str
    program: str  # what that token is called
    escalated: tuple[str, ...]  # the rules that did


def judgement_view(judgement: Judgement | None, program: str) -> JudgementView | None:
    """What a conversation is taken for, as a row shows it; null while nobody has looked."""
    if judgement is None:
        return None
    return JudgementView(
        category=judgement.category,
        certain_percent=judgement.certain_percent,
        language=judgement.language,
        anger=judgement.anger,
        urgency=judgement.urgency,
        wants=judgement.wants,
        by=judgement.by,
        program=program,
        escalated=msgspec.json.decode(judgement.escalated, type=tuple[str, ...]),
    )
