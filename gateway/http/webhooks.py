"""The providers' door: /in/ACCOUNT. A delivery is answered 2xx only when it is committed.

This is the busiest path of the house. It makes no actor, reads no cookie, logs nothing when all is
well, and answers from a few ready-made parts.
"""

import asyncio
from typing import Any, cast

import structlog
from aiohttp import StreamReader, web
from aiohttp.http import RawRequestMessage

from gateway.contract import RawRequest, Unauthentic, WrongType
from gateway.http.deadlines import Deadlines
from gateway.http.errors import Problem
from gateway.http.handlers import Handler
from gateway.http.headers import Class
from gateway.http.policy import Gate
from gateway.http.ready import Heads, Ready
from gateway.http.routes import ERROR_ID_LENGTH, RETRY_AFTER, Rooms, Route
from gateway.pipeline.accounts import UnknownAccount
from gateway.store import NoSpace, StoreUnavailable

log = structlog.get_logger(__name__)

PREFIX = "/in/"
SHORT_BYTES = 65_536  # of a body, fewer than make aiohttp stop reading before they are read
PLAIN_ENCODING = ("", "identity")
RawHeaders = tuple[tuple[bytes, bytes], ...]


class Webhook:
    """All accounts' deliveries: those that come whole, by `receive` those that aiohttp has read."""

    def __init__(self, rooms: Rooms) -> None:
        house = rooms.house
        self._heads = Heads(rooms.headers.of(Class.WEBHOOK))
        self._accept, self._clock, self._new_id = house.inbound.receive, house.clock, house.new_id
        self._took, self._within = rooms.shedder.took, Deadlines(house.limits.answer_s).within
        self._most = house.settings.host.max_body
        self._most_of = {
            name: account.largest_delivery(self._most) for name, account in house.accounts.items()
        }

    def takes(self, message: RawRequestMessage, body: StreamReader) -> bool:
        """Whether it is a delivery of a client that waits for nothing before."""
        return (
            message.method == "POST"
            and message.path.startswith(PREFIX)
            and (body.is_eof() or 0 < int(message.headers.get("Content-Length", 0)) <= SHORT_BYTES)
            and body.exception() is None
            and "Content-Encoding" not in message.headers
            and "Expect" not in message.headers
        )

    async def take(
        self, message: RawRequestMessage, body: StreamReader, task: "asyncio.Task[Any]"
    ) -> Ready:
        """What is answered, once it is committed or refused."""
        account, content = _account(message.url.raw_path), body.read_nowait()
        if len(content) > self._most_of.get(account, self._most):
            return self._heads.problem(Problem("too_large"), keep=False)
        raw = self._raw(account, message.method, message.path, message.raw_headers, content)
        return await self._answer(raw, task, keep=not message.should_close)

    async def receive(self, request: web.BaseRequest) -> web.StreamResponse:
        """The same for a request of aiohttp's."""
        account = _account(request.rel_url.raw_path)
        try:
            body = await _body(request, self._most_of.get(account, self._most))
        except web.HTTPRequestEntityTooLarge:  # the rest of the body is not worth reading
            answer = self._heads.problem(Problem("too_large"), keep=False)
        except Problem as problem:
            answer = self._heads.problem(problem, keep=request.keep_alive)
        else:
            raw = self._raw(account, request.method, _target(request), request.raw_headers, body)
            answer = await self._answer(raw, request.task, keep=request.keep_alive)
        return cast("web.StreamResponse", answer)  # in the shape that aiohttp sends

    def _raw(
        self, account: str, method: str, path: str, headers: RawHeaders, body: bytes
    ) -> RawRequest:
        """Headers in their order, duplicates too; bytes beyond ASCII as Latin-1, as HTTP has it."""
        return RawRequest(
            account=account,
            method=method,
            path=path,
            headers=tuple([(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers]),
            body=body,
            received_at=self._clock.now_ms(),
        )

    async def _answer(self, raw: RawRequest, task: "asyncio.Task[Any]", *, keep: bool) -> Ready:
        started = self._clock.monotonic_ms()
        try:
            reply = await self._within(task, self._accept(raw))
        except Exception as error:  # noqa: BLE001 -- each has its answer
            return self._heads.problem(self._problem(raw.account, error), keep=keep)
        self._took(self._clock.monotonic_ms() - started)
        return self._heads.answer(reply.status, reply.content_type, reply.body, keep=keep)

    def _problem(self, account: str, error: Exception) -> Problem:
        """What the provider hears of it; our own mistake as an id, the rest is for the log."""
        match error:
            case UnknownAccount():
                return Problem("not_found")
            case WrongType():
                log.warning("delivery refused", account=account, why=str(error))
                return Problem("unsupported_media_type")
            case Unauthentic():
                log.warning("delivery refused", account=account, why=str(error))
                return Problem("unauthentic")
            case StoreUnavailable() | NoSpace() | TimeoutError():
                log.warning("delivery not taken", account=account, why=str(error) or "too slow")
                return Problem("unavailable", headers=RETRY_AFTER)
        error_id = self._new_id()[-ERROR_ID_LENGTH:]
        log.error("delivery failed", account=account, error_id=error_id, exc_info=error)
        return Problem("internal", extra={"error_id": error_id})


def make_webhook(rooms: Rooms) -> Handler:
    """The handler of what aiohttp has read."""
    return Webhook(rooms).receive


def _account(path: str) -> str:
    return path[len(PREFIX) :].partition("/")[0]


def _target(request: web.BaseRequest) -> str:
    """Path and query as they were asked for, nothing decoded: signatures are made over them."""
    target = request.raw_path
    return target if target.startswith("/") else request.rel_url.raw_path_qs


async def _body(request: web.BaseRequest, most: int) -> bytes:
    """The body, byte for byte; compressed ones are refused, for a signature is over the bytes."""
    if not request.can_read_body:
        return b""
    if request.headers.get("Content-Encoding", "").lower() not in PLAIN_ENCODING:
        raise Problem("unsupported_media_type", "The body is compressed; send it as it is.")
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length or 0)
    content = request.content
    body = content.read_nowait() if content.is_eof() else await request.read()
    if len(body) > most:
        raise web.HTTPRequestEntityTooLarge(most, len(body))
    return body


ROUTES = tuple(
    Route(
        method=method,
        path=path,
        handler=make_webhook,
        allow=Gate.PUBLIC,
        tag="Webhooks",
        kind=Class.WEBHOOK,
        bare=True,
        head=False,
        listed=False,
    )
    for path in ("/in/{account}", "/in/{account}/{rest:.*}")
    for method in ("GET", "POST")
)
