"""What `parley verify-adapter twilio_sms` runs."""

from gateway.contract import Adapter
from tests.adapters.twilio_sms.deliveries import TOKEN, build, sign
from tests.adapters.twilio_sms.test_twilio_inbound import INBOUND
from tests.adapters.twilio_sms.test_twilio_outbound import OUTBOUND

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]

SECRETS = (TOKEN,)


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, auth_token="")
