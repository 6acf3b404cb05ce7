"""What a person may write to connect Twilio, and the words when it is wrong."""

import pytest
from pydantic import ValidationError

from adapters.twilio_sms.settings import TwilioSmsSettings

BASE = {"account_sid": "AC1", "auth_token": "t", "numbers": ["+14155550100"]}

GOOD = [
    {},
    {"numbers": ["12345", "MyShop", "whatsapp:+4915112345678"]},
    {"numbers": [], "messaging_service_sid": "MG1"},
    {"account_sid": "accountSID"},  # who else speaks this protocol names accounts otherwise
    {"api_url": "http://127.0.0.1:8080"},
    {"public_url": "https://desk.example"},
    {"auth_token": ""},  # closes the channel, which `check` reports
]

BAD = [
    ({"numbers": []}, "set numbers or messaging_service_sid"),
    ({"numbers": ["0151 1234"]}, "'0151 1234' is no sender; write a number as"),
    ({"numbers": [4915112345678]}, "valid string"),
    ({"numbers": ["+0123456789"]}, "is no sender"),
    ({"account_sid": ""}, "at least 1 character"),
    ({"account_sid": "AC/../x"}, "should match pattern"),
    ({"api_url": "ftp://x"}, "should match pattern"),
    ({"api_url": "https://x?y=1"}, "should match pattern"),
    ({"colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize("changes", GOOD)
def test_good(changes: dict) -> None:
    """Numbers, short codes, names, a service, another address of the API."""
    settings = TwilioSmsSettings(**(BASE | changes))
    assert settings.api_url.startswith("http")


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad(changes: dict, words: str) -> None:
    """What cannot work is refused, and the words say what to write."""
    with pytest.raises(ValidationError, match=words):
        TwilioSmsSettings(**(BASE | changes))


def test_the_token_is_not_shown() -> None:
    """Settings may be printed."""
    secret = "s3cret-token"
    assert secret not in repr(TwilioSmsSettings(**(BASE | {"auth_token": secret})))
