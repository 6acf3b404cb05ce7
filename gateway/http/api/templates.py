"""Templates: the words of the house, and one of them filled in."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

import templates
from gateway.domain.clock import rfc3339
from gateway.domain.conversation import Conversation
from gateway.domain.ids import address_of
from gateway.domain.quickreply import Source, Usage
from gateway.http.api.paging import PageQuery, named
from gateway.http.api.promises import MAX_WORDS, queue_of
from gateway.http.api.sight import seen
from gateway.http.api.sounding import sounded
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.pipeline.naming import told_by
from gateway.store.queries import http_rows, http_timeline, phrases
from gateway.stream.basis import At, Shape
from routing.callbacks import home_of
from templates import (
    BadValue,
    Catalog,
    MissingValue,
    Template,
    UnknownLocale,
    UnknownTemplate,
    UnknownValue,
    rendered,
    spells_out,
)
from templates.promises import sentence_with

routes = Routes("Templates")

MAX_VALUES = 100


class VariableView(Shape, frozen=True, kw_only=True):
    """A value that a template speaks of."""

    name: str
    type: str
    meaning: str
    example: str
    required: bool


class UsageView(Shape, frozen=True, kw_only=True):
    """How often people made something of it in 30 days (UTC, today too), and who did last.

    What goes by itself counts not.
    """

    times: int
    last_at: At
    last_by: str


class TemplateView(Shape, frozen=True, kw_only=True):
    """A template, worded in these locales. `keywords` are what one may look for, in all of them.

    `sounds`: the pinyin of its purpose, then of each keyword, "" for what has none.
    """

    name: str
    purpose: str
    keywords: tuple[str, ...]
    sounds: tuple[str, ...]
    locales: tuple[str, ...]
    channels: tuple[str, ...]
    variables: tuple[VariableView, ...]
    used: UsageView | None


class TemplateList(Shape, frozen=True, kw_only=True):
    """A page of them, by name."""

    items: tuple[TemplateView, ...]
    next: str | None


class TemplateQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom, and from where on."""

    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""
    channel: Annotated[str, msgspec.Meta(max_length=64)] = ""


class RenderBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom, and with which values.

    Where the template is not worded in a locale, the nearest words that there are stand in. What is
    no locale is refused, unless a conversation is named: its customer's language is nobody's slip.
    """

    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""
    channel: Annotated[str, msgspec.Meta(max_length=64)] = ""
    conversation: str | None = None
    values: Annotated[dict[str, Any], msgspec.Meta(max_length=MAX_VALUES)] | None = None


class TemplatePromise(Shape, frozen=True, kw_only=True):
    """Until when the words promise something, and the sentence that does."""

    text: str
    due: At


class Rendered(Shape, frozen=True, kw_only=True):
    """The words; what they promise is to be sent along with them as the reply's `promise`."""

    text: str
    promise: TemplatePromise | None


@routes.get(
    "/api/v1/templates", allow=Permission.TEMPLATE_READ, query=TemplateQuery, answer=TemplateList
)
async def list_templates(call: Call) -> TemplateList:
    """The templates, with what each needs to be told; of a channel those that are for it."""
    locale = call.query.locale or call.house.dispatch.rulebook.desk.locale
    catalog, channel = call.house.catalog, call.query.channel
    fitting = [n for n in catalog.names() if catalog.get(n).wording(locale).fits(channel)]
    names, following = named(fitting, call.query)
    used = await call.house.store.read(phrases.usages, call.desk, Source.TEMPLATE)
    now = call.house.clock.now_ms()
    shown = {name: usage_view(used.get(name), now) for name in names}
    said = {name: _sought(catalog.get(name), locale) for name in names}
    sounds = await sounded(call, (each for words in said.values() for each in words))
    return TemplateList(
        items=tuple(
            _view(
                catalog.get(name), locale, tuple(sounds[each] for each in said[name]), shown[name]
            )
            for name in names
        ),
        next=following,
    )


def usage_view(used: Usage | None, now: int) -> UsageView | None:
    """As people are shown it; None for what was never used."""
    if used is None:
        return None
    return UsageView(times=used.times(now), last_at=rfc3339(used.last_at), last_by=used.last_by)


def _sought(template: Template, locale: str) -> tuple[str, ...]:
    """What somebody may look for by its sound."""
    return template.wording(locale).purpose, *template.keywords


def _view(
    template: Template, locale: str, sounds: tuple[str, ...], used: UsageView | None
) -> TemplateView:
    wording = template.wording(locale)
    return TemplateView(
        name=template.name,
        purpose=wording.purpose,
        keywords=template.keywords,
        sounds=sounds,
        locales=template.locales,
        channels=wording.channels,
        variables=tuple(
            VariableView(
                name=v.name,
                type=v.type,
                meaning=v.meaning,
                example=str(v.example),
                required=v.required,
            )
            for v in wording.variables
        ),
        used=used,
    )


@routes.post(
    "/api/v1/templates/{name}/render",
    allow=Permission.TEMPLATE_READ,
    body=RenderBody,
    answer=Rendered,
)
async def render_template(call: Call) -> Rendered:
    """A template with its values filled in; it is not sent."""
    return await filled(call, call.body, call.param("name"), lambda _: call.house.catalog)


async def filled(
    call: Call, asked: RenderBody, name: str, catalog_for: Callable[[str], Catalog]
) -> Rendered:
    """The words of a template for whom it is asked. Raises Problem for what is missing or wrong.

    `catalog_for` is told the locale of the reader.
    """
    desk = call.house.dispatch.rulebook.desk
    conversation = await seen(call, asked.conversation) if asked.conversation else None
    locale = asked.locale or (conversation.language if conversation is not None else "")
    locale = locale or desk.locale
    values: dict[str, Any] = dict(told_by(call.house.dispatch.rulebook, locale))
    if conversation is not None:
        values |= await _known(call, conversation)
    queue = await queue_of(call, conversation.id) if conversation is not None else ""
    queue = queue or desk.default_queue
    try:
        own_locale = "" if conversation is not None else asked.locale
        catalog = catalog_for(locale)
        spells_out(catalog, name, own_locale, asked.values or ())
        words = rendered(
            catalog,
            name,
            locale=locale,
            channel=asked.channel,
            values=values | (asked.values or {}),
            timezone=desk.timezone,
            at=call.house.clock.now_ms(),
            home=home_of(conversation.identity) if conversation is not None else "",
            hours=call.house.dispatch.inforce.calendar_of_queue(queue),
        )
    except UnknownTemplate as error:
        raise Problem("not_found", str(error)) from error
    except MissingValue as error:
        extra = {"name": error.name, "names": list(error.names)}
        raise Problem(
            "missing_value", str(error), status=422, what_to_do="Fill it in.", extra=extra
        ) from error
    except (BadValue, UnknownLocale, UnknownValue) as error:
        extra = {"name": error.name}
        raise Problem(
            "bad_value", str(error), status=422, what_to_do="Correct it.", extra=extra
        ) from error
    return Rendered(text=words.text, promise=_promise(words))


def _promise(words: templates.Rendered) -> TemplatePromise | None:
    if words.pledge is None:
        return None
    sentence = sentence_with(words.text, words.pledge.said)[:MAX_WORDS]
    return TemplatePromise(text=sentence, due=rfc3339(words.pledge.due))


async def _known(call: Call, conversation: Conversation) -> dict[str, str]:
    """What the conversation itself can say: whose it is, and who answers."""
    bundle = await call.house.store.read(http_rows.bundle, conversation.id)
    me = f"agent:{call.actor.login}"
    names = await call.house.store.read(http_timeline.names_of, call.desk, [me])
    contact = bundle.contact if bundle is not None else None
    addresses = {address_of(conversation.identity), conversation.identity}
    named = contact is not None and contact.name not in addresses
    known = {
        "customer_name": contact.name if contact is not None and named else "",
        "agent_name": names.get(me, call.actor.login),
    }
    return {name: value for name, value in known.items() if value}
