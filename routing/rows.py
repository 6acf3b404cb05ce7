"""The engine's state as rows: what the host stores, and all that is needed to start again."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from routing.plan import Step


class WorkPhase(StrEnum):
    """Where a piece of work stands. The last two are final."""

    WAITING = "waiting"
    CALLBACK_PENDING = "callback_pending"  # in line, and nobody gets it yet: a virtual hold
    OFFERED = "offered"
    ASSIGNED = "assigned"
    PARKED = "parked"
    WRAPUP = "wrapup"
    DONE = "done"
    CANCELLED = "cancelled"


# Bound once: a look-up through the class costs 200 ns on Python 3.11, in every decision.
WAITING, CALLBACK_PENDING, OFFERED, ASSIGNED, PARKED, WRAPUP, DONE, CANCELLED = WorkPhase
IN_LINE = frozenset((WAITING, CALLBACK_PENDING))  # where the work has a place in its queue


class OfferPhase(StrEnum):
    """Where an offer stands. All but the first are final."""

    LIVE = "live"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    RESCINDED = "rescinded"


LIVE, ACCEPTED, DECLINED, EXPIRED, RESCINDED = OfferPhase


class Presence(StrEnum):
    """Where an agent is. Only available agents are asked."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    BUSY = "busy"
    NOT_RESPONDING = "not_responding"  # set by the engine after unanswered offers


OFFLINE, AVAILABLE, BUSY, NOT_RESPONDING = Presence


class WorkState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of work."""

    id: str
    conversation: str
    channel: str
    queue: str
    priority: int
    enqueued_at: int
    origin_at: int
    deadline: int | None
    needs: Mapping[str, int]
    steps: tuple[Step, ...]
    last_agent: str | None
    phase: WorkPhase
    step: int
    excluded: tuple[str, ...]
    reprieved: bool  # everybody had declined once, and all were asked again
    agent: str | None
    offers_made: int
    pin: str | None
    pin_until: int | None
    pin_hard: bool
    front: bool = False  # before all others
    guests: tuple[str, ...] = ()  # who were asked in
    late: bool = False  # behind what can still be saved
    wrapup_until: int | None
    wrapup_holds: bool
    extensions: int
    ended_reason: str
    home: str = ""  # whose steps it goes through; "": those of `queue`
    after_hours: bool = False  # came when its queue was closed: waits until that opens
    pool: tuple[str, ...] = ()  # whose agents overflow rules have let in
    overflowed: tuple[str, ...] = ()  # the rules of its queue that have been carried out
    visited: tuple[str, ...] = ()  # the queues that it has overflowed from
    seen_ms: int = 0  # agents to whom the queue shows its work after so long see it
    looks: int = 0  # how many of the waits that overflow rules name are behind it
    leaves_at: int | None = None  # its agent is gone: given out again then, unless they are back
    giver: str | None = None  # who passed it on: excluded until `returns_at` at the latest
    returns_at: int | None = None


class OfferState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One offer of one piece of work to one agent."""

    id: str
    work: str
    agent: str
    created_at: int
    expires_at: int
    phase: OfferPhase


class AgentState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One agent. `load` follows from the work and is there for those who read rows."""

    id: str
    presence: Presence
    reason: str
    free_since: int
    rona: int
    lost_until: int | None
    load: int
    given: tuple[int, ...] = ()  # when they got work, within the plan's window


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything live at one instant; with the plan, the whole engine."""

    at: int
    works: tuple[WorkState, ...]
    offers: tuple[OfferState, ...]
    agents: tuple[AgentState, ...]


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that have changed since the last drain, by id; final ones appear once."""

    works: tuple[WorkState, ...]
    offers: tuple[OfferState, ...]
    agents: tuple[AgentState, ...]
