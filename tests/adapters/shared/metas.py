"""Webhooks as Meta signs them, and what every account of Meta needs."""

import hashlib
import hmac

import msgspec
from pydantic import SecretStr

from gateway.contract import RawRequest
from gateway.testing import InboundCase, ProviderAnswer, json_answer

APP_SECRET = "1222e786b144d0e85b9f365372d93676"
ACCESS_TOKEN = "EAAGm0PX4ZCpsBAKZCqZB-no-log-may-show"
VERIFY_TOKEN = "a-verify-token-of-our-own"
SECRETS = (APP_SECRET, ACCESS_TOKEN, VERIFY_TOKEN)
SIGNATURE = "X-Hub-Signature-256"
JSON = ("Content-Type", "application/json")

SETTINGS = {
    "access_token": SecretStr(ACCESS_TOKEN),
    "app_secret": SecretStr(APP_SECRET),
    "verify_token": SecretStr(VERIFY_TOKEN),
}
NO_SECRETS = {name: SecretStr("") for name in SETTINGS}


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sign(raw: RawRequest) -> RawRequest:
    """Signed anew over whatever its body says, so that garbage comes past the signature."""
    others = (h for h in raw.headers if h[0].lower() != SIGNATURE.lower())
    return msgspec.structs.replace(raw, headers=(*others, (SIGNATURE, signature(raw.body))))


def webhook(label: str, data: object, expect: object, *, secret: str = APP_SECRET) -> InboundCase:
    """A signed POST of this JSON, or of these bytes."""
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    headers = (JSON, (SIGNATURE, signature(body, secret)))
    return InboundCase(label=label, headers=headers, body=body, expect=expect)


def payload(data: object) -> str:
    return msgspec.json.encode(data).decode()


def error(status: int, code: int, words: str, subcode: int | None = None) -> ProviderAnswer:
    """https://developers.facebook.com/docs/graph-api/guides/error-handling"""
    told = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    return json_answer(
        status, {"error": told | ({"error_subcode": subcode} if subcode is not None else {})}
    )
