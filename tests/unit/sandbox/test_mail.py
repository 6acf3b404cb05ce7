"""The sandbox's mail world, over real SMTP and real IMAP."""

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes

import aioimaplib
import aiosmtplib
import pytest

from gateway.sandbox import letters
from gateway.sandbox.imap import ImapServer
from gateway.sandbox.mail import MailFault, MailSandbox

LI = "li@example.com"
SHOP = "support@shop.example"
WITHIN_S = 10  # far more than anything here takes


@pytest.fixture
async def mail(patience: None) -> AsyncIterator[MailSandbox]:
    sandbox = MailSandbox(address=SHOP, username="support", password="geheim")
    await sandbox.start()
    yield sandbox
    await sandbox.stop()
    assert not sandbox.readers


def nested(kind: str, depth: int = 2_000) -> bytes:
    """A mail whose parts stand each within the other."""
    levels = {
        "multipart": "".join(
            f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'
            for n in range(depth)
        ),
        "message": "Content-Type: message/rfc822\r\n\r\n" * depth,
        "header": f"Content-Type: multipart/mixed; boundary={'(' * 900}\r\n",
    }
    head = f"From: {LI}\r\nTo: {SHOP}\r\nSubject: deep\r\nMessage-ID: <deep@x>\r\n"
    return (head + levels[kind] + "Content-Type: text/plain\r\n\r\nhi\r\n").encode()


def written(subject: str = "Hello", *, to: str = LI, message_id: str = "<one@parley>") -> bytes:
    draft = letters.Draft(sender=SHOP, recipient=to, subject=subject, text="您好，\n请放心。")
    return letters.compose(draft, message_id=message_id, at_ms=1_790_000_000_000)


async def post(mail: MailSandbox, raw: bytes, *, to: str = LI, sender: str = SHOP) -> str:
    """Hand a mail to the SMTP server as Parley does; the server's last answer."""
    client = aiosmtplib.SMTP(
        hostname=mail.host, port=mail.smtp_port, use_tls=False, start_tls=False, timeout=WITHIN_S
    )
    async with client:
        _, answer = await client.sendmail(sender, [to], raw)
        return answer


@asynccontextmanager
async def reader(mail: MailSandbox, password: str = "geheim") -> AsyncIterator[aioimaplib.IMAP4]:
    client = aioimaplib.IMAP4(mail.host, mail.imap_port, timeout=WITHIN_S)
    await client.wait_hello_from_server()
    answer = await client.login(mail.username, password)
    assert answer.result == "OK", answer
    yield client
    await client.logout()


async def fetched(client: aioimaplib.IMAP4) -> dict[int, bytes]:
    """Every mail by its UID."""
    answer = await client.uid("fetch", "1:*", "(UID BODY.PEEK[])")
    found: dict[int, bytes] = {}
    for line, content in zip(answer.lines, answer.lines[1:], strict=False):
        number = re.search(rb"UID (\d+)", line)
        if number and isinstance(content, bytearray):
            found[int(number[1])] = bytes(content)
    return found


async def test_what_a_customer_sends_is_read_by_imap(mail: MailSandbox) -> None:
    """A mail for the shop lies in its mailbox, with the trace that a mail server puts on top."""
    raw = written(to=SHOP)
    await post(mail, raw, to="support+4711.mac@SHOP.example", sender=LI)
    async with reader(mail) as client:
        await client.select("INBOX")
        (found,) = (await fetched(client)).values()
    assert found.endswith(raw)
    trace = message_from_bytes(found)
    assert trace["Return-Path"] == f"<{LI}>"
    assert trace["Delivered-To"] == "support+4711.mac@SHOP.example"


AWKWARD = {
    "plain": b"Subject: a\r\n\r\nhello\r\n",
    "bare line feeds": b"Subject: a\n\nhello\n",
    "eight bits": b"Subject: \xc4\xe3\r\n\r\n\xba\xc3\xff\x00\r\n",
    "no body": b"Subject: a\r\n\r\n",
    "dots": b"Subject: a\r\n\r\n.\r\n..\r\nx\r\n",
    "two megabytes": b"Subject: a\r\n\r\n" + b"x" * 70 * 30_000 + b"\r\n",
}


@pytest.mark.parametrize("raw", AWKWARD.values(), ids=AWKWARD)
async def test_deliver_keeps_every_byte(mail: MailSandbox, raw: bytes) -> None:
    """What a test delivers is what IMAP gives out, byte for byte."""
    await mail.deliver(raw)
    async with reader(mail) as client:
        await client.select("INBOX")
        assert list((await fetched(client)).values()) == [raw]


async def test_idle_tells_at_once(mail: MailSandbox) -> None:
    """A client that IDLEs hears of a new mail without asking."""
    async with reader(mail) as client:
        await client.select("INBOX")
        idle = await client.idle_start(timeout=WITHIN_S)
        await mail.deliver(written())
        pushed = await client.wait_server_push(timeout=WITHIN_S)
        client.idle_done()
        await asyncio.wait_for(idle, WITHIN_S)
    assert any(line.endswith(b"EXISTS") for line in pushed)


async def test_the_wrong_password_opens_nothing(mail: MailSandbox) -> None:
    """IMAP asks for the password that the sandbox was given."""
    client = aioimaplib.IMAP4(mail.host, mail.imap_port, timeout=WITHIN_S)
    await client.wait_hello_from_server()
    assert (await client.login("support", "wrong")).result == "NO"
    await client.logout()


async def test_what_parley_sends_lies_with_the_customer(mail: MailSandbox) -> None:
    """Mails to any other address are kept for that customer, readable as a person reads them."""
    await post(mail, written("订单 A-1 的退货"), to="Li@Example.com")
    (letter,) = await mail.wait_for(LI)
    seen = letters.read(letter.raw)
    assert (seen.subject, seen.text, seen.sender) == ("订单 A-1 的退货", "您好，\n请放心。", SHOP)
    assert (letter.sender, letter.again) == (SHOP, False)
    assert mail.addresses() == [LI]
    assert mail.letter(letter.number) is letter


async def test_a_repeated_message_id_is_told(mail: MailSandbox) -> None:
    """The same Message-ID again, to the same person, is marked: the sender tried once more."""
    await post(mail, written())
    await post(mail, written())
    await post(mail, written(message_id="<two@parley>"))
    await post(mail, written(), to="wu@example.com")
    assert [letter.again for letter in mail.sent_to(LI)] == [False, True, False]
    assert [letter.again for letter in mail.sent_to("wu@example.com")] == [False]


REFUSALS = {MailFault.REJECT: 550, MailFault.DEFER: 451}


@pytest.mark.parametrize("fault", REFUSALS, ids=str)
async def test_recipients_are_refused_on_demand(mail: MailSandbox, fault: MailFault) -> None:
    """A refused or deferred recipient gets nothing; the next mail passes when it was for once."""
    mail.faults.set(fault, LI, times=1)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await post(mail, written())
    assert refused.value.recipients[0].code == REFUSALS[fault]
    assert mail.sent_to(LI) == []
    await post(mail, written())
    assert len(mail.sent_to(LI)) == 1


CUTS = {MailFault.LOST_ANSWER: 1, MailFault.LOST_MAIL: 0}


@pytest.mark.parametrize("fault", CUTS, ids=str)
async def test_the_connection_is_cut_after_the_final_dot(
    mail: MailSandbox, fault: MailFault
) -> None:
    """The sender cannot tell whether the mail was taken; only the inbox knows."""
    mail.faults.set(fault)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await post(mail, written())
    assert len(mail.sent_to(LI)) == CUTS[fault]
    mail.faults.clear()
    await post(mail, written())


async def test_a_bounce_comes_back_as_a_status_notification(mail: MailSandbox) -> None:
    """A mail that is taken and returned reaches the shop's mailbox as RFC 3464 has it."""
    mail.faults.set(MailFault.BOUNCE, LI)
    await post(mail, written(), sender="support+bounce@shop.example")
    async with reader(mail) as client:
        await client.select("INBOX")
        (raw,) = (await fetched(client)).values()
    report = message_from_bytes(raw)
    assert report.get_content_type() == "multipart/report"
    assert report["Return-Path"] == "<>"
    _, status, headers = report.get_payload()
    _, one = status.get_payload()
    assert (one["Status"], one["Action"]) == ("5.1.1", "failed")
    assert one["Final-Recipient"] == f"rfc822; {LI}"
    assert "<one@parley>" in headers.get_payload()
    assert not [line for line in raw.split(b"\r\n") if b"\n" in line]


async def test_an_auto_responder_answers_and_says_so(mail: MailSandbox) -> None:
    """The customer's absence note answers in the thread and is marked as automatic."""
    mail.faults.set(MailFault.AWAY, LI)
    await post(mail, written())
    async with reader(mail) as client:
        await client.select("INBOX")
        (raw,) = (await fetched(client)).values()
    note = message_from_bytes(raw)
    assert note["Auto-Submitted"] == "auto-replied"
    assert note["In-Reply-To"] == "<one@parley>"


async def test_faults_befall_only_whom_they_are_for(mail: MailSandbox) -> None:
    """A fault for one address leaves the others alone and stays until it is cleared."""
    mail.faults.set(MailFault.REJECT, LI)
    mail.faults.set(MailFault.BOUNCE, "wu@example.com", times=2)
    assert mail.faults.listed() == [
        (MailFault.REJECT, LI, -1),
        (MailFault.BOUNCE, "wu@example.com", 2),
    ]
    await post(mail, written(), to="wu@example.com")
    assert mail.faults.listed()[1][2] == 1
    mail.faults.clear(MailFault.REJECT, "somebody@else.example")
    mail.faults.clear(address="wu@example.com")
    assert mail.faults.listed() == [(MailFault.REJECT, LI, -1)]


async def test_a_log_in_may_be_required(patience: None) -> None:
    """With login_required only the shop may send to customers; anybody may write to the shop."""
    mail = MailSandbox(address=SHOP, username="support", password="geheim", login_required=True)
    await mail.start()
    await post(mail, written(to=SHOP), to=SHOP, sender=LI)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await post(mail, written())
    known = aiosmtplib.SMTP(
        hostname=mail.host, port=mail.smtp_port, start_tls=False, timeout=WITHIN_S
    )
    async with known:
        await known.login("support", "geheim")
        await known.sendmail(SHOP, [LI], written())
        await mail.wait_for(LI)
    async with known:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await known.login("support", "wrong")
    await mail.stop()


async def test_renumbering_changes_uidvalidity_and_keeps_the_mails(mail: MailSandbox) -> None:
    """A restored server names its mails anew: other UIDVALIDITY, same bytes."""

    async def look() -> tuple[bytes, list[bytes]]:
        async with reader(mail) as client:
            chosen = await client.select("INBOX")
            (validity,) = (line for line in chosen.lines if b"UIDVALIDITY" in line)
            return validity, list((await fetched(client)).values())

    await mail.deliver(written("a"))
    await mail.deliver(written("b"))
    before, mails = await look()
    await mail.renumber()
    after, kept = await look()
    assert before != after
    assert mails == kept


async def test_hanging_up_cuts_the_readers(mail: MailSandbox) -> None:
    """Readers see their connection end, and may come back."""
    stream, writer = await asyncio.open_connection(mail.host, mail.imap_port)
    await stream.readline()
    assert mail.readers == 1
    mail.hang_up()
    with contextlib.suppress(ConnectionResetError):
        assert await stream.read() == b""
    writer.close()
    async with reader(mail) as again:
        assert (await again.select("INBOX")).result == "OK"


async def test_the_shops_mailbox_keeps_the_newest(patience: None) -> None:
    """Beyond its limit the oldest mails go; those that stay keep their UIDs."""
    imap = ImapServer("support", "demo", max_mails=2)
    await imap.start("127.0.0.1", 0)
    first, second, third = [await imap.append(written(str(n)), 0) for n in range(3)]
    client = aioimaplib.IMAP4("127.0.0.1", imap.port, timeout=WITHIN_S)
    await client.wait_hello_from_server()
    await client.login("support", "demo")
    await client.select("INBOX")
    assert list(await fetched(client)) == [second, third]
    assert first < second < third
    await client.logout()
    await imap.stop()


async def test_stopping_leaves_nothing_behind(patience: None) -> None:
    """Twice, without start, amid IDLE and amid a mail: no task and no thread stays."""
    mail = MailSandbox()
    await mail.stop()
    threads, tasks = threading.active_count(), asyncio.all_tasks()
    await mail.start()
    port = mail.smtp_port
    idler, idler_writer = await asyncio.open_connection(mail.host, mail.imap_port)
    idler_writer.write(b"a LOGIN support demo\r\nb SELECT INBOX\r\nc IDLE\r\n")
    await idler.readuntil(b"+ Idling.\r\n")
    half_mail, half_writer = await asyncio.open_connection(mail.host, port)
    half_writer.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nhalf")
    await half_mail.readuntil(b"<CR><LF>\r\n")
    await mail.stop()
    await mail.stop()
    for stream, writer in ((idler, idler_writer), (half_mail, half_writer)):
        with contextlib.suppress(ConnectionResetError):
            assert await stream.read() == b""
        writer.close()
    while left := {t for t in asyncio.all_tasks() - tasks if not t.done()}:
        await asyncio.wait(left, timeout=WITHIN_S)
    assert threading.active_count() == threads
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(mail.host, port)


async def test_inboxes_are_bounded() -> None:
    """The oldest letters go first, and a Message-ID that has gone may come again as new."""
    mail = MailSandbox(max_letters=3)
    for number in (0, 1, 2, 3):
        await mail.deliver(written(message_id=f"<{number}@x>"), to=LI)
    await mail.deliver(written(message_id="<0@x>"), to=LI)
    assert [letter.message_id for letter in mail.sent_to(LI)] == ["<2@x>", "<3@x>", "<0@x>"]
    assert not mail.sent_to(LI)[-1].again


@pytest.mark.parametrize("kind", ["multipart", "message", "header"])
async def test_any_bytes_are_taken(mail: MailSandbox, kind: str) -> None:
    """What no parser takes apart is a mail too: it lies in its mailbox, byte for byte."""
    raw = nested(kind)
    assert "OK" in await post(mail, raw, to=SHOP, sender=LI)
    await mail.deliver(raw)
    assert "OK" in await post(mail, raw)
    async with reader(mail) as client:
        await client.select()
        found = await fetched(client)
    assert [each.endswith(raw) for each in found.values()] == [True, True]
    (letter,) = mail.sent_to(LI)
    reading = letters.read(letter.raw)
    assert (letter.message_id, reading.subject) == ("<deep@x>", "deep")
