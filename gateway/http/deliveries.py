"""A connection on which a provider brings its deliveries, past aiohttp's requests and their tasks.

aiohttp makes an object, a writer and a task of every request. For a delivery that is answered with
a few bytes they cost as much as all its reading, so here one task serves a connection's deliveries
one after another, each as soon as the parser has it whole. The first request that is anything else,
or is long and still under way, is aiohttp's, and so is everything behind it.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from aiohttp import StreamReader, web
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from gateway.http.ready import Ready


class Taker(Protocol):
    """Takes deliveries in."""

    def takes(self, message: RawRequestMessage, body: StreamReader) -> bool:
        """Whether it is a delivery, and whole or so short that it soon will be."""
        ...

    async def take(
        self, message: RawRequestMessage, body: StreamReader, task: "asyncio.Task[Any]"
    ) -> Ready:
        """The answer, whatever becomes of it; `task` is the one that waits for it."""
        ...


class Delivering(RequestHandler):
    """One connection; `taker` is None where no provider comes."""

    __slots__ = ("_awaited", "_taker")

    def __init__(self, manager: web.Server, taker: Taker | None, **kwargs: Any) -> None:
        super().__init__(manager, **kwargs)
        self._taker = taker
        self._awaited: StreamReader | None = None  # whose end is waited for

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing more comes of what is waited for."""
        if self._awaited is not None:
            self._awaited.set_exception(ConnectionResetError("the client has gone"))
        super().connection_lost(exc)

    async def start(self) -> None:
        """Serve what comes, until the connection ends. aiohttp runs it as the connection's task."""
        try:
            if self._taker is not None:
                await self._take_deliveries(self._taker)
        except BaseException:
            self.force_close()
            raise
        if self.transport is not None and not self.transport.is_closing():
            await super().start()

    async def _take_deliveries(self, taker: Taker) -> None:
        """Until something else comes, or nothing more."""
        task = asyncio.current_task()
        assert task is not None, "aiohttp runs it as a task"
        while not self._force_close:
            message, body = await self._next()
            if not isinstance(message, RawRequestMessage) or not taker.takes(message, body):
                return
            if not (body.is_eof() or await self._is_whole(body)):
                return
            self._shorten_line()
            answer = await self._answered(taker.take(message, body, task))
            if self.transport is None or self.transport.is_closing():
                return  # the provider has gone; what it brought stands
            self.transport.write(answer.wire)
            if not answer.keep_alive or self._close:
                self.transport.close()
                return
            self._stay()

    async def _next(self) -> tuple[Any, StreamReader]:
        """The next request, which stays the first in line."""
        if not self._messages:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._messages[0]

    async def _is_whole(self, body: StreamReader) -> bool:
        """Wait for the rest; False when its client has gone."""
        self._awaited = body
        try:
            await body.wait_eof()
        except ConnectionError:
            return False
        finally:
            self._awaited = None
        return True

    def _shorten_line(self) -> None:
        """Take the first in line out of it; who had sent too many at once is heard again."""
        self._messages.popleft()
        if self._parser is not None:
            self._parser.message_consumed()
        if self._buffer_paused and len(self._messages) <= self._msg_queue_resume_size:
            self._resume_reading_if_drained()

    async def _answered(self, taking: Awaitable[Ready]) -> Ready:
        """The answer. Who shuts the server down waits for it."""
        self._request_in_progress = True
        try:
            return await taking
        finally:
            self._request_in_progress = False
            if self._handler_waiter is not None:
                self._handler_waiter.set_result(None)

    def _stay(self) -> None:
        """Let the connection wait for its next request, as long as aiohttp lets any."""
        self._keepalive = True
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(
                self._next_keepalive_close_time, self._process_keepalive
            )
