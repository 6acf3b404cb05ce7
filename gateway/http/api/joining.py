"""Conversations that become one, and one that becomes two."""

import msgspec

from gateway.domain.conversation import Conversation
from gateway.http.api.conversations import row_of
from gateway.http.api.sight import conversation_of, seen
from gateway.http.errors import Problem, of_refusal
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import submit
from gateway.store.queries.http_timeline import messages_from
from gateway.stream.shapes import ConversationRow
from gateway.verbs.merge import MergeConversations
from gateway.verbs.refusals import MOVED_ON
from gateway.verbs.split import MOST_MOVED, SplitConversation

routes = Routes("Conversations")

TRIES = 3  # a customer may write just then


class GoOnIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conversation in which it goes on."""

    into: str


class SplitFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first message of the new conversation."""

    from_message: str


@routes.post(
    "/api/v1/conversations/{id}/merge",
    allow=Permission.CONVERSATION_WRITE,
    body=GoOnIn,
    answer=ConversationRow,
)
async def merge(call: Call) -> ConversationRow:
    """It goes on in another conversation of the same person; the answer is that one.

    It closes, and what it had at hand goes along. Different people: 409 `other_person`.
    """
    ending = await conversation_of(call)
    into = await seen(call, call.body.into)
    command = MergeConversations(
        desk=call.desk, conversation=ending.id, into=into.id, by=call.actor.name
    )
    goes_on = await submit(call, command, Conversation)
    return await row_of(call, goes_on.id)


@routes.post(
    "/api/v1/conversations/{id}/split",
    allow=Permission.CONVERSATION_WRITE,
    body=SplitFrom,
    answer=ConversationRow,
)
async def split(call: Call) -> ConversationRow:
    """From a message on it becomes a conversation of its own; the answer is the new one.

    The new one is open and has what the old one had at hand; the old one is resolved.
    """
    for _ in range(TRIES):
        conversation = await conversation_of(call)
        try:
            made = await submit(call, await _split(call, conversation), Conversation)
        except Problem as problem:
            if problem.code != MOVED_ON.code:
                raise
        else:
            return await row_of(call, made.id)
    raise of_refusal(MOVED_ON)


async def _split(call: Call, conversation: Conversation) -> SplitConversation:
    first = call.body.from_message
    messages, whole = await call.house.store.read(
        messages_from, conversation.id, first, MOST_MOVED + 1
    )
    return SplitConversation(
        desk=call.desk,
        conversation=conversation.id,
        first=first,
        messages=messages,
        whole=whole,
        seq=conversation.seq,
        channel=call.house.channel_of(conversation.account),
        by=call.actor.name,
    )
