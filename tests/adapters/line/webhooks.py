"""Webhooks as LINE documents them, signed as LINE signs, and how to build the adapter."""

import base64
import hashlib
import hmac
from typing import Any

import msgspec
from pydantic import SecretStr

from adapters.line import LineAdapter
from adapters.line.settings import LineSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import InboundCase

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
TOKEN = "a-channel-access-token-that-no-log-may-show"
HEADER = "X-Line-Signature"
BOT = "Ub9952f8ba2b4e8a2f6f7d5a7c0f4a111"
USER = "U4af4980629f0e3a1b5c6d7e8f9a0b1c2"
FRIENDS = "Ca56f94637c0f1e2d3c4b5a6978685746"


def settings(**changes) -> LineSettings:
    fields = {"channel_secret": SecretStr(SECRET), "channel_access_token": SecretStr(TOKEN)}
    return LineSettings(**(fields | changes))


def build(api_url: str, **changes) -> LineAdapter:
    return LineAdapter.build(AccountId("ln"), settings(api_url=api_url, **changes))


def signature(body: bytes, secret: str = SECRET) -> str:
    """As https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/ says."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def sign(raw: RawRequest) -> RawRequest:
    """Signed anew, whatever its body says."""
    others = (h for h in raw.headers if h[0].lower() != HEADER.lower())
    return msgspec.structs.replace(raw, headers=(*others, (HEADER, signature(raw.body))))


def signed(label: str, body: bytes, expect: Any) -> InboundCase:
    headers = (("Content-Type", "application/json"), (HEADER, signature(body)))
    return InboundCase(label=label, headers=headers, body=body, expect=expect)


def webhook(label: str, *events: Any, expect: Any) -> InboundCase:
    """One POST with these events."""
    body = msgspec.json.encode({"destination": BOT, "events": events})
    return signed(label, body, expect)


# https://developers.line.biz/en/reference/messaging-api/#common-properties
ALONE = {"type": "user", "userId": USER}
GROUP = {"type": "group", "groupId": FRIENDS, "userId": USER}
EVENT_ID = "01FZ74A0TDDPYRVKNK77XKC3ZR"


def event(kind: str, source: Any = ALONE, **fields) -> dict[str, Any]:
    common = {
        "type": kind,
        "mode": "active",
        "timestamp": 1462629479859,
        "source": source,
        "webhookEventId": EVENT_ID,
        "deliveryContext": {"isRedelivery": False},
    }
    return common | fields


def said(kind: str, source: Any = ALONE, **content) -> dict[str, Any]:
    message = {"id": "444573844083572737", "type": kind} | content
    return event("message", source, replyToken="nHuyWiB7yP5Zw52FIkcQobQuGDXCTA", message=message)
