"""The telephone's HTTP.

GET  /sandbox/api/calls?person=ADDRESS   what is heard on a customer's telephone
POST /sandbox/api/calls                  {person, does, text?}; CallForm says what
"""

from typing import Annotated, Literal

import msgspec
from aiohttp import web

from gateway.sandbox.pages.chats import Body, Json
from gateway.sandbox.play import Play

Short = Annotated[str, msgspec.Meta(max_length=500)]
Spoken = Annotated[str, msgspec.Meta(max_length=2_000)]


class CallForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something done with a telephone."""

    person: Short
    does: Literal["call", "pick_up", "machine", "fax", "press", "speak", "hang_up"]
    text: Spoken = ""


def call_routes(play: Play, body: Body, json: Json) -> list[web.RouteDef]:
    """`body` reads a form, `json` answers."""

    async def read(request: web.Request) -> web.Response:
        person = play.person(request.query.get("person", ""))
        return json(request, play.calls.telephone(person))

    async def act(request: web.Request) -> web.Response:
        form: CallForm = await body(request, CallForm)
        play.telephone(form.person, form.does, form.text)
        return json(request, play.calls.telephone(play.person(form.person)), 201)

    return [web.get("/api/calls", read), web.post("/api/calls", act)]
