"""One mail into our events: a message, or the fate of one of ours. Pure."""

import hashlib
import json
from dataclasses import replace

from adapters.email.wire.addresses import Mailbox, display_name, mailboxes
from adapters.email.wire.authentication import is_aligned
from adapters.email.wire.automatic import automatic_reason
from adapters.email.wire.bounce import Bounce, read_bounce, shortened
from adapters.email.wire.content import Content, read_content
from adapters.email.wire.feedback import Complaint, read_complaint
from adapters.email.wire.identity import (
    Own,
    instant,
    message_ids,
    own_message,
    proved_conversation,
)
from adapters.email.wire.limits import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS, BeyondLimits
from adapters.email.wire.reasons import reason_for
from adapters.email.wire.structure import Headers, parse_mail
from adapters.email.wire.words import header_text
from adapters.email.wire.wrapped import unwrap
from gateway.contract import (
    DeliveryReport,
    InboundMessage,
    MailParts,
    MessageKind,
    Reason,
    Unreadable,
)
from gateway.domain.message import MessageState

# Where the address stands that a mail was delivered to.
_DELIVERY_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
# Who wrote it, when From says nothing.
_SENDER_FIELDS = ("from", "sender", "return-path", "x-envelope-from")
# RFC 2606: nobody can be reached there.
NOBODY = "unknown@sender.invalid"

_STATES = {
    "failed": MessageState.FAILED,
    "delivered": MessageState.DELIVERED,
    "sent": MessageState.SENT,
}


# A delivery without any of these is no mail, whatever else stands in it.
_SIGNS_OF_MAIL = ("from", "to", "subject", "date", "message-id", "received", "content-type")


def decode_mail(raw: bytes, own: Own) -> tuple[InboundMessage | DeliveryReport | Unreadable, ...]:
    """What a mail means. Beyond the limits: Unreadable, for a person to look at whole."""
    digest = hashlib.sha256(raw).hexdigest()
    try:
        root = parse_mail(raw)
    except BeyondLimits as error:
        return (Unreadable(detail=f"{error}; the mail is kept whole, open it in the mailbox"),)
    unwrap(root)
    headers = root.headers
    if not any(headers.first(name) for name in _SIGNS_OF_MAIL):
        return (Unreadable(detail="no header that every mail has; it is kept whole"),)
    subject = header_text(headers.first("subject") or b"")[:MAX_SUBJECT_CHARS]
    content = read_content(root, subject)
    if content.charset and not (headers.first("subject") or b"").isascii():
        subject = header_text(headers.first("subject") or b"", content.charset)[:MAX_SUBJECT_CHARS]
    complaint = read_complaint(root, content.text_full, own)
    if complaint is not None:
        return (_complained(complaint, digest, headers, own),)
    bounce = read_bounce(root, content.text_full, own)
    if bounce is not None:
        reports = _reports(bounce, digest, headers, own)
        if reports:
            return reports
    if bounce is None and root.media_type != "multipart/report":  # where the mail within is ours
        content = _with_enclosed(content)
    return (_message(headers, content, subject, digest, own, delayed=bounce is not None),)


def _with_enclosed(content: Content) -> Content:
    """A mail that only carries others says what they say."""
    both = "\n\n".join(filter(None, (content.text_full, content.enclosed)))[:MAX_TEXT_CHARS]
    return replace(content, text=content.text or content.enclosed, text_full=both)


def _reports(bounce: Bounce, digest: str, headers: Headers, own: Own) -> tuple[DeliveryReport, ...]:
    """One for each recipient whose fate is settled; a delay settles nothing."""
    settled = [fate for fate in bounce.fates if fate.fate in _STATES]
    at = instant(headers.first("date"))
    return tuple(
        DeliveryReport(
            key=f"report:{digest}:{place}",
            state=_STATES[fate.fate],
            provider_message=bounce.original,
            message=own_message(bounce.original, own) if bounce.original else None,
            reason=reason_for(fate.status, fate.words) if fate.fate == "failed" else None,
            code=fate.status,
            detail=shortened(fate.words),
            at=at,
            recipient=f"mailto:{fate.recipient}" if fate.recipient else None,
        )
        for place, fate in enumerate(settled)
    )


def _complained(complaint: Complaint, digest: str, headers: Headers, own: Own) -> DeliveryReport:
    """Anybody can write such a report, so whom it names does not count: only who knows the id of a
    mail of ours silences its reader."""
    return DeliveryReport(
        key=f"report:{digest}:0",
        state=MessageState.FAILED,
        provider_message=complaint.original,
        message=own_message(complaint.original, own) if complaint.original else None,
        opted_out=True,
        reason=Reason.OPTED_OUT,
        code=complaint.kind,
        detail=shortened(complaint.words),
        at=instant(headers.first("date")),
    )


def _message(
    headers: Headers, content: Content, subject: str, digest: str, own: Own, *, delayed: bool
) -> InboundMessage:
    sender = _sender(headers, content.charset)
    reason = automatic_reason(headers, sender.address, subject, own)
    reason = reason or ("delay notice" if delayed else "")
    reason = reason or ("no sender" if sender.address == NOBODY else "")
    references = message_ids(headers.first("references"))
    answered = message_ids(headers.first("in-reply-to"))
    identity = message_ids(headers.first("message-id"))
    delivered = [a for name in _DELIVERY_FIELDS for a in _addresses(headers, name, None)]
    return InboundMessage(
        key=f"message:{digest}",
        sender=f"mailto:{sender.address}",
        recipient=f"mailto:{own.address}",
        kind=_kind(content),
        text=content.text,
        sender_name=sender.name,
        sent_at=instant(headers.first("date")),
        attachments=content.attachments,
        in_reply_to=next(iter(answered or references[-1:]), None),
        automatic=bool(reason),
        mail=MailParts(
            subject=subject,
            text_full=content.text_full,
            html=content.html,
            cc=_addresses(headers, "cc", content.charset),
            references=references,
            message_id=next(iter(identity), ""),
            reply_to=next((box.address for box in mailboxes(headers.first("reply-to"))), ""),
        ),
        conversation=proved_conversation(own, delivered),
        payload=_payload(headers, reason, own),
        verified=_verified(headers, own),
    )


def _kind(content: Content) -> MessageKind:
    if content.text.strip() or not content.attachments:
        return MessageKind.TEXT
    return MessageKind.MEDIA


def _sender(headers: Headers, charset: str | None) -> Mailbox:
    for name in _SENDER_FIELDS:
        found = next(iter(mailboxes(headers.first(name), charset)), None)
        if found is not None:
            return found
    name = display_name((headers.first("from") or b"").decode("utf-8", "replace"))
    return Mailbox(name, NOBODY, sound=False)


def _addresses(headers: Headers, name: str, charset: str | None) -> tuple[str, ...]:
    boxes = (box for value in headers.every(name) for box in mailboxes(value, charset))
    return tuple(dict.fromkeys(box.address for box in boxes))


def _payload(headers: Headers, reason: str, own: Own) -> str:
    """What no field holds: why it is automatic, and to whom else it was addressed."""
    others = [a for a in _addresses(headers, "to", None) if not own.owns(a)]
    said = {"automatic": reason, "to": others}
    kept = {key: value for key, value in said.items() if value}
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def _verified(headers: Headers, own: Own) -> bool:
    """Exactly one From, exactly one mailbox in it, nothing malformed, and DMARC passed for it."""
    froms = list(headers.every("from"))
    boxes = mailboxes(froms[0]) if len(froms) == 1 else ()
    if len(boxes) != 1 or not boxes[0].sound:
        return False
    return is_aligned(headers, own.authserv_id, boxes[0].address.rpartition("@")[2])
