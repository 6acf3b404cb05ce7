"""What the engine is told as it happens. Every input carries `at`, milliseconds UTC."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from routing.plan import Plan, Step


class _Input(msgspec.Struct, frozen=True, kw_only=True, tag_field="input"):
    at: int


class WorkArrived(_Input, frozen=True, kw_only=True, tag="work_arrived"):
    """Something waits for an agent. `needs` adds to every step; `steps` replaces the queue's."""

    work: str
    conversation: str
    channel: str
    queue: str
    priority: int = 0
    needs: Mapping[str, int] = {}
    steps: tuple[Step, ...] = ()
    enqueued_at: int | None = None  # None: now
    origin_at: int | None = None  # None: enqueued_at
    deadline: int | None = None
    last_agent: str | None = None
    callback_pending: bool = False  # nobody gets it before its CallbackReady
    owner: str | None = None  # it waits for this agent first, signed in or not
    owner_until: int | None = None


class WorkRekeyed(_Input, frozen=True, kw_only=True, tag="work_rekeyed"):
    """What is known of the work has changed. Absent fields stay; its age stays in any case."""

    work: str
    queue: str | None = None
    channel: str | None = None
    priority: int | None = None
    needs: Mapping[str, int] | None = None
    deadline: int | msgspec.UnsetType | None = msgspec.UNSET


class CallbackPending(_Input, frozen=True, kw_only=True, tag="callback_pending"):
    """The customer will be called back: the work keeps its place, and nobody gets it yet."""

    work: str
    channel: str | None = None  # None: the same as before


class CallbackReady(_Input, frozen=True, kw_only=True, tag="callback_ready"):
    """Whoever waits to be called may be, or is back. `front`: they are on the line already."""

    work: str
    channel: str | None = None  # None: the same as before
    front: bool = False


class WorkCancelled(_Input, frozen=True, kw_only=True, tag="work_cancelled"):
    """Nobody need answer any more: abandoned, expired, answered elsewhere, merged."""

    work: str
    reason: str = "cancelled"


class WorkEnded(_Input, frozen=True, kw_only=True, tag="work_ended"):
    """The work is finished; `agent` None when someone else finished it for its agent."""

    work: str
    agent: str | None = None


class WrapupEnded(_Input, frozen=True, kw_only=True, tag="wrapup_ended"):
    """The agent is done with after-contact work."""

    work: str
    agent: str


class WrapupExtended(_Input, frozen=True, kw_only=True, tag="wrapup_extended"):
    """The agent asks for more time after the contact."""

    work: str
    agent: str


class WorkTransferred(_Input, frozen=True, kw_only=True, tag="work_transferred"):
    """Transfer by the agent who holds it, to a queue or to another agent.

    To one who was asked in before it is warm: they have it at once. Else it is blind.
    """

    work: str
    agent: str
    to_queue: str | None = None
    to_agent: str | None = None
    keep_age: bool = False


class AgentConsulted(_Input, frozen=True, kw_only=True, tag="agent_consulted"):
    """The agent who holds the work asks a colleague in; it weighs on both."""

    work: str
    agent: str
    guest: str


class ConsultLeft(_Input, frozen=True, kw_only=True, tag="consult_left"):
    """A colleague who was asked in is in it no more."""

    work: str
    agent: str


class WorkGrabbed(_Input, frozen=True, kw_only=True, tag="work_grabbed"):
    """An agent takes work, or is given it by `by`; only `force` may exceed capacity."""

    work: str
    agent: str
    by: str | None = None
    force: bool = False


class WorkParked(_Input, frozen=True, kw_only=True, tag="work_parked"):
    """The customer is silent: the work stays with its agent and weighs nothing."""

    work: str


class WorkUnparked(_Input, frozen=True, kw_only=True, tag="work_unparked"):
    """The customer is back: the work weighs again, even above capacity."""

    work: str


class OfferAccepted(_Input, frozen=True, kw_only=True, tag="offer_accepted"):
    """The agent takes what was offered."""

    offer: str
    agent: str


class OfferDeclined(_Input, frozen=True, kw_only=True, tag="offer_declined"):
    """The agent does not take what was offered."""

    offer: str
    agent: str


class AgentPresence(_Input, frozen=True, kw_only=True, tag="agent_presence"):
    """The agent says where they are; available also heals not_responding and a lost socket."""

    agent: str
    presence: Literal["offline", "available", "busy"]
    reason: str = ""


class AgentLost(_Input, frozen=True, kw_only=True, tag="agent_lost"):
    """The agent's last socket is gone, without a word."""

    agent: str


class AgentBack(_Input, frozen=True, kw_only=True, tag="agent_back"):
    """The socket is there again; presence is what it was."""

    agent: str


class PlanChanged(_Input, frozen=True, kw_only=True, tag="plan_changed"):
    """Another plan applies from now on; `rekeyed` is what it makes of waiting work."""

    plan: Plan
    rekeyed: tuple[WorkRekeyed, ...] = ()


class ClockStepped(_Input, frozen=True, kw_only=True, tag="clock_stepped"):
    """The host's clock has jumped, to `at`; what was to happen in a minute still is."""

    by_ms: int


class Tick(_Input, frozen=True, kw_only=True, tag="tick"):
    """Time has come to `at`; whatever is due until then, happens."""


Input = (
    WorkArrived
    | WorkRekeyed
    | CallbackPending
    | CallbackReady
    | WorkCancelled
    | WorkEnded
    | WrapupEnded
    | WrapupExtended
    | WorkTransferred
    | AgentConsulted
    | ConsultLeft
    | WorkGrabbed
    | WorkParked
    | WorkUnparked
    | OfferAccepted
    | OfferDeclined
    | AgentPresence
    | AgentLost
    | AgentBack
    | PlanChanged
    | ClockStepped
    | Tick
)
