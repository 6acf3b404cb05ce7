"""`parley serve` as a process of its own: a directory to run in, start, kill, stop, audit."""

import asyncio
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import closing
from inspect import isawaitable
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from gateway.domain.access import Role
from gateway.domain.clock import SystemClock
from gateway.store import Store
from gateway.verbs.access import AddUser, OpenSession
from tests.blank import put_blank
from tests.forked import Forked, die_with_parent
from tests.ports import HOST, free_port

DESK = "desk"
PARLEY = Path(sys.executable).with_name("parley")

SID = "AC" + "5" * 32
TOKEN = "auth-token-of-the-sandbox"
NUMBER = "+15005550006"
MAIL_USER = "support"
MAIL_PASSWORD = "password-of-the-mailbox"

AGENTS = ("emma", "lin")
ADMIN = "ada"

KILLED = (137, -signal.SIGKILL)  # by a failpoint, by a signal
START_S = 120.0  # on a machine that is busy with much else
STOP_S = 15.0  # what P6 allows
LOOK_S = 0.01
READY_S = 0.03  # between two looks at a node that starts: each takes time from it
AUDIT_S = 60.0


async def until(look: Callable[[], Any], within_s: float = 30.0) -> Any:
    """What `look` returns, once it is something."""
    async with asyncio.timeout(within_s):
        while True:
            found = look()
            if isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(LOOK_S)


class Mailbox:
    """Where the node reads and sends mail."""

    def __init__(self, address: str, imap_port: int, smtp_port: int) -> None:
        self.address = address
        self.imap_port = imap_port
        self.smtp_port = smtp_port


def settings(
    data: Path, port: int, sms_api: str, mailbox: Mailbox | None, database: str = ""
) -> dict[str, Any]:
    """A configuration directory's one file: work is handed out at once, nothing answers by itself."""
    url = f"http://{HOST}:{port}"
    channels: dict[str, Any] = {
        "chat": {"adapter": "webchat"},
        "sms": {
            "adapter": "twilio_sms",
            "account_sid": SID,
            "auth_token": TOKEN,
            "numbers": [NUMBER],
            "api_url": sms_api,
        },
    }
    if mailbox is not None:
        server = {"host": HOST, "tls": "none"}
        login = {"username": MAIL_USER, "password": MAIL_PASSWORD}
        channels["mail"] = {
            "adapter": "email",
            "address": mailbox.address,
            "imap": server | login | {"port": mailbox.imap_port},
            "smtp": server | {"port": mailbox.smtp_port},
        }
    light = {"weight": 0, "on_lost": "keep"}
    agent = {"queues": ["support"], "capacity": 10_000}
    return {
        "desk": {"id": DESK, "channels": {"webchat": light, "sms": light, "email": light}},
        "host": {"host": HOST, "port": port, "public_url": url, "trusted_proxies": [f"{HOST}/32"]},
        "store": {"data": str(data), "database": database},
        "security": {"master_key": "k" * 64, "allow_networks": ["127.0.0.0/8"]},
        "queues": {"support": {"accept": "auto"}},
        "agents": dict.fromkeys(AGENTS, agent),
        "channels": channels,
    }


async def make_store(data: Path, database: str = "") -> None:
    """An empty store but for people, who are signed in; in SQLite, or on this PostgreSQL."""
    if not database:
        put_blank(data / "parley.sqlite3")
    store = await Store.open(
        database or f"sqlite:///{data / 'parley.sqlite3'}",
        data=data,
        desk=DESK,
        node="local",
        clock=SystemClock(),
        random=random.SystemRandom(),
    )
    roles = dict.fromkeys(AGENTS, Role.SUPERVISOR) | {ADMIN: Role.ADMIN}
    for login, role in roles.items():
        await store.submit(
            AddUser(desk=DESK, login=login, name=login, role=role, locale="en", by="test")
        )
        cookie = hashlib.sha256(_cookie(login).encode()).hexdigest()
        session = OpenSession(desk=DESK, login=login, hash=cookie, address=HOST, agent="test")
        await store.submit(session)
    await store.close()


def _cookie(login: str) -> str:
    return f"session-of-{login}"


class Node:
    """One directory, one port, one process after the other."""

    def __init__(
        self,
        directory: Path,
        *,
        sms_api: str = "",
        mailbox: Mailbox | None = None,
        database: str = "",
        forked: bool = True,
    ) -> None:
        """forked: see tests.forked; otherwise by its script, as `wrapper` always does."""
        self.config = directory / "config"
        self.data = directory / "data"
        self.database = self.data / "parley.sqlite3"  # unless `address` says otherwise
        self.address = database or f"sqlite:///{self.database}"
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.process: Process | Forked | None = None
        self._forked = forked
        self._log = directory / "node.log"
        self.config.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        sms_api = sms_api or f"http://{HOST}:9"
        document = settings(self.data, self.port, sms_api, mailbox, database)
        (self.config / "desk.yaml").write_text(json.dumps(document, indent=1))

    # --- its life --------------------------------------------------------------------------------

    async def start(self, failpoints: str = "", wrapper: tuple[str, ...] = ()) -> float:
        """Start it and wait until it is ready; how long that took (s).

        With failpoints it may well end before it is ready: then this returns all the same.
        """
        environment = {k: v for k, v in os.environ.items() if not k.lower().startswith("parley_")}
        if failpoints:
            environment["PARLEY_FAILPOINTS"] = failpoints
        begun = time.monotonic()
        verb = ("serve", "--config", str(self.config), "--log", "warning")
        self.process = await self._begun(verb, environment, wrapper)
        ready = await self._until_ready(begun + START_S)
        assert ready or failpoints, f"the node ended at its start:\n{self.log()}"
        return time.monotonic() - begun

    async def _begun(
        self, verb: tuple[str, ...], environment: dict[str, str], wrapper: tuple[str, ...]
    ) -> Process | Forked:
        if self._forked and not wrapper:
            return Forked(*verb, environment=environment, log=self._log)
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(*wrapper, str(PARLEY), *verb),
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )

    async def _until_ready(self, deadline: float) -> bool:
        assert self.process is not None
        async with aiohttp.ClientSession() as session:
            while self.process.returncode is None:
                assert time.monotonic() < deadline, f"the node is not ready:\n{self.log()}"
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return True
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(READY_S)
        return False

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self.process is not None
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.returncode is None

    async def kill(self) -> None:
        """kill -9, as the machine does it that runs out of memory."""
        if self.running:
            assert self.process is not None
            self.process.kill()
            await self.process.wait()

    async def ended(self, within_s: float) -> int:
        """How it ended by itself."""
        assert self.process is not None
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    async def stop(self) -> float:
        """SIGTERM; how long it took to go (s)."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = await self.ended(STOP_S)
        assert code == 0, f"it ended with {code}:\n{self.log()}"
        return time.monotonic() - begun

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds in its store."""
        there = psycopg.connect if self.address.startswith("postgresql:") else sqlite3.connect
        where = self.address.removeprefix("sqlite:///")
        with closing(there(where)) as db:
            found: list[tuple[Any, ...]] = db.execute(query).fetchall()
        return found

    def log(self) -> str:
        """The last words of it."""
        return self._log.read_text(errors="replace")[-4_000:] if self._log.exists() else ""

    # --- people ----------------------------------------------------------------------------------

    def cookies(self, login: str) -> Mapping[str, str]:
        """Headers of requests by somebody who is signed in."""
        return {"Cookie": f"sid={_cookie(login)}", "X-Parley": "1", "Origin": self.url}

    # --- afterwards ------------------------------------------------------------------------------

    async def audit(self) -> None:
        """`parley audit` finds nothing."""
        process = await asyncio.create_subprocess_exec(
            str(PARLEY),
            *("audit", "--config", str(self.config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(AUDIT_S):
            words, _ = await process.communicate()
        assert process.returncode == 0, words.decode()


async def prepared(blank: Path, directory: Path, **kwargs: Any) -> Node:
    """A node in this directory, on a copy of a blank store."""
    node = Node(directory, **kwargs)
    shutil.copytree(blank, node.data, dirs_exist_ok=True)
    return node
