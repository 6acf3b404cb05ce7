"""What `parley verify-adapter twilio_voice` runs."""

from gateway.contract import Adapter
from tests.adapters.twilio_voice.calls import TOKEN, build, sign
from tests.adapters.twilio_voice.test_voice_inbound import CASES as INBOUND

__all__ = ["INBOUND", "SECRETS", "build", "sign", "without_secret"]

SECRETS = (TOKEN,)


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, auth_token="")
