"""What a person may write to connect a bot, and the words when it is wrong."""

import pytest
from pydantic import ValidationError

from adapters.telegram.settings import TelegramSettings

BASE = {"bot_token": "123456:ABC-DEF_1", "secret_token": "s3cret"}

GOOD = [
    {},
    {"mode": "poll"},
    {"secret_token": ""},  # closes the door, which `check` reports
    {"bot_token": ""},
    {"api_url": "http://127.0.0.1:8081"},
]

BAD = [
    ({"bot_token": "123456"}, "no token of a bot"),
    ({"bot_token": "1:a/../b"}, "no token of a bot"),
    ({"bot_token": "shop:ABC"}, "no token of a bot"),
    ({"secret_token": "grüße"}, "letters, digits"),
    ({"secret_token": "x" * 257}, "at most 256"),
    ({"mode": "push"}, "'webhook' or 'poll'"),
    ({"api_url": "ftp://x"}, "should match pattern"),
    ({"colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize("changes", GOOD)
def test_good(changes: dict) -> None:
    """A token, a secret, a mode, another address of the API."""
    assert TelegramSettings(**(BASE | changes)).api_url.startswith("http")


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad(changes: dict, words: str) -> None:
    """What cannot work is refused, and the words say what to write."""
    with pytest.raises(ValidationError, match=words):
        TelegramSettings(**(BASE | changes))


def test_a_webhook_needs_its_secret() -> None:
    """Polling does not."""
    with pytest.raises(ValidationError, match="set secret_token"):
        TelegramSettings(bot_token="1:a")
    assert TelegramSettings(bot_token="1:a", mode="poll").bot == "1"


def test_the_secrets_are_not_shown() -> None:
    """Settings may be printed."""
    shown = repr(TelegramSettings(**BASE))
    assert "ABC-DEF_1" not in shown
    assert "s3cret" not in shown
