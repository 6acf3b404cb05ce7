"""Customers' SMS as Twilio posts them: signed, as bytes for the wire."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from tests.faults.node import NUMBER, SID, TOKEN
from tests.ports import HOST

CUSTOMERS = 5_000  # who have conversations already
STRANGERS = 100  # one message in so many is of somebody new
FIRST_STRANGER = 100_000_000

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: TwilioProxy/1.1\r\n"
    "Accept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
    "X-Home-Region: us1\r\nI-Twilio-Idempotency-Token: {sid}\r\n"
    "X-Twilio-Signature: {signature}\r\nContent-Length: {length}\r\n\r\n"
)
PATH = "/in/sms"


def sender(number: int) -> str:
    """Who says message `number`: a customer, in turn, or now and then a stranger."""
    stranger = number % STRANGERS == STRANGERS - 1
    who = FIRST_STRANGER + number if stranger else number % CUSTOMERS
    return f"+4915{who:09d}"


def words(number: int) -> str:
    """What message `number` says."""
    return f"{number} where is my order? I asked for the blue one, and it was to come last week."


def delivery(port: int, number: int) -> bytes:
    """The request that brings message `number` to a server on this port."""
    sid = f"SM{number:032x}"
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
        "Body": words(number),
        "FromCountry": "DE",
        "To": NUMBER,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": SID,
        "From": sender(number),
        "ApiVersion": "2010-04-01",
    }
    signed = f"http://{HOST}:{port}{PATH}" + "".join(k + v for k, v in sorted(fields.items()))
    digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    body = urlencode(fields).encode()
    head = HEAD.format(
        path=PATH, host=HOST, port=port, sid=sid, signature=signature, length=len(body)
    )
    return head.encode() + body
