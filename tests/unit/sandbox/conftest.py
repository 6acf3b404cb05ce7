"""A sandbox, and a stand-in for the node that it plays with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from gateway.domain.clock import SystemClock
from gateway.sandbox.demo import Sandbox
from tests.ports import free_port

WITHIN_S = 15  # far more than anything here takes


class Node:
    """Takes webhooks and chats as Parley's doors do, and keeps what it was told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.status = 200
        self.webhooks: list[dict[str, str]] = []
        self.signatures: list[str] = []
        self.frames: list[list[dict[str, object]]] = []
        self.app = web.Application()
        self.app.add_routes([web.post("/in/sms", self._webhook), web.get("/chat/chat", self._chat)])
        self.server = TestServer(self.app, port=port)

    async def _webhook(self, request: web.Request) -> web.Response:
        self.webhooks.append({k: str(v) for k, v in (await request.post()).items()})
        self.signatures.append(request.headers["X-Twilio-Signature"])
        return web.Response(status=self.status)

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        said: list[dict[str, object]] = [{"origin": request.headers.get("Origin")}]
        self.frames.append(said)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            frame = message.json()
            said.append(frame)
            if frame["type"] == "hello":
                await socket.send_json({"type": "welcome", "token": "t", "head": 0})
            elif frame["type"] == "message":
                await socket.send_json({"type": "agent", "name": None})
                await socket.send_json({"type": "ack", "id": frame["id"], "seq": 1})
        return socket


@pytest.fixture
async def patience() -> AsyncIterator[None]:
    """Ends a test that waits for what never comes: an idle loop hears of no other deadline."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel(f"nothing happened for {WITHIN_S} s")

    deadline = loop.call_later(WITHIN_S, end)
    yield
    deadline.cancel()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    node = Node(free_port())
    yield node
    await node.server.close()


@pytest.fixture
async def sandbox(tmp_path: Path, node: Node, patience: None) -> AsyncIterator[Sandbox]:
    """Started, its pages on the node, the node listening."""
    made = Sandbox(data=tmp_path, public_url=node.url, clock=SystemClock(), random=Random(7))
    await made.start()
    made.mount(node.app)
    await node.server.start_server()
    yield made
    await made.stop()


@pytest.fixture
async def web_client(node: Node, sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's client, at the node's address."""
    headers = {"X-Parley": "1"}
    async with aiohttp.ClientSession(node.url, headers=headers) as session:
        yield session


class ParleyTexts:
    """Sends texts as Parley does: by the provider's API."""

    def __init__(self, sandbox: Sandbox, node: Node) -> None:
        self._env = sandbox.environment()
        self._node = node

    async def send(self, to: str, text: str) -> int:
        """The API's status; 0 when the answer was lost."""
        sid, token = self._env["DEMO_SMS_SID"], self._env["DEMO_SMS_TOKEN"]
        form = {
            "To": to,
            "From": "+15005550006",
            "Body": text,
            "StatusCallback": f"{self._node.url}/in/sms?message=1",
        }
        headers = {"Authorization": aiohttp.encode_basic_auth(sid, token)}
        url = f"{self._env['DEMO_SMS_API']}/2010-04-01/Accounts/{sid}/Messages.json"
        async with aiohttp.ClientSession(headers=headers) as session:
            with contextlib.suppress(aiohttp.ServerDisconnectedError, ConnectionResetError):
                async with session.post(url, data=form) as response:
                    return response.status
        return 0


@pytest.fixture
def parley_texts(sandbox: Sandbox, node: Node) -> ParleyTexts:
    return ParleyTexts(sandbox, node)
