"""A node with 5,000 assigned conversations, and the bare server beside it."""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from bench._load import Plan, Result
from bench._report import Report
from bench._twilio import CUSTOMERS
from tests.faults.node import AGENTS, Node, make_store, prepared
from tests.forked import die_with_parent
from tests.ports import HOST, free_port

SEED_CONNECTIONS = 16
ASSIGNED_S = 120.0
REST_S = 1.2  # longer than a node waits before it does what it put off
REST_SHARE = 0.1  # of a core: what a node uses that has little to do


class Bare:
    """The bare server as a process."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it; back when it listens."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench._bare", str(self.port)), preexec_fn=die_with_parent
        )
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.url}/readyz"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Kill it: there is nothing to lose."""
        self.process.kill()
        await self.process.wait()


class Desk:
    """The node, and messages that were never sent before."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._next = 0

    async def load(self, port: int, count: int, connections: int, rate: float = 0) -> Result:
        """Bring so many new messages to a server, from another process."""
        plan = Plan(port=port, first=self._next, count=count, connections=connections, rate=rate)
        self._next += count
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench._load"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        answer, _ = await process.communicate(msgspec.json.encode(plan))
        assert process.returncode == 0, "the load broke off; what it said stands above"
        result = msgspec.json.decode(answer, type=Result)
        assert not result.bad, f"not every message was taken: {result.bad}"
        return result

    async def rests(self) -> None:
        """Until the node has nothing left to do."""
        await at_rest(self.node.pid)

    @property
    def next(self) -> int:
        """The number that the next message will have."""
        return self._next

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query of the node's database finds."""
        with closing(sqlite3.connect(self.node.database)) as db:
            return db.execute(query, values).fetchall()

    async def seed(self, report: Report) -> None:
        """Give every customer a conversation that an agent has."""
        async with aiohttp.ClientSession() as session:
            for login in AGENTS:
                url, headers = f"{self.node.url}/api/v1/me/presence", self.node.cookies(login)
                body = {"presence": "available"}
                async with session.put(url, json=body, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
        await self.load(self.node.port, CUSTOMERS, SEED_CONNECTIONS)
        with report.progress("assigning conversations", CUSTOMERS) as advance:
            done = 0
            async with asyncio.timeout(ASSIGNED_S):
                while done < CUSTOMERS:
                    await asyncio.sleep(0.2)
                    query = "SELECT count(*) FROM work WHERE state = 'assigned'"
                    now = self.rows(query)[0][0]
                    advance(now - done)
                    done = now


@asynccontextmanager
async def bare_server() -> AsyncIterator[Bare]:
    """It runs inside."""
    bare = Bare()
    await bare.start()
    try:
        yield bare
    finally:
        await bare.stop()


@asynccontextmanager
async def desk(report: Report, *, seeded: bool = True, **options: Any) -> AsyncIterator[Desk]:
    """A node on SQLite with synchronous=FULL, on the disk that temporary files are on."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as directory:
        blank = Path(directory) / "blank"
        blank.mkdir()
        await make_store(blank)
        node = await prepared(blank, Path(directory) / "node", forked=False, **options)
        await node.start()
        try:
            made = Desk(node)
            if seeded:
                await made.seed(report)
            yield made
        finally:
            await node.kill()


def memory_kib(pid: int) -> int:
    """What a process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def at_rest(pid: int) -> None:
    """Until a process has done what it puts off while it is busy: indexing, checkpoints."""
    used = cpu_s(pid)
    async with asyncio.timeout(ASSIGNED_S):
        while True:
            await asyncio.sleep(REST_S)
            before, used = used, cpu_s(pid)
            if used - before < REST_S * REST_SHARE:
                return


def cpu_s(pid: int) -> float:
    """What a process has used of the processor, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
