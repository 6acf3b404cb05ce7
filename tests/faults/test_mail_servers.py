"""P5 with the servers that companies run: Dovecot, from which mail is fetched, and Postfix."""

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import Message
from functools import partial
from pathlib import Path
from random import Random

import pytest

from gateway.sandbox.mail import Letter, MailFault
from tests.adapters.email.desk import Desk, kept, polling
from tests.adapters.email.mails import mail
from tests.adapters.email.servers import Proxy, listening
from tests.faults.driver import Driver, letter
from tests.faults.ledger import Ledger, inbound_faults, proof_faults, settled
from tests.faults.mailhost import ADDRESS, GONE, MailHost, mail_host
from tests.faults.node import (
    AGENTS,
    KILLED,
    MAIL_PASSWORD,
    MAIL_USER,
    Mailbox,
    Node,
    prepared,
    until,
)
from tests.faults.providers import Providers
from tests.faults.test_mailbox import OTHERS_S, POISON

DEATHS = 20
MAILS_A_LIFE = 25
LONGEST_FETCH_S = 0.15
HIT_S = 20.0
RENUMBERINGS = 10
CUT_EVERY = 1_000  # bytes
MAILS = 100
ENDS_S = 60.0
EMMA = AGENTS[0]
FAILPOINTS = ("accept.before_commit", "accept.after_commit")

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture
async def host(providers: Providers) -> AsyncIterator[MailHost]:
    """Dovecot and Postfix; what Postfix passes on lies in the customers' inboxes of the sandbox."""
    made = mail_host(providers.mail.smtp_port)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def node(
    blank: Path, providers: Providers, host: MailHost, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node whose mailbox is at Dovecot and Postfix."""
    mailbox = Mailbox(ADDRESS, host.imap_port, host.smtp_port)
    made = await prepared(blank, tmp_path, sms_api=providers.sms_api, mailbox=mailbox)
    yield made
    await made.kill()


def fill(host: MailHost, ledger: Ledger, start: int, mails: int) -> None:
    """Customers write; the mail server keeps what they wrote."""
    for number in range(start, start + mails):
        name = f"writer{number % 10}"
        word = ledger.offer(name, number)
        host.deliver(letter(name, word, ADDRESS))
        ledger.ack(word)


def taken(node: Node) -> int:
    """How many of them are in."""
    return int(node.rows("SELECT count(*) FROM message WHERE text LIKE 'in-%'")[0][0])


# --- in ------------------------------------------------------------------------------------------


async def test_the_fetcher_dies(node: Node, host: MailHost) -> None:
    """Killed at random and at each of its failpoints: every mail comes in, each once."""
    random, ledger = Random(5), Ledger()
    for number in range(DEATHS):
        ledger.life = f"life {number}"
        before = taken(node)
        fill(host, ledger, number * MAILS_A_LIFE, MAILS_A_LIFE)
        if number % 2:
            await node.start()
            await until(lambda: taken(node) > before)  # noqa: B023 -- it is awaited here
            await asyncio.sleep(random.uniform(0, LONGEST_FETCH_S))
            await node.kill()
        else:
            name = FAILPOINTS[number // 2 % len(FAILPOINTS)]
            await node.start(f"{name}=exit@{random.randint(1, MAILS_A_LIFE)}")
            assert await node.ended(HIT_S) in KILLED, f"{name} was never hit:\n{node.log()}"
        assert proof_faults(node) == [], ledger.life
    await node.start()
    assert await settled(ledger, node) == []
    await node.stop()
    assert host.marked() == [], "the mailbox stays as it was"


async def test_another_uidvalidity(node: Node, host: MailHost) -> None:
    """A mailbox that was made anew, with its mails or without, is read again and nothing is doubled."""
    ledger = Ledger()
    fill(host, ledger, 0, 20)
    await node.start()
    for number in range(RENUMBERINGS):
        have = 20 + 3 * number
        await until(lambda: taken(node) == have, OTHERS_S)  # noqa: B023 -- it is awaited here
        if number % 2:
            host.empty()
        await asyncio.to_thread(host.renumber, 1_000 + number)
        fill(host, ledger, have, 3)
    assert await settled(ledger, node) == []
    await node.stop()
    assert proof_faults(node) == []


async def test_poison(node: Node, host: MailHost) -> None:
    """One mail that nobody can read does not keep the others, nor is it forgotten."""
    ledger = Ledger()
    fill(host, ledger, 0, MAILS // 2)
    host.deliver(POISON)
    fill(host, ledger, MAILS // 2, MAILS // 2)
    await node.start()
    await until(lambda: taken(node) == MAILS, OTHERS_S)
    deliveries = "SELECT count(*) FROM delivery"
    await until(lambda: node.rows(deliveries) == [(MAILS + 1,)], OTHERS_S)
    await node.stop()
    faults = [f for f in inbound_faults(ledger, node) if not f.startswith("phantom")]
    assert faults == []
    assert proof_faults(node) == []


async def test_cut_at_every_kilobyte(host: MailHost) -> None:
    """Wherever a FETCH of several mails is cut off, the next connection brings each of them, once."""
    letters = [mail(f"{number} " + "x" * 15_000) for number in range(3)]
    for each in letters:
        host.deliver(each)
    login = {"username": MAIL_USER, "password": MAIL_PASSWORD}
    proxy, cuts = Proxy(host.imap_port), 0
    async with listening(proxy.serve) as port:
        whole = False
        while not whole:
            desk, proxy.cut_after = Desk(), CUT_EVERY * cuts
            async with polling(port, desk, **login) as task:
                await until(lambda: task.done() or len(desk.kept) == len(letters))  # noqa: B023
                whole = not task.done()
            cuts += 1
            proxy.cut_after = None
            async with polling(port, desk, **login):
                await desk.until(len(letters))
            assert [raw.body for raw in desk.deliveries] == letters, f"cut {cuts}"
    assert cuts > sum(map(len, letters)) / CUT_EVERY, "the FETCH itself was cut all along"
    assert kept(desk) == sorted(letters)


# --- out -----------------------------------------------------------------------------------------


class Desktop:
    """An agent who answers mails that came by Postfix and Dovecot."""

    def __init__(self, node: Node, host: MailHost, providers: Providers, driver: Driver) -> None:
        self.node, self._host, self._providers, self._driver = node, host, providers, driver

    async def answer(self, name: str) -> str:
        """A customer writes, the agent answers; the words of the answer."""
        word = self._driver.ledger.offer(name, 1)
        reply = f"out-{name}-1"
        self._host.deliver(letter(name, word, ADDRESS))
        query = f"SELECT conversation FROM message WHERE text LIKE '{word}%'"
        found = await until(lambda: self.node.rows(query))
        assert await self._driver.until(partial(self._driver.reply, EMMA, found[0][0], reply))
        return reply

    async def becomes(self, reply: str, state: str) -> tuple[str, str]:
        """Once it is in this state: why, in our word and in the server's."""
        query = f"SELECT reason, detail FROM message WHERE text = '{reply}' AND state = '{state}'"
        found = await until(lambda: self.node.rows(query), ENDS_S)
        return str(found[0][0]), str(found[0][1])

    async def letters(self, name: str) -> list[Letter]:
        """What has come for a customer."""
        return await self._providers.mail.wait_for(f"{name}@example.com")


@pytest.fixture
async def desktop(node: Node, host: MailHost, providers: Providers) -> AsyncIterator[Desktop]:
    """One that is signed in; afterwards the store's promises hold."""
    driver = Driver(node, None, Random(0), Ledger())
    await node.start()
    await driver.start(phones=0, visitors=0, letters=0, agents=())
    yield Desktop(node, host, providers, driver)
    await driver.calm()
    await node.stop()
    await node.audit()


async def test_a_reply_arrives_once_and_in_its_thread(desktop: Desktop) -> None:
    """The customer's mail program finds the mail that is answered."""
    reply = await desktop.answer("writer0")
    await desktop.becomes(reply, "sent")
    (came,) = await desktop.letters("writer0")
    head: Message = message_from_bytes(came.raw)
    asked = "<in-writer0-1@example.com>"
    assert head["In-Reply-To"] == asked
    assert asked in head["References"].split()
    assert head["Message-ID"].endswith("@shop.example>")
    assert head.get_all("Message-ID") == [came.message_id]
    assert reply.encode() in came.raw


async def test_whom_postfix_refuses(desktop: Desktop) -> None:
    """An address that the server refuses fails at once, with the server's code and words."""
    reply = await desktop.answer(GONE.partition("@")[0])
    reason, detail = await desktop.becomes(reply, "failed")
    assert reason == "invalid_recipient"
    assert "550" in detail
    assert "5.1.1" in detail
    assert "nobody of that name" in detail


async def test_what_postfix_returns(desktop: Desktop, providers: Providers) -> None:
    """What Postfix took and could not pass on comes back as its report, and the reply has failed."""
    providers.mail.faults.set(MailFault.REJECT, "writer2@example.com")
    reply = await desktop.answer("writer2")
    reason, _ = await desktop.becomes(reply, "failed")
    assert reason == "invalid_recipient"
    assert providers.mail.sent_to("writer2@example.com") == []
