"""What became of our mails, as servers tell it."""

import pytest

from adapters.email.wire.inbound import decode_mail
from gateway.contract import DeliveryReport, InboundMessage, Reason
from gateway.domain.message import MessageState
from tests.adapters.email.mails import DATE_MS, OWN, mail, multipart, part, read

OURS = "<01890a5d-ac96-774b-bcce-b302099a8057@shop.example>"
RETURNED = part(
    "message/rfc822", f"Message-ID: {OURS}\r\nTo: li@example.com\r\nSubject: x\r\n\r\nhi"
)
PROSE = part("text/plain", "Your message could not be delivered.\r\n")


def dsn(*groups: str, prose: bytes = PROSE, returned: bytes = RETURNED) -> bytes:
    status = "Reporting-MTA: dns; mx.example.com\r\n\r\n" + "\r\n".join(groups)
    return multipart(
        "report; report-type=delivery-status",
        prose,
        part("message/delivery-status", status),
        returned,
        From="Mail Delivery System <MAILER-DAEMON@mx.example.com>",
        subject="Undelivered Mail Returned to Sender",
        return_path="<>",
    )


def group(
    address: str = "li@example.com", action: str = "failed", status: str = "5.1.1", said: str = ""
) -> str:
    diagnostic = f"Diagnostic-Code: smtp; {said}\r\n" if said else ""
    return f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n{diagnostic}"


def reports(raw: bytes) -> list[DeliveryReport]:
    events = decode_mail(raw, OWN)
    assert all(isinstance(event, DeliveryReport) for event in events), events
    return list(events)


def test_a_report() -> None:
    """A bounce is one report, of the message it is about, and no message."""
    (report,) = reports(dsn(group(said="550 5.1.1 <li@example.com>: user unknown")))
    assert report == DeliveryReport(
        key=report.key,
        state=MessageState.FAILED,
        provider_message=OURS,
        message="01890a5d-ac96-774b-bcce-b302099a8057",
        reason=Reason.INVALID_RECIPIENT,
        code="5.1.1",
        detail="550 5.1.1 <li@example.com>: user unknown",
        at=DATE_MS,
        recipient="mailto:li@example.com",
    )


def test_several_recipients() -> None:
    """One report for each recipient that failed, each with a key of its own; the same every time."""
    raw = dsn(
        group("a@x.example"),
        group("b@x.example", status="5.2.2"),
        group("c@x.example", "delayed", "4.4.1"),
    )
    found = reports(raw)
    assert [(r.recipient, r.code) for r in found] == [
        ("mailto:a@x.example", "5.1.1"),
        ("mailto:b@x.example", "5.2.2"),
    ]
    assert len({r.key for r in found}) == 2
    assert found == reports(raw)


FATES = [
    ("delivered", "2.0.0", MessageState.DELIVERED),
    ("relayed", "2.0.0", MessageState.SENT),
    ("expanded", "2.0.0", MessageState.DELIVERED),
    ("failed", "4.4.7", MessageState.FAILED),
    ("Failed (bounced)", "5.0.0", MessageState.FAILED),
]


@pytest.mark.parametrize(("action", "status", "state"), FATES)
def test_fates(action: str, status: str, state: MessageState) -> None:
    """The action decides, not the class of the status."""
    (report,) = reports(dsn(group(action=action, status=status)))
    assert report.state is state
    assert (report.reason is None) == (state is not MessageState.FAILED)


def test_a_delay_is_a_message() -> None:
    """A delay settles nothing: it is an automatic message."""
    message = read(dsn(group(action="delayed", status="4.4.1")))
    assert message.automatic


REASONS = [
    ("5.1.1", "", Reason.INVALID_RECIPIENT),
    ("5.1.2", "", Reason.INVALID_RECIPIENT),
    ("5.1.10", "", Reason.INVALID_RECIPIENT),
    ("5.2.1", "", Reason.INVALID_RECIPIENT),
    ("5.2.2", "", Reason.MAILBOX_FULL),
    ("4.2.2", "", Reason.MAILBOX_FULL),
    ("5.3.4", "", Reason.TOO_LARGE),
    ("5.4.4", "", Reason.INVALID_RECIPIENT),
    ("4.4.7", "", Reason.EXPIRED),
    ("5.6.1", "", Reason.CONTENT_REFUSED),
    ("5.7.26", "", Reason.BLOCKED),
    ("5.7.1", "message blocked as spam", Reason.BLOCKED),
    ("5.7.1", "mailbox is full", Reason.MAILBOX_FULL),
    ("5.0.0", "552 over quota", Reason.MAILBOX_FULL),
    ("5.0.0", "550 no such user here", Reason.INVALID_RECIPIENT),
    ("5.0.0", "550 用户不存在", Reason.INVALID_RECIPIENT),
    ("5.0.0", "552 邮箱已满", Reason.MAILBOX_FULL),
    ("5.0.0", "554 垃圾邮件，拒收", Reason.BLOCKED),
    ("5.0.0", "552 message too large", Reason.TOO_LARGE),
    ("4.4.1", "connection timed out", Reason.EXPIRED),
    ("5.0.0", "nobody knows why", Reason.OTHER),
]


@pytest.mark.parametrize(("status", "said", "reason"), REASONS)
def test_reasons(status: str, said: str, reason: Reason) -> None:
    """A precise status gives the reason; a vague one leaves it to the server's words."""
    (report,) = reports(dsn(group(status=status, said=said)))
    assert report.reason is reason


def prose(text: str, **fields: str) -> bytes:
    usual = {
        "From": "MAILER-DAEMON@mx.example.com",
        "subject": "failure notice",
        "return_path": "<>",
    }
    return mail(text.replace("\n", "\r\n"), **(usual | fields))


COPY = f"\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <support@shop.example>\nMessage-ID: {OURS}\nTo: li@example.com\nSubject: x\n\nhi\n"

TOLD = [
    ("qmail", prose("Hi. This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up.\n\n<li@example.com>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 user unknown\nGiving up on 192.0.2.1." + COPY), "li@example.com", "5.1.1", Reason.INVALID_RECIPIENT),
    ("Exim", prose("This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  li@example.com\n    SMTP error from remote mail server after RCPT TO:<li@example.com>:\n    host mx.example.com [192.0.2.1]: 552 5.2.2 Mailbox full\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-ID: " + OURS + "\n", x_failed_recipients="li@example.com"), "li@example.com", "5.2.2", Reason.MAILBOX_FULL),
    ("Gmail", prose("Delivery to the following recipient failed permanently:\n\n     li@example.com\n\nTechnical details of permanent failure:\nThe error that the other server returned was:\n550 550 5.7.1 Message rejected as spam\n\n----- Original message -----\n\nMessage-ID: " + OURS + "\n", subject="Delivery Status Notification (Failure)"), "li@example.com", "5.7.1", Reason.BLOCKED),
    ("only a reply code", prose("Sorry, we were unable to deliver your message to the following address.\n\n<li@example.com>:\nRemote host said:\n554 delivery error: dd This user doesn't have a yahoo.com account" + COPY), "li@example.com", "554", Reason.INVALID_RECIPIENT),
    ("Sendmail without a report", prose("   ----- The following addresses had permanent fatal errors -----\n<li@example.com>\n\n   ----- Transcript of session follows -----\n550 <li@example.com>... Host unknown" + COPY, subject="Returned mail: Host unknown"), "li@example.com", "550", Reason.INVALID_RECIPIENT),
    ("QQ", prose("抱歉，您的邮件被退回来了……\n\n收件人（li@example.com）\n\n退信原因：对方邮箱已满，550 5.2.2 mailbox full" + COPY, subject="系统退信"), "li@example.com", "5.2.2", Reason.MAILBOX_FULL),
    ("163", prose("很抱歉，您发送的邮件被对方服务器退回。\n收件人: li@example.com\n原因: 用户不存在" + COPY, subject="系统退信", From="Postmaster@163.example"), "li@example.com", None, Reason.INVALID_RECIPIENT),
    ("the address only in the returned mail", prose("This Message was undeliverable due to the following reason:\n\nUser unknown" + COPY), "li@example.com", None, Reason.INVALID_RECIPIENT),
    ("a report that is not marked as one", prose("The mail system\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; li@example.com\nAction: failed\nStatus: 5.1.1\n" + COPY), "li@example.com", "5.1.1", Reason.INVALID_RECIPIENT),
    ("a sender that is only a name", prose("There was an error delivering your mail to <li@example.com>.\n550 5.1.1 user unknown\n\nMessage headers follow.\n\nMessage-ID: " + OURS, From="MAILER-DAEMON <>"), "li@example.com", "5.1.1", Reason.INVALID_RECIPIENT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "recipient", "code", "reason"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD]
)
def test_prose(raw: bytes, recipient: str, code: str | None, reason: Reason) -> None:
    """A server that knows no reports is understood by its words."""
    (report,) = reports(raw)
    assert report.recipient == f"mailto:{recipient}"
    assert (report.code, report.reason) == (code, reason)
    assert report.provider_message == OURS


def test_words_from_the_prose() -> None:
    """A report without a diagnosis takes it from the prose beside it."""
    words = part("text/plain", "<li@example.com>: 552 5.2.2 mailbox full\r\n")
    (report,) = reports(dsn(group(status="5.0.0"), prose=words))
    assert (report.code, report.reason) == ("5.2.2", Reason.MAILBOX_FULL)


def test_a_report_within_a_mail() -> None:
    """A gateway that wraps the report into another mail does not hide it."""
    inner = dsn(group())
    raw = multipart(
        "mixed",
        PROSE,
        part("message/rfc822", inner),
        From="MAILER-DAEMON@x.example",
        return_path="<>",
    )
    (report,) = reports(raw)
    assert (report.code, report.recipient) == ("5.1.1", "mailto:li@example.com")


def test_headers_only() -> None:
    """A report that returns only the header names the message as well."""
    headers = part("text/rfc822-headers", f"Message-ID: {OURS}\r\n")
    assert reports(dsn(group(), returned=headers))[0].provider_message == OURS


def test_one_of_ours_before_others() -> None:
    """Of several Message-IDs ours is meant."""
    headers = part("text/rfc822-headers", "Message-ID: <changed@gateway.example>\r\n")
    raw = dsn(group(), returned=headers).replace(
        b"Return-Path: <>", f"In-Reply-To: {OURS}".encode()
    )
    assert reports(raw)[0].provider_message == OURS


def test_which_message_is_unknown() -> None:
    """A bounce that returns nothing of the mail still tells of the failure."""
    (report,) = reports(dsn(group(), returned=part("text/plain", "")))
    assert (report.provider_message, report.message) == (None, None)


NO_BOUNCES = [
    ("a customer who quotes one", mail("I got this: 550 5.1.1 user unknown, could not be delivered to li@example.com")),
    ("a warning", prose("THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n<li@example.com>: could not be delivered, 451 4.4.1 no route to host\n", subject="Delayed Mail (still being retried)")),
    ("a mail server's advertisement", mail("Your quarantine holds 3 mails.", From="postmaster@x.example", subject="Quarantine summary")),
    ("a read receipt", multipart("report; report-type=disposition-notification", PROSE, part("message/disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed"))),
]  # fmt: skip


@pytest.mark.parametrize("raw", [row[1] for row in NO_BOUNCES], ids=[row[0] for row in NO_BOUNCES])
def test_no_bounces(raw: bytes) -> None:
    """What only looks like a bounce fails no message."""
    (event,) = decode_mail(raw, OWN)
    assert isinstance(event, InboundMessage)
    assert event.automatic or event.sender == "mailto:li@example.com"
