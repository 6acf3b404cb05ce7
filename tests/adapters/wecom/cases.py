"""What `parley verify-adapter wecom` runs."""

from gateway.contract import Adapter
from tests.adapters.wecom.deliveries import SECRETS, sign
from tests.adapters.wecom.deliveries import holding_a_token as build
from tests.adapters.wecom.test_wecom_inbound import CALLBACKS, PAGES
from tests.adapters.wecom.test_wecom_outbound import OUTBOUND

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]

INBOUND = [*CALLBACKS, *PAGES]


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, token="", secret="")
