"""A model's endpoint on a real HTTP server: it answers as told, and remembers what it was told."""

import asyncio
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

DRAFT = "Hello, your lamp arrives on Friday. Is there anything else?"

Answer = str | tuple[int, bytes, dict[str, str]] | asyncio.Event


def completion(content: Any, **more: Any) -> bytes:
    """A chat completion as the API's reference shows it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    choice |= {"finish_reason": "stop"} | more
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


class Model:
    """`answer`: the words of a draft, a whole answer, or an event until which it hangs."""

    def __init__(self) -> None:
        self.answer: Answer = DRAFT
        self.answer_after = DRAFT  # what it says once it hangs no more
        self.came: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.led_astray = 0
        self._more = asyncio.Condition()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_route("*", "/elsewhere", self._astray)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self._server.make_url("/v1"))

    @property
    def told(self) -> Any:
        """The data of the newest request."""
        return json.loads(self.came[-1]["messages"][1]["content"])

    async def has(self, count: int) -> None:
        """Until so many requests came."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.came) >= count)

    async def __aenter__(self) -> "Model":
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        if isinstance(self.answer, asyncio.Event):
            self.answer.set()
        await self._server.close()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        answer = self.answer
        self.keys.append(request.headers.get("Authorization", ""))
        self.came.append(await request.json())
        async with self._more:
            self._more.notify_all()
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = self.answer_after
        if isinstance(answer, str):
            return web.Response(body=completion(answer), content_type="application/json")
        status, body, headers = answer
        return web.Response(status=status, body=body, headers=headers)

    async def _astray(self, request: web.Request) -> web.StreamResponse:
        self.led_astray += 1
        return web.Response(body=completion("From elsewhere."))
