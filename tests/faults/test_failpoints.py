"""The desk is killed before and after every durable transition, in turn, under load."""

import asyncio
from random import Random

import pytest

from gateway.failpoints import FAILPOINTS
from tests.faults.driver import Driver
from tests.faults.ledger import Ledger, proof_faults, settled
from tests.faults.node import KILLED, Node
from tests.faults.providers import Providers, doubles

HIT_S = 20.0

# From which hit on it kills: past what a start does by itself.
NTH = {"accept": 7, "write": 6, "claim": 2, "send": 2, "settle": 3, "decide": 5, "apply": 1}


async def apply_now_and_then(driver: Driver) -> None:
    """The rulebook changes hands too."""
    while True:
        await driver.until(driver.apply_rulebook)
        await asyncio.sleep(0.3)


async def die_everywhere(node: Node, providers: Providers) -> None:
    """A life for each failpoint, which ends there; then a last one."""
    ledger = Ledger()
    driver = Driver(node, providers.mail, Random(1), ledger)
    await driver.start()
    applying = asyncio.create_task(apply_now_and_then(driver))
    try:
        for name in FAILPOINTS:
            ledger.life = name
            await node.start(f"{name}=exit@{NTH[name.partition('.')[0]]}")
            code = await node.ended(HIT_S)
            driver.check()
            assert code in KILLED, f"{name} was never hit:\n{node.log()}"
            assert proof_faults(node) == [], f"after a death at {name}"
        ledger.life = "the last"
        await node.start()
    finally:
        applying.cancel()
    await driver.calm()
    assert await settled(ledger, node) == []
    await node.stop()
    assert await doubles(ledger, providers, deaths=len(FAILPOINTS)) == []
    await node.audit()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_death_at_every_failpoint(node: Node, providers: Providers) -> None:
    """Whatever the instant of death, nothing acknowledged is lost, doubled, reordered or stuck."""
    await die_everywhere(node, providers)


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_death_on_postgresql(node_on_postgresql: Node, providers: Providers) -> None:
    """The same where the database outlives the node, and may be committing as it dies."""
    await die_everywhere(node_on_postgresql, providers)
