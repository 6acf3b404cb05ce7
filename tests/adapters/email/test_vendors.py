"""Bounces and delay notices without a report to read by machine, in the words of those who write them."""

import json
from typing import Any, NamedTuple

import pytest

from adapters.email.wire.inbound import decode_mail
from gateway.contract import DeliveryReport, InboundMessage, Reason
from gateway.domain.message import MessageState
from tests.adapters.email.mails import OWN, html_mail, mail, multipart, part

ID = "<01890a5d-ac96-774b-bcce-b302099a8057@shop.example>"
COPY = f"Return-Path: <support@shop.example>\nMessage-ID: {ID}\nTo: wang@example.com\nSubject: Order\n\nHello\n"


def notice(sender: str, subject: str, body: str, **fields: str) -> bytes:
    """A server's prose, as plain text."""
    return mail(body.replace("\n", "\r\n"), From=sender, subject=subject, **fields)


class Row(NamedTuple):
    """A bounce and what it means."""

    label: str
    raw: bytes
    recipients: tuple[str, ...]
    code: str | None
    reason: Reason
    original: str | None = ID


# https://docs.aws.amazon.com/ses/latest/dg/notification-examples.html: what is used of a notice
SNS = "Shop <no-reply@sns.eu-west-1.amazonaws.com>"


def ses(kind: str, told: dict[str, Any], *, key: str = "notificationType", wrapped: bool = False):
    """A notice of Amazon SES, mailed by Amazon SNS; `wrapped` as a subscription of email-json."""
    words = json.dumps({key: kind, **told, "mail": {"commonHeaders": {"messageId": ID}}})
    if wrapped:
        words = json.dumps({"Type": "Notification", "Message": words}, indent=1)
    below = "\n\n--\nIf you wish to stop receiving notifications from this topic, please click\n"
    return notice(SNS, "AWS Notification Message", words + ("" if wrapped else below))


def bounced(**fields: str) -> dict[str, Any]:
    """The part of a notice about one that came back."""
    each = {"emailAddress": "wang@example.com", "action": "failed", **fields}
    return {"bounce": {"bounceType": "Permanent", "bouncedRecipients": [each]}}


NOT_THERE = bounced(status="5.1.1", diagnosticCode="smtp; 550 5.1.1 user unknown")
OUT_OF_OFFICE = {
    "bounce": {
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "wang@example.com"}],
    }
}
FULL_THERE = {"bounce": OUT_OF_OFFICE["bounce"] | {"bounceSubType": "MailboxFull"}}
LATER = {
    "deliveryDelay": {
        "delayedRecipients": [{"emailAddress": "wang@example.com", "status": "4.4.7"}]
    }
}


def complained(**fields: str) -> dict[str, Any]:
    """The part of a notice about one whose reader complained."""
    each = {"emailAddress": "wang@example.com"}
    return {"complaint": {"userAgent": "a loop", "complainedRecipients": [each], **fields}}


FULL, NOBODY, BLOCKED = Reason.MAILBOX_FULL, Reason.INVALID_RECIPIENT, Reason.BLOCKED
WANG = ("wang@example.com",)

BOUNCES = [
    Row("qmail", notice(
        "MAILER-DAEMON@mx.example.net", "failure notice",
        "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<wang@example.com>:\n192.0.2.7 does not like recipient.\n"
        f"Remote host said: 550 5.1.1 <wang@example.com>: no such user\nGiving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\n{COPY}"),
        WANG, "5.1.1", NOBODY),
    Row("qmail, two recipients and an address to ask", notice(
        "MAILER-DAEMON@mx.example.net", "failure notice",
        "Hi. This is the qmail-send program. Ask help@mx.example.net if you must.\nI wasn't able to deliver your message to the following addresses.\n\n"
        "<wang@example.com>:\nmailbox full (#5.2.2)\n\n<zhao@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\n{COPY}"),
        ("wang@example.com", "zhao@example.com"), "5.2.2", FULL),
    Row("Exim", notice(
        "Mail Delivery System <Mailer-Daemon@mx.example.net>", "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n  wang@example.com\n    host mx.example.com [192.0.2.7]\n"
        "    SMTP error from remote mail server after RCPT TO:<wang@example.com>:\n    550 5.7.1 rejected as spam\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{COPY}"),
        WANG, "5.7.1", BLOCKED),
    Row("Postfix of old, without a report", notice(
        "MAILER-DAEMON@mx.example.net (Mail Delivery System)", "Undelivered Mail Returned to Sender",
        "This is the Postfix program at host mx.example.net.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n"
        "For further assistance, please send mail to <helpdesk@mx.example.net>\n\n                        The Postfix program\n\n"
        "<wang@example.com>: host mx.example.com[192.0.2.7] said: 552 5.2.2\n    Mailbox full (in reply to RCPT TO command)\n"),
        WANG, "5.2.2", FULL, None),
    Row("Exchange of old", notice(
        "System Administrator <postmaster@corp.example>", "Undeliverable: Order",
        "Your message\n\n  To:      wang@example.com; zhao@example.com\n  Subject: Order\n  Sent:    Mon, 5 Jan 2026 10:00:00 +0800\n\n"
        "did not reach the following recipient(s):\n\nwang@example.com on Mon, 5 Jan 2026 10:00:07 +0800\n    The e-mail account does not exist at the organization\n"
        "this message was sent to.\n    <mail.corp.example #5.1.1>\n"),
        WANG, "5.1.1", NOBODY, None),
    Row("Exchange in Chinese", html_mail(
        "<p>以下收件人或组的邮件传递失败:</p><p><a href='mailto:wang@example.com'>wang@example.com</a><br>找不到你输入的电子邮件地址。请检查收件人的电子邮件地址。</p>"
        "<p>供管理员使用的诊断信息:</p><p>生成服务器: ex1.corp.example</p><p>wang@example.com<br>#550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found ##</p>",
        From="postmaster@corp.example", subject="=?utf-8?B?5pyq6YCB6L6+OiBPcmRlcg==?=", in_reply_to=ID),
        WANG, "5.1.10", NOBODY),
    Row("Notes and Domino", notice(
        "Postmaster@corp.example", "DELIVERY FAILURE: User wang (wang@example.com) not listed in Domino Directory",
        "Your message\n\n  Subject: Order\n\nwas not delivered to:\n\n  wang@example.com\n\nbecause:\n\n  User wang (wang@example.com) not listed in Domino Directory\n",
        in_reply_to=ID),
        WANG, None, NOBODY),
    Row("Yahoo", notice(
        "MAILER-DAEMON@yahoo.com", "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\n\n<wang@example.com>:\n552: 5.2.2 Mailbox of this user is over quota [RCPT_TO]\n\n"
        f"--- Below this line is a copy of the message.\n\n{COPY}"),
        WANG, "5.2.2", FULL),
    Row("QQ", html_mail(
        "<div>尊敬的用户，您好！</div><div>很抱歉，您的邮件被退回来了……</div><table><tr><td>原邮件信息：</td></tr><tr><td>主&nbsp;题：</td><td>Order</td></tr>"
        "<tr><td>收件人：</td><td>wang@example.com</td></tr><tr><td>退信原因：</td></tr><tr><td>收件人邮件地址（wang@example.com）不存在，邮件无法送达。</td></tr>"
        "<tr><td>host mx.example.com[192.0.2.7] said: 550 Mailbox not found. (in reply to RCPT TO command)</td></tr></table><div>如有疑问请联系 service@qq.com</div>",
        From="=?utf-8?B?UVHpgq7nrrHnrqHnkIblkZg=?= <PostMaster@qq.com>", subject="=?utf-8?B?57O757uf6YCA5L+hL1N5c3RlbXMgYm91bmNl?=", in_reply_to=ID),
        WANG, "550", NOBODY),
    Row("163", notice(
        "Postmaster@163.com", "=?utf-8?B?57O757uf6YCA5L+h?=",
        "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n时　间：2026-01-05 10:00:00\n主　题：Order\n收件人：wang@example.com\n\n退信原因：\n收件人邮箱已满，无法接收邮件。\n"
        "英文说明：SMTP error, RCPT TO: 552 Mailbox is full\n\n建议解决方案：\n请稍后再试，或通过其他方式联系对方。\n", in_reply_to=ID),
        WANG, "552", FULL),
    Row("an operator that lists who wrote it", notice(
        "post_master@sms.example", "Re: Order",
        "Error: Invalid user address\n\nError message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: Order\n"
        "  MAIL FROM: list@example.org\n  RCPT TO: wang@example.com\n  From: boss@example.org\n", in_reply_to=ID),
        WANG, "550", NOBODY),
    Row("Gmail, in Chinese", notice(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
        "** 找不到地址 **\n\n未能将您的邮件递送到 wang@example.com，因为系统找不到该地址，或该地址无法接收邮件。\n\n来自远程服务器的响应：\n\n550 5.1.1 The email account that you tried to reach does not exist.\n",
        X_Failed_Recipients="wang@example.com", in_reply_to=ID),
        WANG, "5.1.1", NOBODY),
    Row("Amazon SES by SNS", ses("Bounce", NOT_THERE), WANG, "5.1.1", NOBODY),
    Row("Amazon SES, published as an event", ses("Bounce", NOT_THERE, key="eventType"), WANG, "5.1.1", NOBODY),
    Row("Amazon SES in SNS's own envelope", ses("Bounce", NOT_THERE, wrapped=True), WANG, "5.1.1", NOBODY),
    Row("Amazon SES without a status", ses("Bounce", bounced(diagnosticCode="smtp; 552 mailbox full")), WANG, "552", FULL),
    Row("Amazon SES with half a character", ses("Bounce", bounced(status="5.7.1", diagnosticCode="smtp; spam \ud800")), WANG, "5.7.1", BLOCKED),
    Row("Amazon SES, softly, and without a server's words", ses("Bounce", FULL_THERE), WANG, None, Reason.OTHER),
    Row("a report without a status", multipart("report", part("text/plain", "See below.\r\n"),
        part("message/delivery-status", "Reporting-MTA: dns;mx.example.net\r\n\r\nFinal-Recipient: rfc822;wang@example.com\r\nAction: failed\r\n"
             "Diagnostic-Code: smtp; 550 Unknown user\r\n"), From="MAILER-DAEMON@mx.example.net"), WANG, "550", NOBODY, None),
]  # fmt: skip


@pytest.mark.parametrize("row", BOUNCES, ids=[row.label for row in BOUNCES])
def test_bounces(row: Row) -> None:
    """A bounce is one report for each recipient that failed, and no message."""
    events = decode_mail(row.raw, OWN)
    assert all(isinstance(event, DeliveryReport) for event in events), events
    reports = [event for event in events if isinstance(event, DeliveryReport)]
    assert [r.recipient for r in reports] == [f"mailto:{address}" for address in row.recipients]
    first = reports[0]
    assert (first.state, first.code, first.reason) == (MessageState.FAILED, row.code, row.reason)
    assert first.provider_message == row.original


COMPLAINTS = [
    ("Amazon SES", ses("Complaint", complained(complaintFeedbackType="abuse")), "abuse"),
    ("Amazon SES, published as an event", ses("Complaint", complained(), key="eventType"), "abuse"),
    ("Amazon SES in SNS's own envelope", ses("Complaint", complained(complaintFeedbackType="fraud"), wrapped=True), "fraud"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "kind"), [r[1:] for r in COMPLAINTS], ids=[r[0] for r in COMPLAINTS]
)
def test_complaints(raw: bytes, kind: str) -> None:
    """Who complains of a mail of ours gets no more, whoever passes it on."""
    (event,) = decode_mail(raw, OWN)
    assert isinstance(event, DeliveryReport)
    assert (event.opted_out, event.reason, event.code) == (True, Reason.OPTED_OUT, kind)
    assert (event.provider_message, event.recipient) == (ID, None)
    assert event.message is not None


@pytest.mark.parametrize("kind", ["not-spam", "virus", "auth-failure"])
def test_no_complaints(kind: str) -> None:
    """What tells of servers, or that our mail is no spam, silences nobody."""
    (event,) = decode_mail(ses("Complaint", complained(complaintFeedbackType=kind)), OWN)
    assert isinstance(event, InboundMessage)


DELAYS = [
    ("Amazon SES", ses("DeliveryDelay", LATER)),
    ("Amazon SES of who is out of office", ses("Bounce", OUT_OF_OFFICE)),
    ("Exim", notice(
        "Mail Delivery System <Mailer-Daemon@mx.example.net>", "Warning: message 1aBcDe-000001-AB delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n"
        "The address to which the message has not yet been delivered is:\n\n  wang@example.com\n    Delay reason: Connection timed out\n\nNo action is required on your part.\n")),
    ("Gmail", notice(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)",
        "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to wang@example.com. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n",
        X_Failed_Recipients="wang@example.com")),
    ("Gmail, in Chinese", notice(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)",
        "** 邮件尚未送达 **\n\n将您的邮件递送到 wang@example.com 时遇到了暂时性问题。Gmail 将在接下来的 46 小时内重试。如果最终未能送达，您会收到通知。\n",
        X_Failed_Recipients="wang@example.com")),
    ("Exchange in Chinese", notice(
        "postmaster@corp.example", "=?utf-8?B?5bu26L+fOiBPcmRlcg==?=",
        "以下收件人或组的邮件传递已延迟:\n\nwang@example.com\n\n此邮件尚未送达。系统将继续尝试传递。\n")),
    ("Sendmail", notice(
        "MAILER-DAEMON@mx.example.net", "Warning: could not send message for past 4 hours",
        "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\n"
        "   ----- The following addresses had transient non-fatal errors -----\n<wang@example.com>\n")),
]  # fmt: skip


@pytest.mark.parametrize("raw", [row[1] for row in DELAYS], ids=[row[0] for row in DELAYS])
def test_delays(raw: bytes) -> None:
    """A mail that may still arrive has not failed: its notice is a machine's message."""
    (event,) = decode_mail(raw, OWN)
    assert isinstance(event, InboundMessage)
    assert event.automatic


NO_BOUNCES = [
    ("a customer who asks about one of Amazon's", notice("Li Lei <li@example.com>", "What is this?",
        json.dumps({"notificationType": "Bounce", **NOT_THERE}))),
    ("a customer who asks about one", notice("Li Lei <li@example.com>", "Undeliverable: your newsletter",
        "I got this: <wang@example.com>: 550 5.1.1 user unknown. What is it?\n")),
    ("a customer who forwards one", notice("Li Lei <li@example.com>", "Fwd: failure notice",
        "Hi. This is the qmail-send program.\n<wang@example.com>:\nno mailbox here by that name. (#5.1.1)\n")),
]  # fmt: skip


@pytest.mark.parametrize("raw", [row[1] for row in NO_BOUNCES], ids=[row[0] for row in NO_BOUNCES])
def test_customers_about_bounces(raw: bytes) -> None:
    """What a customer writes about a bounce is no bounce, and reaches an agent."""
    (event,) = decode_mail(raw, OWN)
    assert isinstance(event, InboundMessage)
    assert not event.automatic


def test_amazon_tells_of_delivery() -> None:
    """Who was reached is told with the server's own words."""
    told = {"recipients": ["wang@example.com"], "smtpResponse": "250 2.6.0 Message received"}
    (event,) = decode_mail(ses("Delivery", {"delivery": told}), OWN)
    assert isinstance(event, DeliveryReport)
    assert (event.state, event.code) == (MessageState.DELIVERED, "2.6.0")
    assert (event.provider_message, event.recipient) == (ID, "mailto:wang@example.com")


SPOILT = ["{", "[" * 5_000, '{"notificationType":"Bounce"}', '{"notificationType":"Bounce","bounce":[1]}',
          '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[1,{"emailAddress":2}]}}', '{"Message":7}']  # fmt: skip


@pytest.mark.parametrize("words", SPOILT)
def test_what_amazon_never_wrote(words: str) -> None:
    """Whatever stands in such a notice, it is read without trouble, and fails nobody by name."""
    for event in decode_mail(notice(SNS, "AWS Notification Message", words), OWN):
        assert isinstance(event, InboundMessage) or event.recipient is None
