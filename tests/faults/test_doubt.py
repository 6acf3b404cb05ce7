"""P1e: PostgreSQL commits, and its answer is lost. Nobody knows; so nobody is thanked, or hurt."""

import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from tests.faults.driver import Driver
from tests.faults.ledger import Ledger, settled
from tests.faults.node import AGENTS, HOST, Node, make_store
from tests.faults.providers import Providers, doubles
from tests.faults.proxy import Robber
from tests.store.postgres_server import PostgresServer

ROUNDS, MANY_ROUNDS = 10, 100
WITHIN_S = 5.0  # 4 s, and a busy machine
HELD_S = 6.0
EMMA = AGENTS[0]


@pytest.fixture
async def robber(server: PostgresServer) -> AsyncIterator[Robber]:
    """Between the node and its database."""
    made = Robber(server.folder / ".s.PGSQL.5432")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def node(
    server: PostgresServer, robber: Robber, providers: Providers, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node that reaches PostgreSQL through the robber."""
    direct = server.empty()
    robbed = f"postgresql://parley@{HOST}:{robber.port}{urlsplit(direct).path}"
    made = Node(tmp_path, sms_api=providers.sms_api, database=robbed)
    made.address = direct  # where the test itself looks
    await make_store(made.data, direct)
    yield made
    await made.kill()
    server.drop(direct)


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
