"""The server: aiohttp with the deadlines and caps it lacks, so that no proxy is needed in front.

aiohttp keeps a connection that drips headers, drips a body or sends nothing for as long as the
client likes. Every connection here notes when it began to wait for what; one sweep looks at all of
them twice a second, which costs a request nothing but a few assignments.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gateway.http.deliveries import Delivering, Taker
from gateway.http.errors import wire_problem
from gateway.http.handlers import in_our_words, problem_response
from gateway.http.limits import Limits, Network, crowd_of, inside

log = logging.getLogger("gateway.http.server")


class Drains(Protocol):
    """What keeps sockets open and closes them when the server stops."""

    door: "Door | None"

    def begin(self) -> bool:
        """The node will stop: it is no longer ready. Whether a balancer is there to notice."""
        ...

    async def drain(self) -> None:
        """Close them."""
        ...


SOCKETS = web.AppKey("sockets", Drains)
LIMITS = web.AppKey("limits", Limits)
TAKER = web.AppKey("taker", Taker)
CUT_OFF_S = 0.5  # for a handler that is cancelled at the end of all patience


class Door:
    """All connections of a server: who may come in, and who has taken too long."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        trusted_proxies: tuple[Network, ...] = (),
    ) -> None:
        self.loop = loop
        self.limits = limits
        self.refused = 0
        self.timed_out: Counter[str] = Counter()
        self._trusted = trusted_proxies
        self._inside: set[Guarded] = set()
        self._crowds: Counter[str] = Counter()
        self._sweep = loop.call_later(limits.sweep_s, self._look)
        self._emptied = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many are in."""
        return len(self._inside)

    def admit(self, who: "Guarded", address: str) -> bool:
        """Let a connection in, unless there are too many: of its crowd, or at all."""
        crowd = "" if inside(address, self._trusted) else crowd_of(address)
        full = len(self._inside) >= self.limits.connections
        if full or (crowd and self._crowds[crowd] >= self.limits.per_address):
            self.refused += 1
            return False
        who.crowd = crowd
        self._crowds[crowd] += 1
        self._inside.add(who)
        return True

    def leave(self, who: "Guarded") -> None:
        """A connection is gone."""
        if who not in self._inside:
            return
        self._inside.discard(who)
        self._crowds[who.crowd] -= 1
        if not self._crowds[who.crowd]:
            del self._crowds[who.crowd]
        if not self._inside:
            self._emptied.set()

    async def finish(self, within_s: float) -> None:
        """Who has asked is answered, also one whose body is still on its way; all others go."""
        for who in list(self._inside):
            who.retire()
        try:
            async with asyncio.timeout(within_s):
                while self._inside:
                    self._emptied.clear()
                    await self._emptied.wait()
        except TimeoutError:
            log.warning("requests were cut off at the end", extra={"open": self.connections})

    def close(self) -> None:
        """Look no more."""
        self._sweep.cancel()

    def _look(self) -> None:
        now = self.loop.time()
        for who in list(self._inside):
            fault = who.overdue(now, self.limits)
            if fault:
                self.timed_out[fault] += 1
                who.turn_out(fault)
        self._sweep = self.loop.call_later(self.limits.sweep_s, self._look)


class Guarded(Delivering):
    """One connection, with the instants since when it waits for its client."""

    __slots__ = (
        "_asked",
        "_body",
        "_body_due",
        "_body_need",
        "_door",
        "_head",
        "_retiring",
        "_stalled",
        "crowd",
    )

    def __init__(self, manager: web.Server, door: Door, taker: Taker | None, **kwargs: Any) -> None:
        super().__init__(manager, taker, loop=door.loop, **kwargs)
        self._door = door
        self.crowd = ""
        self._asked = False  # whether it ever sent a byte
        self._head = 0.0  # since when the headers of a request are incomplete; 0 = they are not
        self._body: Any = None  # the body being read
        self._body_due = 0.0
        self._body_need = 0.0  # bytes that must still come until it is due
        self._stalled = 0.0
        self._retiring = False  # it goes once the body under way has come and is answered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit it, or say that the house is full."""
        transport = cast("asyncio.Transport", transport)  # uvloop's are not of its kind
        peer = transport.get_extra_info("peername")
        if not self._door.admit(self, peer[0] if isinstance(peer, tuple) else ""):
            self._force_close = True
            transport.write(wire_problem("too_many_connections"))
            transport.close()
            return
        self._head = self._door.loop.time()
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give its place to somebody else."""
        self._door.leave(self)
        self._body = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in, and note what the client still owes."""
        body = self._body
        if body is not None:
            self._body_need -= len(data)
        elif data and not (self._asked and self._head):  # aiohttp feeds b"" to parse on
            self._asked = True
            self._head = self._door.loop.time()
        known = self._request_count
        super().data_received(data)
        if self._request_count != known:
            self._head = 0.0
            newest = self._messages[-1][1] if self._messages else None
            self._body = None
            if newest is not None and not newest.is_eof():
                limits = self._door.limits
                self._body = newest
                self._body_due = self._door.loop.time() + limits.body_s
                self._body_need = limits.body_rate * limits.body_s
        elif body is not None and body.is_eof():
            self._body = None
        elif self._upgraded:
            self._head = 0.0
        if self._retiring and self._body is None:
            self.close()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on reading. aiohttp asks for it with every body, though nothing was held up."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def retire(self) -> None:
        """Take no further request, and go once the last is answered.

        aiohttp's own `close` drops what comes of a body that is still on its way.
        """
        self._retiring = True
        if self._waiter is not None and not self._waiter.done():
            self.force_close()  # it waits for another request
        elif self._body is None or self._body.is_eof():
            self.close()

    def pause_writing(self) -> None:
        """The client takes no more bytes for now."""
        self._stalled = self._door.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._stalled = 0.0
        super().resume_writing()

    def overdue(self, now: float, limits: Limits) -> str:
        """What the client has failed to do in time; "" when nothing."""
        if self._stalled and now - self._stalled > limits.stall_s:
            return "stalled"
        if self._body is not None:
            return self._body_overdue(now, limits)
        if not self._head:
            return ""
        if not self._asked:
            return "idle" if now - self._head > limits.idle_s else ""
        return "header" if now - self._head > limits.header_s else ""

    def _body_overdue(self, now: float, limits: Limits) -> str:
        if self._body.is_eof():
            self._body = None
            return ""
        if now < self._body_due or self._reading_paused:
            return ""  # it is we who do not read
        window = 10 * limits.sweep_s
        enough = self._body_need <= 0
        self._body_due = now + window
        self._body_need = limits.body_rate * window
        return "" if enough else "body"

    def turn_out(self, fault: str) -> None:
        """Close it: politely where the client may still listen."""
        if self.transport is None:
            return
        if fault == "stalled":
            self.transport.abort()
            return
        current = self._current_request
        begun = current is not None and current.writer.output_size
        answered = begun or (self._request_in_progress and fault == "header")
        if fault != "idle" and not answered:
            self.transport.write(wire_problem("request_timeout"))
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 -- aiohttp's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002
    ) -> web.StreamResponse:
        """A request that is no HTTP, as a problem document and without a stack trace in the log."""
        if status >= 500 and not isinstance(exc, ConnectionError):
            log.error("request failed outside every handler", exc_info=exc)
        response = web.Response(status=status)
        response.force_close()
        return problem_response(response, "bad_request" if status < 500 else "internal")


class GuardedServer(web.Server):
    """A factory of guarded connections."""

    def __init__(self, plain: web.Server, door: Door, taker: Taker | None, **kwargs: Any) -> None:
        handler = in_our_words(plain.request_handler)
        super().__init__(handler, request_factory=plain.request_factory)
        self._door = door
        self._taker = taker
        self._guard_kwargs = kwargs

    def __call__(self) -> RequestHandler:
        """One more connection."""
        return Guarded(self, self._door, self._taker, **self._guard_kwargs)


class GuardedRunner(web.AppRunner):
    """Runs an application behind a Door."""

    __slots__ = ("_limits", "_trusted", "door")

    def __init__(
        self,
        app: web.Application,
        limits: Limits,
        trusted_proxies: tuple[Network, ...] = (),
        shutdown_s: float = 10.0,
    ) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_s)
        self._limits = limits
        self._trusted = trusted_proxies
        self.door: Door | None = None

    async def cleanup(self) -> None:
        """Be no longer ready; take nobody new; say goodbye to sockets; finish what runs; close.

        A load balancer that asks for readiness is given a moment to hear of it. Sockets and
        requests go first: aiohttp stops reading before it closes, and would neither hear the
        sockets answer nor the rest of a body.
        """
        drainer = self.app.get(SOCKETS) if self.server is not None else None
        if drainer is not None and drainer.begin():
            loop = asyncio.get_running_loop()
            noticed = loop.create_future()
            loop.call_later(self._limits.notice_s, noticed.set_result, None)
            await noticed
        for site in list(self.sites):
            await site.stop()
        if drainer is not None:
            await drainer.drain()
        if self.door is not None and self.server is not None:
            await self.door.finish(self._shutdown_timeout)
            self._shutdown_timeout = CUT_OFF_S
        await super().cleanup()

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        self.door = Door(asyncio.get_running_loop(), self._limits, self._trusted)
        drainer = self.app.get(SOCKETS)
        if drainer is not None:
            drainer.door = self.door
        return GuardedServer(
            plain,
            self.door,
            self.app.get(TAKER),
            keepalive_timeout=self._limits.keep_alive_s,
            lingering_time=self._limits.linger_s,
            access_log=None,
            auto_decompress=False,
        )

    async def _cleanup_server(self) -> None:
        if self.door is not None:
            self.door.close()
        await super()._cleanup_server()


async def serve(
    app: web.Application,
    host: str,
    port: int,
    *,
    limits: Limits | None = None,
    trusted_proxies: tuple[Network, ...] = (),
    on_ready: Callable[[GuardedRunner], None] | None = None,
) -> GuardedRunner:
    """Listen. `runner.addresses` says where; `await runner.cleanup()` stops it."""
    runner = GuardedRunner(app, limits or app.get(LIMITS) or Limits(), trusted_proxies)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    if on_ready is not None:
        on_ready(runner)
    return runner
