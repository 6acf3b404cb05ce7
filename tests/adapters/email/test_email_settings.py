"""What may be configured of a mailbox, and what is said of mistakes."""

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.email import EmailSettings
from tests.adapters.email.mails import settings

IMAP = {"host": "h", "port": 993, "tls": "implicit", "username": "u", "password": "p"}
SMTP = {"host": "h", "port": 465, "tls": "implicit"}


def valid(**changes: Any) -> EmailSettings:
    return EmailSettings.model_validate({"address": "a@b.c", "imap": IMAP, "smtp": SMTP} | changes)


def test_the_least() -> None:
    """Address and two servers are enough."""
    made = valid()
    assert made.imap.folders == ("INBOX",)
    assert made.smtp.username == ""
    assert made.authserv_id == ""
    assert made.reply_tag == "+"


def test_everything() -> None:
    """All that can be said."""
    made = valid(
        address="Support@Shop.Example",
        display_name="李雷的店",
        imap=IMAP
        | {"folders": ["INBOX", "垃圾邮件", "INBOX"], "first_sync": "new", "poll_interval_s": 30},
        smtp=SMTP | {"username": "u", "password": "p"},
        authserv_id="mx.shop.example",
        reply_tag="-",
    )
    assert made.address == "Support@shop.example"
    assert made.imap.folders == ("INBOX", "垃圾邮件")


WRONG = [
    ("address", {"address": "support"}),
    ("address", {"address": "a@b.c, d@e.f"}),
    ("display_name", {"display_name": "a\r\nBcc: x@y.z"}),
    ("imap.tls", {"imap": IMAP | {"tls": "maybe"}}),
    ("imap.port", {"imap": IMAP | {"port": 0}}),
    ("imap.folders", {"imap": IMAP | {"folders": []}}),
    ("imap.folders", {"imap": IMAP | {"folders": ["a\r\nb"]}}),
    ("imap.host", {"imap": {k: v for k, v in IMAP.items() if k != "host"}}),
    ("imap.user", {"imap": IMAP | {"user": "u"}}),
    ("smtp.password", {"smtp": SMTP | {"username": "u"}}),
    ("smtp.password", {"smtp": SMTP | {"password": "p"}}),
    ("reply_tag", {"reply_tag": "x"}),
    ("unknown", {"unknown": 1}),
]


@pytest.mark.parametrize(("place", "changes"), WRONG)
def test_mistakes(place: str, changes: dict[str, Any]) -> None:
    """A mistake is found, and where it is."""
    with pytest.raises(ValidationError) as told:
        valid(**changes)
    assert place in {".".join(map(str, error["loc"])) for error in told.value.errors()}


def test_all_mistakes_at_once() -> None:
    """Nobody mends one fault only to be told the next."""
    with pytest.raises(ValidationError) as told:
        valid(address="x", imap=IMAP | {"port": 0}, reply_tag="x")
    assert len(told.value.errors()) == 3


def test_secrets_stay_hidden() -> None:
    """Passwords and the key are shown nowhere."""
    shown = repr(settings())
    assert "hush" not in shown
    assert "a key that only the gateway knows" not in shown
