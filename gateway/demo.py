"""The demo: an ordinary node, its desk of config/default, and the stand-ins for its providers."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from config import DEFAULT, load
from gateway.app import Parley, asked_to_stop
from gateway.domain.access import Role
from gateway.domain.clock import SystemClock
from gateway.http import DemoInfo, DemoLogin
from gateway.http.passwords import Passwords
from gateway.registry import Registry
from gateway.sandbox.demo import DemoUser, Sandbox
from gateway.store import Store
from gateway.verbs.access import AddUser

DEMO_HOST, DEMO_PORT, DEMO_DATA = "127.0.0.1", "8080", "parley-data"  # as config/default has them


async def run_demo(
    registry: Registry,
    ready: Callable[[Parley, tuple[DemoUser, ...]], None],
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    seed: bool = True,
) -> None:
    """Run the demo desk and the stand-ins for its providers, on this machine only.

    `seed`: customers who have written already, on a fresh store.
    """
    asked = {"PARLEY_HOST": host, "PORT": port, "PARLEY_DATA": data}
    env = os.environ | {name: str(value) for name, value in asked.items() if value is not None}
    directory = Path(env.get("PARLEY_DATA", DEMO_DATA))
    url = f"http://{env.get('PARLEY_HOST', DEMO_HOST)}:{env.get('PORT', DEMO_PORT)}"
    sandbox = Sandbox(data=directory, public_url=url, clock=SystemClock())
    await sandbox.start()
    try:
        types = {name: registry.get(name).settings_type for name in registry.names()}
        loaded = load(DEFAULT, types, env | sandbox.environment())
        assert not loaded.faults, "\n".join(map(str, loaded.faults))
        logins = tuple(DemoLogin(login=u.login, name=u.name, role=u.role) for u in sandbox.users())
        parley = await Parley.build(loaded, registry, demo=DemoInfo(logins=logins))
        await _people(parley.store, sandbox.users())
        fresh = seed and parley.store.head() <= 1  # nothing but the first rulebook
        await parley.start(sandbox.mount)
        ready(parley, sandbox.users())
        seeding = asyncio.create_task(sandbox.seed(url)) if fresh else None
        await asked_to_stop()
        if seeding is not None:
            seeding.cancel()
        await parley.stop()
    finally:
        await sandbox.stop()


async def _people(store: Store, users: tuple[DemoUser, ...]) -> None:
    """The demo's people, with the passwords that it prints; those who are there already stay."""
    passwords = Passwords()
    try:
        for user in users:
            await store.submit(
                AddUser(
                    desk=store.desk,
                    login=user.login,
                    name=user.name,
                    role=Role(user.role),
                    locale="en" if user.name.isascii() else "zh-CN",
                    by="system",
                    password_hash=await passwords.hash(user.password),
                )
            )
    finally:
        passwords.close()
