"""Webhooks of calls as Twilio documents them, signed as Twilio signs, and the adapter."""

from urllib.parse import parse_qsl, urlencode

import msgspec
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from adapters.twilio_voice import TwilioVoiceAdapter
from adapters.twilio_voice.settings import TwilioVoiceSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import InboundCase
from tests.adapters.twilio_sms.deliveries import Multi

SID = "AC0123456789abcdef0123456789abcdef"
TOKEN = "7f1b0c5e2d9a4836a1f0e3d2c4b59687"
PUBLIC = "https://desk.example"
NUMBER = "+14155550100"
CUSTOMER = "+4915112345678"
CALL = "CA0123456789abcdef0123456789abcdef"
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")

# https://www.twilio.com/docs/voice/twiml#request-parameters
INCOMING = {
    "AccountSid": SID,
    "ApiVersion": "2010-04-01",
    "CallSid": CALL,
    "CallStatus": "ringing",
    "Called": NUMBER,
    "Caller": CUSTOMER,
    "Direction": "inbound",
    "From": CUSTOMER,
    "To": NUMBER,
}
ANSWERED = INCOMING | {"CallStatus": "in-progress"}
# https://www.twilio.com/docs/voice/api/call-resource#statuscallback
STATUS = INCOMING | {
    "CallStatus": "completed",
    "CallbackSource": "call-progress-events",
    "CallDuration": "42",
    "SequenceNumber": "0",
    "Timestamp": "Sat, 21 Nov 2026 11:00:00 +0000",
}


def settings(**changes) -> TwilioVoiceSettings:
    fields = {
        "account_sid": SID,
        "auth_token": SecretStr(TOKEN),
        "numbers": (NUMBER,),
        "public_url": PUBLIC,
    }
    return TwilioVoiceSettings(**(fields | changes))


def build(api_url: str = "http://127.0.0.1:9", **changes) -> TwilioVoiceAdapter:
    return TwilioVoiceAdapter.build(AccountId("voice"), settings(api_url=api_url, **changes))


def signature(path: str, fields: dict[str, str], token: str = TOKEN) -> str:
    """By Twilio's own package."""
    return RequestValidator(token).compute_signature(PUBLIC + path, fields)


def sign(raw: RawRequest) -> RawRequest:
    """Signed anew over whatever its body says, so that garbage comes past the signature."""
    pairs = parse_qsl(raw.body.decode("utf-8", "replace"), keep_blank_values=True)
    made = RequestValidator(TOKEN).compute_signature(PUBLIC + raw.path, Multi(pairs))
    others = (h for h in raw.headers if h[0].lower() not in {"x-twilio-signature", "content-type"})
    return msgspec.structs.replace(raw, headers=(*others, FORM, ("X-Twilio-Signature", made)))


def webhook(
    label: str, expect, fields: dict[str, str], *, path: str = "/in/voice", token: str = TOKEN
) -> InboundCase:
    """One signed delivery."""
    return InboundCase(
        label=label,
        expect=expect,
        path=path,
        headers=(FORM, ("X-Twilio-Signature", signature(path, fields, token))),
        body=urlencode(fields).encode(),
    )
