"""Deliveries: what a provider handed us, byte for byte, and what could not be read of it."""

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a raw delivery, kept whole."""

    id: str
    desk: str
    account: str
    received_at: int
    method: str
    path: str
    headers: str  # JSON list of [name, value]
    body: bytes
    events: int
    unreadable: int


class InboundKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a provider's event that was applied. Unique: the whole of dedupe."""

    account: str
    key: str
    desk: str
    delivery: str
    message: str | None
    at: int


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: an authentic item nobody could read; it waits for a person."""

    id: str
    desk: str
    account: str
    delivery: str
    detail: str
    at: int
    state: str  # open | discarded | read


class Cursor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: how far a poller or a follower has come; it commits with what it covers."""

    account: str
    name: str
    value: str
    at: int


class EarlyReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a delivery report that came before we knew the provider's id of its message."""

    account: str
    provider_message: str
    key: str
    desk: str
    state: str
    reason: str
    detail: str
    at: int
