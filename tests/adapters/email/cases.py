"""What `parley verify-adapter email` runs."""

from tests.adapters.email.mails import build
from tests.adapters.email.test_mail_events import INBOUND, SECRETS, SIGNED

__all__ = ["INBOUND", "SECRETS", "SIGNED", "build"]
