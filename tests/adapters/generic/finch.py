"""Finch, a provider that nobody wrote an adapter for: its settings, signatures and deliveries."""

import hashlib
import hmac
from typing import Any

import msgspec

from adapters.generic.adapter import GenericAdapter
from adapters.generic.settings import GenericSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import RECEIVED_AT, InboundCase

SECRET = "a-secret-of-finch"
TOKEN = "a-token-of-finch"
SIGNATURE, STAMP = "X-Finch-Signature", "X-Finch-Timestamp"
NOW_S = str(RECEIVED_AT // 1000)

WRITTEN: dict[str, Any] = {
    "verify": {
        "kind": "hmac",
        "header": SIGNATURE,
        "secret": SECRET,
        "prefix": "sha256=",
        "timestamp": STAMP,
        "signed": "v0:{x-finch-timestamp}:{body}",
    },
    "inbound": {
        "items": "messages",
        "ignore": "ping",
        "key": "id",
        "from": "author.phone",
        "from_name": "author.name",
        "to": "line",
        "text": "body.text",
        "sent_at": "at",
        "in_reply_to": "quoted",
        "automatic": "robot",
        "kind": "body.type",
        "kinds": {"words": "text", "like": "reaction", "pic": "media"},
        "latitude": "body.place.lat",
        "longitude": "body.place.lng",
        "attachments": {
            "items": "body.files[?!hidden]",
            "url": "href",
            "id": "id",
            "media_type": "mime",
            "filename": "name",
            "size": "bytes",
        },
        "scheme": "tel",
        "reply": '{"ok":true}',
        "reply_type": "application/json",
    },
    "statuses": {
        "items": "statuses",
        "message": "id",
        "reference": "ref",
        "state": "state",
        "states": {"arrived": "delivered", "seen": "read", "lost": "failed"},
        "at": "at",
        "code": "error.code",
        "detail": "error.words",
        "reasons": {"17": "opted_out", "18": "invalid_recipient"},
    },
    "challenge": {"query": "challenge", "token_query": "verify", "token": TOKEN},
    "outbound": {
        "url": "https://api.finch.example/v2/people/{{ recipient }}/messages",
        "headers": {"Authorization": f"Bearer {TOKEN}", "X-Once": "{{ key }}"},
        "query": {"from": "{{ sender }}"},
        "body": {
            "content": {"type": "text", "text": "{{ text }}"},
            "at": "{{ written_at }}",
            "ref": "m-{{ id }}",
            "quote": "{% if in_reply_to %}{{ in_reply_to }}{% endif %}",
            "files": "{{ files }}",
        },
        "answer": {
            "id": "message.id",
            "error": "code",
            "detail": "words",
            "errors": {"40": "invalid_recipient", "41": "throttled", "42": "in_doubt"},
        },
        "check": "https://api.finch.example/v2/me",
        "in_doubt": "retry",
    },
    "limits": {"text": 500, "unit": "utf16", "files": 2, "file_bytes": 1000},
}


def changed(**parts: Any) -> dict[str, Any]:
    """The settings as written, with some parts' keys changed; None takes a part or a key out."""
    written = {key: dict(value) for key, value in WRITTEN.items()}
    for name, keys in parts.items():
        if keys is None:
            del written[name]
            continue
        whole = written.get(name, {}) | keys
        written[name] = {key: value for key, value in whole.items() if value is not None}
    return written


def build(api_url: str = "", **parts: Any) -> GenericAdapter:
    """The adapter of an account, asking at this address."""
    settings = GenericSettings.model_validate(changed(**parts) | {"api_url": api_url})
    return GenericAdapter.build(AccountId("finch"), settings)


def signature(body: bytes, stamp: str = NOW_S, secret: str = SECRET) -> str:
    """As Finch makes it."""
    return (
        "sha256=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    )


def sign(raw: RawRequest) -> RawRequest:
    """Signed anew, whatever its body says."""
    others = tuple(h for h in raw.headers if h[0].lower() not in (SIGNATURE.lower(), STAMP.lower()))
    proof = ((STAMP, NOW_S), (SIGNATURE, signature(raw.body)))
    return msgspec.structs.replace(raw, headers=(*others, *proof))


def delivery(label: str, data: Any, expect: Any, **fields: Any) -> InboundCase:
    """A signed delivery of this JSON, or of these bytes."""
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    headers = (("Content-Type", "application/json"), (STAMP, NOW_S), (SIGNATURE, signature(body)))
    return InboundCase(label=label, body=body, headers=headers, expect=expect, **fields)


def words(**fields: Any) -> dict[str, Any]:
    """One message of Finch."""
    return {
        "id": "m1",
        "author": {"phone": "+49 151 12345678", "name": "李娜"},
        "line": "4930123456",
        "at": 1795220999,
        "body": {"type": "words", "text": "您好 😀"},
    } | fields


def digest(text: str | bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()
