"""P2: the same event is applied once, however often and however close together it comes."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from itertools import chain
from random import Random
from typing import Any

from tests.faults.driver import Driver
from tests.faults.ledger import Ledger, proof_faults
from tests.faults.node import Node

KEYS, COPIES = 200, 20
NEWCOMERS = 100
AT_ONCE = 100


def rows(node: Node, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with closing(sqlite3.connect(node.database)) as db:
        return db.execute(query).fetchall()


async def say_all(driver: Driver, said: list[tuple[str, str, str]]) -> None:
    """Post them in this order, many at once; each must be acknowledged at the first try."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def say(sender: str, sid: str, text: str) -> None:
        async with gate:
            assert await driver.sms(sender, sid, text), f"{sid} was answered 503"

    await asyncio.gather(*(say(*each) for each in said))


async def opened(node: Node) -> Driver:
    """Somebody who can post to a running node."""
    await node.start()
    driver = Driver(node, None, Random(0), Ledger())
    await driver.start(phones=0, visitors=0, letters=0, agents=())
    return driver


async def test_copies(node: Node) -> None:
    """Copies of a delivery make one message, side by side, later, and after a death."""
    driver = await opened(node)
    keys = [(f"+4915100{n % 50:06d}", f"SM{n:032x}", f"word {n}") for n in range(KEYS)]
    copies = list(chain.from_iterable([key] * COPIES for key in keys))
    Random(2).shuffle(copies)
    await say_all(driver, copies)
    await node.kill()
    await node.start()
    await say_all(driver, keys)
    await driver.calm()
    await node.stop()
    counted = Counter(text for (text,) in rows(node, "SELECT text FROM message"))
    assert counted == {text: 1 for _, _, text in keys}
    assert rows(node, "SELECT count(*) FROM contact") == [(50,)]
    assert rows(node, "SELECT count(*) FROM delivery") == [(KEYS,)], "a copy is no delivery"
    assert proof_faults(node) == []


async def test_newcomers(node: Node) -> None:
    """The first words of somebody new, all at once, make one contact and one conversation."""
    driver, random = await opened(node), Random(4)
    said = [
        (f"+4915200{who:06d}", f"SM{who:016x}{number:016x}", f"{who} says {number}")
        for who in range(NEWCOMERS)
        for number in range(random.randint(2, 5))
    ]
    await say_all(driver, said)
    await driver.calm()
    await node.stop()
    assert rows(node, "SELECT count(*) FROM message") == [(len(said),)]
    assert rows(node, "SELECT count(*) FROM contact") == [(NEWCOMERS,)]
    assert rows(node, "SELECT count(*) FROM conversation") == [(NEWCOMERS,)]
    assert proof_faults(node) == []
