"""Rows of what routing decided. Columns are for reading; `body` is the engine's own state."""

import msgspec


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
    """One row: a customer waits for a person's answer. Open while `closed_at` is None."""

    id: str
    desk: str
    conversation: str
    open_of: str | None  # the conversation while open
    metric: str  # first_response | next_response
    opened_at: int
    message: str
    due: int | None
    warn_at: int | None
    warned_at: int | None
    breached_at: int | None
    closed_at: int | None
    closed_by: str | None  # the message that answered, or "resolved"
    rulebook: int
