"""Webhooks as Twilio documents them, signed as Twilio signs, and how to build the adapter."""

from urllib.parse import parse_qsl, urlencode

import msgspec
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from adapters.twilio_sms import TwilioSmsAdapter
from adapters.twilio_sms.settings import TwilioSmsSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import InboundCase

SID = "AC0123456789abcdef0123456789abcdef"
TOKEN = "7f1b0c5e2d9a4836a1f0e3d2c4b59687"
PUBLIC = "https://desk.example"
NUMBER = "+14155550100"
CUSTOMER = "+4915112345678"
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")


def settings(**changes) -> TwilioSmsSettings:
    fields = {
        "account_sid": SID,
        "auth_token": SecretStr(TOKEN),
        "numbers": (NUMBER,),
        "public_url": PUBLIC,
    }
    return TwilioSmsSettings(**(fields | changes))


def build(api_url: str, **changes) -> TwilioSmsAdapter:
    return TwilioSmsAdapter.build(AccountId("sms"), settings(api_url=api_url, **changes))


def signature(path: str, fields: dict[str, str], token: str = TOKEN) -> str:
    """By Twilio's own package."""
    return RequestValidator(token).compute_signature(PUBLIC + path, fields)


class Multi(dict):
    """A form as frameworks give it to Twilio's validator: names with all their values."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def getall(self, name: str) -> list[str]:
        return [value for each, value in self.pairs if each == name]


def sign(raw: RawRequest) -> RawRequest:
    """Signed anew over whatever its body says, so that garbage comes past the signature."""
    text = raw.body.decode("utf-8", "replace")
    pairs = parse_qsl(text, keep_blank_values=True)
    made = RequestValidator(TOKEN).compute_signature(PUBLIC + raw.path, Multi(pairs))
    others = (h for h in raw.headers if h[0].lower() not in {"x-twilio-signature", "content-type"})
    headers = (*others, FORM, ("X-Twilio-Signature", made))
    return msgspec.structs.replace(raw, headers=headers)


def webhook(
    label: str, fields: dict[str, str], expect, *, path: str = "/in/sms", **more
) -> InboundCase:
    """A signed POST."""
    return InboundCase(
        label=label,
        path=path,
        headers=(FORM, ("X-Twilio-Signature", signature(path, fields))),
        body=urlencode(fields).encode(),
        expect=expect,
        **more,
    )


# https://www.twilio.com/docs/messaging/guides/webhook-request
SMS = {
    "ToCountry": "US",
    "ToState": "CA",
    "SmsMessageSid": "SM00000000000000000000000000000001",
    "NumMedia": "0",
    "ToCity": "SAN FRANCISCO",
    "FromZip": "",
    "SmsSid": "SM00000000000000000000000000000001",
    "FromState": "",
    "SmsStatus": "received",
    "FromCity": "",
    "Body": "您好，我的订单到哪里了？ 😀",
    "FromCountry": "DE",
    "To": NUMBER,
    "ToZip": "94103",
    "NumSegments": "1",
    "MessageSid": "SM00000000000000000000000000000001",
    "AccountSid": SID,
    "From": CUSTOMER,
    "ApiVersion": "2010-04-01",
}

WHATSAPP = {
    "SmsMessageSid": "SM00000000000000000000000000000002",
    "NumMedia": "0",
    "ProfileName": "王小明",
    "MessageType": "text",
    "SmsSid": "SM00000000000000000000000000000002",
    "WaId": "8613800138000",
    "SmsStatus": "received",
    "Body": "hello",
    "To": f"whatsapp:{NUMBER}",
    "NumSegments": "1",
    "ReferralNumMedia": "0",
    "MessageSid": "SM00000000000000000000000000000002",
    "AccountSid": SID,
    "From": "whatsapp:+8613800138000",
    "ApiVersion": "2010-04-01",
}

# https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
STATUS = {
    "SmsSid": "SM00000000000000000000000000000009",
    "SmsStatus": "delivered",
    "MessageStatus": "delivered",
    "To": CUSTOMER,
    "MessageSid": "SM00000000000000000000000000000009",
    "AccountSid": SID,
    "From": NUMBER,
    "ApiVersion": "2010-04-01",
    "RawDlrDoneDate": "2611211230",
}
