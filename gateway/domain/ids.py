"""Names of things. Ids are UUIDv7 (RFC 9562), so that they sort by birth."""

from random import Random
from typing import NewType

from gateway.domain.clock import Clock

DeskId = NewType("DeskId", str)
AccountId = NewType("AccountId", str)
ContactId = NewType("ContactId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
DeliveryId = NewType("DeliveryId", str)
JobId = NewType("JobId", str)
WorkId = NewType("WorkId", str)
OfferId = NewType("OfferId", str)
Login = NewType("Login", str)
DedupKey = NewType("DedupKey", str)
ProviderId = NewType("ProviderId", str)
Urn = NewType("Urn", str)

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62


class IdMaker:
    """Makes UUIDv7 from a clock and a source of randomness, both given."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random

    def __call__(self) -> str:
        """A new id, 36 characters."""
        bits = self._random.getrandbits(74)
        value = (
            (self._clock.now_ms() << 80)
            | _VERSION_7
            | ((bits >> 62) << 64)
            | _VARIANT
            | (bits & (2**62 - 1))
        )
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def scheme_of(urn: str) -> str:
    """`tel` of `tel:+8613800138000`."""
    return urn.partition(":")[0]


def address_of(urn: str) -> str:
    """`+8613800138000` of `tel:+8613800138000`."""
    return urn.partition(":")[2]
