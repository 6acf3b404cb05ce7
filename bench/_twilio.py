"""Signed deliveries of Twilio, as bytes for the wire."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from tests.faults.node import HOST, NUMBER, SID, TOKEN

__all__ = ["TOKEN", "delivery", "phone"]

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: TwilioProxy/1.1\r\n"
    "Accept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
    "X-Home-Region: us1\r\nI-Twilio-Idempotency-Token: {sid}\r\n"
    "X-Twilio-Signature: {signature}\r\nContent-Length: {length}\r\n\r\n"
)


def phone(number: int) -> str:
    """The telephone of a customer."""
    return f"+4915{number:09d}"


def delivery(port: int, *, sid: str, sender: str, text: str, account: str = "sms") -> bytes:
    """One SMS as Twilio posts it."""
    path = f"/in/{account}"
    fields = {
        "ToCountry": "DE",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": text,
        "FromCountry": "DE",
        "To": NUMBER,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": SID,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    signed = f"http://{HOST}:{port}{path}" + "".join(k + v for k, v in sorted(fields.items()))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest())
    body = urlencode(fields).encode()
    head = HEAD.format(
        path=path, host=HOST, port=port, sid=sid, signature=signature.decode(), length=len(body)
    )
    return head.encode() + body
