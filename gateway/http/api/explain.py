"""Why a conversation is where it is, what happens next; and what an agent says it is instead."""

from typing import Annotated, Literal

import msgspec

from gateway.domain.events import Event
from gateway.http.api.conversations import row_of
from gateway.http.api.sight import conversation_of
from gateway.http.card import WhyCard, card, told
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import submit
from gateway.stream.shapes import ConversationRow
from gateway.verbs.judge import Correct

routes = Routes("Conversations")

Mood = Annotated[int, msgspec.Meta(ge=0, le=3)]


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it is; what is left out stays. Moods run from 0 (none) to 3 (the utmost)."""

    category: (
        Literal["product", "order", "after_sales", "complaint", "suggestion", "other"] | None
    ) = None
    anger: Mood | None = None
    urgency: Mood | None = None


@routes.get(
    "/api/v1/conversations/{id}/explain", allow=Permission.CONVERSATION_READ, answer=WhyCard
)
async def explain(call: Call) -> WhyCard:
    """Why the conversation is where it is, and what happens next."""
    conversation = await conversation_of(call)
    dispatch = call.house.dispatch
    found = await call.house.store.read(told, conversation.id)
    return card(found, dispatch.inforce, dispatch.explain(conversation.id))


@routes.post(
    "/api/v1/conversations/{id}/judgement",
    allow=Permission.CONVERSATION_WRITE,
    body=Correction,
    answer=ConversationRow,
)
async def correct(call: Call) -> ConversationRow:
    """Correct what the conversation was taken for; routing follows at once, the row a little later.

    It stands until the conversation is resolved, and is an example for `parley train`.
    """
    conversation = await conversation_of(call)
    said: Correction = call.body
    if (said.category, said.anger, said.urgency) == (None, None, None):
        raise Problem("invalid_value", "Say a category, anger or urgency.")
    command = Correct(
        desk=call.desk,
        conversation=conversation.id,
        by=call.actor.name,
        category=said.category,
        anger=said.anger,
        urgency=said.urgency,
    )
    await submit(call, command, Event)
    return await row_of(call, conversation.id)
