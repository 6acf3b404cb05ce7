"""Quick replies: words that people keep for themselves, and supervisors for the whole desk."""

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.macro import Action
from gateway.domain.quickreply import THE_DESKS, QuickReply, Source, Usage
from gateway.http.api.paging import PageQuery, paged
from gateway.http.api.quickdraft import (
    QuickReplyBody,
    QuickReplyChange,
    author_of,
    drafted,
)
from gateway.http.api.templates import RenderBody, Rendered, UsageView, filled, usage_view
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import submit
from gateway.store.queries import phrases
from gateway.stream.basis import At, Shape
from gateway.verbs.quickreply import RemoveQuickReply, SaveQuickReply
from templates import Catalog
from templates.written import places_of, template_of

routes = Routes("Quick replies")


class QuickReplyView(Shape, frozen=True, kw_only=True):
    """A quick reply. `sounds`: the pinyin of its name and of its text, "" where nothing is Chinese.

    `mine`: you may change it.
    """

    id: str
    name: str
    shortcut: str
    text: str
    template: str
    actions: tuple[Action, ...]
    locale: str
    channels: tuple[str, ...]
    shared: bool
    mine: bool
    sounds: tuple[str, str]
    version: int
    changed_by: str
    changed_at: At
    used: UsageView | None


class QuickReplyList(Shape, frozen=True, kw_only=True):
    """A page of your own and the desk's, the oldest first."""

    items: tuple[QuickReplyView, ...]
    next: str | None


@routes.get(
    "/api/v1/quick-replies",
    allow=Permission.TEMPLATE_READ,
    query=PageQuery,
    answer=QuickReplyList,
)
async def list_quick_replies(call: Call) -> QuickReplyList:
    """Your own and the desk's, with how often each was used."""
    asked: PageQuery = call.query
    store, login = call.house.store, call.actor.login
    found = await store.read(phrases.quick_replies, call.desk, login, asked.cursor, asked.limit + 1)
    used = await store.read(phrases.usages, call.desk, Source.QUICK_REPLY)
    shown, following = paged(found, asked.limit, lambda each: each.id)
    items = tuple(_view(call, each, used.get(each.id)) for each in shown)
    return QuickReplyList(items=items, next=following)


@routes.post(
    "/api/v1/quick-replies",
    allow=Permission.WORDS_WRITE,
    body=QuickReplyBody,
    answer=QuickReplyView,
    status=201,
)
async def add_quick_reply(call: Call) -> QuickReplyView:
    """Keep words: your own, or with the permission `words:share` the desk's."""
    command = SaveQuickReply(
        desk=call.desk, author=author_of(call), draft=await drafted(call, call.body)
    )
    return _view(call, await submit(call, command, QuickReply), None)


@routes.put(
    "/api/v1/quick-replies/{id}",
    allow=Permission.WORDS_WRITE,
    body=QuickReplyChange,
    answer=QuickReplyView,
)
async def change_quick_reply(call: Call) -> QuickReplyView:
    """Change it, unless somebody has meanwhile: `changed_meanwhile`."""
    command = SaveQuickReply(
        desk=call.desk,
        author=author_of(call),
        draft=await drafted(call, call.body),
        id=call.param("id"),
        version=call.body.version,
    )
    kept = await submit(call, command, QuickReply)
    used = await call.house.store.read(phrases.usages, call.desk, Source.QUICK_REPLY)
    return _view(call, kept, used.get(kept.id))


@routes.delete("/api/v1/quick-replies/{id}", allow=Permission.WORDS_WRITE)
async def remove_quick_reply(call: Call) -> None:
    """Take it away. What was said with it stays said."""
    command = RemoveQuickReply(desk=call.desk, author=author_of(call), id=call.param("id"))
    await submit(call, command, str)


@routes.post(
    "/api/v1/quick-replies/{id}/render",
    allow=Permission.TEMPLATE_READ,
    body=RenderBody,
    answer=Rendered,
)
async def render_quick_reply(call: Call) -> Rendered:
    """Its words with the values filled in, as a template's are; nothing is sent or done."""
    return await said(call, await found_of(call, call.param("id")), call.body)


async def found_of(call: Call, name: str) -> QuickReply:
    """One's own or the desk's. Raises Problem 404 for anybody else's."""
    found = await call.house.store.read(phrases.quick_reply, call.desk, call.actor.login, name)
    if found is None:
        raise Problem("not_found")
    return found


async def said(call: Call, found: QuickReply, asked: RenderBody) -> Rendered:
    """What it says to whom; nothing where it only does something. Raises Problem."""
    if found.template:
        return await filled(call, asked, found.template, lambda _: call.house.catalog)
    if not found.text:
        return Rendered(text="", promise=None)
    return await filled(call, asked, found.name, lambda locale: _catalog(call, found, locale))


def _catalog(call: Call, found: QuickReply, locale: str) -> Catalog:
    locale = found.locale or locale
    known = places_of(call.house.catalog, locale)
    return Catalog([template_of(found.name, found.text, locale, known)])


def actions_of(found: QuickReply) -> tuple[Action, ...]:
    """What it does beside speaking."""
    return msgspec.json.decode(found.actions, type=tuple[Action, ...])


def _view(call: Call, kept: QuickReply, used: Usage | None) -> QuickReplyView:
    return QuickReplyView(
        id=kept.id,
        name=kept.name,
        shortcut=kept.shortcut,
        text=kept.text,
        template=kept.template,
        actions=actions_of(kept),
        locale=kept.locale,
        channels=msgspec.json.decode(kept.channels, type=tuple[str, ...]),
        shared=kept.owner == THE_DESKS,
        mine=Permission.WORDS_WRITE in call.actor.permissions
        and author_of(call).may_change(kept.owner),
        sounds=(kept.name_sounds, kept.text_sounds),
        version=kept.version,
        changed_by=kept.by,
        changed_at=rfc3339(kept.at),
        used=usage_view(used, call.house.clock.now_ms()),
    )
