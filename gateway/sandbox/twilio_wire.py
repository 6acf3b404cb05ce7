"""Twilio's Messages API as its documentation words it: checks, errors, resources, webhooks. Pure.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gateway.domain.sms import segments

API_VERSION = "2010-04-01"
MAX_BODY = 1_600  # characters
MAX_MEDIA = 10
MAX_PAGE_SIZE = 1_000

_TO = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
_START = frozenset({"START", "YES", "UNSTOP"})

Pairs = Sequence[tuple[str, str]]


class ApiError(msgspec.Struct, frozen=True, kw_only=True):
    """An error as Twilio's API answers it."""

    status: int
    code: int
    message: str

    def json(self) -> dict[str, Any]:
        """https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions"""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class SandboxMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One Message resource."""

    sid: str
    account_sid: str
    direction: str  # inbound | outbound-api
    sender: str
    to: str
    body: str
    media: tuple[str, ...]
    service: str
    status: str
    error_code: int | None
    created_at: int  # ms
    updated_at: int
    status_callback: str

    def json(self) -> dict[str, Any]:
        """The resource as Twilio shows it."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        unsent = self.direction != "inbound" and self.status in {"accepted", "queued"}
        return {
            "body": self.body,
            "num_segments": str(max(segments(self.body), 1)),
            "direction": self.direction,
            "from": self.sender or None,
            "date_updated": rfc2822(self.updated_at),
            "price": None,
            "error_message": None,
            "uri": f"{uri}.json",
            "account_sid": self.account_sid,
            "num_media": str(len(self.media)),
            "to": self.to,
            "date_created": rfc2822(self.created_at),
            "status": self.status,
            "sid": self.sid,
            "date_sent": None if unsent else rfc2822(self.updated_at),
            "messaging_service_sid": self.service or None,
            "error_code": self.error_code,
            "price_unit": "USD",
            "api_version": API_VERSION,
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }


UNAUTHORIZED = ApiError(status=401, code=20003, message="Authenticate")
THROTTLED = ApiError(status=429, code=20429, message="Too Many Requests")
BROKEN = ApiError(status=500, code=20500, message="An internal server error has occurred")
UNAVAILABLE = ApiError(status=503, code=20503, message="Service is unavailable. Please try again.")


def not_found(path: str) -> ApiError:
    """An address where nothing is."""
    return ApiError(status=404, code=20404, message=f"The requested resource {path} was not found")


# https://www.twilio.com/docs/iam/test-credentials#test-sms-messages-parameters-To
MAGIC: dict[str, tuple[int, str]] = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: {to}"),
    "+15005550002": (21612, "The 'To' phone number: {to}, is not currently reachable via SMS."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region: {to}."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number: {to}, is not a valid mobile number"),
}


def refusal(form: Pairs, numbers: Iterable[str]) -> ApiError | None:
    """What is wrong with POST Messages.json; None when it may go."""
    fields = dict(form)
    to, sender, body = fields.get("To", ""), fields.get("From", ""), fields.get("Body", "")
    media = [value for name, value in form if name == "MediaUrl"]
    callback = fields.get("StatusCallback", "")
    known = {each.removeprefix("whatsapp:") for each in numbers}
    code, message = MAGIC.get(to, (21211, "Invalid 'To' Phone Number: {to}"))
    checks: tuple[tuple[bool, int, str], ...] = (
        (not to, 21604, "A 'To' phone number is required."),
        (not _TO.fullmatch(to) or to in MAGIC, code, message.format(to=to)),
        (
            not sender and not fields.get("MessagingServiceSid"),
            21603,
            "A 'From' phone number is required.",
        ),
        (
            bool(sender and known) and sender.removeprefix("whatsapp:") not in known,
            21606,
            f"The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number.",
        ),
        (not body and not media, 21602, "Message body is required."),
        (
            len(body) > MAX_BODY,
            21617,
            "The concatenated message body exceeds the 1600 character limit.",
        ),
        (len(media) > MAX_MEDIA, 21623, "Number of media files exceeds allowed limit"),
        (not all(map(_is_url, media)), 21620, "Invalid media URL(s)"),
        (
            bool(callback) and not _is_url(callback),
            21609,
            f"The StatusCallback URL {callback} is not a valid URL.",
        ),
    )
    return next((ApiError(status=400, code=c, message=m) for bad, c, m in checks if bad), None)


UNSUBSCRIBED = ApiError(status=400, code=21610, message="Attempt to send to unsubscribed recipient")


def consent_of(text: str) -> bool | None:
    """False for STOP and its like, True for START; Twilio reads no other language by default."""
    word = text.strip().upper()
    if word in _STOP:
        return False
    return True if word in _START else None


def listing(
    messages: Iterable[SandboxMessage], query: Mapping[str, str], path: str
) -> dict[str, Any]:
    """GET Messages.json: filtered by To, From and the day of sending, newest first, in pages."""
    found = [each for each in messages if _matches(each, query)]
    size = min(_number(query.get("PageSize"), 50) or 50, MAX_PAGE_SIZE)
    page = _number(query.get("Page"), 0)
    start = page * size
    shown = found[start : start + size]
    kept = "".join(
        f"&{name}={query[name].replace('+', '%2B')}" for name in ("To", "From") if name in query
    )

    def uri(number: int) -> str:
        return f"{path}?PageSize={size}&Page={number}{kept}"

    return {
        "first_page_uri": uri(0),
        "end": start + len(shown) - 1 if shown else 0,
        "previous_page_uri": uri(page - 1) if page else None,
        "messages": [each.json() for each in shown],
        "uri": uri(page),
        "page_size": size,
        "start": start,
        "next_page_uri": uri(page + 1) if len(found) > start + size else None,
        "page": page,
    }


def _matches(message: SandboxMessage, query: Mapping[str, str]) -> bool:
    day = _day(message.updated_at)
    return (
        query.get("To", message.to) == message.to
        and query.get("From", message.sender) == message.sender
        and query.get("DateSent", day)[:10] == day
        and query.get("DateSent>", day)[:10] <= day
        and query.get("DateSent<", day)[:10] >= day
    )


def status_fields(message: SandboxMessage, status: str, code: int | None) -> dict[str, str]:
    """What Twilio posts to StatusCallback."""
    fields = {
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    return fields | ({"ErrorCode": str(code)} if code else {})


def inbound_fields(
    message: SandboxMessage, media: Sequence[tuple[str, str]], extras: Mapping[str, str]
) -> dict[str, str]:
    """What Twilio posts for a customer's message; `media` are (url, type)."""
    fields = {
        "ToCountry": "US",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(media)),
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "Body": message.body,
        "To": message.to,
        "NumSegments": str(max(segments(message.body), 1)),
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    for number, (url, media_type) in enumerate(media):
        fields |= {f"MediaUrl{number}": url, f"MediaContentType{number}": media_type}
    return fields | dict(extras)


def rfc2822(at_ms: int) -> str:
    """`Thu, 24 Aug 2023 05:01:45 +0000`: whole seconds."""
    return format_datetime(datetime.fromtimestamp(at_ms // 1_000, UTC))


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).date().isoformat()


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
