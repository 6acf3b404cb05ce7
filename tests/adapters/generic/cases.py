"""What `parley verify-adapter generic` runs."""

from tests.adapters.generic.finch import SECRET, TOKEN, build, sign
from tests.adapters.generic.test_generic_inbound import INBOUND
from tests.adapters.generic.test_generic_inbound import secretless as without_secret
from tests.adapters.generic.test_generic_outbound import OUTBOUND

__all__ = ["INBOUND", "OUTBOUND", "SECRETS", "build", "sign", "without_secret"]

SECRETS = (SECRET, TOKEN)
