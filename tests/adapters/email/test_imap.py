"""Fetching: every mail once, nothing marked, whatever happens to folder and connection."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.email import EmailAdapter, imap
from adapters.email import adapter as module
from adapters.email.adapter import OVERSIZE, WITHHELD
from adapters.email.imap import MailboxUnavailable
from gateway.contract import AccountId, InboundMessage, Unreadable
from gateway.sandbox.imap import ImapServer
from tests.adapters.email.desk import PASSWORD, USER, Desk, adapter, kept, polling
from tests.adapters.email.mails import DATE_MS, mail, settings
from tests.adapters.email.servers import HOST, Proxy, TlsFront, certificate, eventually, listening

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def _short_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """pymap does not tell of a mail that came in the instant before IDLE; a renewal finds it."""
    monkeypatch.setattr(imap, "IDLE_RENEWAL_S", 2.0)


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    made = ImapServer(USER, PASSWORD)
    await made.start(HOST, 0)
    yield made
    await made.stop()


def letter(number: int) -> bytes:
    return mail(f"words {number}\r\n", message_id=f"<{number}@example.com>")


async def fill(server: ImapServer, count: int, first: int = 0) -> list[bytes]:
    letters = [letter(number) for number in range(first, first + count)]
    for each in letters:
        await server.append(each, DATE_MS)
    return letters


async def test_all_that_is_there(server: ImapServer) -> None:
    """A first start takes every mail of the folder, in its order, byte for byte."""
    letters = await fill(server, 45)
    desk = Desk()
    async with polling(server.port, desk):
        await desk.until(45)
    assert [raw.body for raw in desk.deliveries] == letters
    assert {raw.method for raw in desk.deliveries} == {"IMAP"}
    assert all(raw.received_at > 0 for raw in desk.deliveries)
    uids = [int(raw.cursor[1].partition(":")[2]) for raw in desk.deliveries if raw.cursor]
    assert uids == sorted(uids)


async def test_what_comes_while_it_waits(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's push brings a mail in; the poller does not ask again and again."""
    monkeypatch.setattr(imap, "IDLE_RENEWAL_S", 600.0)
    desk = Desk()
    proxy = Proxy(server.port)
    async with listening(proxy.serve) as port, polling(port, desk):
        for number in range(3):
            await eventually(lambda n=number: b"".join(proxy.heard).count(b"IDLE") == n + 1)
            await asyncio.sleep(0.05)  # until the server has begun to look out
            await fill(server, 1, first=number)
            await desk.until(number + 1)


async def test_nothing_is_marked(server: ImapServer) -> None:
    """The folder is opened for reading only, and mails are peeked at: nobody else is disturbed."""
    await fill(server, 3)
    desk = Desk()
    proxy = Proxy(server.port)
    async with listening(proxy.serve) as port, polling(port, desk):
        await desk.until(3)
    said = b"".join(proxy.heard)
    assert re.search(rb"EXAMINE", said)
    assert not re.search(rb"SELECT|STORE|EXPUNGE|COPY|MOVE|BODY\[|RFC822 ", said)


async def test_goes_on_where_it_was(server: ImapServer) -> None:
    """After a restart only what is new is fetched."""
    await fill(server, 5)
    desk = Desk()
    async with polling(server.port, desk):
        await desk.until(5)
    await fill(server, 2, first=5)
    async with polling(server.port, desk):
        await desk.until(7)
    assert len(desk.deliveries) == 7


async def test_another_uidvalidity(server: ImapServer) -> None:
    """A folder that was made anew is read from its beginning, and no mail is taken twice."""
    letters = await fill(server, 6)
    desk = Desk()
    async with polling(server.port, desk):
        await desk.until(6)
    before = desk.cursors["imap:INBOX"]
    await server.renumber()
    letters += await fill(server, 1, first=6)
    async with polling(server.port, desk):
        await desk.until(7)
    assert kept(desk) == sorted(letters)
    assert len(desk.deliveries) == 6 + 7
    assert desk.cursors["imap:INBOX"].partition(":")[0] != before.partition(":")[0]


async def test_the_connection_is_lost(server: ImapServer) -> None:
    """A lost connection ends the poller at once, with its reason; the next one goes on."""
    letters = await fill(server, 2)
    desk = Desk()
    async with polling(server.port, desk) as task:
        await desk.until(2)
        server.hang_up()
        with pytest.raises(MailboxUnavailable, match="lost"):
            async with asyncio.timeout(PATIENCE_S):
                await task
    letters += await fill(server, 1, first=2)
    async with polling(server.port, desk):
        await desk.until(3)
    assert kept(desk) == sorted(letters)


async def test_cut_anywhere(server: ImapServer) -> None:
    """However early the connection is cut, again and again, all mails come in, each once."""
    letters = [mail(f"{n} " + "x" * 3_000) for n in range(4)]
    for each in letters:
        await server.append(each, DATE_MS)
    desk = Desk()
    proxy = Proxy(server.port)
    async with listening(proxy.serve) as port:
        for cut in range(0, 20_000, 1_000):
            proxy.cut_after = cut
            async with polling(port, desk) as task:
                await eventually(lambda task=task: task.done() or len(desk.kept) == 4)
            if len(desk.kept) == 4:
                break
            assert isinstance(task.exception(), MailboxUnavailable), cut
        proxy.cut_after = None
        async with polling(port, desk):
            await desk.until(4)
    assert kept(desk) == sorted(letters)


async def test_the_database_is_away(server: ImapServer) -> None:
    """What could not be committed is fetched again: the cursor moves with the commit only."""
    letters = await fill(server, 5)
    desk = Desk()
    desk.refuse_after = 3
    async with polling(server.port, desk) as task:
        with pytest.raises(ConnectionError, match="database"):
            async with asyncio.timeout(PATIENCE_S):
                await task
    desk.refuse_after = None
    async with polling(server.port, desk):
        await desk.until(5)
    assert kept(desk) == sorted(letters)


async def test_a_poisoned_mail_among_good_ones(server: ImapServer) -> None:
    """A mail that cannot be read is handed over whole, and does not hold up the others."""
    poison = b"From: a@b.c\r\nSubject: " + b"x" * 70_000 + b"\r\n\r\nwords"
    letters = await fill(server, 50)
    await server.append(poison, DATE_MS)
    letters += await fill(server, 49, first=50)
    desk = Desk()
    async with polling(server.port, desk):
        await desk.until(100)
    assert kept(desk) == sorted([*letters, poison])
    events = [desk._adapter.receive(raw)[0][0] for raw in desk.deliveries]
    assert [type(event) for event in events] == [InboundMessage] * 50 + [Unreadable] + [
        InboundMessage
    ] * 49


async def test_a_mail_too_large(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a mail beyond the limit only the header is fetched, and its size is told."""
    monkeypatch.setattr(module, "MAX_MAIL_BYTES", 10_000)
    await server.append(mail("x" * 20_000), DATE_MS)
    await fill(server, 1)
    desk = Desk()
    async with polling(server.port, desk):
        await desk.until(2)
    large, small = desk.deliveries
    assert int(large.header(OVERSIZE) or 0) > 20_000
    assert large.body.startswith(b"From: Li Lei")
    assert len(large.body) < 1_000
    assert small.header(OVERSIZE) is None


NOT_HANDED_OUT = [
    ("its size, once", b"UID 104 RFC822.SIZE", 1),
    ("its size, twice", b"UID 104 RFC822.SIZE", 2),
    ("its bytes, once", b"UID 104 BODY", 1),
    ("its bytes, three times", b"UID 104 BODY", 3),
]


@pytest.mark.parametrize(
    ("said", "times"), [row[1:] for row in NOT_HANDED_OUT], ids=[row[0] for row in NOT_HANDED_OUT]
)
async def test_not_handed_out_at_once(server: ImapServer, said: bytes, times: int) -> None:
    """A mail that is listed and left out of an answer is asked for again, and not passed over."""
    letters = await fill(server, 9)
    desk, proxy = Desk(), Proxy(server.port)
    proxy.replace, proxy.most_replaced = (said, said.replace(b"104", b"999")), times
    async with listening(proxy.serve) as port, polling(port, desk):
        await desk.until(9)
    assert proxy.replaced == times
    assert kept(desk) == sorted(letters)


@pytest.mark.parametrize("said", [b"UID 104 RFC822.SIZE", b"UID 104 BODY"])
async def test_never_handed_out(server: ImapServer, said: bytes) -> None:
    """What a server lists and keeps back is told to people, and does not hold up the others."""
    letters = await fill(server, 9)
    desk, proxy = Desk(), Proxy(server.port)
    proxy.replace = (said, said.replace(b"104", b"999"))
    async with listening(proxy.serve) as port, polling(port, desk):
        await desk.until(9)
    withheld = desk.deliveries[3]
    (event,), _ = desk._adapter.receive(withheld)
    assert isinstance(event, Unreadable)
    assert "does not hand it out" in event.detail
    assert (withheld.header(WITHHELD), withheld.body) == ("1", b"")
    assert kept(desk) == sorted([*letters[:3], b"", *letters[4:]])


async def test_deleted_between_search_and_fetch(server: ImapServer) -> None:
    """What is gone is nobody's loss: it is passed over in silence."""
    letters = await fill(server, 5)
    desk, proxy = Desk(), Proxy(server.port)
    proxy.replace, proxy.most_replaced = (b"SEARCH 101 102 103", b"SEARCH 101 102 103 199"), 1
    async with listening(proxy.serve) as port, polling(port, desk):
        await desk.until(5)
    assert kept(desk) == sorted(letters)
    assert [raw.header(WITHHELD) for raw in desk.deliveries] == [None] * 5


STRANGE = [
    b"",
    b"\r\n",
    b"Subject: x",
    b"(((((",
    b"Subject: x\r\n\r\n* 1 FETCH (UID 5 {3}\r\nA1 OK\r\n)",
    b"a {5}\r\n",
    "Subject: 订单\r\n\r\n好".encode(),
]


async def test_strange_bytes(server: ImapServer) -> None:
    """Mails that look like the protocol, and empty ones, come through as they are."""
    for each in STRANGE:
        await server.append(each, DATE_MS)
    desk = Desk()
    async with polling(server.port, desk):
        async with asyncio.timeout(PATIENCE_S):
            while len(desk.deliveries) < len(STRANGE):
                await desk.until(len(desk.kept) + 1) if len(desk.kept) < len(
                    set(STRANGE)
                ) else await asyncio.sleep(0)
    # The server gives out a byte too few of a mail that ends with its headers.
    assert [
        raw.body[: len(each) - 1] for raw, each in zip(desk.deliveries, STRANGE, strict=True)
    ] == [each[:-1] for each in STRANGE]


async def test_a_server_without_idle(server: ImapServer) -> None:
    """Where the server cannot push, it is asked at intervals."""
    desk = Desk()
    proxy = Proxy(server.port)
    proxy.replace = (b" IDLE", b"")
    async with listening(proxy.serve) as port, polling(port, desk, poll_interval_s=1):
        await fill(server, 1)
        await desk.until(1)
        await fill(server, 1, first=1)
        await desk.until(2)
    assert b"IDLE" not in b"".join(proxy.heard)


async def test_idle_is_renewed(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is renewed before anybody on the way forgets the connection."""
    monkeypatch.setattr(imap, "IDLE_RENEWAL_S", 0.05)
    desk = Desk()
    proxy = Proxy(server.port)
    async with listening(proxy.serve) as port, polling(port, desk) as task:
        while b"".join(proxy.heard).count(b"IDLE") < 4:
            assert not task.done()
            await asyncio.wait({task}, timeout=0.02)
        await fill(server, 1)
        await desk.until(1)
    assert proxy.connections == 1


async def test_only_what_is_new(server: ImapServer) -> None:
    """`first_sync: new` leaves what lay in the folder before the last day; later mails all come."""
    day = 24 * 3_600_000
    now = desk_now()
    await server.append(letter(1), now - 9 * day)
    await server.append(letter(2), now)
    desk = Desk()
    async with polling(server.port, desk, first_sync="new"):
        await desk.until(1)
        await server.append(letter(3), now - 9 * day)
        await desk.until(2)
    assert [raw.body for raw in desk.deliveries] == [letter(2), letter(3)]


def desk_now() -> int:
    return EmailAdapter.build(AccountId("mail"), settings())._clock.now_ms()


async def test_a_folder_that_is_not_there(server: ImapServer) -> None:
    """A folder that cannot be opened ends the poller and is named."""
    desk = Desk()
    async with polling(server.port, desk, folders=["INBOX", "垃圾邮件"]) as task:
        with pytest.raises(MailboxUnavailable, match="垃圾邮件"):
            async with asyncio.timeout(PATIENCE_S):
                await task


async def test_several_folders(server: ImapServer) -> None:
    """Each folder has a cursor of its own and is followed side by side."""
    await fill(server, 2)
    desk = Desk()
    async with polling(server.port, desk, folders=["INBOX", "inbox"]):
        await desk.until(2)
        await eventually(lambda: len(desk.cursors) == 2)
    assert set(desk.cursors) == {"imap:INBOX", "imap:inbox"}


async def test_a_wrong_password(server: ImapServer) -> None:
    """A refused log-in ends the poller; the password is not told."""
    desk = Desk()
    async with polling(server.port, desk, password="wrong-one") as task:
        with pytest.raises(MailboxUnavailable, match="log-in") as told:
            async with asyncio.timeout(PATIENCE_S):
                await task
    assert "wrong-one" not in str(told.value)


async def test_tells_its_name(server: ImapServer) -> None:
    """A server that asks for names (RFC 2971) is told ours before a folder is opened."""
    await fill(server, 1)
    desk = Desk()
    proxy = Proxy(server.port)
    proxy.replace = (b" IDLE", b" IDLE ID")
    async with listening(proxy.serve) as port, polling(port, desk):
        await desk.until(1)
    said = b"".join(proxy.heard)
    assert 0 < said.find(b' ID ( "name" "Parley"') < said.find(b"EXAMINE")


async def test_nobody_listens() -> None:
    """Without a server the poller ends at once."""
    with pytest.raises(MailboxUnavailable):
        await adapter(9).poll({}, Desk().inlet)


async def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and is silent is given up after a while."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    monkeypatch.setattr(imap, "CONNECT_TIMEOUT_S", 0.2)
    async with listening(silent) as port:
        with pytest.raises(MailboxUnavailable, match="in time"):
            await adapter(port).poll({}, Desk().inlet)


async def test_cancelled(server: ImapServer) -> None:
    """A cancelled poller ends at once and leaves no connection and no task behind."""
    desk = Desk()
    before = asyncio.all_tasks()
    async with polling(server.port, desk):
        await fill(server, 1)
        await desk.until(1)
        await asyncio.sleep(0.05)  # now it waits for the server's push
    await eventually(lambda: not server.connections and not asyncio.all_tasks() - before)


# --- encryption and health -------------------------------------------------------------------------


async def test_implicit_tls(
    server: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS from the first byte, with a certificate that the machine trusts."""
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    await fill(server, 1)
    desk = Desk()
    async with (
        listening(Proxy(server.port).serve, context) as port,
        polling(port, desk, host="localhost", tls="implicit"),
    ):
        await desk.until(1)


async def test_starttls(
    server: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STARTTLS comes before the log-in."""
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    await fill(server, 1)
    desk = Desk()
    front = TlsFront(server.port, context)
    async with (
        listening(front.serve) as port,
        polling(port, desk, host="localhost", tls="starttls"),
    ):
        await desk.until(1)
    assert b"LOGIN" not in b"".join(front.plain)


async def test_starttls_refused(server: ImapServer) -> None:
    """A server without STARTTLS never hears the password."""
    proxy = Proxy(server.port)
    async with listening(proxy.serve) as port:
        with pytest.raises(MailboxUnavailable, match="STARTTLS"):
            await adapter(port, tls="starttls").poll({}, Desk().inlet)
    assert b"LOGIN" not in b"".join(proxy.heard)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_untrusted(server: ImapServer, tmp_path: Path, tls: str) -> None:
    """A certificate nobody vouches for ends the attempt before the log-in."""
    context, _ = certificate(tmp_path)
    front = TlsFront(server.port, context)
    serve = front.serve if tls == "starttls" else Proxy(server.port).serve
    async with listening(serve, context if tls == "implicit" else None) as port:
        with pytest.raises((MailboxUnavailable, OSError)):
            await adapter(port, host="localhost", tls=tls).poll({}, Desk().inlet)


async def test_health(server: ImapServer) -> None:
    """Both servers are asked; what is wrong is said, and what to do."""
    health = await adapter(server.port).check()
    assert not health.ok
    assert health.detail.startswith("SMTP: ")
    assert "smtp" in health.what_to_do
    wrong = await adapter(server.port, password="wrong").check()
    assert "IMAP: " in wrong.detail
    assert "wrong" not in wrong.detail.replace("what is wrong", "")
    await eventually(lambda: not server.connections)


async def test_folders_beyond_ascii() -> None:
    """Folder names are written as RFC 3501 has them."""
    assert imap._modified_utf7("垃圾邮件") == "&V4NXPpCuTvY-"
    assert imap._modified_utf7("A&B/收件箱") == "A&-B/&ZTZO9nux-"
    assert imap._modified_utf7("INBOX") == "INBOX"
