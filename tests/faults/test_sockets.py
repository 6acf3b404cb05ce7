"""P15: sockets are cut at random while messages pass; what a page shows is what the store has."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, closing
from functools import partial
from random import Random
from typing import Any

import aiohttp
import pytest

from tests.faults.driver import MISSING, Driver, Visitor
from tests.faults.ledger import Ledger, settled
from tests.faults.node import AGENTS, Node
from tests.faults.providers import Providers
from tests.faults.proxy import Proxy

VISITORS = 6
WORDS = 5  # of each visitor
PAUSE_S = 0.4
CUTS = 25
LONGEST_PEACE_S = 0.4
CAUGHT_UP_S = 20.0


class Page:
    """An agent's page: it follows the log from where it was cut off."""

    def __init__(self, node: Node, url: str, client: aiohttp.ClientSession) -> None:
        self._node = node
        self._url = url
        self._client = client
        self.positions: list[int] = []
        self.connections = 0

    async def follow(self, upto: int = 2**62) -> None:
        """Until this position, through every cut."""
        while not self.positions or self.positions[-1] < upto:
            try:
                await self._one_connection(upto)
            except MISSING:
                await asyncio.sleep(0.01)

    async def _one_connection(self, upto: int) -> None:
        headers = self._node.cookies(AGENTS[0])
        async with self._client.ws_connect(f"{self._url}/api/v1/live", headers=headers) as socket:
            self.connections += 1
            after = self.positions[-1] if self.positions else 0
            await socket.send_json({"type": "hello", "after": after})
            async for message in socket:
                frame = message.json()
                assert frame["type"] != "gap", "nothing is that old"
                if frame["type"] == "event":
                    self.positions.append(frame["position"])
                    if frame["position"] >= upto:
                        return


async def chat(driver: Driver, visitor: Visitor, name: str) -> None:
    """A visitor's few words, each until it is acknowledged."""
    for number in range(WORDS):
        word = driver.ledger.offer(name, number)
        await driver.until(partial(visitor.say, word, f"{word}?"))
        driver.ledger.ack(word)
        await asyncio.sleep(PAUSE_S)


async def cut_now_and_then(proxy: Proxy, cuts: int, random: Random) -> None:
    """A network that does not get better until it has had enough."""
    for _ in range(cuts):
        await asyncio.sleep(random.uniform(0, LONGEST_PEACE_S))
        proxy.cut()


@asynccontextmanager
async def network(node: Node) -> AsyncIterator[tuple[Proxy, aiohttp.ClientSession]]:
    """A bad one in front of the node."""
    proxy = Proxy(node.port)
    await proxy.start()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield proxy, client
    await proxy.stop()


async def log_through_cuts(node: Node, cuts: int) -> None:
    """Visitors talk, agents answer, an agent's page follows, the network breaks again and again."""
    random, ledger = Random(6), Ledger()
    driver = Driver(node, None, random, ledger)
    await node.start()
    async with network(node) as (proxy, client):
        await driver.start(phones=4, visitors=0, letters=0)
        page = Page(node, proxy.url, client)
        following = asyncio.create_task(page.follow())
        names = [f"visitor{n}" for n in range(VISITORS)]
        visitors = [Visitor(client, proxy.url, name) for name in names]
        breaking = asyncio.create_task(cut_now_and_then(proxy, cuts, random))
        talking: list[Awaitable[None]] = [
            chat(driver, *each) for each in zip(visitors, names, strict=True)
        ]
        await asyncio.gather(breaking, *talking)
        await driver.calm()
        assert await settled(ledger, node) == []
        following.cancel()
        async with asyncio.timeout(CAUGHT_UP_S):
            head = int(rows(node, HEAD)[0][0])
            await page.follow(upto=head)
            for visitor, name in zip(visitors, names, strict=True):
                stored = rows(node, SAID, f"in-{name}-%")
                await driver.until(partial(visitor.catch_up, stored[-1][0]))
                assert visitor.shown == stored, f"{name} was shown something else"
                await visitor.close()
    assert page.connections > cuts / 4, "the page was cut off now and then"
    assert page.positions == list(range(1, head + 1)), "every event, once, in order"
    await node.stop()


HEAD = "SELECT max(position) FROM event"
SAID = """
    SELECT e.position, m.text FROM message m
    JOIN event e ON e.conversation = m.conversation AND e.seq = m.seq
    WHERE m.conversation = (SELECT conversation FROM message WHERE text LIKE ? LIMIT 1)
    ORDER BY e.position"""


def rows(node: Node, query: str, *values: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with closing(sqlite3.connect(node.database)) as db:
        return db.execute(query, values).fetchall()


@pytest.mark.slow
async def test_a_bad_network(node: Node, providers: Providers) -> None:
    """No event is missing, none is doubled, on no page."""
    await log_through_cuts(node, CUTS)


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_worse_network(node: Node, providers: Providers) -> None:
    """The same with two hundred cuts."""
    await log_through_cuts(node, 200)
