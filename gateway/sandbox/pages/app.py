"""The pages' HTTP: two sub-applications, the play by JSON, and what is new by server-sent events.

GET  /shop/                         the shop, ?lang=zh|en
GET  /sandbox/                      the page on which one plays the customer
GET  /sandbox/api/state             whom one may play, the shop's addresses, what is broken
GET  /sandbox/api/mail?address=     {"items": [Thread]}
POST /sandbox/api/mail              {from, name?, subject?, text?, answers?, file?}
GET  /sandbox/api/mail/N/files/M    a file of a mail that came
GET  /sandbox/api/sms?number=       {"items": [Text]}
POST /sandbox/api/sms               {from, text?, to?, picture?}
POST /sandbox/api/faults            {channel: mail|sms|voice|a messenger, fault, on}
     /sandbox/api/chats...          see pages/chats.py
     /sandbox/api/calls             see pages/calls.py
GET  /sandbox/api/events            a line whenever something has changed
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from gateway.sandbox import letters
from gateway.sandbox.chats import NAMES
from gateway.sandbox.letters import File
from gateway.sandbox.pages import render
from gateway.sandbox.pages.call_words import CALLS
from gateway.sandbox.pages.calls import call_routes
from gateway.sandbox.pages.chat_words import CHATS
from gateway.sandbox.pages.chats import chat_routes
from gateway.sandbox.pages.words import LANGUAGES, SANDBOX, SHOP
from gateway.sandbox.phone import PhoneError, Picture
from gateway.sandbox.play import Play, Refused

MAX_BODY = 8 * 1024 * 1024  # a file of 5 MB as base64, and words
EVENT_EVERY_S = 15.0  # a sign of life, so that proxies keep the line open
RETRY_MS = 1_000
OWN_HEADER = "X-Parley"  # no form of another site can send it

WORDS = {spoken: {**SANDBOX[spoken], **CALLS[spoken], **CHATS[spoken]} for spoken in LANGUAGES}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=100_000)]
MediaType = Annotated[
    str, msgspec.Meta(pattern=r"^(image|audio|video|application|text)/[A-Za-z0-9.+-]{1,100}$")
]

PLAY = web.AppKey("play", Play)
LINES: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("lines")


class FileForm(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a customer encloses."""

    filename: Short
    media_type: MediaType
    base64: str


class MailForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail to write; `answers` is the Message-ID that it replies to."""

    sender: Short = msgspec.field(name="from")
    name: Short = ""
    subject: Short = ""
    text: Long = ""
    answers: Short = ""
    file: FileForm | None = None


class SmsForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text message to write."""

    sender: Short = msgspec.field(name="from")
    to: Short = ""
    text: Long = ""
    picture: Picture | None = None


class FaultForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to break or to mend."""

    channel: Short
    fault: Short
    on: bool


def shop_app(*, chat: str, mail: str, number: str, sandbox: str) -> web.Application:
    """The shop: `chat` is the account of the widget, `sandbox` the other page's address."""

    async def show(request: web.Request) -> web.Response:
        return render.page(
            request, "shop.html", SHOP, chat=chat, mail=mail, number=number, sandbox=sandbox
        )

    app = web.Application()
    app.add_routes([web.get("", show), web.get("/", show), web.get("/{name}", render.file)])
    return app


def sandbox_app(play: Play, *, shop: str) -> web.Application:
    """The page on which one plays the customer; `shop` is the other page's address."""

    async def show(request: web.Request) -> web.Response:
        state, spoken = play.state(), render.spoken_by(request)
        people = sorted(state.people, key=lambda person: person.language != spoken)
        return render.page(
            request, "sandbox.html", WORDS, state=state, people=people, shop=shop, chats=NAMES
        )

    app = web.Application(middlewares=[_told])
    app[PLAY], app[LINES] = play, set()
    app.add_routes(
        [
            web.get("", show),
            web.get("/", show),
            web.get("/api/state", _state),
            web.get("/api/mail", _read_mail),
            web.post("/api/mail", _write_mail),
            web.get("/api/mail/{number:[0-9]{1,9}}/files/{file:[0-9]{1,3}}", _file),
            web.get("/api/sms", _read_sms),
            web.post("/api/sms", _write_sms),
            web.post("/api/faults", _set_fault),
            web.get("/api/events", _events),
            *call_routes(play, _body, _json),
            *chat_routes(play, _body, _json),
            web.get("/{name}", render.file),
        ]
    )
    app.on_shutdown.append(_hang_up)
    return app


@web.middleware
async def _told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What went wrong, as a problem document."""
    try:
        if request.method == "POST" and request.headers.get(OWN_HEADER) != "1":
            raise Refused(f"the header {OWN_HEADER}: 1 is missing; only our own pages write here")
        return await handler(request)
    except Refused as error:
        return _problem(request, 422, str(error))
    except PhoneError as error:
        return _problem(request, 502, str(error))


def _problem(request: web.Request, status: int, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": "Not done", "status": status, "detail": detail}
    return web.json_response(
        body,
        status=status,
        content_type="application/problem+json",
        headers=render.headers(request),
    )


def _json(request: web.Request, answer: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(answer),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={**render.headers(request), "Cache-Control": "no-store"},
    )


async def _body(request: web.Request, shape: type[Any]) -> Any:
    """The body as a Struct. Raises Refused."""
    if request.content_type != "application/json":
        raise Refused("the body is not JSON")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused("the file is larger than 5 MB; choose a smaller one")
    try:
        return msgspec.json.decode(bytes(body), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(str(error)) from error


# --- what the page asks ---------------------------------------------------------------------------


async def _state(request: web.Request) -> web.Response:
    return _json(request, request.app[PLAY].state())


async def _read_mail(request: web.Request) -> web.Response:
    threads = request.app[PLAY].threads(request.query.get("address", ""))
    return _json(request, {"items": threads})


async def _write_mail(request: web.Request) -> web.Response:
    form: MailForm = await _body(request, MailForm)
    mail = await request.app[PLAY].write(
        form.sender,
        name=form.name,
        subject=form.subject,
        text=form.text,
        answers=form.answers,
        files=[_decoded(form.file)] if form.file else (),
    )
    return _json(request, mail, 201)


def _decoded(form: FileForm) -> File:
    try:
        content = base64.b64decode(form.base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("the file is not base64") from error
    return File(filename=form.filename or "file", media_type=form.media_type, content=content)


async def _file(request: web.Request) -> web.Response:
    letter = request.app[PLAY].mail.letter(int(request.match_info["number"]))
    found = letters.enclosure(letter.raw, int(request.match_info["file"])) if letter else None
    if found is None:
        raise web.HTTPNotFound(headers=render.headers(request))
    return web.Response(
        body=found.content,
        content_type="application/octet-stream",
        headers={
            **render.headers(request),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}",
        },
    )


async def _read_sms(request: web.Request) -> web.Response:
    texts = await request.app[PLAY].texts(request.query.get("number", ""))
    return _json(request, {"items": texts})


async def _write_sms(request: web.Request) -> web.Response:
    form: SmsForm = await _body(request, SmsForm)
    play = request.app[PLAY]
    state = await play.text(form.sender, form.text, shop=form.to, picture=form.picture)
    return _json(request, {"state": state}, 201)


async def _set_fault(request: web.Request) -> web.Response:
    form: FaultForm = await _body(request, FaultForm)
    play = request.app[PLAY]
    await play.set_fault(form.channel, form.fault, on=form.on)
    return _json(request, play.state())


# --- what is new ---------------------------------------------------------------------------------


async def _events(request: web.Request) -> web.StreamResponse:
    """A line for each change, until the page goes or the server does."""
    answer = web.StreamResponse(headers={**render.headers(request), "Cache-Control": "no-store"})
    answer.content_type = "text/event-stream"
    await answer.prepare(request)
    telling = asyncio.create_task(_tell(request.app[PLAY], answer))
    lines = request.app[LINES]
    lines.add(telling)
    try:
        await asyncio.gather(telling, return_exceptions=True)
    finally:
        lines.discard(telling)
    return answer


async def _tell(play: Play, answer: web.StreamResponse) -> None:
    heard = play.bell.count
    line = f"retry: {RETRY_MS}\ndata: {heard}\n\n"
    while True:
        await answer.write(line.encode())
        try:
            heard = await asyncio.wait_for(play.bell.wait(heard), EVENT_EVERY_S)
            line = f"data: {heard}\n\n"
        except TimeoutError:
            line = ":\n\n"


async def _hang_up(app: web.Application) -> None:
    for line in app[LINES]:
        line.cancel()
