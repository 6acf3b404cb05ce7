"""Rows of what routing decided. Columns are for reading; `body` is the engine's own state."""

from enum import StrEnum

import msgspec


class Unanswered(StrEnum):
    """What closes a turn that nobody here answered."""

    RESOLVED = "resolved"
    ABANDONED = "abandoned"  # the caller hung up
    CALLBACK = "callback"  # the caller asked to be called instead
    ELSEWHERE = "elsewhere"  # a person at the provider took the conversation
    CONTINUED = "continued"  # the customer waits in the conversation in which this one goes on


class Work(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: what waits, is offered and assigned; at most one live piece a conversation."""

    id: str
    desk: str
    conversation: str
    live_of: str | None  # the conversation while live
    state: str
    queue: str
    channel: str
    agent: str | None
    priority: int
    enqueued_at: int
    ended_at: int | None
    why: str  # JSON: the last decision's explanation
    body: str


class Offer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a piece of work held out to an agent until it expires."""

    id: str
    desk: str
    work: str
    conversation: str
    agent: str
    state: str
    created_at: int
    expires_at: int
    ended_at: int | None
    why: str  # JSON: why to this agent, and whom it passed over
    body: str


class AgentState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: an agent as routing sees them."""

    desk: str
    login: str
    presence: str
    reason: str
    load: int
    since: int
    body: str


class Turn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a customer waits for a person's answer. Open while `closed_at` is None.

    What has a default is so of one that was just opened.
    """

    id: str
    desk: str
    conversation: str
    open_of: str | None  # the conversation while open
    metric: str  # first_response | next_response | before_handoff: nobody need answer yet
    queue: str
    channel: str
    account: str
    language: str
    priority: int
    vip: bool
    opened_at: int
    message: str  # that it waits on; of a caller who only waits in the queue: call:<id>
    hours: str = "[]"  # JSON: since when which calendar counts, [[ms, name], ...]
    target_ms: int | None = None
    due: int | None = None
    warn_at: int | None = None
    warned_at: int | None = None
    breached_at: int | None = None
    closed_at: int | None = None
    closed_by: str | None = None  # the message or call:<id> that answered, or Unanswered
    agent: str | None = None  # who answered
    took_ms: int | None = None  # open time; it stays, whatever becomes of the calendar
    rulebook: int


class Resolution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: how long a conversation takes to its end. Counts while `resolved_at` is None."""

    conversation: str
    desk: str
    queue: str
    channel: str
    account: str
    language: str
    priority: int
    vip: bool
    opened_at: int
    answered_at: int | None = None  # when a person first wrote
    pauses: str = "[]"  # JSON: when the clock stood still, [[from, until or null], ...]
    hours: str = "[]"  # as of a turn
    target_ms: int | None = None
    due: int | None = None
    warn_at: int | None = None
    warned_at: int | None = None
    breached_at: int | None = None
    resolved_at: int | None = None
    agent: str | None = None  # who resolved it
    # Open time to the first end, to the newest, and this without pauses.
    first_ms: int | None = None
    total_ms: int | None = None
    active_ms: int | None = None
    rulebook: int
