"""What Parley makes of a delivery, as JSON: the form that integrators see."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from gateway.contract import (
    CallEvent,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    PresenceEvent,
    RawReply,
    Unreadable,
)
from gateway.domain.clock import rfc3339

OPTED_OUT = "opted_out"


def answer(events: Iterable[InboundEvent | Unreadable], reply: RawReply) -> dict[str, Any]:
    """The reply and the events; a refusal when there is nothing but what could not be read."""
    found = tuple(events)
    if found and all(isinstance(event, Unreadable) for event in found):
        return refused("unreadable", "; ".join(getattr(event, "detail", "") for event in found))
    return {
        "reply": {
            "status": reply.status,
            "content_type": reply.content_type,
            "body": reply.body.decode("utf-8", "replace"),
        },
        "events": [_FORMS[type(event)](event) for event in found],
    }


def refused(why: str, detail: str) -> dict[str, str]:
    """No events: `unauthentic` or `unreadable`."""
    return {"refused": why, "detail": detail}


def _instant(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)


def _message(event: InboundMessage) -> dict[str, Any]:
    out: dict[str, Any] = {
        "kind": "message",
        "key": event.key,
        "message_kind": event.kind,
        "from": event.sender,
        "from_name": event.sender_name,
        "to": event.recipient,
        "text": event.text,
        "sent_at": _instant(event.sent_at),
        "attachments": [_attachment(item) for item in event.attachments],
        "in_reply_to": event.in_reply_to,
        "automatic": event.automatic,
    }
    if event.location is not None:
        place = event.location
        out["location"] = {"latitude": place.latitude, "longitude": place.longitude}
    if event.mail is not None:
        out |= {
            "subject": event.mail.subject,
            "text_full": event.mail.text_full,
            "cc": event.mail.cc,
            "references": event.mail.references,
            "message_id": event.mail.message_id,
        }
    return out


def _attachment(item: InboundAttachment) -> dict[str, Any]:
    size, sha256 = item.size_bytes, item.sha256
    if item.content is not None:
        size, sha256 = len(item.content), hashlib.sha256(item.content).hexdigest()
    return {
        "media_type": item.media_type,
        "filename": item.filename,
        "size_bytes": size,
        "sha256": sha256,
        "url": item.url,
        "provider_media_id": item.provider_media_id,
    }


def _report(event: DeliveryReport) -> dict[str, Any]:
    return {
        "kind": "report",
        "key": event.key,
        "provider_message": event.provider_message,
        "state": OPTED_OUT if event.opted_out else event.state,
        "reason": event.reason,
        "code": event.code,
        "detail": event.detail,
        "at": _instant(event.at),
    }


def _call(event: CallEvent) -> dict[str, Any]:
    out = {
        "kind": "call",
        "key": event.key,
        "call": event.call,
        "state": event.state,
        "from": event.sender,
        "to": event.recipient,
    }
    optional = {
        "digits": event.digits,
        "recording_url": event.recording_url,
        "transcript": event.transcript,
    }
    return out | {name: value for name, value in optional.items() if value is not None}


def _presence(event: PresenceEvent) -> dict[str, Any]:
    return {"kind": "presence", "key": event.key, "what": event.what, "from": event.sender}


def _unreadable(event: Unreadable) -> dict[str, Any]:
    return {"kind": "unreadable", "detail": event.detail}


_FORMS: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    InboundMessage: _message,
    DeliveryReport: _report,
    CallEvent: _call,
    PresenceEvent: _presence,
    Unreadable: _unreadable,
}
