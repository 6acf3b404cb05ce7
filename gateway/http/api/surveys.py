"""Surveys: what a conversation's customer was asked, and what they answered."""

from typing import Annotated

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.survey import Survey
from gateway.http.api.sight import conversation_of
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.store.queries import surveys
from gateway.stream.basis import At, Shape, maybe_at

routes = Routes("Surveys")

_scores = msgspec.json.Decoder(dict[str, int])
_names = msgspec.json.Decoder(tuple[str, ...])
Score = Annotated[int, msgspec.Meta(ge=1, le=5)]


class SurveyView(Shape, frozen=True, kw_only=True):
    """A survey as it stands. by: number | window | page | keys; null and "": not answered yet."""

    id: str
    conversation: str
    message: str  # that asks
    channel: str
    queue: str
    agent: str
    dimensions: tuple[str, ...]
    asked_at: At
    until: At
    score: Score | None
    scores: dict[str, Score]
    comment: str
    by: str
    answered_at: At | None


class Surveyed(Shape, frozen=True, kw_only=True):
    """The oldest first."""

    items: tuple[SurveyView, ...]


@routes.get(
    "/api/v1/conversations/{id}/surveys", allow=Permission.CONVERSATION_READ, answer=Surveyed
)
async def list_surveys(call: Call) -> Surveyed:
    """What the customer was asked in this conversation, and what they answered."""
    conversation = await conversation_of(call)
    found = await call.house.store.read(surveys.of_conversations, (conversation.id,))
    return Surveyed(items=tuple(map(survey_view, found)))


def survey_view(survey: Survey) -> SurveyView:
    """A survey as people are shown it."""
    return SurveyView(
        id=survey.id,
        conversation=survey.conversation,
        message=survey.message,
        channel=survey.channel,
        queue=survey.queue,
        agent=survey.agent,
        dimensions=_names.decode(survey.dimensions),
        asked_at=rfc3339(survey.asked_at),
        until=rfc3339(survey.until),
        score=survey.score,
        scores=_scores.decode(survey.scores),
        comment=survey.comment,
        by=survey.by,
        answered_at=maybe_at(survey.answered_at),
    )
