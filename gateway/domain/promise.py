"""Promises to customers: who promised what until when, and what became of it."""

from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

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
    places: str = "[]"  # JSON of Place, the newest last; "[]": it stands where it was made


class Place(NamedTuple):
    """A conversation in which a promise stood, from when until when, ms; None: it still does."""

    conversation: str
    since: int
    until: int | None


EVER = 0  # since when a promise stands where it was made: all that was said after it counts

_places = msgspec.json.Decoder(list[Place])


def places_of(promise: Promise) -> list[Place]:
    """Where a promise stood and stands."""
    return _places.decode(promise.places) or [Place(promise.conversation, EVER, None)]


def taken(promise: Promise, into: str, at: int, since: int | None = None) -> Promise:
    """A promise that stands in another conversation from an instant on. since: from when on what
    is said there answers it; None: what was said went along, and answers it as it did before."""
    *before, last = places_of(promise)
    since = last.since if since is None else since
    places = [*before, last._replace(until=at), Place(into, since, None)]
    return replace(promise, conversation=into, places=msgspec.json.encode(places).decode())


def stood(promise: Promise, conversation: str, at: int) -> bool:
    """Whether what is said in a conversation at an instant is said where a promise stands."""
    return any(
        place.conversation == conversation
        and place.since < at
        and (place.until is None or at <= place.until)
        for place in places_of(promise)
    )


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
