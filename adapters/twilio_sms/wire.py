"""Twilio's words for messages into ours, and ours into Twilio's. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from adapters._shared import text
from adapters._shared.document import degrees
from adapters._shared.http import Answer, Reply, outcome_of_failure, retry_after_ms
from adapters._shared.twilio import address_of, answered, date_ms, reason_of, urn_of
from gateway.contract import (
    Accepted,
    Deferred,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    InDoubt,
    Location,
    MessageKind,
    OutboundMessage,
    Outcome,
    PresenceEvent,
    Reason,
    Rejected,
    Unreadable,
)
from gateway.domain.message import MessageState

# --- what comes in -------------------------------------------------------------------------------

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
# SENT is ours for "Twilio has it, and named it". What is absent is Unreadable, never guessed.
STATES: dict[str, MessageState] = {
    "accepted": MessageState.SENT,
    "scheduled": MessageState.SENT,
    "queued": MessageState.SENT,
    "sending": MessageState.SENT,
    "sent": MessageState.SENT,
    "partially_delivered": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "undelivered": MessageState.FAILED,
    "failed": MessageState.FAILED,
    "canceled": MessageState.FAILED,
}
INBOUND = frozenset({"received", "receiving"})

OPTED_OUT_CODE = "21610"
OPT_OUT_TYPES = {"STOP": text.OPTED_OUT, "START": text.OPTED_IN, "HELP": None}

# https://www.twilio.com/docs/messaging/guides/webhook-request: what no field of ours holds
EXTRAS = re.compile(
    r"(Button(Text|Payload|Type)|List(Id|Title|Description)|(Frequently)?Forwarded|Referral\w+"
    r"|MessageType|ChannelMetadata|WaId|ExternalUserId|OriginalRepliedMessageSender)"
)
MAX_MEDIA = 100
_MEDIA_SID = re.compile(r"/Media/(ME[0-9a-fA-F]{32})(?:\.\w+)?$")

Fields = Mapping[str, str]


def decode(fields: Fields, our_id: str | None = None) -> tuple[InboundEvent | Unreadable, ...]:
    """One webhook: a customer's message, or what became of one of ours.

    `our_id` is our own message's id, from the query of the status address that we gave.
    """
    sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or ""
    if not sid:
        return (Unreadable(detail="no MessageSid: neither a message nor a status"),)
    try:
        status = _status(fields)
        if status not in {"", *INBOUND}:
            return (_report(sid, status, fields, our_id),)
        return tuple(_message(sid, fields))
    except ValueError as error:
        return (Unreadable(detail=f"message {sid}: {error}"),)


def _status(fields: Fields) -> str:
    return (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()


def _message(sid: str, fields: Fields) -> Iterator[InboundEvent]:
    sender, recipient = urn_of(fields.get("From", "")), urn_of(fields.get("To", ""))
    body = fields.get("Body", "")
    attachments, location = tuple(_media(fields)), _location(fields)
    yield InboundMessage(
        key=f"message:{sid}",
        sender=sender,
        recipient=recipient,
        kind=_kind(fields, body, attachments=bool(attachments), location=location is not None),
        text=body or fields.get("ButtonText", "") or fields.get("ListTitle", ""),
        sender_name=fields.get("ProfileName", ""),
        attachments=attachments,
        in_reply_to=fields.get("OriginalRepliedMessageSid") or None,
        location=location,
        choice=fields.get("ButtonPayload") or fields.get("ListId", ""),
        payload=_payload(fields),
    )
    wish = _consent(fields, sender, body)
    if wish:
        yield PresenceEvent(
            key=f"presence:{sid}:{wish}", what=wish, sender=sender, recipient=recipient, text=body
        )


def _kind(fields: Fields, body: str, *, attachments: bool, location: bool) -> MessageKind:
    if fields.get("ButtonPayload") or fields.get("ListId"):
        return MessageKind.INTERACTIVE
    if location:
        return MessageKind.LOCATION
    if attachments:
        return MessageKind.MEDIA
    told = fields.get("MessageType", "text")
    return MessageKind.TEXT if body or told == "text" else MessageKind.UNKNOWN


def _media(fields: Fields) -> Iterator[InboundAttachment]:
    """Counted by the addresses that are there: NumMedia is only what Twilio says of them."""
    for number in range(MAX_MEDIA):
        url = fields.get(f"MediaUrl{number}")
        if not url:
            return
        sid = _MEDIA_SID.search(url)
        yield InboundAttachment(
            media_type=fields.get(f"MediaContentType{number}") or "application/octet-stream",
            url=url,
            provider_media_id=sid.group(1) if sid else None,
        )


def _location(fields: Fields) -> Location | None:
    """The place, and its label or address as its name."""
    if not fields.get("Latitude") or not fields.get("Longitude"):
        return None
    latitude, longitude = degrees(fields["Latitude"]), degrees(fields["Longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"no place on earth is at {latitude}, {longitude}")
    name = fields.get("Label") or fields.get("Address") or ""
    return Location(latitude=latitude, longitude=longitude, name=name)


@lru_cache(maxsize=64)
def _extras(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are extras: a provider names the same ones again and again."""
    return tuple(name for name in names if EXTRAS.fullmatch(name))


def _payload(fields: Fields) -> str:
    extras = {name: fields[name] for name in _extras(tuple(fields)) if fields[name]}
    return msgspec.json.encode(extras).decode() if extras else ""


def _consent(fields: Fields, sender: str, body: str) -> str | None:
    """Twilio's verdict rules. Without one words count, on SMS only: in a chat "t" is a word."""
    told = fields.get("OptOutType", "").upper()
    if told in OPT_OUT_TYPES:
        return OPT_OUT_TYPES[told]
    return text.consent(body) if sender.startswith("tel:") else None


def _report(sid: str, status: str, fields: Fields, our_id: str | None) -> DeliveryReport:
    if status not in STATES:
        raise ValueError(f"unknown status {status!r}")
    failed = STATES[status] is MessageState.FAILED
    code = fields.get("ErrorCode", "").strip()
    code = "" if code == "0" else code
    return DeliveryReport(
        key=f"report:{sid}:{status}",
        state=STATES[status],
        provider_message=sid,
        message=our_id,
        opted_out=failed and code == OPTED_OUT_CODE,
        reason=reason_of(code) if failed else None,
        code=code or None,
        detail=fields.get("ErrorMessage") or fields.get("ChannelStatusMessage") or "",
        recipient=urn_of(fields["To"]) if fields.get("To", "").strip() else None,
    )


# --- what goes out -------------------------------------------------------------------------------

# Codes that ask for patience although they are no HTTP 429.
PATIENCE = frozenset({"14107", "20429", "21611", "30001", "63017", "63018"})


def encode(
    message: OutboundMessage, *, sender: str, service: str, status_url: str
) -> list[tuple[str, str]]:
    """The form of POST Messages.json; `sender` is an address, else the messaging `service` chooses.

    https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
    """
    form = [("To", address_of(message.recipient))]
    form.append(("From", sender) if sender else ("MessagingServiceSid", service))
    if message.text:
        form.append(("Body", message.text))
    form += [("MediaUrl", each.url) for each in message.attachments if each.url]
    if status_url:
        form.append(("StatusCallback", status_url))
    return form


def outcome(reply: Reply) -> Outcome:
    """What the answer to POST Messages.json means."""
    known = outcome_of_failure(reply)
    if known is not None:
        return known
    assert isinstance(reply, Answer)
    data = answered(reply)
    if reply.status < 300:
        sid = data.get("sid")
        if isinstance(sid, str) and sid:
            return Accepted(provider_id=sid)
        return InDoubt(detail=f"HTTP {reply.status} without the message's sid")
    return _refusal(reply, str(data.get("code") or ""), str(data.get("message") or ""))


def _refusal(reply: Answer, code: str, said: str) -> Outcome:
    """https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions"""
    detail = f"HTTP {reply.status}" + (f", {code}: {said}" if code else "")
    if code in PATIENCE:
        wait = retry_after_ms(reply)
        return Deferred(reason=Reason.THROTTLED, detail=detail, retry_after_ms=wait)
    reason = reason_of(code)
    if reason is Reason.OTHER and reply.status in {401, 403}:
        reason = Reason.CREDENTIALS
    return Rejected(reason=reason, detail=detail, code=code)


# --- asking whether a message went out -----------------------------------------------------------

# Twilio's dates have whole seconds, and its clock is not ours.
CLOCK_SLACK_MS = 5_000


def search(message: OutboundMessage, *, sender: str, page_size: int) -> list[tuple[str, str]]:
    """The query of GET Messages.json, newest first.

    Not by DateSent: a message that is still queued there has none, and it is just what we look for.
    """
    query = [("To", address_of(message.recipient))]
    if sender:
        query.append(("From", sender))
    return [*query, ("PageSize", str(page_size))]


def find_in(answer: Answer, message: OutboundMessage, started_at: int) -> list[str]:
    """The sids of those messages that may be ours; ValueError when it is no list."""
    listed = answered(answer).get("messages")
    if answer.status != 200 or not isinstance(listed, list):
        raise ValueError(f"HTTP {answer.status} where a list of messages was expected")
    return [str(each["sid"]) for each in _listed(answer) if _is_ours(each, message, started_at)]


def _is_ours(each: dict[str, Any], message: OutboundMessage, started_at: int) -> bool:
    created = date_ms(each.get("date_created"))
    return (
        str(each.get("direction", "")).startswith("outbound")
        and bool(each.get("sid"))
        and str(each.get("body") or "").strip() == message.text.strip()
        and str(each.get("num_media") or "0") == str(len(message.attachments))
        and created is not None
        and created >= started_at - CLOCK_SLACK_MS
    )


def next_page(answer: Answer, started_at: int) -> str | None:
    """The path of the next page, unless this one reaches back before the try already."""
    dates = [date_ms(each.get("date_created")) for each in _listed(answer)]
    oldest = min((date for date in dates if date is not None), default=0)
    path = answered(answer).get("next_page_uri")
    ahead = isinstance(path, str) and path.startswith("/") and not path.startswith("//")
    return path if ahead and oldest >= started_at - CLOCK_SLACK_MS else None


def _listed(answer: Answer) -> list[dict[str, Any]]:
    messages = answered(answer).get("messages")
    found = messages if isinstance(messages, list) else []
    return [each for each in found if isinstance(each, dict)]
