"""The e-mail adapter and the sandbox's mail servers, each as the other's counterpart."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from adapters.email import EmailAdapter, EmailSettings
from gateway.contract import (
    Accepted,
    AccountId,
    DedupKey,
    Deferred,
    DeliveryReport,
    InboundMessage,
    InDoubt,
    MailThread,
    OutboundMessage,
    RawRequest,
    Rejected,
)
from gateway.domain.clock import SystemClock
from gateway.sandbox.bell import Bell
from gateway.sandbox.chats import Chats
from gateway.sandbox.mail import MailFault, MailSandbox
from gateway.sandbox.phone import Phone
from gateway.sandbox.play import Play
from gateway.sandbox.voice import VoiceSandbox

LI = "li@example.com"


@pytest.fixture
async def mail(patience: None) -> AsyncIterator[MailSandbox]:
    sandbox = MailSandbox()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def play(mail: MailSandbox) -> Play:
    """Li's mail program."""
    numbers = iter(range(100))
    url, clock, make_id = "http://127.0.0.1:1", SystemClock(), lambda: f"id-{next(numbers)}"
    return Play(
        mail,
        Phone(url),
        Chats(public_url=url, bell=mail.bell, clock=clock, make_id=make_id),
        VoiceSandbox(
            account_sid="AC1",
            auth_token="secret",
            number="+15005550010",
            webhook_url=url,
            make_id=make_id,
            clock=clock,
            ring=mail.bell.ring,
        ),
        numbers=(),
        bell=mail.bell,
        clock=clock,
        make_id=make_id,
    )


@pytest.fixture
def adapter(mail: MailSandbox) -> EmailAdapter:
    server = {"host": mail.host, "tls": "none", "username": mail.username}
    server["password"] = mail.password
    settings = EmailSettings.model_validate(
        {
            "address": mail.address,
            "imap": {**server, "port": mail.imap_port},
            "smtp": {**server, "port": mail.smtp_port},
            "reply_key": SecretStr("k" * 32),
        }
    )
    return EmailAdapter.build(AccountId("mail"), settings)


class Inlet:
    """Keeps deliveries, as the core does."""

    def __init__(self) -> None:
        self.raws: list[RawRequest] = []
        self._bell = Bell()

    async def __call__(self, raw: RawRequest) -> None:
        self.raws.append(raw)
        self._bell.ring()

    async def nth(self, count: int) -> RawRequest:
        await self._bell.wait(count - 1)
        return self.raws[count - 1]


@pytest.fixture
async def inlet(adapter: EmailAdapter) -> AsyncIterator[Inlet]:
    """What the adapter's poll brings in, while it follows the mailbox."""
    made = Inlet()
    polling = asyncio.create_task(adapter.poll({}, made))
    yield made
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)


def reply(to: str, *, answers: str | None = None) -> OutboundMessage:
    thread = MailThread(
        subject="Re: 杯盖", in_reply_to=answers, references=(answers,) * bool(answers)
    )
    return OutboundMessage(
        id="01a20035-4829-7754-83f9-f96520c20cb2",
        conversation="01a20035-4829-7754-83f9-f96520c20cb1",
        account="mail",
        recipient=f"mailto:{to}",
        text="您好，今天给您寄出。",
        thread=thread,
    )


async def test_a_whole_conversation(
    mail: MailSandbox, play: Play, adapter: EmailAdapter, inlet: Inlet
) -> None:
    """The customer's mail comes in at once, the reply goes out in its thread, the answer comes home."""
    asked = await play.write(LI, name="李雷", subject="杯盖", text="裂了。")
    (event,), _ = adapter.receive(await inlet.nth(1))
    assert isinstance(event, InboundMessage)
    assert (event.sender, event.sender_name, event.text) == (f"mailto:{LI}", "李雷", "裂了。")
    assert not event.automatic

    message = reply(LI, answers=asked.id)
    outcome = await adapter.send(message, DedupKey("k"))
    assert isinstance(outcome, Accepted)
    await mail.wait_for(LI)
    (seen,) = play.threads(LI)
    assert [each.own for each in seen.mails] == [True, False]
    assert seen.mails[1].id == outcome.provider_id

    await play.write(LI, text="谢谢！", answers=outcome.provider_id)
    (answer,), _ = adapter.receive(await inlet.nth(2))
    assert isinstance(answer, InboundMessage)
    assert answer.conversation == message.conversation
    assert answer.text == "谢谢！"


FAULTS = {
    MailFault.REJECT: (Rejected, 0),
    MailFault.DEFER: (Deferred, 0),
    MailFault.LOST_ANSWER: (InDoubt, 1),
    MailFault.LOST_MAIL: (InDoubt, 0),
    MailFault.BOUNCE: (Accepted, 1),
    MailFault.AWAY: (Accepted, 1),
}


@pytest.mark.parametrize(("fault", "outcome", "arrived"), [(k, *v) for k, v in FAULTS.items()])
async def test_each_fault_ends_as_it_should(
    mail: MailSandbox, adapter: EmailAdapter, fault: MailFault, outcome: type, arrived: int
) -> None:
    """The adapter tells apart what is certain from what is not, whatever really happened."""
    mail.faults.set(fault, times=1)
    assert isinstance(await adapter.send(reply(LI), DedupKey("k")), outcome)
    assert len(mail.sent_to(LI)) == arrived
    assert isinstance(await adapter.send(reply(LI), DedupKey("k")), Accepted)
    assert [letter.again for letter in mail.sent_to(LI)] == [False, True][: arrived + 1]


async def test_a_bounce_is_a_report_of_the_mail(
    mail: MailSandbox, adapter: EmailAdapter, inlet: Inlet
) -> None:
    """What the mail server returns is understood as the failure of that one message."""
    mail.faults.set(MailFault.BOUNCE)
    outcome = await adapter.send(reply(LI), DedupKey("k"))
    assert isinstance(outcome, Accepted)
    events, _ = adapter.receive(await inlet.nth(1))
    (report,) = events
    assert isinstance(report, DeliveryReport)
    assert (report.provider_message, report.code) == (outcome.provider_id, "5.1.1")
    assert report.recipient == f"mailto:{LI}"


async def test_an_auto_responder_is_known_as_one(
    mail: MailSandbox, adapter: EmailAdapter, inlet: Inlet
) -> None:
    """An absence note is never answered: it comes in as automatic."""
    mail.faults.set(MailFault.AWAY)
    await adapter.send(reply(LI), DedupKey("k"))
    (event,), _ = adapter.receive(await inlet.nth(1))
    assert isinstance(event, InboundMessage)
    assert event.automatic


async def test_a_mailbox_made_anew_brings_everything_again(
    mail: MailSandbox, play: Play, adapter: EmailAdapter
) -> None:
    """After another UIDVALIDITY the same bytes come again, so that the same keys tell them."""
    await play.write(LI, text="one")
    before, after = Inlet(), Inlet()
    polling = asyncio.create_task(adapter.poll({}, before))
    first = await before.nth(1)
    await mail.renumber()
    await asyncio.gather(polling, return_exceptions=True)
    assert first.cursor is not None
    polling = asyncio.create_task(adapter.poll(dict([first.cursor]), after))
    second = await after.nth(1)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    assert first.cursor != second.cursor
    assert adapter.receive(first)[0] == adapter.receive(second)[0]


async def test_both_servers_are_well(mail: MailSandbox, adapter: EmailAdapter) -> None:
    """The adapter's check logs in to both, and says so when they are gone."""
    assert (await adapter.check()).ok
    await mail.stop()
    assert not (await adapter.check()).ok
