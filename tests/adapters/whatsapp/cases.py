"""What `parley verify-adapter whatsapp` runs."""

from gateway.contract import Adapter
from tests.adapters.shared.metas import NO_SECRETS, SECRETS, sign
from tests.adapters.whatsapp.deliveries import build
from tests.adapters.whatsapp.test_whatsapp_inbound import INBOUND
from tests.adapters.whatsapp.test_whatsapp_outbound import OUTBOUND

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, **NO_SECRETS)
