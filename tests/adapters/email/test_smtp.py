"""Sending: what is certain, what is in doubt, and what the server's answers mean."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from adapters.email import EmailAdapter, smtp
from adapters.email.imap import MailboxUnavailable
from gateway.contract import (
    Accepted,
    AccountId,
    DedupKey,
    Deferred,
    InDoubt,
    MailThread,
    OutboundAttachment,
    OutboundMessage,
    Outcome,
    RawRequest,
    Reason,
    Rejected,
)
from gateway.sandbox.mail import MailFault, MailSandbox
from tests.adapters.email.mails import CONVERSATION, settings
from tests.adapters.email.servers import CUT, HOST, SILENCE, ScriptedSmtp, certificate, listening

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
MESSAGE_ID = f"<{ID}@shop.example>"
KEY = DedupKey(ID)


def message(**changes: Any) -> OutboundMessage:
    given = {
        "id": ID,
        "conversation": CONVERSATION,
        "account": "mail",
        "recipient": "mailto:li@example.com",
        "text": "您好，包裹已发出。",
        "thread": MailThread(subject="订单"),
        "written_at": 1_767_578_400_000,
    }
    return OutboundMessage(**(given | changes))


def adapter(port: int, **server: Any) -> EmailAdapter:
    given = {"host": HOST, "port": port, "tls": "none"}
    return EmailAdapter.build(AccountId("mail"), settings(smtp=given | server))


async def sent(server: ScriptedSmtp, **changes: Any) -> Outcome:
    async with listening(server.serve) as port:
        return await adapter(port).send(message(**changes), KEY)


# --- a real server -------------------------------------------------------------------------------


@pytest.fixture
async def world() -> AsyncIterator[MailSandbox]:
    sandbox = MailSandbox(login_required=True)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


def to_world(world: MailSandbox, **changes: Any) -> EmailAdapter:
    login = {"username": world.username, "password": world.password}
    return adapter(world.smtp_port, **(login | changes))


async def test_a_mail_arrives(world: MailSandbox) -> None:
    """It arrives whole, from our address, and is accepted under its Message-ID."""
    outcome = await to_world(world).send(message(), KEY)
    assert outcome == Accepted(provider_id=MESSAGE_ID)
    (letter,) = world.sent_to("li@example.com")
    assert letter.sender == "support@shop.example"
    assert letter.message_id == MESSAGE_ID


@pytest.mark.parametrize(
    ("account", "desk", "shown"),
    [("", "Dawnlight", "Dawnlight"), ("Returns", "Dawnlight", "Returns"), ("", "", "support@")],
)
async def test_who_it_is_from(world: MailSandbox, account: str, desk: str, shown: str) -> None:
    """The account's own name; else what the desk is called in the customer's language."""
    server = {"host": HOST, "port": world.smtp_port, "tls": "none"}
    server |= {"username": world.username, "password": world.password}
    mailbox = EmailAdapter.build(AccountId("mail"), settings(smtp=server, display_name=account))
    await mailbox.send(message(sender_name=desk), KEY)
    (letter,) = world.sent_to("li@example.com")
    assert f"\r\nFrom: {shown}".encode() in letter.raw.replace(b'"', b"").replace(
        b"From: <", b"From: "
    )


async def test_lines_of_dots(world: MailSandbox) -> None:
    """A line of a dot does not end the mail."""
    await to_world(world).send(message(text="a\n.\n..\nb"), KEY)
    assert b"\r\n.\r\n..\r\nb" in world.sent_to("li@example.com")[0].raw


async def test_files(world: MailSandbox, tmp_path: Path) -> None:
    """Files are read from where they lie; one that is gone is said so."""
    path = tmp_path / "x"
    path.write_bytes(bytes(range(256)) * 4_000)
    file = OutboundAttachment(
        media_type="image/png", filename="图.png", size_bytes=1_024_000, sha256="", path=path
    )
    assert isinstance(await to_world(world).send(message(attachments=(file,)), KEY), Accepted)
    assert len(world.sent_to("li@example.com")[0].raw) > 1_300_000
    await asyncio.to_thread(path.unlink)
    outcome = await to_world(world).send(message(attachments=(file,)), KEY)
    assert isinstance(outcome, Rejected)
    assert str(tmp_path) not in outcome.detail


REAL = [
    (MailFault.REJECT, Rejected, Reason.INVALID_RECIPIENT),
    (MailFault.DEFER, Deferred, Reason.UNAVAILABLE),
]


@pytest.mark.parametrize(("fault", "kind", "reason"), REAL)
async def test_refusals_of_a_real_server(
    world: MailSandbox, fault: MailFault, kind: type, reason: Reason
) -> None:
    """No such mailbox is hopeless, come back later is not."""
    world.faults.set(fault)
    outcome = await to_world(world).send(message(), KEY)
    assert isinstance(outcome, kind)
    assert outcome.reason is reason


@pytest.mark.parametrize("fault", [MailFault.LOST_ANSWER, MailFault.LOST_MAIL])
async def test_a_lost_answer(world: MailSandbox, fault: MailFault) -> None:
    """When the answer to the final dot is lost nobody knows; the next try is the same mail."""
    world.faults.set(fault, times=1)
    assert isinstance(await to_world(world).send(message(), KEY), InDoubt)
    assert await to_world(world).send(message(), KEY) == Accepted(provider_id=MESSAGE_ID)
    assert {letter.message_id for letter in world.sent_to("li@example.com")} == {MESSAGE_ID}


async def test_a_wrong_password(world: MailSandbox) -> None:
    """The message waits until the password is mended; it is not at fault."""
    outcome = await to_world(world, password="wrong").send(message(), KEY)
    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.CREDENTIALS
    assert "wrong" not in outcome.detail


async def _never(_raw: RawRequest) -> None:
    raise AssertionError("nothing comes in")


async def test_an_account_that_is_off(world: MailSandbox) -> None:
    """Whoever left the mailbox's password empty neither fetches nor sends; what waits, waits."""
    imap = {"host": HOST, "port": 1, "tls": "none", "username": "u", "password": ""}
    off = EmailAdapter.build(
        AccountId("mail"),
        settings(imap=imap, smtp={"host": HOST, "port": world.smtp_port, "tls": "none"}),
    )
    outcome = await off.send(message(), KEY)
    assert isinstance(outcome, Deferred)
    assert (outcome.reason, outcome.detail) == (
        Reason.CREDENTIALS,
        "imap.password is empty; set it",
    )
    with pytest.raises(MailboxUnavailable, match="is empty"):
        await off.poll({}, _never)
    assert world.sent_to("li@example.com") == []


# --- every answer, every loss ----------------------------------------------------------------------

UNAVAILABLE, BAD = Reason.UNAVAILABLE, Reason.INVALID_RECIPIENT

ANSWERS = [
    ("greeting: busy", {"greeting": b"421 busy"}, Deferred, UNAVAILABLE),
    ("greeting: not for you", {"greeting": b"554 no"}, Deferred, UNAVAILABLE),
    ("greeting: cut", {"greeting": CUT}, Deferred, UNAVAILABLE),
    ("greeting: nonsense", {"greeting": b"hello"}, Deferred, UNAVAILABLE),
    ("EHLO: cut", {"EHLO": CUT}, Deferred, UNAVAILABLE),
    ("MAIL: later", {"MAIL": b"451 4.3.0 later"}, Deferred, UNAVAILABLE),
    ("MAIL: never", {"MAIL": b"550 5.1.8 sender refused"}, Rejected, Reason.OTHER),
    ("MAIL: log in first", {"MAIL": b"530 5.7.0 log in"}, Deferred, Reason.CREDENTIALS),
    ("MAIL: cut", {"MAIL": CUT}, Deferred, UNAVAILABLE),
    ("RCPT: nobody there", {"RCPT": b"550 5.1.1 no such user"}, Rejected, BAD),
    ("RCPT: nobody there, without a status", {"RCPT": b"550 no"}, Rejected, BAD),
    ("RCPT: full", {"RCPT": b"552 5.2.2 full"}, Rejected, Reason.MAILBOX_FULL),
    ("RCPT: blocked", {"RCPT": b"554 5.7.1 blocked by policy"}, Rejected, Reason.BLOCKED),
    ("RCPT: full for now", {"RCPT": b"452 4.2.2 full"}, Deferred, Reason.MAILBOX_FULL),
    ("RCPT: greylisted", {"RCPT": b"450 4.7.1 greylisted, try again"}, Deferred, UNAVAILABLE),
    ("RCPT: cut", {"RCPT": CUT}, Deferred, UNAVAILABLE),
    ("RCPT: will forward", {"RCPT": b"251 will forward"}, Accepted, None),
    ("DATA: later", {"DATA": b"451 later"}, Deferred, UNAVAILABLE),
    ("DATA: never", {"DATA": b"554 no valid recipients"}, Rejected, Reason.OTHER),
    ("DATA: 250 is no invitation", {"DATA": b"250 ok"}, Deferred, UNAVAILABLE),
    ("DATA: cut", {"DATA": CUT}, Deferred, UNAVAILABLE),
    ("dot: taken", {}, Accepted, None),
    ("dot: later", {"DOT": b"451 4.3.2 later"}, Deferred, UNAVAILABLE),
    ("dot: too large", {"DOT": b"552 5.3.4 too large"}, Rejected, Reason.TOO_LARGE),
    ("dot: spam", {"DOT": b"554 5.7.1 spam"}, Rejected, Reason.BLOCKED),
    ("dot: cut", {"DOT": CUT}, InDoubt, None),
    ("dot: nonsense", {"DOT": b"what?"}, InDoubt, None),
    ("dot: a strange code", {"DOT": b"354 go on"}, InDoubt, None),
    ("dot: many lines", {"DOT": b"250-one\r\n250 two"}, Accepted, None),
    ("QUIT: cut", {"QUIT": CUT}, Accepted, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "kind", "reason"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
async def test_answers(script: dict[str, bytes], kind: type, reason: Reason | None) -> None:
    """Before the final dot a failure is certain; after it only the server's answer counts."""
    outcome = await sent(ScriptedSmtp(**script))
    assert isinstance(outcome, kind), outcome
    assert getattr(outcome, "reason", None) is reason


async def test_a_cut_within_the_content(tmp_path: Path) -> None:
    """A connection that ends before the final dot was written has delivered nothing."""
    path = tmp_path / "large"
    path.write_bytes(b"x" * 12_000_000)
    file = OutboundAttachment(
        media_type="a/b", filename="x", size_bytes=12_000_000, sha256="", path=path
    )
    outcome = await sent(ScriptedSmtp(BODY=CUT), attachments=(file,))
    assert isinstance(outcome, Deferred)


SILENT = [("RCPT", Deferred), ("DATA", Deferred), ("DOT", InDoubt)]


@pytest.mark.parametrize(("verb", "kind"), SILENT)
async def test_silence(verb: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is waited for only so long, and the same holds then."""
    monkeypatch.setattr(smtp, "TOTAL_TIMEOUT_S", 0.3)
    assert isinstance(await sent(ScriptedSmtp(**{verb: SILENCE})), kind)


async def test_cancelled() -> None:
    """A cancelled try ends as cancelled, and its connection with it."""
    server = ScriptedSmtp(DOT=SILENCE)
    async with listening(server.serve) as port:
        task = asyncio.create_task(adapter(port).send(message(), KEY))
        await server.taken.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nobody_listens() -> None:
    """Without a server nothing was sent."""
    assert isinstance(await adapter(9).send(message(), KEY), Deferred)


RECIPIENTS = [
    "mailto:",
    "mailto:a@b,c@d",
    "mailto:a@b.c\r\nRCPT TO:<x@y.z>",
    "mailto:a@b.c> SIZE=1",
    "mailto:moderator",
    "tel:+8613800138000",
]


@pytest.mark.parametrize("recipient", RECIPIENTS)
async def test_bad_recipients(recipient: str) -> None:
    """What is not one address never reaches the server."""
    server = ScriptedSmtp()
    outcome = await sent(server, recipient=recipient)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.INVALID_RECIPIENT
    assert not server.commands


async def test_a_bad_subject() -> None:
    """A subject with a line break in it is refused before anything is said."""
    server = ScriptedSmtp()
    outcome = await sent(server, thread=MailThread(subject="a\nBcc: x@y.z"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.CONTENT_REFUSED
    assert not server.commands


async def test_what_is_said() -> None:
    """The envelope names our address and one recipient, in the order of the protocol."""
    server = ScriptedSmtp()
    await sent(server)
    assert server.commands == [
        b"EHLO shop.example",
        b"MAIL FROM:<support@shop.example>",
        b"RCPT TO:<li@example.com>",
        b"DATA",
        b"QUIT",
    ]


EXTENSIONS = [
    ("too large for the server", b"250-mx\r\n250 SIZE 100", {}, Rejected, Reason.TOO_LARGE),
    ("a size without a limit", b"250-mx\r\n250 SIZE", {}, Accepted, None),
    ("an address beyond ASCII, unwelcome", b"250-mx\r\n250 SIZE", {"recipient": "mailto:李@example.com"}, Rejected, Reason.UNSUPPORTED),
    ("an address beyond ASCII, welcome", b"250-mx\r\n250 SMTPUTF8", {"recipient": "mailto:李@example.com"}, Accepted, None),
    ("a domain beyond ASCII needs no extension", b"250-mx\r\n250 SIZE", {"recipient": "mailto:li@例子.中国"}, Accepted, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ehlo", "changes", "kind", "reason"),
    [row[1:] for row in EXTENSIONS],
    ids=[row[0] for row in EXTENSIONS],
)
async def test_extensions(
    ehlo: bytes, changes: dict[str, str], kind: type, reason: Reason | None
) -> None:
    """What the server says it can do decides what is asked of it."""
    outcome = await sent(ScriptedSmtp(EHLO=ehlo), **changes)
    assert isinstance(outcome, kind), outcome
    assert getattr(outcome, "reason", None) is reason


# --- encryption ------------------------------------------------------------------------------------


class Keeper:
    """Keeps what a real server took, and whether it was encrypted."""

    def __init__(self) -> None:
        self.mails: list[bool] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        self.mails.append(
            session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None
        )
        return "250 OK"


async def through_tls(
    tls: str, context: ssl.SSLContext, keeper: Keeper, host: str = "localhost"
) -> Outcome:
    loop = asyncio.get_running_loop()

    def accept(_server, _session, _envelope, _mechanism, _data) -> AuthResult:
        return AuthResult(success=True)

    def connection() -> SMTP:
        if tls == "starttls":
            return SMTP(
                keeper, tls_context=context, require_starttls=True, authenticator=accept, loop=loop
            )
        return SMTP(keeper, authenticator=accept, auth_require_tls=False, loop=loop)

    server = await loop.create_server(
        connection, "localhost", 0, ssl=context if tls == "implicit" else None
    )
    port = server.sockets[0].getsockname()[1]
    try:
        login = {"username": "u", "password": "p"}
        return await adapter(port, host=host, tls=tls, **login).send(message(), KEY)
    finally:
        server.close()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_encrypted(tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of TLS work with a certificate that the machine trusts."""
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    keeper = Keeper()
    assert isinstance(await through_tls(tls, context, keeper), Accepted)
    assert keeper.mails == [True]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_untrusted(tls: str, tmp_path: Path) -> None:
    """A certificate nobody vouches for gets neither mail nor password."""
    context, _ = certificate(tmp_path)
    keeper = Keeper()
    assert isinstance(await through_tls(tls, context, keeper), Deferred)
    assert keeper.mails == []


async def test_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trusted certificate of another host gets nothing either."""
    context, authority = certificate(tmp_path, "elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert isinstance(await through_tls("implicit", context, Keeper()), Deferred)


async def test_no_starttls_no_mail() -> None:
    """A server that does not offer STARTTLS gets no mail in the clear."""
    server = ScriptedSmtp()
    async with listening(server.serve) as port:
        assert isinstance(await adapter(port, tls="starttls").send(message(), KEY), Deferred)
    assert not server.mails
