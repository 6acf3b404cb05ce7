"""Whole mails and the events they are; the rules that hold for every adapter."""

import gc
import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.adapter import OVERSIZE
from adapters.email.wire.identity import reply_address
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    MailParts,
    MessageKind,
    RawReply,
    Reason,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.email.mails import (
    ADDRESS,
    CONVERSATION,
    DATE_MS,
    OWN,
    build,
    delivery,
    mail,
    multipart,
    part,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))

SIMPLE = mail("Where is my parcel?\r\n")
CHINESE = mail(
    '订单还没有收到。\r\n\r\n在 2026-01-04 10:00:00，"客服" <support@shop.example> 写道：\r\n> 您好\r\n',
    charset="gb2312",
    From="=?gb2312?B?wO7A1w==?= <lilei@QQ.example>",
    subject="=?gb2312?B?tqm1pQ==?=",
    To=f"<{reply_address(OWN, CONVERSATION)}>",
    cc="Han Meimei <han@example.com>, x@y.example",
    reply_to="other@example.com",
    in_reply_to="<b@shop.example>",
    references="<a@shop.example> <b@shop.example>",
    authentication_results="mx.shop.example; dmarc=pass header.from=qq.example",
)
PICTURE = multipart(
    "mixed",
    part("image/png", PNG, encoding="base64", disposition='attachment; filename="破损.png"'),
)
BOUNCE = multipart(
    "report; report-type=delivery-status",
    part("text/plain", "Your message could not be delivered.\r\n"),
    part(
        "message/delivery-status",
        "Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; li@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n",
    ),
    part("text/rfc822-headers", "Message-ID: <m@shop.example>\r\n"),
    From="MAILER-DAEMON@mx.example.com",
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def case(label: str, body: bytes, expect, **changes) -> InboundCase:
    given = {
        "label": label,
        "method": "IMAP",
        "path": "/in/mail",
        "body": body,
        "expect": expect,
        "reply": RawReply(),
    }
    return InboundCase(**(given | changes))


INBOUND = [
    case("plain", SIMPLE, (
        InboundMessage(
            key=f"message:{sha256(SIMPLE)}",
            sender="mailto:li@example.com",
            recipient=f"mailto:{ADDRESS}",
            text="Where is my parcel?",
            sender_name="Li Lei",
            sent_at=DATE_MS,
            mail=MailParts(subject="Hello", text_full="Where is my parcel?", message_id="<1@example.com>"),
            verified=False,
        ),
    )),
    case("Chinese, an answer that proves its conversation", CHINESE, (
        InboundMessage(
            key=f"message:{sha256(CHINESE)}",
            sender="mailto:lilei@qq.example",
            recipient=f"mailto:{ADDRESS}",
            text="订单还没有收到。",
            sender_name="李雷",
            sent_at=DATE_MS,
            in_reply_to="<b@shop.example>",
            mail=MailParts(
                subject="订单",
                text_full='订单还没有收到。\n\n在 2026-01-04 10:00:00，"客服" <support@shop.example> 写道：\n> 您好',
                cc=("han@example.com", "x@y.example"),
                references=("<a@shop.example>", "<b@shop.example>"),
                message_id="<1@example.com>",
                reply_to="other@example.com",
            ),
            conversation=CONVERSATION,
            verified=True,
        ),
    )),
    case("a picture and no words", PICTURE, (
        InboundMessage(
            key=f"message:{sha256(PICTURE)}",
            sender="mailto:li@example.com",
            recipient=f"mailto:{ADDRESS}",
            kind=MessageKind.MEDIA,
            sender_name="Li Lei",
            sent_at=DATE_MS,
            attachments=(
                InboundAttachment(media_type="image/png", filename="破损.png", content=PNG, size_bytes=len(PNG), sha256=sha256(PNG)),
            ),
            mail=MailParts(subject="Hello", message_id="<1@example.com>"),
            verified=False,
        ),
    )),
    case("a bounce", BOUNCE, (
        DeliveryReport(
            key=f"report:{sha256(BOUNCE)}:0",
            state=MessageState.FAILED,
            provider_message="<m@shop.example>",
            reason=Reason.MAILBOX_FULL,
            code="5.2.2",
            detail="552 5.2.2 mailbox full",
            at=DATE_MS,
            recipient="mailto:li@example.com",
        ),
    )),
    case("too deep to be read", mail(b"", content_type="multipart/mixed; boundary=b" + "0") + b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(30)), Unreadable),
    case("too large to be fetched", mail(""), Unreadable, headers=((OVERSIZE, "61000000"),)),
    case("by another door", SIMPLE, Unauthentic, method="POST", reply=None),
]  # fmt: skip


SECRETS = ("hush-imap", "hush-smtp", "a key that only the gateway knows")
SIGNED = False  # nobody signs what lies in a mailbox


@pytest.fixture
def _no_collection() -> Iterator[None]:
    """Hypothesis asks the time whenever the collector runs; the tripwire would hear it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection")
def test_keeps_the_contract() -> None:
    """Every inbound row holds, and the rules of gateway.testing with them."""
    assert adapter_problems(build, INBOUND, secrets=SECRETS, signed=SIGNED) == []


def test_oversize_says_where_the_mail_is() -> None:
    """A mail that was left in the mailbox says so, with its size."""
    (event,), _ = build().receive(delivery(mail(""), headers=((OVERSIZE, "61000000"),)))
    assert isinstance(event, Unreadable)
    assert "61000000 bytes" in event.detail
    assert "in the mailbox only: read it there" in event.detail


def test_a_second_yes_is_a_message() -> None:
    """Two mails that say the same have different keys; the same mail twice has one."""
    first, second = mail("yes"), mail("yes", message_id="<2@example.com>")
    keys = [build().receive(delivery(raw))[0][0].key for raw in (first, second, first)]
    assert keys[0] == keys[2] != keys[1]


@given(st.binary(max_size=500))
def test_any_bytes(raw: bytes) -> None:
    """Whatever lies in the mailbox, something can be said of it."""
    events, reply = build().receive(delivery(raw))
    assert len(events) == 1
    assert reply == RawReply()


@pytest.mark.parametrize("seed", [CHINESE, PICTURE, BOUNCE])
@given(data=st.data())
def test_torn_mails(seed: bytes, data: st.DataObject) -> None:
    """A mail that was cut, doubled or spoilt on its way is still some event."""
    cut = data.draw(st.integers(0, len(seed)))
    place = data.draw(st.integers(0, len(seed) - 1))
    byte = data.draw(st.integers(0, 255))
    for raw in (
        seed[:cut],
        seed[cut:],
        seed[:cut] + seed,
        seed[:place] + bytes([byte]) + seed[place + 1 :],
    ):
        assert build().receive(delivery(raw))[0]
