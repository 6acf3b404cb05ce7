"""Calls and their legs: who is on the telephone, how far each leg got, what is to be done next."""

from enum import StrEnum

import msgspec

VOICE = "voice"  # the channel; a queued call is work on it


class CallState(StrEnum):
    """What the customer's side of a call is doing."""

    RINGING = "ringing"
    MENU = "menu"
    QUEUED = "queued"
    CONNECTED = "connected"
    VOICEMAIL = "voicemail"
    CALLBACK_REQUESTED = "callback_requested"
    SURVEY = "survey"  # nobody speaks with them any more; asked how it went
    SCORED = "scored"  # they said it, and hear thanks
    FAREWELL = "farewell"  # they did not
    ENDED = "ended"


class LegState(StrEnum):
    """How far one telephone got."""

    PLANNED = "planned"  # ours to dial; the provider has not named it yet
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"


class Party(StrEnum):
    """Whose telephone a leg is."""

    CUSTOMER = "customer"
    AGENT = "agent"


OVER = frozenset(
    {
        LegState.COMPLETED,
        LegState.BUSY,
        LegState.NO_ANSWER,
        LegState.FAILED,
        LegState.CANCELED,
    }
)

AFTERWARDS = frozenset({CallState.SURVEY, CallState.SCORED, CallState.FAREWELL})

# Webhooks come twice and in any order. A leg only moves on; what is over stays as it ended.
_RANK = {LegState.PLANNED: 0, LegState.RINGING: 1, LegState.ANSWERED: 2} | dict.fromkeys(OVER, 3)

FURTHER: dict[tuple[LegState, LegState], LegState] = {
    (old, new): new if _RANK[new] > _RANK[old] else old for old in LegState for new in LegState
}


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a call. `live_of` is its conversation until the customer's leg is over."""

    id: str
    desk: str
    conversation: str
    live_of: str | None
    message: str  # that tells of it on the timeline
    voicemail: str | None  # the message that holds the recording
    account: str
    direction: str  # in | out
    customer: str  # URN
    local: str  # our own number
    language: str  # chosen in the menu; "" until then
    choice: str  # the key that was chosen; "" for none
    state: CallState
    step: int  # how often the customer was asked something; answers to older questions are late
    held: bool
    outcome: str  # of ENDED: answered | abandoned | voicemail | callback | unreached | unmanned
    callback: str | None  # that this call carries out
    customer_first: bool  # of a callback: the customer was dialled before an agent was there
    started_at: int
    queued_at: int | None
    connected_at: int | None
    ended_at: int | None


class Leg(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: one telephone in a call."""

    id: str
    desk: str
    call: str
    account: str
    provider_id: str | None
    party: Party
    agent: str  # login; "" for the customer's
    address: str  # URN, or client:<login> for a browser
    state: LegState
    dismissed: bool  # we let it go: its end ends nothing else
    machine: str  # who answered: human | machine | fax | unknown; "" when nobody listened
    reason: str  # of FAILED: a word of Reason where the provider said why; else ""
    started_at: int
    answered_at: int | None
    ended_at: int | None

    @property
    def live(self) -> bool:
        """Whether it still is, or will be, on the telephone."""
        return self.state not in OVER

    @property
    def talks(self) -> bool:
        """Whether somebody is on it, and is to stay."""
        return self.state is LegState.ANSWERED and not self.dismissed


# --- what is to be done, as a job's body ---


class Ring(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="ring"):
    """Somebody has a call's work: their telephone is to ring."""

    conversation: str
    agent: str


class Leave(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="leave"):
    """Somebody no longer has it: their telephone leaves the call."""

    conversation: str
    agent: str


class DialLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="dial"):
    """Dial a leg that is planned."""

    leg: str


class RefreshLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="refresh"):
    """Let a leg ask anew what it is to hear."""

    leg: str


class DropLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="drop"):
    """Hang up a leg."""

    leg: str


class PartLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="part"):
    """Nobody speaks any more with who is on a leg: ask them how it went, or hang up."""

    leg: str


class WatchLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="watch"):
    """Give a leg up that nobody has told us of for too long."""

    leg: str


class SendToVoicemail(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="to_voicemail"):
    """Let a caller whom nobody answers leave word."""

    conversation: str


AgentTask = Ring | Leave
Task = Ring | Leave | SendToVoicemail | DialLeg | RefreshLeg | DropLeg | PartLeg | WatchLeg
