"""What a person may write to connect a LINE account."""

import pytest
from pydantic import ValidationError

from adapters.line.settings import LineSettings

BASE = {"channel_secret": "s3cret", "channel_access_token": "t0ken"}

BAD = [
    ({"channel_id": "1"}, "Extra inputs"),
    ({"api_url": "ftp://x"}, "should match pattern"),
    ({"channel_secret": None}, "valid string"),
]


def test_good() -> None:
    """A secret and a token; empty ones close the channel, which `check` reports."""
    assert LineSettings(**BASE).api_url == "https://api.line.me"
    assert LineSettings(**(BASE | {"channel_secret": "", "api_url": "http://127.0.0.1:1"}))


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad(changes: dict, words: str) -> None:
    """What cannot work is refused."""
    with pytest.raises(ValidationError, match=words):
        LineSettings(**(BASE | changes))


def test_the_secrets_are_not_shown() -> None:
    """Settings may be printed."""
    shown = repr(LineSettings(**BASE))
    assert "s3cret" not in shown
    assert "t0ken" not in shown
