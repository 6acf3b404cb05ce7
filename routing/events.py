"""What the engine decided. Every event carries `at`, milliseconds UTC."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Passed(StrEnum):
    """Why an agent did not get the work."""

    OFFLINE = "offline"
    LOST = "lost"
    BUSY = "busy"
    NOT_RESPONDING = "not_responding"
    NOT_IN_QUEUE = "not_in_queue"
    LACKS_SKILL = "lacks_skill"
    DELAYED = "delayed"  # the queue's work is hidden from the agent until it has waited longer
    DECLINED = "declined"
    PASSED_ON = "passed_on"  # the agent did that: others first, for a while
    WRAPUP = "wrapup"
    FULL = "full"
    CLOSED = "closed"  # the queue is: the work waits until it opens
    CALLBACK = "callback"  # the customer is called back later
    ANOTHERS = "anothers"  # the work waits for one named agent
    OUTRANKED = "outranked"  # could have had it; another came first


class Refused(StrEnum):
    """Why a request was not carried out."""

    UNKNOWN_WORK = "unknown_work"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_QUEUE = "unknown_queue"
    DUPLICATE = "duplicate"
    CONVERSATION_HAS_WORK = "conversation_has_work"
    OFFER_GONE = "offer_gone"
    NOT_YOURS = "not_yours"
    WRONG_STATE = "wrong_state"
    NO_CAPACITY = "no_capacity"
    NOT_THERE = "not_there"
    WRAPUP_FORCED = "wrapup_forced"
    NO_MORE_EXTENSIONS = "no_more_extensions"


class PassedAgent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One agent who did not get the work."""

    agent: str
    reason: Passed


class Why(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why this agent got this work; `sampled`: too many agents to account for each of them."""

    queue: str
    step: int
    needs: Mapping[str, int]
    rule: str
    key: tuple[int, int]
    rank: int = 0
    pinned: bool = False
    considered: int = 0
    passed: Mapping[str, int] = {}
    named: tuple[PassedAgent, ...] = ()
    sampled: bool = False


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", gc=False):
    at: int


class WorkWaiting(_Event, frozen=True, kw_only=True, tag="work.waiting"):
    """The work waits in a queue; `reason` says what brought it there."""

    work: str
    queue: str
    step: int
    key: tuple[int, int]
    reason: str
    pinned: str | None = None


class WorkRekeyed(_Event, frozen=True, kw_only=True, tag="work.rekeyed"):
    """The work stands elsewhere in its queue, or in another queue, at the same age."""

    work: str
    queue: str
    step: int
    key: tuple[int, int]


class WorkStepped(_Event, frozen=True, kw_only=True, tag="work.stepped"):
    """More agents may take the work from now on."""

    work: str
    step: int
    reason: str


class WorkOverflowed(_Event, frozen=True, kw_only=True, tag="work.overflowed"):
    """An overflow rule held and was carried out; `do` "stay": it would have gone in a circle."""

    work: str
    queue: str  # where it waited
    do: str
    target: str  # the queue, the template, or the queues whose agents may help
    rule: str


class WorkDeferred(_Event, frozen=True, kw_only=True, tag="work.deferred"):
    """The customer will be called back: the work keeps its place and key, and nobody gets it."""

    work: str
    queue: str
    step: int
    key: tuple[int, int]


class WorkCancelled(_Event, frozen=True, kw_only=True, tag="work.cancelled"):
    """Nobody need answer any more."""

    work: str
    reason: str


class WorkDone(_Event, frozen=True, kw_only=True, tag="work.done"):
    """The work is finished, its wrap-up too."""

    work: str
    agent: str | None


class AllDeclined(_Event, frozen=True, kw_only=True, tag="work.all_declined"):
    """Everybody who is signed in and able has declined; `cleared`: all are asked once more."""

    work: str
    cleared: bool


class WorkReturnable(_Event, frozen=True, kw_only=True, tag="work.returnable"):
    """Who passed the work on may have it again, like anybody else.

    reason: nobody_else, for nobody else is signed in who could ever take it; or time.
    """

    work: str
    agent: str
    reason: str


class OfferCreated(_Event, frozen=True, kw_only=True, tag="offer.created"):
    """An agent is asked, until `expires_at`."""

    offer: str
    work: str
    agent: str
    expires_at: int
    why: Why | None  # None: the offer has said it


class OfferAccepted(_Event, frozen=True, kw_only=True, tag="offer.accepted"):
    """The agent took it."""

    offer: str
    work: str
    agent: str


class OfferDeclined(_Event, frozen=True, kw_only=True, tag="offer.declined"):
    """The agent did not take it."""

    offer: str
    work: str
    agent: str


class OfferExpired(_Event, frozen=True, kw_only=True, tag="offer.expired"):
    """The agent did not answer in time."""

    offer: str
    work: str
    agent: str


class OfferRescinded(_Event, frozen=True, kw_only=True, tag="offer.rescinded"):
    """The offer was taken back."""

    offer: str
    work: str
    agent: str
    reason: str


class AssignmentStarted(_Event, frozen=True, kw_only=True, tag="assignment.started"):
    """The work is the agent's."""

    work: str
    agent: str
    offer: str | None
    why: Why | None  # None: the offer has said it


class AssignmentEnded(_Event, frozen=True, kw_only=True, tag="assignment.ended"):
    """The work is no longer the agent's, or its talking part is over."""

    work: str
    agent: str
    reason: str


class AssignmentParked(_Event, frozen=True, kw_only=True, tag="assignment.parked"):
    """The work rests with its agent and weighs nothing."""

    work: str
    agent: str


class AssignmentResumed(_Event, frozen=True, kw_only=True, tag="assignment.resumed"):
    """The work weighs again."""

    work: str
    agent: str


class ConsultStarted(_Event, frozen=True, kw_only=True, tag="consult.started"):
    """A colleague was asked in by the agent who has the work; it weighs on both."""

    work: str
    agent: str
    by: str


class ConsultEnded(_Event, frozen=True, kw_only=True, tag="consult.ended"):
    """A colleague who was asked in is in it no more."""

    work: str
    agent: str
    reason: str


class WrapupStarted(_Event, frozen=True, kw_only=True, tag="wrapup.started"):
    """After-contact work, until an instant or the agent's word. An extension says it anew."""

    work: str
    agent: str
    until: int | None


class WrapupEnded(_Event, frozen=True, kw_only=True, tag="wrapup.ended"):
    """After-contact work is over."""

    work: str
    agent: str
    reason: str


class AgentChanged(_Event, frozen=True, kw_only=True, tag="agent.changed"):
    """Where the agent is and how much weighs on them, at the end of an input."""

    agent: str
    presence: str
    reason: str
    load: int
    lost_until: int | None


class OverCapacity(_Event, frozen=True, kw_only=True, tag="agent.over_capacity"):
    """The agent has more than the plan allows. `work`: that was forced on them; else a plan did."""

    agent: str
    load: int
    capacity: int
    work: str | None = None


class RequestRefused(_Event, frozen=True, kw_only=True, tag="request.refused"):
    """An input that changed nothing."""

    request: str
    why: Refused
    work: str | None = None
    offer: str | None = None
    agent: str | None = None


Event = (
    WorkWaiting
    | WorkRekeyed
    | WorkStepped
    | WorkOverflowed
    | WorkDeferred
    | WorkCancelled
    | WorkDone
    | AllDeclined
    | WorkReturnable
    | OfferCreated
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | OfferRescinded
    | AssignmentStarted
    | AssignmentEnded
    | AssignmentParked
    | AssignmentResumed
    | ConsultStarted
    | ConsultEnded
    | WrapupStarted
    | WrapupEnded
    | AgentChanged
    | OverCapacity
    | RequestRefused
)
