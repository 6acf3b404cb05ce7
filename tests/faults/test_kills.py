"""kill -9 at random instants, under load on three channels, while agents answer."""

import asyncio
import os
from random import Random

import pytest

from tests.faults.driver import Driver
from tests.faults.ledger import Ledger, proof_faults, settled
from tests.faults.node import Node
from tests.faults.providers import Providers, doubles

SEED = int(os.environ.get("KILLS_SEED", "20"))
LONGEST_LIFE_S = 3.0


async def live_and_die(node: Node, providers: Providers, kills: int) -> None:
    """So many lives, each ended at a random instant of its first seconds; then a last one."""
    random, ledger = Random(SEED), Ledger()
    driver = Driver(node, providers.mail, random, ledger)
    await driver.start()
    for number in range(kills):
        ledger.life = f"life {number} of KILLS_SEED={SEED}"
        await node.start()
        await asyncio.sleep(random.uniform(0, LONGEST_LIFE_S))
        driver.check()
        assert node.running, f"it ended by itself:\n{node.log()}"
        await node.kill()
        assert proof_faults(node) == [], ledger.life
    ledger.life = "the last life"
    await node.start()
    await driver.calm()
    assert await settled(ledger, node) == []
    await node.stop()
    assert await doubles(ledger, providers, deaths=kills) == []
    await node.audit()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_twenty_deaths(node: Node, providers: Providers) -> None:
    """Nothing acknowledged is lost, doubled, reordered or stuck; nothing is sent blindly twice."""
    await live_and_die(node, providers, 20)


@pytest.mark.faults
@pytest.mark.timeout(3_600)
async def test_two_hundred_deaths(node: Node, providers: Providers) -> None:
    """The same, often enough to bound the chance of a loss by 1.5 % a death."""
    await live_and_die(node, providers, 200)
