"""What Amazon SES tells of our mails when its notices come by mail: JSON, from Amazon SNS.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.email.wire.addresses import is_address, mailboxes, normalised
from adapters.email.wire.delivery_status import Fate
from adapters.email.wire.reasons import find_reply, find_status
from adapters.email.wire.structure import Headers

_SNS = re.compile(r"sns(?:\.[a-z0-9-]{1,40}){0,2}\.amazonaws\.com(?:\.cn)?")
_SOFT = ("Transient", "General")
_DECODER = json.JSONDecoder(strict=False)  # a mail server may have broken a long line

Object = dict[str, Any]


def read_notice(headers: Headers, text: str) -> tuple[tuple[Fate, ...], str] | None:
    """Whom a mail reached or did not, and its Message-ID, "" where the notice has no headers.

    None for a mail that is no such notice.
    """
    notice = _notice(headers, text)
    fates = tuple(_fates(notice))
    return (fates, _original(notice)) if fates else None


def complaint_in(headers: Headers, text: str) -> tuple[str, str, str] | None:
    """What kind of complaint (RFC 5965, "" unsaid), the Message-ID it is about, who passed it on.

    None for a mail that is no such notice.
    """
    notice = _notice(headers, text)
    if _kind(notice) != "Complaint":
        return None
    complaint = _inner(notice, "complaint")
    kind = _word(complaint, "complaintFeedbackType").strip().lower()
    return kind, _original(notice), _word(complaint, "userAgent")


def _notice(headers: Headers, text: str) -> Object:
    """The notice that a mail of SNS carries; nothing in any other mail."""
    sender = next(iter(mailboxes(headers.first("from"))), None)
    if sender is None or not _SNS.fullmatch(sender.address.rpartition("@")[2].lower()):
        return {}
    notice = _object(text)
    if "Message" in notice:  # SNS's own envelope, where the subscription asks for it
        notice = _object(notice["Message"])
    return notice


def _kind(notice: Object) -> str:
    return _word(notice, "notificationType") or _word(notice, "eventType")


def _original(notice: Object) -> str:
    return _word(_inner(_inner(notice, "mail"), "commonHeaders"), "messageId")


def _fates(notice: Object) -> Iterator[Fate]:
    match _kind(notice):
        case "Bounce":  # soft ones are told of once SES has given up
            bounce = _inner(notice, "bounce")
            # An answer by itself, out of office, is filed as one too: general, and without a
            # server's report. It says nothing of the mail's fate.
            soft = (bounce.get("bounceType"), bounce.get("bounceSubType")) == _SOFT
            for fate in _each(bounce, "bouncedRecipients", "failed"):
                reported = fate.words or fate.status
                yield replace(fate, fate="delayed") if soft and not reported else fate
        case "DeliveryDelay":
            yield from _each(_inner(notice, "deliveryDelay"), "delayedRecipients", "delayed")
        case "Delivery":
            delivery = _inner(notice, "delivery")
            words = _word(delivery, "smtpResponse")
            for address in _listed(delivery, "recipients"):
                yield Fate("delivered", _address(_clean(address)), find_status(words), words)


def _each(told: Object, name: str, fate: str) -> Iterator[Fate]:
    for each in _listed(told, name):
        if isinstance(each, dict):
            words = _word(each, "diagnosticCode").removeprefix("smtp;").strip()
            status = find_status(_word(each, "status")) or find_status(words) or find_reply(words)
            yield Fate(fate, _address(_word(each, "emailAddress")), status, words)


def _object(text: Any) -> Object:
    """The first object in a text; SNS has a few words below it."""
    if not isinstance(text, str) or "{" not in text:
        return {}
    try:
        found, _ = _DECODER.raw_decode(text, text.index("{"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _inner(data: Object, name: str) -> Object:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _listed(data: Object, name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _word(data: Object, name: str) -> str:
    return _clean(data.get(name))


def _clean(said: Any) -> str:
    """A text, without the halves of characters that JSON can hold."""
    return said.encode("utf-8", "replace").decode() if isinstance(said, str) else ""


def _address(said: str) -> str:
    return normalised(said) if is_address(said) else ""
