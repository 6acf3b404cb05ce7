"""What Twilio takes of the requests that we make, written down from its own description.

https://github.com/twilio/twilio-oai/blob/main/spec/json/twilio_api_v2010.json, version 1.0.0:
paths /2010-04-01/Accounts/{AccountSid}/Calls.json and .../Calls/{Sid}.json, their forms. Only
parameters that we send, or might, are here.
"""

from collections.abc import Callable
from urllib.parse import urlsplit


def endpoint(value: str) -> bool:
    """A number, or client:NAME."""
    return value.startswith(("+", "client:", "sip:"))


def uri(value: str) -> bool:
    """An absolute address."""
    return urlsplit(value).scheme in {"http", "https"}


def method(value: str) -> bool:
    """enum: GET, POST."""
    return value in {"GET", "POST"}


Form = dict[str, Callable[[str], bool]]

CREATE: Form = {
    "To": endpoint,
    "From": endpoint,
    "Url": uri,
    "Method": method,
    "Timeout": str.isdecimal,
    "StatusCallback": uri,
    "StatusCallbackMethod": method,
    "StatusCallbackEvent": {"initiated", "ringing", "answered", "completed"}.__contains__,
    "MachineDetection": {"Enable", "DetectMessageEnd"}.__contains__,
    "AsyncAmd": {"true", "false"}.__contains__,
    "AsyncAmdStatusCallback": uri,
    "AsyncAmdStatusCallbackMethod": method,
    "TimeLimit": str.isdecimal,
}
REQUIRED = {"To", "From"}
UPDATE: Form = {
    "Url": uri,
    "Method": method,
    "Status": {"canceled", "completed"}.__contains__,
    "StatusCallback": uri,
    "StatusCallbackMethod": method,
}


def faults(form: list[tuple[str, str]], known: Form) -> list[str]:
    """Parameters that Twilio does not know, and values that it does not take."""
    return [name for name, value in form if name not in known or not known[name](value)]
