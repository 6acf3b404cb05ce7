"""The life of a conversation, as a table, and the people in it."""

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """Where a conversation stands."""

    OPEN = "open"
    PENDING = "pending"  # for the customer
    ON_HOLD = "on_hold"  # for somebody else in the house
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Verb(StrEnum):
    """What can happen to it."""

    CUSTOMER_WROTE = "customer_wrote"
    REPLY = "reply"
    SEND_AND_WAIT = "send_and_wait"
    HOLD = "hold"
    SNOOZE = "snooze"
    WAKE = "wake"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    FAREWELL = "farewell"  # what is said by itself when it is over


_LIVE = (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SNOOZED)

# Every pair that is absent is illegal; the unit test checks the whole product.
TRANSITIONS: dict[tuple[Status, Verb], Status] = {
    **{(s, Verb.CUSTOMER_WROTE): Status.OPEN for s in (*_LIVE, Status.RESOLVED)},
    (Status.ON_HOLD, Verb.CUSTOMER_WROTE): Status.ON_HOLD,
    **{(s, Verb.REPLY): s for s in _LIVE},
    (Status.SNOOZED, Verb.REPLY): Status.OPEN,
    **{(s, Verb.SEND_AND_WAIT): Status.PENDING for s in _LIVE},
    **{(s, Verb.HOLD): Status.ON_HOLD for s in _LIVE},
    **{(s, Verb.SNOOZE): Status.SNOOZED for s in _LIVE},
    **{(s, Verb.WAKE): Status.OPEN for s in (Status.PENDING, Status.ON_HOLD, Status.SNOOZED)},
    **{(s, Verb.RESOLVE): Status.RESOLVED for s in _LIVE},
    (Status.RESOLVED, Verb.REOPEN): Status.OPEN,
    (Status.RESOLVED, Verb.FAREWELL): Status.RESOLVED,
}


class IllegalTransition(Exception):
    """A conversation was asked to do what its status does not allow."""


def advance(status: Status, verb: Verb) -> Status:
    """Return the next status, or raise IllegalTransition."""
    try:
        return TRANSITIONS[status, verb]
    except KeyError:
        raise IllegalTransition(f"{verb} in status {status}") from None


class Conversation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. `open_of` is whom it is with until it is resolved: at most one such row each.

    That is the contact, or whom they were merged into in the end.
    """

    id: str
    desk: str
    contact: str
    open_of: str | None
    status: Status
    subject: str
    language: str
    account: str  # last used by the customer: where a reply goes unless the agent picks another
    identity: str
    local: str  # our own address that the customer wrote to
    seq: int  # of its newest event
    opened_at: int
    updated_at: int
    inbound_at: int | None  # the customer's newest message
    resolved_at: int | None
    continued_in: str | None
    elsewhere: str = ""  # on hold, for a person at this account's provider has it


class Contact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a person. A merge is a pointer."""

    id: str
    desk: str
    name: str
    language: str
    language_set: bool  # by somebody of us: what they write changes it no more
    vip: bool
    blocked: bool
    merged_into: str | None
    conversation: str | None  # the newest one, open or not
    attributes: str  # JSON object, strings to strings
    created_at: int


class Identity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: an address of a contact, as a URN."""

    desk: str
    urn: str
    contact: str
    name: str  # as the channel gave it: a label, never proof
    verified: bool
    opted_out: bool
    account: str
    seen_at: int
