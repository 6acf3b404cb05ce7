"""What `parley verify-adapter messenger` runs."""

from gateway.contract import Adapter
from tests.adapters.messenger.test_messenger_inbound import INBOUND, build
from tests.adapters.messenger.test_messenger_outbound import OUTBOUND
from tests.adapters.shared.metas import NO_SECRETS, SECRETS, sign

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, **NO_SECRETS)
