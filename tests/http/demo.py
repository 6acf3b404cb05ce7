"""The whole demo node with its sandbox, config/default and a supervisor who is there."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import aiohttp

from config import DEFAULT, load
from gateway.app import Parley
from gateway.domain.access import Role
from gateway.domain.clock import SystemClock
from gateway.http import DemoInfo
from gateway.registry import Registry
from gateway.sandbox.demo import Sandbox
from gateway.verbs.access import AddUser, OpenSession
from tests.http.conftest import Desk
from tests.ports import free_port


@asynccontextmanager
async def open_demo(data: Path, login: str = "chen") -> AsyncIterator[SimpleNamespace]:
    """`login` of config/default sits at the desk, as a supervisor."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    sandbox = Sandbox(data=data, public_url=url, clock=SystemClock())
    await sandbox.start()
    registry = Registry.load()
    env = {"PORT": str(port), "PARLEY_DATA": str(data), **sandbox.environment()}
    types = {name: registry.get(name).settings_type for name in registry.names()}
    loaded = load(DEFAULT, types, env)
    assert not loaded.faults
    parley = await Parley.build(loaded, registry, demo=DemoInfo(logins=()))
    store = parley.store
    await store.submit(
        AddUser(
            desk=store.desk, login=login, name=login, role=Role.SUPERVISOR, locale="en", by="test"
        )
    )
    digest = hashlib.sha256(b"secret").hexdigest()
    await store.submit(
        OpenSession(desk=store.desk, login=login, hash=digest, address="127.0.0.1", agent="test")
    )
    await parley.start(sandbox.mount)
    async with aiohttp.ClientSession(
        url, headers={"Cookie": "sid=secret", "X-Parley": "1", "Origin": url}
    ) as client:
        async with client.put("/api/v1/me/presence", json={"presence": "available"}) as response:
            assert response.status == 200
        yield SimpleNamespace(sandbox=sandbox, client=client, chats=sandbox.chats, parley=parley)
    await parley.stop()
    await sandbox.stop()


async def until(found):
    """What `found` returns once it is true."""
    return await Desk.until(None, found, 10.0)


async def api(demo, method: str, path: str, body=None):
    """The answer; when the node has too much to do, after the time that it asks for."""
    while True:
        async with demo.client.request(method, f"/api/v1{path}", json=body) as response:
            if response.status != 503:
                assert response.status < 300, await response.text()
                return await response.json()
            wait = float(response.headers["Retry-After"])
        await asyncio.sleep(wait)
