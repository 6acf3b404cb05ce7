"""Routes: what an address takes and gives and whom it lets in, and how a request meets one.

A route cannot be made without saying whom it allows. Handlers are bound one by one, so that a
request passes no middleware: webhooks pay for nothing that they do not use.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import structlog
from aiohttp import web

from gateway.http.auth import Auth
from gateway.http.checks import Checks
from gateway.http.drafter import Drafter
from gateway.http.errors import Problem, response
from gateway.http.headers import Class, Headers
from gateway.http.house import House
from gateway.http.limits import JSON_BODY_BYTES
from gateway.http.oidc import Provider
from gateway.http.passwords import Passwords
from gateway.http.policy import NOBODY, Actor, Allow, authorize
from gateway.http.shapewords import in_words, no_json
from gateway.http.shed import Shedder, Weight
from gateway.http.sockets import Sockets, Viewers
from gateway.http.throttle import Throttle
from gateway.pipeline.pinyin import Pinyin
from gateway.store import NoSpace, StoreUnavailable
from gateway.stream import Joiner

log = structlog.get_logger(__name__)

RETRY_AFTER = {"Retry-After": "2"}
ERROR_ID_LENGTH = 12
EVERYTHING = "/{path:.*}"  # what no other route took
MAX_PAGE = 200
PAGE = 50
NUL_IN_TARGET = "%00"  # PostgreSQL can look for no text that holds one
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # an escape that is not itself escaped

T = TypeVar("T")
encode_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Rooms:
    """What every handler may use: the house, and the doors' own things."""

    house: House
    auth: Auth
    headers: Headers
    throttle: Throttle
    shedder: Shedder
    passwords: Passwords
    sockets: Sockets
    viewers: Viewers
    joiner: Joiner
    checks: Checks
    provider: Provider | None
    drafter: Drafter | None
    pinyin: Pinyin


@dataclass(slots=True)
class Call:
    """One request on its way through a handler."""

    rooms: Rooms
    request: web.Request
    actor: Actor
    body: Any = None
    query: Any = None

    @property
    def house(self) -> House:
        """The house."""
        return self.rooms.house

    @property
    def desk(self) -> str:
        """The desk."""
        return self.rooms.house.store.desk

    def param(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """202: it is written down; what comes of it will be seen on the stream."""

    pending: bool = True


Handler = Callable[..., Any]
Bound = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path. `allow` has no default: nothing is open by forgetting."""

    method: str
    path: str
    handler: Handler
    allow: Allow
    tag: str
    body: Any = None  # type of the JSON body; None: it takes none
    query: type[msgspec.Struct] | None = None
    answer: Any = None  # type of the JSON answer; None: 204, or bytes
    status: int = 200
    kind: Class = Class.API
    weight: Weight = Weight.READ
    recent: bool = False  # a person must have signed in within the last minutes
    raw_body: str = ""  # media type of a body that the handler reads itself
    bare: bool = False  # `handler` makes the aiohttp handler from the rooms, and asks for itself
    head: bool = True  # a GET answers HEAD too
    asks_who: bool = True  # False: whoever it is, the answer is the same
    listed: bool = True  # in the OpenAPI document

    @property
    def name(self) -> str:
        """`GET /api/v1/session`."""
        return f"{self.method} {self.path}"


class Routes(list[Route]):
    """The routes of one noun."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag = tag

    def add(self, method: str, path: str, *, allow: Allow, **fields: Any) -> Callable[[T], T]:
        """Declare the handler below as a route."""

        def declare(handler: T) -> T:
            self.append(
                Route(
                    method=method,
                    path=path,
                    handler=handler,  # type: ignore[arg-type]
                    allow=allow,
                    tag=self.tag,
                    **fields,
                )
            )
            return handler

        return declare

    def get(self, path: str, *, allow: Allow, **fields: Any) -> Callable[[T], T]:
        """GET."""
        return self.add("GET", path, allow=allow, **fields)

    def post(self, path: str, *, allow: Allow, **fields: Any) -> Callable[[T], T]:
        """POST."""
        return self.add("POST", path, allow=allow, **{"weight": Weight.WRITE} | fields)

    def put(self, path: str, *, allow: Allow, **fields: Any) -> Callable[[T], T]:
        """PUT."""
        return self.add("PUT", path, allow=allow, **{"weight": Weight.WRITE} | fields)

    def patch(self, path: str, *, allow: Allow, **fields: Any) -> Callable[[T], T]:
        """PATCH."""
        return self.add("PATCH", path, allow=allow, **{"weight": Weight.WRITE} | fields)

    def delete(self, path: str, *, allow: Allow, **fields: Any) -> Callable[[T], T]:
        """DELETE."""
        return self.add("DELETE", path, allow=allow, **{"weight": Weight.WRITE} | fields)


class UndeclaredRoute(Exception):
    """An address that says not whom it allows; declare it as a Route."""


class Binder:
    """Turns routes into aiohttp handlers, and knows which handlers it made."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self._made: set[int] = set()
        self._kept: list[Bound] = []

    def own(self, handler: Bound) -> Bound:
        """Remember a handler that is not of a route: it has been thought of."""
        self._kept.append(handler)  # its id stays its own
        self._made.add(id(handler))
        return handler

    def add(self, app: web.Application, routes: Iterable[Route]) -> None:
        """Put routes on an application; other methods of the same path are refused by name."""
        by_path: dict[str, list[Route]] = {}
        for route in routes:
            by_path.setdefault(route.path, []).append(route)
        for path, of_path in by_path.items():
            resource = app.router.add_resource(path)
            allowed = sorted(
                {r.method for r in of_path}
                | {"HEAD" for r in of_path if r.method == "GET" and r.head}
            )
            for route in of_path:
                bound = self.bind(route)
                resource.add_route(route.method, bound, expect_handler=self._expect)
                if route.method == "GET" and route.head:
                    resource.add_route("HEAD", bound, expect_handler=self._expect)
            everything = path == EVERYTHING
            other = self._refuse(of_path[0].kind, "" if everything else ", ".join(allowed))
            resource.add_route("*", other, expect_handler=self._expect)

    def check(self, app: web.Application) -> None:
        """Raise UndeclaredRoute for any handler that was put there past us.

        The demo's own pages are whole applications under paths that the demo declares.
        """
        demo = self.rooms.house.demo
        declared = {demo.shop, demo.sandbox} if demo is not None else set()
        for resource in app.router.resources():
            if isinstance(resource, web.PrefixedSubAppResource) and resource.canonical in declared:
                continue
            for registered in resource:
                if id(registered.handler) not in self._made:
                    raise UndeclaredRoute(f"{registered.method} {resource.canonical}")

    def bind(self, route: Route) -> Bound:
        """The handler that aiohttp calls."""
        rooms = self.rooms
        headers = rooms.headers.of(route.kind)
        if route.bare:
            return self.own(route.handler(rooms))

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await self._answer(route, request, headers)
            except Problem as problem:
                return response(problem, headers)
            except (StoreUnavailable, NoSpace) as error:
                return response(Problem("unavailable", str(error), headers=RETRY_AFTER), headers)
            except web.HTTPRequestEntityTooLarge:
                return too_large(headers)
            except web.HTTPException as error:
                return response(Problem("bad_request", status=error.status), headers)
            except (ConnectionError, asyncio.CancelledError):
                raise
            except Exception:
                error_id = rooms.house.new_id()[-ERROR_ID_LENGTH:]
                log.exception("request failed", route=route.name, error_id=error_id)
                return mistake(error_id, headers)

        return self.own(handle)

    async def _answer(
        self, route: Route, request: web.Request, headers: dict[str, str]
    ) -> web.StreamResponse:
        rooms = self.rooms
        rooms.shedder.admit(route.weight)
        if NUL_IN_TARGET in request.raw_path:
            raise Problem("bad_request", "The address holds a NUL character.")
        actor = await rooms.auth.actor(request) if route.asks_who else NOBODY
        rooms.auth.check_browser(request, actor)
        authorize(actor, route.allow)
        if route.recent:
            rooms.auth.check_recent(actor)
        call = Call(rooms, request, actor)
        if route.query is not None:
            call.query = read_query(request, route.query)
        if route.body is not None:
            call.body = await read_body(request, route.body)
        answer = await route.handler(call)
        if isinstance(answer, web.StreamResponse):
            return dressed(answer, headers)
        if answer is None:
            return web.Response(status=204, headers=headers)
        status = 202 if isinstance(answer, Pending) else route.status
        return json_response(answer, headers, status)

    def _refuse(self, kind: Class, allowed: str) -> Bound:
        headers = self.rooms.headers.of(kind)

        async def refuse(_: web.Request) -> web.StreamResponse:
            if not allowed:
                return response(Problem("not_found"), headers)
            return response(Problem("method_not_allowed", headers={"Allow": allowed}), headers)

        return self.own(refuse)

    async def _expect(self, request: web.Request) -> web.StreamResponse | None:
        if request.headers.get("Expect", "").lower() != "100-continue":
            return response(Problem("expectation_failed"), self.rooms.headers.of(Class.PLAIN))
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
        return None


def mistake(error_id: str, headers: dict[str, str]) -> web.Response:
    """Our own mistake: an id for whoever asked; what happened is for the log alone."""
    return response(Problem("internal", extra={"error_id": error_id}), headers)


def dressed(answer: web.StreamResponse, headers: dict[str, str]) -> web.StreamResponse:
    """The response with the headers of its class, unless it chose its own."""
    if not answer.prepared:
        for name, value in headers.items():
            answer.headers.setdefault(name, value)
    return answer


def json_response(answer: Any, headers: dict[str, str], status: int = 200) -> web.Response:
    """Any value that msgspec can encode, as JSON."""
    return web.Response(
        status=status,
        body=encode_json(answer),
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )


def too_large(headers: dict[str, str]) -> web.Response:
    """413, and the connection is closed: the rest of the body is not worth reading."""
    answer = response(Problem("too_large"), headers)
    answer.force_close()
    return answer


def read_query(request: web.Request, shape: type[msgspec.Struct]) -> Any:
    """The query as a Struct. Raises Problem."""
    try:
        return msgspec.convert(dict(request.query), shape, strict=False)
    except msgspec.ValidationError as error:
        raise _misshapen("invalid_query", error) from error


async def read_body(request: web.Request, shape: Any) -> Any:
    """The JSON body as a Struct; an empty one counts as {}. Raises Problem."""
    raw = await read_raw(request, JSON_BODY_BYTES)
    if raw and request.content_type != "application/json":
        raise Problem("unsupported_media_type", "The body is no JSON; send application/json.")
    if _NUL_IN_JSON.search(raw):
        cure = "Leave it out: no channel carries it."
        raise Problem("invalid_value", "The body holds a NUL character.", what_to_do=cure)
    try:
        return msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise _misshapen("invalid_value", error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("invalid_json", extra={"fault": no_json(error)}) from error


def _misshapen(code: str, error: msgspec.ValidationError) -> Problem:
    """In words for people; programs find the decoder's own in `fault`."""
    return Problem(code, in_words(str(error)), extra={"fault": str(error)})


async def read_raw(request: web.Request, limit: int) -> bytes:
    """The body, byte for byte. Raises Problem for an encoded or a large one."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem("unsupported_media_type", "The body is compressed; send it as it is.")
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
    raw = await request.read()
    if len(raw) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, len(raw))
    return raw
