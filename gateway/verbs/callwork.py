"""Commands about a call: who rings, who leaves, hold, hang up, and what came of a try."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.contract.inbound import CallEvent
from gateway.domain.call import (
    AFTERWARDS,
    FURTHER,
    Call,
    CallState,
    DialLeg,
    Leg,
    LegState,
    Party,
    RefreshLeg,
)
from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.domain.work import Work
from gateway.verbs.call import end, fell, leg_moved
from gateway.verbs.calljob import task, watch
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.leg import let_go, move, new_leg, part, tell
from gateway.verbs.settle import Settle

TALKING = frozenset({"waiting", "offered", "assigned"})  # work whose customer stays on the line

NO_CALL = Refusal(
    code="no_call",
    detail="The customer is not on the telephone now.",
    what_to_do="Call back, or write.",
    status=409,
)


NOT_CONNECTED = Refusal(
    code="not_connected",
    detail="The customer speaks with nobody yet.",
    what_to_do="Wait until you are connected.",
    status=409,
)
_UNANSWERED = frozenset({LegState.PLANNED, LegState.RINGING})


def reads_live(view: View, conversation: str) -> Iterable[Lookup]:
    """The live call of a conversation, and its telephones."""
    yield by_key(Conversation, conversation)
    yield by_index(Call, "live_of", conversation)
    for call in view.peek_by(Call, "live_of", conversation):
        yield by_index(Leg, "call", call.id)


def reads_leg(view: View, leg_id: str) -> Iterable[Lookup]:
    """A leg with its call, and the conversation of that."""
    yield by_key(Leg, leg_id)
    leg = view.peek(Leg, leg_id)
    if leg is None:
        return
    yield by_key(Call, leg.call)
    call = view.peek(Call, leg.call)
    if call is not None:
        yield by_key(Conversation, call.conversation)
        yield by_index(Leg, "call", call.id)


def _fail(change: Change, call: Call, leg: Leg, reason: str = "") -> None:
    leg = replace(leg, state=LegState.FAILED, ended_at=change.now, reason=reason)
    tell(change, call, change.put(leg))
    fell(change, call, leg)


def live_call(change: Change, conversation: str) -> Call | None:
    """The call that its customer is on."""
    found = change.by(Call, "live_of", conversation)
    return found[0] if found else None


def _legs(change: Change, call: Call, party: Party, agent: str = "") -> list[Leg]:
    return [
        leg
        for leg in change.by(Leg, "call", call.id)
        if leg.party is party and leg.live and not leg.dismissed and leg.agent == agent
    ]


def _refresh(change: Change, call: Call) -> None:
    for leg in _legs(change, call, Party.CUSTOMER):
        task(change, call, RefreshLeg(leg=leg.id))


def _hold(change: Change, call: Call, *, held: bool) -> Call:
    """Let the customer hear music, or speak again: each is a step of what they hear."""
    if call.held is not held:
        call = change.put(replace(call, held=held, step=call.step + 1))
        tell(change, call)
        _refresh(change, call)
    return call


class _OfCall(msgspec.Struct, kw_only=True, gc=False):
    """What is done to the live call of a conversation."""

    failpoint: ClassVar[str] = "write"

    conversation: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The live call."""
        return reads_live(view, self.conversation)


class RingAgent(_OfCall, kw_only=True, gc=False):
    """Plan an agent's telephone into a call, unless it is in it already."""

    agent: str
    address: str

    def decide(self, change: Change) -> Leg | Refusal:
        """The leg; dialling it is a job."""
        call = live_call(change, self.conversation)
        if call is None or call.state in AFTERWARDS:
            return NO_CALL
        there = _legs(change, call, Party.AGENT, self.agent)
        if there:
            return there[0]
        leg = new_leg(change, call.account, call.id, Party.AGENT, self.agent, self.address)
        change.put(leg)
        tell(change, call, leg)
        task(change, call, DialLeg(leg=leg.id))
        watch(change, call, leg.id)
        return leg


class MoveToVoicemail(_OfCall, kw_only=True, gc=False):
    """Let a caller who waits leave word instead; who speaks with somebody goes on."""

    def decide(self, change: Change) -> Call | Refusal:
        """The call in its new state."""
        call = live_call(change, self.conversation)
        if call is None or call.state is not CallState.QUEUED or _legs_of_agents(change, call):
            return NO_CALL
        call = move(change, call, CallState.VOICEMAIL)
        _refresh(change, call)
        return call


def _legs_of_agents(change: Change, call: Call) -> list[Leg]:
    legs: list[Leg] = change.by(Leg, "call", call.id)
    return [leg for leg in legs if leg.party is Party.AGENT and leg.live and not leg.dismissed]


class LeaveCall(msgspec.Struct, kw_only=True, gc=False):
    """An agent has a call's work no longer: the customer waits again, or is done.

    surveyed: who is done is asked how it went.
    """

    failpoint: ClassVar[str] = "write"

    conversation: str
    agent: str
    surveyed: bool = False

    def reads(self, view: View) -> Iterable[Lookup]:
        """The live call, and the work that may go on with somebody else."""
        yield from reads_live(view, self.conversation)
        yield by_index(Work, "live_of", self.conversation)

    def decide(self, change: Change) -> None:
        """Their telephone is let go; another agent in the call keeps the customer."""
        call = live_call(change, self.conversation)
        if call is None:
            return
        if not any(leg.agent == self.agent for leg in change.by(Leg, "call", call.id)):
            return  # theirs was another call: the customer has called again since
        works = change.by(Work, "live_of", self.conversation)
        if any(work.agent == self.agent and work.state == "assigned" for work in works):
            return  # they have it again since
        for leg in _legs(change, call, Party.AGENT, self.agent):
            let_go(change, leg)
        if call.state in AFTERWARDS:
            return  # what they write meanwhile calls nobody back into it
        talking = [leg for leg in change.by(Leg, "call", call.id) if leg.talks]
        if any(leg.party is Party.AGENT for leg in talking):
            _hold(change, call, held=False)  # who consulted has left; whom they asked stays
            return
        if any(work.state in TALKING for work in works):
            move(change, replace(call, held=False), CallState.QUEUED)
            _refresh(change, call)
            return
        for leg in _legs(change, call, Party.CUSTOMER):
            part(change, call, leg, asks=self.surveyed)


class HoldCall(_OfCall, kw_only=True, gc=False):
    """Let the customer hear music, or speak again."""

    held: bool

    def decide(self, change: Change) -> Call | Refusal:
        """The call."""
        call = live_call(change, self.conversation)
        if call is None or call.state in AFTERWARDS:
            return NO_CALL
        return _hold(change, call, held=self.held)


class ConsultAgent(_OfCall, kw_only=True, gc=False):
    """The customer hears music while a colleague, whom routing has asked in, is rung."""

    def decide(self, change: Change) -> Call | Refusal:
        """The call."""
        call = live_call(change, self.conversation)
        if call is None:
            return NO_CALL
        if call.state is not CallState.CONNECTED:
            return NOT_CONNECTED
        return _hold(change, call, held=True)


class LoseLeg(msgspec.Struct, kw_only=True, gc=False):
    """A leg that was dialled, and of which nobody told anything: it is not there."""

    failpoint: ClassVar[str] = "write"

    leg: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The leg with its call."""
        return reads_leg(view, self.leg)

    def decide(self, change: Change) -> None:
        """Nothing, once somebody is on it. Should it ring after all, who answers hears goodbye."""
        leg = change.get(Leg, self.leg)
        call = change.get(Call, leg.call) if leg is not None else None
        if leg is not None and call is not None and leg.state in _UNANSWERED:
            _fail(change, call, leg)


class MeetLeg(msgspec.Struct, kw_only=True, gc=False):
    """The provider was asked about a leg whose dial was in doubt, and knows it."""

    failpoint: ClassVar[str] = "write"

    leg: str
    provider_id: str
    state: LegState

    def reads(self, view: View) -> Iterable[Lookup]:
        """The leg with its call."""
        return reads_leg(view, self.leg)

    def decide(self, change: Change) -> None:
        """As if a webhook had told it."""
        leg = change.get(Leg, self.leg)
        call = change.get(Call, leg.call) if leg is not None else None
        if leg is None or call is None:
            return
        told = CallEvent(
            key=f"found:{self.provider_id}",
            call=self.provider_id,
            state="",
            sender=leg.address,
            recipient=leg.address,
            leg=leg.id,
            leg_state=self.state,
        )
        call, leg = leg_moved(change, call, leg, told)
        if leg.party is Party.CUSTOMER and not leg.live:
            end(change, call)


class HangUpCall(_OfCall, kw_only=True, gc=False):
    """End a call for everybody; the provider's report ends its row.

    surveyed: its customer, if anybody spoke with them, is asked how it went before.
    """

    surveyed: bool = False

    def decide(self, change: Change) -> Call | Refusal:
        """The call."""
        call = live_call(change, self.conversation)
        if call is None:
            return NO_CALL
        for leg in change.by(Leg, "call", call.id):
            if leg.party is Party.CUSTOMER and call.state not in AFTERWARDS:
                part(change, call, leg, asks=self.surveyed)
            else:
                let_go(change, leg)
        return call


class SettleCall(msgspec.Struct, kw_only=True, gc=False):
    """What one command came to: its job, and the leg it was about."""

    failpoint: ClassVar[str] = "settle"

    settle: Settle
    leg: str
    provider_id: str | None = None
    failed: bool = False  # the leg will never be: certainly not dialled
    reason: str = ""  # of a leg that failed: a word of Reason

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job, and the leg with its call."""
        yield from self.settle.reads(view)
        yield from reads_leg(view, self.leg)

    def decide(self, change: Change) -> None:
        """Write it down. A webhook may have told more already."""
        self.settle.decide(change)
        leg = change.get(Leg, self.leg)
        call = change.get(Call, leg.call) if leg is not None else None
        if leg is None or call is None:
            return
        if self.provider_id is not None and leg.provider_id is None:
            leg = change.put(replace(leg, provider_id=self.provider_id))
        if self.failed and FURTHER[leg.state, LegState.FAILED] is not leg.state:
            _fail(change, call, leg, self.reason)
