"""Promises to customers: who promised what until when, and what became of it."""

from enum import StrEnum

import msgspec

from gateway.domain.body import Body


class PromiseState(StrEnum):
    """Where a promise stands."""

    OPEN = "open"
    LATE = "late"  # its time has passed; the customer still waits
    KEPT = "kept"
    BROKEN = "broken"  # nothing came, or the conversation ended without
    WITHDRAWN = "withdrawn"


ENDED = frozenset({PromiseState.KEPT, PromiseState.BROKEN, PromiseState.WITHDRAWN})


class Promise(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. What has a default is so of one that was just made."""

    id: str
    desk: str
    conversation: str
    identity: str  # the customer's address: to whom it was made, whoever they are merged with
    owner: str  # login of the agent who promised
    queue: str  # by whose hours the warning is reckoned
    text: str  # what was promised, in the agent's words
    due: int
    made_at: int
    by: str  # who wrote it down: agent:<login> | token:<id>
    message: str | None  # the reply that promises it
    state: PromiseState = PromiseState.OPEN
    warned_at: int | None = None
    told_at: int | None = None  # when the customer was to be told that it will be late
    late_at: int | None = None  # its due instant, once that had passed in vain
    kept_by: str | None = None  # the message that kept it, or call:<id>
    ended_by: str = ""  # who ended it by hand
    reason: str = ""  # of who ended it by hand
    ended_at: int | None = None


# --- facts ---


class PromiseMade(Body, frozen=True, kw_only=True, tag="promise.made"):
    """A customer was promised something until an instant. Its words stand in its row."""

    promise: str
    due: int
    owner: str
    queue: str
    by: str
    message: str = ""


class PromiseMoved(Body, frozen=True, kw_only=True, tag="promise.moved"):
    """It is looked after in this conversation from now on: whose it is, is somebody else's."""

    promise: str
    conversation: str  # where it was
    by: str


class PromiseEnded(Body, frozen=True, kw_only=True, tag="promise.ended"):
    """Somebody ended a promise by hand. state: kept | withdrawn"""

    promise: str
    state: str
    by: str


# --- decisions ---


class PromiseChanged(Body, frozen=True, kw_only=True, tag="promise.changed"):
    """what: warned | told | late | kept | broken | reopened. told: the customer, where words exist.

    `due` is the original instant. `kept_by`: the message, or call:<id>, that kept it or was thought
    to have; of a promise that is kept, `noticed_at` is when that was written.
    """

    promise: str
    what: str
    due: int
    noticed_at: int
    kept_by: str = ""
    rulebook: int = 0
