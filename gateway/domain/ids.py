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


class IdMaker:
    """Makes UUIDv7 from a clock and a source of randomness, both given."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random

    def __call__(self) -> str:
        """A new id, 36 characters."""
        at, bits = self._clock.now_ms(), self._random.getrandbits(74)
        return "%08x-%04x-7%03x-%04x-%012x" % (  # noqa: UP031 -- a third faster than any other
            at >> 16,
            at & 0xFFFF,
            bits >> 62,
            0x8000 | (bits >> 48) & 0x3FFF,  # the variant
            bits & 0xFFFF_FFFF_FFFF,
        )


def scheme_of(urn: str) -> str:
    """`tel` of `tel:+8613800138000`."""
    return urn.partition(":")[0]


def address_of(urn: str) -> str:
    """`+8613800138000` of `tel:+8613800138000`."""
    return urn.partition(":")[2]
