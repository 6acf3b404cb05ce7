"""What `parley verify-adapter telegram` runs."""

from gateway.contract import Adapter
from tests.adapters.telegram.test_telegram_inbound import INBOUND
from tests.adapters.telegram.test_telegram_outbound import OUTBOUND
from tests.adapters.telegram.updates import SECRET, TOKEN, build, sign

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]

SECRETS = (TOKEN, SECRET)


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, secret_token="")
