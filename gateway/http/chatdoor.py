"""The addresses of a chat: its socket, its files, and the questions that browsers ask first."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from gateway.http.api.files import send_file
from gateway.http.chat import ChatSocket
from gateway.http.errors import Problem, response
from gateway.http.headers import Class
from gateway.http.limits import VISITOR_UPLOAD_BYTES
from gateway.http.policy import Gate
from gateway.http.routes import (
    ERROR_ID_LENGTH,
    RETRY_AFTER,
    Bound,
    Rooms,
    Route,
    json_response,
    mistake,
    too_large,
)
from gateway.http.sockets import check_upgrade
from gateway.http.throttle import Rate
from gateway.http.uploads import take_in
from gateway.http.visitors import Visitors
from gateway.pipeline.accounts import Account
from gateway.store import NoSpace, StoreUnavailable
from gateway.store.queries import http_chat

log = structlog.get_logger(__name__)

Inside = Callable[[web.Request, Account, dict[str, str]], Awaitable[web.StreamResponse]]


class ChatDoor:
    """Every handler under /chat/ACCOUNT, each behind the account's list of origins."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._visitors = Visitors(rooms.house, rooms.auth, rooms.throttle)

    def socket(self, rooms: Rooms) -> Bound:
        """The visitors' socket."""

        async def inside(
            request: web.Request, account: Account, _: dict[str, str]
        ) -> web.StreamResponse:
            await rooms.throttle.hit(Rate.VISITOR_CONNECT, rooms.auth.crowd(request))
            check_upgrade(request)
            return await ChatSocket(rooms, self._visitors, request, account).run()

        return self._guarded(inside, Class.API)

    def upload(self, rooms: Rooms) -> Bound:
        """A visitor's file."""

        async def inside(
            request: web.Request, account: Account, headers: dict[str, str]
        ) -> web.StreamResponse:
            visitor = await self._visitors.of_request(request, account)
            await rooms.throttle.hit(Rate.VISITOR_FILE, visitor.hash)
            upload = await take_in(rooms.house, visitor.urn, request, VISITOR_UPLOAD_BYTES)
            return json_response(upload, headers, 201)

        return self._guarded(inside, Class.API)

    def download(self, rooms: Rooms) -> Bound:
        """A file of the visitor's own conversation."""

        async def inside(
            request: web.Request, account: Account, headers: dict[str, str]
        ) -> web.StreamResponse:
            visitor = await self._visitors.of_request(request, account)
            wanted = request.match_info["id"]
            if "\0" in wanted:
                raise Problem("not_found")
            found = await rooms.house.store.read(http_chat.own_attachment, visitor.urn, wanted)
            if found is None or found.desk != rooms.house.store.desk:
                raise Problem("not_found")
            return await send_file(rooms.house, found, headers)

        return self._guarded(inside, Class.FILE)

    def preflight(self, rooms: Rooms) -> Bound:  # noqa: ARG002 -- as every maker of handlers
        """What a browser asks before it sends a file from a shop's page."""

        async def inside(
            _: web.Request, __: Account, headers: dict[str, str]
        ) -> web.StreamResponse:
            return web.Response(status=204, headers=headers)

        return self._guarded(inside, Class.API)

    def _guarded(self, inside: Inside, kind: Class) -> Bound:
        base = self._rooms.headers.of(kind)

        async def handle(request: web.Request) -> web.StreamResponse:
            headers = base
            try:
                account = self._visitors.account(request.match_info["account"])
                headers = base | self._visitors.check_origin(request, account)
                return await inside(request, account, headers)
            except Problem as problem:
                return response(problem, headers)
            except (StoreUnavailable, NoSpace) as error:
                told = Problem("unavailable", str(error), headers=RETRY_AFTER)
                return response(told, headers)
            except web.HTTPRequestEntityTooLarge:
                return too_large(headers)
            except web.HTTPException as error:
                return response(Problem("bad_request", status=error.status), headers)
            except ConnectionError:
                raise
            except Exception:
                error_id = self._rooms.house.new_id()[-ERROR_ID_LENGTH:]
                log.exception("chat failed", path=request.path, error_id=error_id)
                return mistake(error_id, headers)

        return handle


def routes_of(rooms: Rooms) -> tuple[Route, ...]:
    """The routes of every chat."""
    door = ChatDoor(rooms)
    made = (
        ("GET", "/chat/{account}", door.socket),
        ("POST", "/chat/{account}/files", door.upload),
        ("OPTIONS", "/chat/{account}/files", door.preflight),
        ("GET", "/chat/{account}/files/{id}", door.download),
        ("OPTIONS", "/chat/{account}/files/{id}", door.preflight),
    )
    return tuple(
        Route(
            method=method,
            path=path,
            handler=handler,
            allow=Gate.PUBLIC,
            tag="Chat",
            bare=True,
            head=False,
            listed=method != "OPTIONS",
        )
        for method, path, handler in made
    )
