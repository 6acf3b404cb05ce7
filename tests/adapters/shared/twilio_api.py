"""What Twilio takes of the requests that we make, written down from its own description.

https://github.com/twilio/twilio-oai/blob/main/spec/json/twilio_api_v2010.json, version 1.0.0:
paths /2010-04-01/Accounts/{AccountSid}/Calls.json, .../Calls/{Sid}.json and .../Messages.json.
Only parameters that we send, or might, are here. Lists go as a parameter that comes several times,
which is how OpenAPI reads a form that says nothing else.
"""

import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit


def endpoint(value: str) -> bool:
    """A number, or client:NAME."""
    return value.startswith(("+", "client:", "sip:"))


def address(value: str) -> bool:
    """A number, a short code, a sender of letters, or channel:ADDRESS."""
    return bool(value)


def uri(value: str) -> bool:
    """An absolute address."""
    return urlsplit(value).scheme in {"http", "https"}


def method(value: str) -> bool:
    """enum: GET, POST."""
    return value in {"GET", "POST"}


Form = dict[str, Callable[[str], object]]  # name -> whether it takes a value

CREATE_CALL: Form = {
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
UPDATE_CALL: Form = {
    "Url": uri,
    "Method": method,
    "Status": {"canceled", "completed"}.__contains__,
    "StatusCallback": uri,
    "StatusCallbackMethod": method,
}


CREATE_MESSAGE: Form = {
    "To": address,
    "From": address,
    "MessagingServiceSid": re.compile("MG[0-9a-fA-F]{32}").fullmatch,
    "Body": lambda body: 0 < len(body) <= 1_600,
    "MediaUrl": uri,
    "StatusCallback": uri,
}
FIND_MESSAGES: Form = {
    "To": address,
    "From": address,
    "PageSize": lambda size: size.isdecimal() and 1 <= int(size) <= 1_000,
}
LISTS = {"MediaUrl": 10, "StatusCallbackEvent": 4}  # how often they may come; all else once
CALL_NEEDS, MESSAGE_NEEDS = {"To", "From"}, {"To"}


def faults(form: list[tuple[str, str]], known: Form) -> list[str]:
    """Parameters that Twilio does not know or has twice, and values that it does not take."""
    often = [
        name for name, count in Counter(n for n, _ in form).items() if count > LISTS.get(name, 1)
    ]
    return [name for name, value in form if name not in known or not known[name](value)] + often
