"""P5: a mail in the folder comes in once, whatever befalls the fetching."""

import asyncio
import sqlite3
from contextlib import closing
from random import Random

import pytest

from tests.faults.driver import letter
from tests.faults.ledger import Ledger, inbound_faults, proof_faults, settled
from tests.faults.node import Node, until
from tests.faults.providers import Providers

MAILS = 100
OTHERS_S = 30.0
DEATHS = 4
LONGEST_FETCH_S = 0.15  # of a batch of 20, at least

# Headers without a body and without sense, a tree 2,000 deep, and names that never end.
POISON = (
    b"From: " + b'"' * 50_000 + b" <x@example.com>\r\nTo: " + b"a@b.example," * 5_000 + b"\r\n"
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    + b"".join(b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" for _ in range(2_000))
    + b"\xff\xfe\x00" * 1_000
)


async def fill(providers: Providers, ledger: Ledger, mails: int, start: int = 0) -> None:
    """Customers write; the mail server keeps what they wrote."""
    for number in range(start, start + mails):
        name = f"writer{number % 10}"
        word = ledger.offer(name, number)
        await providers.mail.deliver(letter(name, word, providers.mail.address))
        ledger.ack(word)


def taken(node: Node, query: str = "SELECT count(*) FROM message WHERE text LIKE 'in-%'") -> int:
    """How many of them are in."""
    with closing(sqlite3.connect(node.database)) as db:
        return int(db.execute(query).fetchone()[0])


async def test_poison(node: Node, providers: Providers) -> None:
    """One mail that nobody can read does not keep the others, nor is it forgotten."""
    ledger = Ledger()
    await fill(providers, ledger, MAILS // 2)
    await providers.mail.deliver(POISON)
    await fill(providers, ledger, MAILS // 2, start=MAILS // 2)
    await node.start()
    await until(lambda: taken(node) == MAILS, OTHERS_S)
    await until(lambda: taken(node, "SELECT count(*) FROM delivery") == MAILS + 1, OTHERS_S)
    await node.stop()
    strange = "SELECT (SELECT count(*) FROM dead_letter) + count(*) FROM message WHERE text NOT LIKE 'in-%'"
    assert taken(node, strange) == 1, "the poison is a dead letter, or a strange message"
    faults = [f for f in inbound_faults(ledger, node) if not f.startswith("phantom")]
    assert faults == []
    assert proof_faults(node) == []


@pytest.mark.slow
async def test_the_fetcher_dies(node: Node, providers: Providers) -> None:
    """Killed while it fetches, cut off while it fetches: nothing is lost, nothing comes twice."""
    random, ledger = Random(5), Ledger()
    await fill(providers, ledger, 200)
    for number in range(DEATHS):
        ledger.life = f"life {number}"
        before = taken(node)
        await node.start()
        await until(lambda: taken(node) > before)  # noqa: B023 -- it is awaited here
        if number % 2:
            providers.mail.hang_up()
        await asyncio.sleep(random.uniform(0, LONGEST_FETCH_S))
        await node.kill()
        await fill(providers, ledger, 10, start=200 + 10 * number)
        assert proof_faults(node) == []
    await node.start()
    assert await settled(ledger, node) == []
    await node.stop()


async def test_uidvalidity_changes(node: Node, providers: Providers) -> None:
    """A mailbox that was made anew is read anew, from its first number.

    What was taken before is known by its content; what is new has a number that others had before.
    """
    ledger = Ledger()
    await fill(providers, ledger, 30)
    await node.start()
    await until(lambda: taken(node) >= 10)
    for number, keep in enumerate((None, 10, 0)):
        have = 30 + 5 * number
        await until(lambda: taken(node) == have)  # noqa: B023 -- it is awaited here
        await providers.mail.renumber(keep)
        await fill(providers, ledger, 5, start=have)
    assert await settled(ledger, node) == []
    await node.stop()
    assert proof_faults(node) == []
