"""The messengers' HTTP.

GET  /sandbox/api/chats?person=ADDRESS       {"items": {NAME: [Said]}, "menus": {NAME: [Entry]}}
POST /sandbox/api/chats                      {person, channel, text?, picture?}
POST /sandbox/api/chats/taps                 {person, channel, message, choice}
POST /sandbox/api/chats/menus                {person, channel, place}
POST /sandbox/api/chats/seen                 {person}: the customer looks at the telephone
GET  /sandbox/api/chats/NAME/files/FILE      a picture that somebody has sent
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from aiohttp import web

from gateway.sandbox.pages import render
from gateway.sandbox.phone import Picture
from gateway.sandbox.play import Play
from gateway.sandbox.providers.said import Tap

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=20_000)]
Body = Callable[[web.Request, type[Any]], Awaitable[Any]]
Json = Callable[..., web.Response]


class ChatForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message to write by a messenger."""

    person: Short
    channel: Short
    text: Long = ""
    picture: Picture | None = None


class TapForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tapped, below which message."""

    person: Short
    channel: Short
    message: Short
    choice: Short


class PressForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entry of a menu is tapped."""

    person: Short
    channel: Short
    place: Short


class SeenForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose telephone is looked at."""

    person: Short


def chat_routes(play: Play, body: Body, json: Json) -> list[web.RouteDef]:
    """`body` reads a form, `json` answers."""

    async def read(request: web.Request) -> web.Response:
        person = play.person(request.query.get("person", ""))
        found = {"items": play.chats.threads(person), "menus": play.chats.menus()}
        return json(request, found)

    async def write(request: web.Request) -> web.Response:
        form: ChatForm = await body(request, ChatForm)
        said = await play.chat(form.channel, form.person, form.text, picture=form.picture)
        return json(request, said, 201)

    async def tap(request: web.Request) -> web.Response:
        form: TapForm = await body(request, TapForm)
        tapped = Tap(message=form.message, choice=form.choice)
        return json(request, await play.tap(form.channel, form.person, tapped), 201)

    async def press(request: web.Request) -> web.Response:
        form: PressForm = await body(request, PressForm)
        state = await play.press(form.channel, form.person, form.place)
        return json(request, {"state": state}, 201)

    async def seen(request: web.Request) -> web.Response:
        form: SeenForm = await body(request, SeenForm)
        play.chats.seen(play.person(form.person))
        return json(request, {})

    async def file(request: web.Request) -> web.Response:
        found = play.chats.file(request.match_info["name"], request.match_info["file"])
        if found is None or found.media_type not in PICTURES:
            raise web.HTTPNotFound(headers=render.headers(request))
        return web.Response(
            body=found.content,
            content_type=found.media_type,
            headers={
                **render.headers(request),
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, max-age=3600",
            },
        )

    return [
        web.get("/api/chats", read),
        web.post("/api/chats", write),
        web.post("/api/chats/taps", tap),
        web.post("/api/chats/menus", press),
        web.post("/api/chats/seen", seen),
        web.get("/api/chats/{name}/files/{file}", file),
    ]
