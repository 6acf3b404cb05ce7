"""Callbacks: who is to be called back, at which number, from when, and how far that got."""

from enum import StrEnum

import msgspec


class CallbackKind(StrEnum):
    """What made it."""

    QUEUE = "queue"  # asked for while waiting; it keeps its place
    SCHEDULED = "scheduled"  # booked for a time
    ABANDONED = "abandoned"  # a caller gave up
    AGENT_OWNED = "agent_owned"  # promised by an agent, who makes it


class CallbackState(StrEnum):
    """How far a callback got."""

    HELD = "held"  # a slot is kept while the customer confirms
    PENDING = "pending"  # not yet to be seen
    READY = "ready"  # waits for an agent, in its old place
    OFFERED = "offered"  # an agent took it; their telephone rings
    DIALING = "dialing"  # the customer's telephone is dialled
    RINGING = "ringing"
    BRIDGED = "bridged"
    RETRY_WAIT = "retry_wait"
    DONE = "done"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"  # the customer was spoken with otherwise
    EXHAUSTED = "exhausted"  # as often as allowed, and nobody picked up
    EXPIRED = "expired"  # the time to call is over
    REFUSED = "refused"  # the number cannot be called


ENDED = frozenset(
    {
        CallbackState.DONE,
        CallbackState.CANCELLED,
        CallbackState.SUPERSEDED,
        CallbackState.EXHAUSTED,
        CallbackState.EXPIRED,
        CallbackState.REFUSED,
    }
)
RESTING = frozenset({CallbackState.HELD, CallbackState.PENDING, CallbackState.RETRY_WAIT})
UNDIALED = RESTING | {CallbackState.READY}
IN_HAND = frozenset(
    {
        CallbackState.OFFERED,
        CallbackState.DIALING,
        CallbackState.RINGING,
        CallbackState.BRIDGED,
    }
)

# Whither a call under way may move it. Looks may come late: what is absent changes nothing.
NEXT: dict[CallbackState, frozenset[CallbackState]] = dict.fromkeys(CallbackState, frozenset()) | {
    state: frozenset(
        {
            *later,
            CallbackState.READY,
            CallbackState.RETRY_WAIT,
            CallbackState.DONE,
            CallbackState.EXHAUSTED,
            CallbackState.REFUSED,
            CallbackState.SUPERSEDED,
        }
    )
    for state, later in {
        CallbackState.OFFERED: (CallbackState.DIALING,),
        CallbackState.DIALING: (CallbackState.RINGING, CallbackState.BRIDGED),
        CallbackState.RINGING: (CallbackState.BRIDGED,),
        CallbackState.BRIDGED: (),
    }.items()
}


class Callback(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. `live_of` is the number until it ends: nobody waits twice for one telephone.

    One that is held is not live: it takes a place at a time, and nobody is called for it.
    """

    id: str
    desk: str
    live_of: str | None
    conversation: str
    kind: CallbackKind
    state: CallbackState
    number: str  # E.164
    queue: str  # "" = as the rules say
    account: str  # that dials
    local: str  # our own number, which the customer sees
    owner: str  # login of the agent who promised it; "" for anybody
    note: str
    zone: str  # IANA, where the customer said it; "" = by the number
    local_time: str  # of a booked one: the wall clock's reading and its zone, by RFC 9557
    slot: str | None  # of a booked one: queue and start, while it takes a place
    held_at: int | None  # since when its place is kept for who has not confirmed
    origin_at: int  # since when its age counts
    visible_at: int  # not before
    closes_at: int  # not after
    due: int  # by when it was promised
    wishes: int  # how often it was asked for
    dialled_at: int | None  # the customer, for the first time
    reached_at: int | None  # when they spoke with somebody
    word_left_at: int | None  # with their answering machine
    tries: int  # telephones dialled, those that failed by no fault of the customer's left out
    call: str | None  # the call under way
    outcome: str  # of the last try, or why it ended
    by: str  # who asked: contact:<id> | agent:<login> | token:<id>
    created_at: int
    ended_at: int | None


# --- what is to be done, as a job's body ---


class WishByCall(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="wish_by_call"):
    """A caller wants to be called back, or gave up waiting."""

    call: str
    kind: CallbackKind


class WishByText(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="wish_by_text"):
    """A customer wrote that they want to be called."""

    conversation: str
    message: str


class Due(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="due"):
    """Its time has come: to be seen, to be let go of, or to be over."""

    callback: str


class Begin(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="begin"):
    """An agent has it: their telephone is to ring, then the customer's."""

    conversation: str
    agent: str


class BeginFirst(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="begin_first"):
    """An agent will be free by the time the customer picks up: dial the customer."""

    callback: str


class DialOut(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="dial_out"):
    """The agent is on the telephone: dial the customer."""

    call: str


class Look(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="look"):
    """Its call moved on: see how far the callback is."""

    call: str


class Answered(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="answered"):
    """Who gave up on the telephone wrote, and was answered in writing."""

    callback: str


class Tell(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="tell"):
    """Say something to the customer in writing, where they can be written to."""

    callback: str
    template: str


CallbackTask = WishByCall | WishByText | Due | Begin | BeginFirst | DialOut | Look | Answered | Tell
