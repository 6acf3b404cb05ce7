"""Providers that answer late, never, wrongly, or only after they have acted."""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest

from gateway.sandbox.mail import MailFault
from tests.faults.driver import Driver, letter
from tests.faults.ledger import SETTLED, Ledger
from tests.faults.node import AGENTS, Node, until
from tests.faults.providers import RETRY_AFTER_S, Providers, Trouble

ENDS_S = 60.0
EMMA = AGENTS[0]
DONE = frozenset({"sent", "delivered"})


@dataclass
class Desk:
    """A node, its providers, and an agent who answers."""

    node: Node
    providers: Providers
    driver: Driver

    def one(self, query: str, *values: str) -> str | None:
        """The first column of the first row."""
        with closing(sqlite3.connect(self.node.database)) as db:
            found = db.execute(query, values).fetchone()
        return found[0] if found is not None else None

    async def asked(self, word: str) -> str:
        """The conversation in which a customer said this."""
        query = "SELECT conversation FROM message WHERE text LIKE ?"
        return str(await until(lambda: self.one(query, f"{word}%")))

    async def answer_sms(self, name: str, reply: str) -> None:
        """A customer writes, the agent answers."""
        word = self.driver.ledger.offer(name, 1)
        sender = f"+49152{int.from_bytes(name.encode(), 'big') % 10**8:08d}"
        assert await self.driver.sms(sender, word, f"{word} hello?")
        assert await self.driver.reply(EMMA, await self.asked(word), reply)

    async def answer_mail(self, name: str, reply: str) -> None:
        """A customer writes, the agent answers."""
        mail, word = self.providers.mail, self.driver.ledger.offer(name, 1)
        await mail.deliver(letter(name, word, mail.address))
        assert await self.driver.reply(EMMA, await self.asked(word), reply)

    def state(self, word: str) -> str | None:
        """How far a reply has come."""
        return self.one("SELECT state FROM message WHERE text = ?", word)

    async def ends(self, word: str) -> str:
        """In which state a reply ends."""

        await until(lambda: self.state(word) in SETTLED, ENDS_S)
        return str(self.state(word))


@pytest.fixture
async def desk(node: Node, providers: Providers) -> AsyncIterator[Desk]:
    """One that runs; afterwards its store's promises hold."""
    driver = Driver(node, providers.mail, Random(0), Ledger())
    await node.start()
    await driver.start(phones=0, visitors=0, letters=0, agents=())
    yield Desk(node, providers, driver)
    await driver.calm()
    await node.stop()
    await node.audit()


TROUBLES = {
    "the request is lost": [Trouble.REQUEST_LOST],
    "the answer is lost": [Trouble.ANSWER_LOST],
    "the answer is torn": [Trouble.ANSWER_TORN],
    "500 after acting": [Trouble.ERROR_AFTER],
    "503, twice": [Trouble.UNAVAILABLE, Trouble.UNAVAILABLE],
    "429": [Trouble.THROTTLED],
    "429 with a date": [Trouble.THROTTLED_UNTIL],
    "429, then the answer is lost": [Trouble.THROTTLED, Trouble.ANSWER_LOST],
}
SILENCES = {"no answer ever": [Trouble.SILENCE]}  # which takes as long as we are patient
THROTTLES = frozenset({Trouble.THROTTLED, Trouble.THROTTLED_UNTIL})


@pytest.mark.slow
@pytest.mark.parametrize("reports", ["prompt", "late"])
async def test_twilio(desk: Desk, reports: str) -> None:
    """Whatever Twilio does, an SMS goes out exactly once.

    In doubt, its report settles it; when none comes, Twilio is asked whether it has it.
    """
    providers, befalling = desk.providers, TROUBLES
    if reports == "late":
        await providers.hold_reports()
        befalling = TROUBLES | SILENCES
    replies = {label: f"out-sms-{number}" for number, label in enumerate(befalling)}
    for number, (label, troubles) in enumerate(befalling.items()):
        providers.plans[replies[label]] = list(troubles)
        await desk.answer_sms(f"phone{number}", replies[label])
    for label, reply in replies.items():
        assert await desk.ends(reply) in DONE, label
    sent = Counter(await providers.sms_sent())
    for label, reply in replies.items():
        assert not providers.plans[reply], f"{label}: not all of it happened"
        assert sent[reply] == 1, label
        gaps = [later - earlier for earlier, later in pairwise(providers.tries(reply))]
        for trouble, gap in zip(befalling[label], gaps, strict=False):
            assert trouble not in THROTTLES or gap >= RETRY_AFTER_S, f"{label}: asked too soon"
    await providers.release_reports()
    for reply in replies.values():
        await until(lambda: desk.state(reply) == "delivered")  # noqa: B023 -- it is awaited here


# fault, how often, letters that come at most, letters that come at least, how it ends
MAIL = {
    "the answer to the dot is lost": (MailFault.LOST_ANSWER, 1, 2, 1, "sent"),
    "it is lost twice": (MailFault.LOST_ANSWER, 2, 3, 1, "sent"),
    "the mail is lost after the dot": (MailFault.LOST_MAIL, 1, 1, 1, "sent"),
    "the server says later": (MailFault.DEFER, 1, 1, 1, "sent"),
    "there is no such person": (MailFault.REJECT, 1, 0, 0, "failed"),
}


@pytest.mark.slow
async def test_smtp(desk: Desk) -> None:
    """A mail in doubt is sent again as the same mail, once for each answer that was lost."""
    providers = desk.providers
    for number, (fault, times, *_) in enumerate(MAIL.values()):
        providers.mail.faults.set(fault, f"writer{number}@example.com", times)
        await desk.answer_mail(f"writer{number}", f"out-mail-{number}")
    for number, (label, (_, _, most, least, end)) in enumerate(MAIL.items()):
        assert await desk.ends(f"out-mail-{number}") == end, label
        letters = providers.mail.sent_to(f"writer{number}@example.com")
        assert least <= len(letters) <= most, label
        assert len({each.message_id for each in letters}) <= 1, f"{label}: two Message-IDs"
    assert providers.mail.faults.listed() == [], "every fault has struck"
