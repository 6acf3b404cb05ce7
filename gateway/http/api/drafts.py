"""Drafts: a reply as a model would write it, for an agent to read, correct and send."""

import asyncio
from typing import Annotated

import msgspec

from gateway.domain.clock import DAY_MS, SECOND_MS
from gateway.domain.ids import address_of
from gateway.domain.outcome import Refusal
from gateway.http.api.courtesy import FindingView, found_in
from gateway.http.api.sight import conversation_of
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.shed import Weight
from gateway.http.writes import commit
from gateway.pipeline.drafting import (
    ARTICLES,
    ASKED_CHARACTERS,
    MESSAGES,
    chats,
    last_asked,
    locale_for,
)
from gateway.pipeline.naming import name_of
from gateway.store.queries.drafting import course
from gateway.stream.basis import Shape
from gateway.verbs.spend import SpendDraft
from templates.knowledge import Article

routes = Routes("Messages")


class DraftBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account by which the reply would go; without one, that of the last message."""

    account: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class DraftArticle(Shape, frozen=True, kw_only=True):
    """An article that the model was told."""

    id: str
    locale: str
    title: str


class DraftView(Shape, frozen=True, kw_only=True):
    """A model's words, with what the courtesy check says of them. Nothing was sent or kept."""

    text: str
    articles: tuple[DraftArticle, ...]
    findings: tuple[FindingView, ...]


@routes.post(
    "/api/v1/conversations/{id}/draft",
    allow=Permission.MESSAGE_SEND,
    body=DraftBody,
    answer=DraftView,
    weight=Weight.READ,
)
async def draft(call: Call) -> DraftView:
    """A draft of the next reply, in the customer's language. A person reads it before it is sent.

    The model is told the last messages without what belongs to a person, and the nearest articles.
    Whoever asks again ends their own draft that is still being written. Each is one of the day's.
    """
    conversation, drafter = await conversation_of(call), call.rooms.drafter
    if drafter is None:
        raise Problem("draft_off")
    said, contact = await call.house.store.read(course, conversation, MESSAGES)
    asked = last_asked(said)
    if not asked:
        raise Problem("draft_nothing")
    rulebook = call.house.dispatch.rulebook
    locale = locale_for(rulebook.desk.locale, conversation, contact, asked)
    shelf = await call.house.knowledge.shelf()
    found = shelf.search(asked[:ASKED_CHARACTERS], locale, ARTICLES)
    articles = [each.article for each in found]
    told = await asyncio.to_thread(
        chats,
        said,
        articles,
        (contact.name if contact is not None else "", address_of(conversation.identity)),
        desk=name_of(rulebook.desk, locale),
        locale=locale,
        most_in=drafter.settings.most_in,
        most_out=drafter.settings.most_out,
    )
    drafter.check()
    await _spend(call, drafter.settings.daily)
    text = await drafter.draft(call.actor.name, told)
    return DraftView(
        text=text,
        articles=tuple(map(_article, articles)),
        findings=await found_in(call, conversation, call.body.account, text, 0),
    )


async def _spend(call: Call, most: int) -> None:
    spent = await commit(call, SpendDraft(desk=call.desk, most=most, per_ms=DAY_MS))
    if isinstance(spent, Refusal):
        wait_s = max(1, spent.extra["again_ms"] // SECOND_MS)
        raise Problem("draft_budget", spent.detail, headers={"Retry-After": str(wait_s)})


def _article(article: Article) -> DraftArticle:
    return DraftArticle(id=article.id, locale=article.locale, title=article.title)
