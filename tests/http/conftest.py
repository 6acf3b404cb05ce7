"""A whole node on a loopback socket: real store, real pipeline, a provider of the tests."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection, select

from config import load
from gateway.app import Parley
from gateway.domain.access import Role
from gateway.domain.delivery import InboundKey
from gateway.domain.desk import Desk as DeskRow
from gateway.domain.message import Message
from gateway.http import DemoInfo, DemoLogin, make_app, serve
from gateway.http.limits import Limits
from gateway.registry import GROUP, Registry
from gateway.store.queries.keyed import keyed
from gateway.store.queries.rows import table_of
from gateway.verbs.access import AddUser, OpenSession
from tests.blank import put_blank
from tests.http.hook import SIGNATURE, delivery, sign

CONFIG = """
desk: {id: test, name: Test desk, locale: en, default_queue: support}
host: {port: 0}
store: {data: DATA}
queues:
  support: {}
  other: {}
agents:
  emma: {queues: [support]}
  otto: {queues: [other]}
  sue: {queues: [support, other]}
  zoe: {queues: [], name: Zoe Hall}
channels:
  hook: {adapter: hook}
  shop:
    adapter: webchat
    origins: ["https://shop.example", "https://*.mall.example"]
    identity: optional
    identity_keys: {k1: "0123456789abcdef0123456789abcdef"}
  vip:
    adapter: webchat
    identity: required
    identity_keys: {k1: "0123456789abcdef0123456789abcdef"}
"""

PEOPLE = {
    "emma": Role.AGENT,
    "otto": Role.AGENT,
    "sue": Role.SUPERVISOR,
    "olga": Role.OPS,
    "ada": Role.ADMIN,
    "aude": Role.AUDITOR,
}
HOOK = EntryPoint("hook", "tests.http.hook:HookAdapter", GROUP)


ENGINES = ("sqlite", "postgresql")


def stored(config: str, request: pytest.FixtureRequest) -> str:
    """A configuration whose store is of the engine that a fixture is asked for."""
    if request.param == "sqlite":
        return config
    uri = request.getfixturevalue("server").empty()
    return config.replace("{data: DATA}", f"{{data: DATA, database: '{uri}'}}")


@cache
def registry() -> Registry:
    """What is installed, and the provider of the tests."""
    return Registry([*entry_points(group=GROUP), HOOK])


class Visit:
    """Requests of one person, program or nobody."""

    def __init__(self, desk: "Desk", headers: dict[str, str]) -> None:
        self.desk = desk
        self.headers = headers

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        **kw: Any,
    ) -> "Answer":
        if body is not None:
            kw["json"] = body
        async with self.desk.client.request(
            method,
            self.desk.url + path,
            headers=self.headers | (headers or {}),
            allow_redirects=False,
            **kw,
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    def socket(self, path: str = "/api/v1/live", **kw: Any) -> Any:
        """A WebSocket."""
        kw.setdefault("headers", {})
        kw["headers"] = self.headers | kw["headers"]
        return self.desk.client.ws_connect(self.desk.url + path, **kw)


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Desk:
    """The node, and ways to come in."""

    def __init__(self, parley: Parley, url: str, client: aiohttp.ClientSession) -> None:
        self.parley = parley
        self.store = parley.store
        self.house = parley.house
        self.hook = parley.house.accounts["hook"].adapter
        self.url = url
        self.client = client
        self.nobody = Visit(self, {})

    async def person(self, login: str) -> Visit:
        """Somebody signed in."""
        secret = f"secret-of-{login}"
        await self.store.submit(
            OpenSession(
                desk=self.store.desk,
                login=login,
                hash=hashlib.sha256(secret.encode()).hexdigest(),
                address="127.0.0.1",
                agent="test",
            )
        )
        return Visit(self, {"Cookie": f"sid={secret}", "X-Parley": "1", "Origin": self.url})

    async def receive(self, key: str, text: str, sender: str = "+491", **more: Any) -> Answer:
        """A customer's message comes by webhook."""
        body = delivery(key, text, sender, **more)
        return await self.nobody("POST", "/in/hook", data=body, headers={SIGNATURE: sign(body)})

    async def until(self, found: Callable[[], Any], seconds: float = 5.0) -> Any:
        """What `found` returns once it is true."""
        async with asyncio.timeout(seconds):
            while True:
                value = found()
                if asyncio.iscoroutine(value):
                    value = await value
                if value:
                    return value
                await asyncio.sleep(0.005)

    async def conversation(self, text: str = "hello", sender: str = "+491", **more: Any) -> str:
        """A customer writes; the id of the conversation, once it waits in a queue."""
        key = f"{sender}-{text}"  # others may say the same
        answer = await self.receive(key, text, sender, **more)
        assert answer.status == 200, answer.body
        mine = await self.store.read(_written, f"message:{key}")
        sue = await self.person("sue")

        async def waiting() -> str | None:
            rows = (await sue("GET", "/api/v1/conversations")).json["items"]
            return next((r["id"] for r in rows if r["id"] == mine and r["work"]), None)

        return str(await self.until(waiting))


@asynccontextmanager
async def open_desk(
    tmp_path: Path,
    *,
    limits: Limits | None = None,
    demo: bool = False,
    config: str = CONFIG,
    **house: Any,
) -> AsyncIterator[Desk]:
    """A node."""
    put_blank(tmp_path / "data" / "parley.sqlite3")
    directory = tmp_path / "config"
    directory.mkdir(exist_ok=True)
    (directory / "desk.yaml").write_text(config.replace("DATA", str(tmp_path / "data")))
    adapters = registry()
    loaded = load(
        directory, {name: adapters.get(name).settings_type for name in adapters.names()}, {}
    )
    assert not loaded.faults, "\n".join(map(str, loaded.faults))
    parley = await Parley.build(loaded, adapters)
    for login, role in PEOPLE.items():
        await parley.store.submit(
            AddUser(desk="test", login=login, name=login.title(), role=role, locale="en", by="test")
        )
    logins = (DemoLogin(login="emma", name="Emma", role="agent"),)
    parley.house = replace(
        parley.house,
        limits=limits or Limits(),
        static=tmp_path / "static",
        demo=DemoInfo(logins=logins) if demo else None,
        **house,
    )
    runner = await serve(make_app(parley.house), "127.0.0.1", 0)
    parley._rooms.worker.start()
    port = runner.addresses[0][1]
    client = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    desk = Desk(parley, f"http://127.0.0.1:{port}", client)
    desk.runner = runner

    try:
        # On a machine at work its first decision may come later than what a request waits for one.
        await desk.until(lambda: parley.store.read(_owned), seconds=30)
        yield desk
    finally:
        await client.close()
        await runner.cleanup()
        await parley.stop()


def _written(connection: Connection, key: str) -> str:
    """The conversation of what came by the webhook under this key."""
    (taken,) = keyed(connection, InboundKey, [("hook", key)])
    (message,) = keyed(connection, Message, [(str(taken.message),)])
    return message.conversation


def _owned(connection: Connection) -> bool:
    """Whether a node decides for the desk."""
    return bool(connection.execute(select(table_of(DeskRow).c.owner)).scalar())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A node."""
    async with open_desk(tmp_path) as opened:
        yield opened
