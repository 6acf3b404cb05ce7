"""The call of a callback: begun when an agent takes it, the customer dialled once they are on."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.call import Call, CallState, DialLeg, Leg, Party
from gateway.domain.callback import Callback, CallbackState
from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.domain.work import Work
from gateway.verbs.call import end as end_call
from gateway.verbs.callback import end, put, reads, reads_conversation, rest
from gateway.verbs.calljob import task, watch
from gateway.verbs.callmessage import outgoing
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.leg import drop_all, legs_of, new_leg, tell

NOTHING = Refusal(code="nothing_to_do", detail="Nobody is to be called back here now.")


def reads_call(view: View, ident: str) -> Iterable[Lookup]:
    """A call, its telephones and its callback."""
    yield by_key(Call, ident)
    yield by_index(Leg, "call", ident)
    call = view.peek(Call, ident)
    if call is not None and call.callback is not None:
        yield from reads(view, call.callback)
        yield from reads_conversation(view, call.conversation)


def may_dial(change: Change, callback: Callback, allowed_at: int | None) -> bool:
    """Whether its number may be called now; else it rests until it may, or is given up."""
    if allowed_at is not None and allowed_at <= change.now:
        return True
    if allowed_at is None:
        end(change, callback, CallbackState.EXPIRED, "no_allowed_time", "system")
    else:
        rest(change, callback, allowed_at)
    return False


class BeginCall(msgspec.Struct, kw_only=True, gc=False):
    """An agent has the work: their telephone joins a call to which the customer is dialled.

    `allowed_at`: when the number may be called next, from now on; None: never in time.
    """

    failpoint: ClassVar[str] = "write"

    conversation: str
    agent: str
    allowed_at: int | None

    def reads(self, view: View) -> Iterable[Lookup]:
        """What waits in the conversation, who has it, and whether it is on the telephone."""
        yield from reads_conversation(view, self.conversation)
        yield by_index(Callback, "conversation", self.conversation)
        yield by_index(Work, "live_of", self.conversation)
        yield by_index(Call, "live_of", self.conversation)

    def decide(self, change: Change) -> Call | Refusal:
        """The call, in which nobody is yet."""
        found = change.by(Callback, "conversation", self.conversation)
        callback = next((each for each in found if each.state is CallbackState.READY), None)
        works = change.by(Work, "live_of", self.conversation)
        theirs = any(work.agent == self.agent and work.state == "assigned" for work in works)
        conversation = change.get(Conversation, self.conversation)
        on_the_line = bool(change.by(Call, "live_of", self.conversation))
        if callback is None or conversation is None or not theirs or on_the_line:
            return NOTHING
        if not may_dial(change, callback, self.allowed_at):
            return NOTHING
        call = begun(change, callback, conversation, self.agent)
        held = replace(callback, state=CallbackState.OFFERED, call=call.id)
        put(change, held, f"agent:{self.agent}", self.agent)
        tell(change, call)
        return call


def begun(change: Change, callback: Callback, conversation: Conversation, agent: str = "") -> Call:
    """The call of a callback, in which nobody is yet; without an agent the customer comes first."""
    customer, first = f"tel:{callback.number}", not agent
    return change.put(
        Call(
            id=change.new_id(),
            desk=change.desk.id,
            conversation=conversation.id,
            live_of=conversation.id,
            message=outgoing(change, conversation, agent, callback.account, customer),
            voicemail=None,
            account=callback.account,
            direction="out",
            customer=customer,
            local=callback.local,
            language=conversation.language,
            choice="",
            state=CallState.RINGING if first else CallState.QUEUED,
            step=0,
            held=False,
            outcome="",
            callback=callback.id,
            customer_first=first,
            started_at=change.now,
            queued_at=None if first else change.now,
            connected_at=None,
            ended_at=None,
        )
    )


def dialled_now(change: Change, call: Call, callback: Callback) -> Leg:
    """The customer's telephone is dialled, once; the try is written down before."""
    leg = new_leg(change, call.account, call.id, Party.CUSTOMER, "", call.customer)
    change.put(leg)
    tell(change, call, leg)
    task(change, call, DialLeg(leg=leg.id))
    watch(change, call, leg.id)
    dialing = replace(
        callback,
        state=CallbackState.DIALING,
        call=call.id,
        tries=callback.tries + 1,
        dialled_at=callback.dialled_at or change.now,
    )
    put(change, dialing, "system")
    return leg


class DialCustomer(msgspec.Struct, kw_only=True, gc=False):
    """The agent is on the telephone. The try is written down before anybody is dialled."""

    failpoint: ClassVar[str] = "write"

    call: str
    allowed_at: int | None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The call, its telephones and its callback."""
        return reads_call(view, self.call)

    def decide(self, change: Change) -> Leg | Refusal:
        """The customer's leg, which is dialled once."""
        call = change.get(Call, self.call)
        callback = change.get(Callback, call.callback or "") if call is not None else None
        if call is None or callback is None or call.live_of is None:
            return NOTHING
        legs = legs_of(change, call)
        there = any(leg.talks and leg.party is Party.AGENT for leg in legs)
        dialled = any(leg.party is Party.CUSTOMER for leg in legs)
        if callback.call != call.id or callback.state is not CallbackState.OFFERED or dialled:
            return NOTHING
        if not there:
            return NOTHING  # they hung up again: the end of their leg ends the call
        if not may_dial(change, callback, self.allowed_at):
            drop_all(change, call)
            end_call(change, call)
            return NOTHING
        return dialled_now(change, call, callback)
