"""What `parley verify-adapter webchat` runs."""

from tests.adapters.webchat.test_webchat import FRAMES as INBOUND
from tests.adapters.webchat.test_webchat import SIGNED, build

__all__ = ["INBOUND", "SIGNED", "build"]
