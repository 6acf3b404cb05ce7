"""Courtesy: what to mend in an agent's words, while they write and once more when they send."""

import asyncio
from typing import Annotated, Literal

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.conversation import Conversation
from gateway.http.api.promises import MAX_WORDS, now_at, queue_of
from gateway.http.api.sight import conversation_of
from gateway.http.errors import of_refusal
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.pipeline.courteous import context_of, findings, held_back
from gateway.store.queries.courtesy import moment
from gateway.stream.basis import At, Shape
from templates.courtesy import MAX_TEXT, Finding
from templates.promises import promise_in

routes = Routes("Messages")


class CourtesyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that are not sent yet, the account by which they would go, and how many files."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
    account: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    attachments: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0


class FindingView(Shape, frozen=True, kw_only=True):
    """One thing to mend; `start` and `end` count characters. What lacks has no place: both are 0.

    A reply with a finding of the level `block` is refused.
    """

    rule: str
    level: Literal["hint", "warn", "block"]
    start: int
    end: int
    message: str  # what to write instead, in the language of the words


class TypedPromise(Shape, frozen=True, kw_only=True):
    """Until when the words promise an answer. `start` and `end` are of what names the instant."""

    start: int
    end: int
    text: str  # the sentence
    due: At


class FindingList(Shape, frozen=True, kw_only=True):
    """All of them, in the order of the text; and what the words promise, to be kept track of."""

    findings: tuple[FindingView, ...]
    promise: TypedPromise | None


@routes.post(
    "/api/v1/conversations/{id}/courtesy",
    allow=Permission.MESSAGE_SEND,
    body=CourtesyBody,
    answer=FindingList,
)
async def check_courtesy(call: Call) -> FindingList:
    """What to mend in a reply before it is sent, at the levels of the desk, and what it promises.

    Nothing is kept.
    """
    conversation, asked = await conversation_of(call), call.body
    found = await found_in(call, conversation, asked.account, asked.text, asked.attachments)
    return FindingList(findings=found, promise=await _promise(call, conversation, asked.text))


async def found_in(
    call: Call, conversation: Conversation, account: str | None, text: str, attachments: int
) -> tuple[FindingView, ...]:
    """What is to be mended in a text, in the order of the text."""
    return tuple(
        FindingView(
            rule=finding.rule,
            level=finding.level.value,
            start=finding.start,
            end=finding.end,
            message=finding.message,
        )
        for finding in await _found(call, conversation, account, text, attachments)
    )


async def _promise(call: Call, conversation: Conversation, text: str) -> TypedPromise | None:
    if not text.strip():
        return None
    now = now_at(call, await queue_of(call, conversation.id))
    found = await asyncio.to_thread(promise_in, text, now)
    if found is None:
        return None
    due, words = rfc3339(found.due_ms), found.sentence[:MAX_WORDS]
    return TypedPromise(start=found.start, end=found.end, text=words, due=due)


async def courteous(
    call: Call, conversation: Conversation, account: str | None, text: str, attachments: int
) -> None:
    """Raises Problem 422 `courtesy` for words that must not go so."""
    refused = held_back(await _found(call, conversation, account, text, attachments))
    if refused is not None:
        raise of_refusal(refused)


async def _found(
    call: Call, conversation: Conversation, account: str | None, text: str, attachments: int
) -> list[Finding]:
    if not text.strip():
        return []
    now = await call.house.store.read(moment, conversation)
    channel = call.house.channel_of(account or conversation.account)
    context = context_of(now, channel, attachments)
    # A long text takes tens of milliseconds, which nobody else should wait for.
    return await asyncio.to_thread(findings, text, context, call.house.dispatch.inforce.strictness)
