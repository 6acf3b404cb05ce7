"""Replies that were written for later: when each goes, on what condition, and what became of it."""

from enum import StrEnum

import msgspec

from gateway.domain.body import Body


class ScheduledState(StrEnum):
    """Where a scheduled reply stands."""

    WAITING = "waiting"
    SENT = "sent"  # it became a message, which goes its own way from there
    CANCELLED = "cancelled"
    REFUSED = "refused"  # its time came, and it could not go: its words are kept for their writer


LIVE = frozenset({ScheduledState.WAITING, ScheduledState.REFUSED})
"""Of these something can still be made: they can be changed, sent now, cancelled."""

ANSWERED = "answered"  # the reason of one that was cancelled because the customer wrote
RESOLVED = "resolved"  # and because the conversation was over


class Scheduled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. What has a default is so of one that was just written."""

    id: str
    desk: str
    conversation: str
    identity: str  # the customer's address: for whom it was written, whoever they are merged with
    author: str  # agent:<login>, in whose name it goes
    text: str
    reply: str  # JSON of what is to be written, but for its conversation, author and text
    send_at: int
    unless_answered: bool  # it goes only while the customer has not written
    job: str  # the one that will let it go; another one's turn is none of it
    by: str  # who wrote or changed it last: agent:<login> | token:<id>
    at: int  # when they did
    version: int = 1
    state: ScheduledState = ScheduledState.WAITING
    reason: str = ""  # of CANCELLED: answered, resolved, or "" by hand; of REFUSED: its code
    detail: str = ""  # of REFUSED: the same in words
    message: str | None = None  # that it became
    ended_by: str = ""  # who cancelled it or sent it now; "" when that came by itself
    ended_at: int | None = None


class ReplyScheduled(Body, frozen=True, kw_only=True, tag="reply.scheduled"):
    """A reply was written for later. Its words stand in its row."""

    scheduled: str
    due: int
    by: str
    unless_answered: bool = False


class ReplyRescheduled(Body, frozen=True, kw_only=True, tag="reply.rescheduled"):
    """A scheduled reply has another time, other words or another conversation from now on."""

    scheduled: str
    due: int
    by: str
    unless_answered: bool = False


class ReplyUnscheduled(Body, frozen=True, kw_only=True, tag="reply.unscheduled"):
    """A scheduled reply waits no more. state: sent | cancelled | refused

    `reason` of one that was cancelled: answered | resolved, or nothing when `by` did it; of one
    that was refused: its code. One that was refused is kept until somebody decides about it.
    """

    scheduled: str
    state: str
    by: str
    reason: str = ""
    message: str = ""
