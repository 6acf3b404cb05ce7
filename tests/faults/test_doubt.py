"""P1d and P1e: PostgreSQL cannot be reached; or it commits, and its answer is lost.

Nobody knows what came of it; so nobody is thanked, and nobody is hurt.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from tests.faults.driver import Driver
from tests.faults.ledger import Ledger, settled
from tests.faults.node import AGENTS, Node, make_store, until
from tests.faults.providers import Providers, doubles
from tests.faults.proxy import Proxy, Robber
from tests.ports import HOST
from tests.store.postgres_server import PostgresServer

ROUNDS, MANY_ROUNDS = 10, 100
WITHIN_S = 5.0  # 4 s, and a busy machine
HELD_S = 6.0
EMMA = AGENTS[0]


@pytest.fixture
async def robber(server: PostgresServer) -> AsyncIterator[Robber]:
    """Between the node and its database."""
    made = Robber(server.socket)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def node(
    server: PostgresServer, robber: Robber, providers: Providers, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node that reaches PostgreSQL through the robber."""
    direct = server.empty()
    made = await behind(robber, direct, tmp_path, providers)
    yield made
    await made.kill()
    server.drop(direct)


async def behind(proxy: Proxy, direct: str, directory: Path, providers: Providers) -> Node:
    """A node for which PostgreSQL is behind a proxy. The test itself looks past it."""
    seen = f"postgresql://parley@{HOST}:{proxy.port}{urlsplit(direct).path}"
    made = Node(directory, sms_api=providers.sms_api, database=seen)
    made.address = direct
    await make_store(made.data, direct)
    return made


async def told_once(driver: Driver, robber: Robber, number: int) -> None:
    """A customer's message and the answer to it; of both, the commit's answer is lost at first."""
    ledger = driver.ledger
    word, reply = ledger.offer(f"phone{number}", 1), f"out-emma-{number}"
    say = partial(driver.sms, f"+4915100{number:06d}", word, f"{word} hello?")
    robber.lie_in_wait(word)
    begun = time.monotonic()
    assert await say() is None, "nobody knows that it was committed"
    assert time.monotonic() - begun < WITHIN_S
    await driver.until(say)
    ledger.ack(word)
    found = driver.node.rows(f"SELECT conversation FROM message WHERE text LIKE '{word} %'")
    assert len(found) == 1, f"{word} is stored {len(found)} times"
    robber.lie_in_wait(reply)
    answer = partial(driver.reply, EMMA, found[0][0], reply)
    assert await answer() is None
    assert await driver.until(answer)


async def rob(node: Node, providers: Providers, robber: Robber, rounds: int) -> None:
    """So many times, each for a customer and for an agent."""
    driver = Driver(node, None, Random(0), Ledger())
    await node.start()
    await driver.start(phones=0, visitors=0, letters=0, agents=())
    for number in range(rounds):
        await told_once(driver, robber, number)
    await driver.calm()
    assert await settled(driver.ledger, node) == []
    await node.stop()
    assert len(robber.robbed) == 2 * rounds, "each of them was robbed of an answer"
    assert await doubles(driver.ledger, providers, deaths=0) == []
    await node.audit()


@pytest.mark.slow
async def test_commits_in_doubt(node: Node, providers: Providers, robber: Robber) -> None:
    """The provider is told 503, the agent too; what they say again is known, and stays one."""
    await rob(node, providers, robber, ROUNDS)


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_many_commits_in_doubt(node: Node, providers: Providers, robber: Robber) -> None:
    """The same a hundred times."""
    await rob(node, providers, robber, MANY_ROUNDS)


@pytest.mark.faults
async def test_a_commit_that_falls_silent(node: Node, providers: Providers, robber: Robber) -> None:
    """The answer does not come, and the connection stands: the provider does not wait for it."""
    robber.hold_s = HELD_S
    await rob(node, providers, robber, 1)


# --- it cannot be reached ------------------------------------------------------------------------

AWAY_S = 8.0
BACK_S = 5.0  # in which it is taken up again


class Impatient(Driver):
    """One who looks at the clock."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, None, Random(7), Ledger())
        self.longest_s = 0.0  # that a provider waited for an answer
        self.thanked: list[float] = []  # when deliveries were acknowledged

    async def sms(self, sender: str, sid: str, text: str) -> bool | None:
        """Post one as Twilio does."""
        begun = time.monotonic()
        try:
            done = await super().sms(sender, sid, text)
        finally:
            self.longest_s = max(self.longest_s, time.monotonic() - begun)
        if done:
            self.thanked.append(time.monotonic())
        return done


@pytest.mark.faults
@pytest.mark.parametrize("how", ["refuse", "stall"])
async def test_it_is_away(
    how: str, server: PostgresServer, providers: Providers, tmp_path: Path
) -> None:
    """Without a database nobody is thanked; each hears so in time, and it goes on by itself."""
    proxy, direct = Proxy(server.socket), server.empty()
    await proxy.start()
    node = await behind(proxy, direct, tmp_path, providers)
    try:
        driver = Impatient(node)
        await node.start()
        await driver.start(visitors=0)
        await until(lambda: len(driver.thanked) > 20)
        getattr(proxy, how)()
        away = time.monotonic()
        await asyncio.sleep(AWAY_S)
        proxy.resume()
        back = time.monotonic()
        await until(lambda: driver.thanked[-1] > back)
        await driver.calm()
        assert await settled(driver.ledger, node) == []
        await node.stop()
        late = [at for at in driver.thanked if away + 0.5 < at < back]
        assert late == [], "who was thanked without a database?"
        assert min(at for at in driver.thanked if at > back) - back < BACK_S
        assert driver.longest_s < WITHIN_S
        assert await doubles(driver.ledger, providers, deaths=1) == []
        await node.audit()
    finally:
        await node.kill()
        await proxy.stop()
        server.drop(direct)
