"""What `parley verify-adapter wechat` runs."""

from gateway.contract import Adapter
from tests.adapters.wechat.deliveries import SECRETS
from tests.adapters.wechat.deliveries import holding_a_token as build
from tests.adapters.wechat.deliveries import sign_plain as sign
from tests.adapters.wechat.test_wechat_inbound import INBOUND
from tests.adapters.wechat.test_wechat_outbound import OUTBOUND

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, token="")
