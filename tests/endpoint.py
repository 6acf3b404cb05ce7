"""An integrator's endpoint on a real HTTP server: it remembers what came, and answers as told."""

import asyncio
import json
from collections import deque
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

Answer = int | tuple[int, dict[str, str]] | asyncio.Event | bytes


class Endpoint:
    """One. `answers` are given first, in order: a status, with headers, an event to wait for."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.always: Answer = 200
        self.came: list[web.BaseRequest] = []
        self.bodies: list[bytes] = []
        self.taken: list[int] = []  # positions answered 2xx
        self._more = asyncio.Condition()
        self._server = TestServer(self._app())

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        return app

    @property
    def url(self) -> str:
        return str(self._server.make_url("/hook"))

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each request."""
        return [request.headers["webhook-id"] for request in self.came]

    @property
    def positions(self) -> list[int]:
        """The position of each request's event."""
        return [position(body) for body in self.bodies]

    def events(self) -> list[Any]:
        """What came, verified by the official library."""
        return [
            Webhook(SECRET).verify(body, dict(request.headers))
            for request, body in zip(self.came, self.bodies, strict=True)
        ]

    async def has(self, count: int) -> None:
        """Until so many requests came."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.came) >= count)

    async def __aenter__(self) -> "Endpoint":
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.came.append(request)
        self.bodies.append(body)
        async with self._more:
            self._more.notify_all()
        answer = self.answers.popleft() if self.answers else self.always
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = 200
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        if 200 <= status < 300:
            self.taken.append(position(body))
        return web.Response(status=status, headers=headers)


def position(body: bytes) -> int:
    """Of the event in a body."""
    return int(json.loads(body)["id"].rpartition("/")[2])
