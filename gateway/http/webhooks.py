"""The providers' door: /in/ACCOUNT. A delivery is answered 2xx only when it is committed.

This is the busiest path of the house. It makes no actor, reads no cookie, logs nothing when all is
well, and answers from a few ready-made parts.
"""

import asyncio

import structlog
from aiohttp import web

from gateway.contract import RawRequest, Unauthentic, WrongType
from gateway.http.deadlines import Deadlines
from gateway.http.errors import Problem, response
from gateway.http.handlers import Handler
from gateway.http.headers import Class
from gateway.http.policy import Gate
from gateway.http.ready import Heads
from gateway.http.routes import (
    ERROR_ID_LENGTH,
    RETRY_AFTER,
    Rooms,
    Route,
    mistake,
    too_large,
)
from gateway.pipeline.accounts import UnknownAccount
from gateway.store import NoSpace, StoreUnavailable

log = structlog.get_logger(__name__)

PREFIX = "/in/"
PLAIN_ENCODING = ("", "identity")
UNAVAILABLE = (StoreUnavailable, NoSpace, TimeoutError)


def make_webhook(rooms: Rooms) -> Handler:
    """The handler of all accounts' deliveries."""
    house = rooms.house
    headers = rooms.headers.of(Class.WEBHOOK)
    heads = Heads(headers)
    accept, clock = house.inbound.receive, house.clock
    took, monotonic = rooms.shedder.took, house.clock.monotonic_ms
    most, within = house.settings.host.max_body, Deadlines(house.limits.answer_s).within
    most_of = {name: account.largest_delivery(most) for name, account in house.accounts.items()}

    async def receive(request: web.BaseRequest) -> web.StreamResponse:
        account = request.rel_url.raw_path[len(PREFIX) :].partition("/")[0]
        try:
            raw = RawRequest(
                account=account,
                method=request.method,
                path=_target(request),
                headers=_headers(request),
                body=await _body(request, most_of.get(account, most)),
                received_at=clock.now_ms(),
            )
            started = monotonic()
            reply = await within(request.task, accept(raw))
            took(monotonic() - started)
        except WrongType as error:
            log.warning("delivery refused", account=account, why=str(error))
            return response(Problem("unsupported_media_type"), headers)
        except Unauthentic as error:
            log.warning("delivery refused", account=account, why=str(error))
            return response(Problem("unauthentic"), headers)
        except UnknownAccount:
            return response(Problem("not_found"), headers)
        except UNAVAILABLE as error:
            log.warning("delivery not taken", account=account, why=str(error) or "too slow")
            return response(Problem("unavailable", headers=RETRY_AFTER), headers)
        except Problem as problem:
            return response(problem, headers)
        except web.HTTPRequestEntityTooLarge:
            return too_large(headers)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            error_id = house.new_id()[-ERROR_ID_LENGTH:]
            log.exception("delivery failed", account=account, error_id=error_id)
            return mistake(error_id, headers)
        return heads.answer(request, reply.status, reply.content_type, reply.body)

    return receive


def _target(request: web.BaseRequest) -> str:
    """Path and query as they were asked for, nothing decoded: signatures are made over them."""
    target = request.raw_path
    return target if target.startswith("/") else request.rel_url.raw_path_qs


def _headers(request: web.BaseRequest) -> tuple[tuple[str, str], ...]:
    """All headers in their order, duplicates too. Bytes beyond ASCII as Latin-1, as HTTP has it."""
    return tuple([(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.raw_headers])


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
