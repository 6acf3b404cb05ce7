"""Complaints of readers, as mailbox providers pass them on (ARF)."""

import pytest

from adapters.email.wire.inbound import decode_mail
from gateway.contract import DeliveryReport, InboundMessage, Reason
from gateway.domain.message import MessageState
from tests.adapters.email.mails import DATE_MS, OWN, mail, multipart, part

MESSAGE = "01890a5d-ac96-774b-bcce-b302099a8057"
OURS = f"<{MESSAGE}@shop.example>"
PROSE = part("text/plain", "This is an email abuse report for a mail received from 192.0.2.1.\r\n")
RETURNED = part("message/rfc822", f"Message-ID: {OURS}\r\nTo: wang@example.com\r\n\r\nhi")
HEADERS = part("text/rfc822-headers", f"Message-ID: {OURS}\r\nTo: wang@example.com\r\n")


def feedback(kind: str = "abuse", returned: bytes = RETURNED, **fields: str) -> bytes:
    """A report as RFC 5965 has it."""
    said = f"Feedback-Type: {kind}\r\nUser-Agent: FBL/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: <wang@example.com>\r\n"
    return multipart(
        "report; report-type=feedback-report",
        PROSE,
        part("message/feedback-report", said),
        returned,
        **({"From": "feedback@isp.example"} | fields),
    )


@pytest.mark.parametrize("returned", [RETURNED, HEADERS], ids=["the mail", "its header"])
def test_a_complaint(returned: bytes) -> None:
    """A complaint is a report that its reader wants no more, and no message for an agent.

    Whom it names does not count: that could be written by anybody.
    """
    (report,) = decode_mail(feedback(returned=returned), OWN)
    assert isinstance(report, DeliveryReport)
    assert report == DeliveryReport(
        key=report.key,
        state=MessageState.FAILED,
        provider_message=OURS,
        message=MESSAGE,
        opted_out=True,
        reason=Reason.OPTED_OUT,
        code="abuse",
        detail="This is an email abuse report for a mail received from 192.0.2.1.",
        at=DATE_MS,
    )


def test_a_complaint_about_nothing_of_ours() -> None:
    """What does not return the mail tells of no message."""
    (report,) = decode_mail(feedback(returned=part("text/plain", "")), OWN)
    assert isinstance(report, DeliveryReport)
    assert (report.provider_message, report.message, report.recipient) == (None, None, None)


NO_COMPLAINTS = [
    ("a report on a signature", feedback("auth-failure")),
    ("it was no spam after all", feedback("not-spam")),
    ("a customer's mail with such a part", mail("Feedback-Type: abuse")),
]


@pytest.mark.parametrize(
    "raw", [row[1] for row in NO_COMPLAINTS], ids=[row[0] for row in NO_COMPLAINTS]
)
def test_no_complaints(raw: bytes) -> None:
    """What tells of servers silences nobody; no person wrote it, except where one did."""
    (event,) = decode_mail(raw, OWN)
    assert isinstance(event, InboundMessage)
    assert event.automatic or event.sender == "mailto:li@example.com"
