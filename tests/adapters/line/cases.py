"""What `parley verify-adapter line` runs."""

from gateway.contract import Adapter
from tests.adapters.line.test_line_inbound import INBOUND
from tests.adapters.line.test_line_outbound import OUTBOUND
from tests.adapters.line.webhooks import SECRET, TOKEN, build, sign

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]

SECRETS = (TOKEN, SECRET)


def without_secret(api_url: str) -> Adapter:
    """The same account, with nothing to prove a delivery by."""
    return build(api_url, channel_secret="")
