"""Customer-first callbacks: the customer is dialled before an agent is there, and met."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.call import Call, CallState, Leg, Party, RefreshLeg
from gateway.domain.callback import Callback, CallbackState, Look
from gateway.domain.clock import SECOND_MS
from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.verbs.callback import put, reads
from gateway.verbs.callbackdial import NOTHING, begun, dialled_now, may_dial, reads_call
from gateway.verbs.callbackjob import task as task_of_callback
from gateway.verbs.calljob import task
from gateway.verbs.change import Change, Lookup, View, by_index
from gateway.verbs.leg import legs_of, let_go, move

VERDICT_MS = 35 * SECOND_MS  # longer than a provider listens for who answered

HUMAN = frozenset({"human", "unknown"})  # who cannot be told is spoken with
MACHINE, FAX = "machine", "fax"


class BeginFirst(msgspec.Struct, kw_only=True, gc=False):
    """An agent is expected to be free when the customer picks up: dial the customer.

    `allowed_at`: when the number may be called next, from now on; None: never in time.
    """

    failpoint: ClassVar[str] = "write"

    callback: str
    allowed_at: int | None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The callback, and whether its customer is on the telephone."""
        yield from reads(view, self.callback)
        callback = view.peek(Callback, self.callback)
        if callback is not None:
            yield by_index(Call, "live_of", callback.conversation)

    def decide(self, change: Change) -> Leg | Refusal:
        """The customer's leg, which is dialled once."""
        callback = change.get(Callback, self.callback)
        if callback is None or callback.state is not CallbackState.READY:
            return NOTHING
        conversation = change.get(Conversation, callback.conversation)
        if conversation is None or change.by(Call, "live_of", conversation.id):
            return NOTHING
        if not may_dial(change, callback, self.allowed_at):
            return NOTHING
        return dialled_now(change, begun(change, callback, conversation), callback)


class MeetCustomer(msgspec.Struct, kw_only=True, gc=False):
    """Somebody, or something, has picked up. `leaves_word`: a machine may be spoken to, once."""

    failpoint: ClassVar[str] = "write"

    call: str
    leaves_word: bool

    def reads(self, view: View) -> Iterable[Lookup]:
        """The call, its telephones and its callback."""
        return reads_call(view, self.call)

    def decide(self, change: Change) -> Call | None:
        """A person waits for an agent from now on; a machine hears a word or nothing."""
        call = change.get(Call, self.call)
        if call is None or call.live_of is None or call.state is not CallState.RINGING:
            return None
        legs = legs_of(change, call)
        customer = next((e for e in legs if e.party is Party.CUSTOMER and e.talks), None)
        if customer is None or customer.answered_at is None:
            return None
        unheard = change.now >= customer.answered_at + VERDICT_MS
        if customer.machine in HUMAN or (unheard and not customer.machine):
            return move(change, replace(call, queued_at=change.now), CallState.QUEUED)
        if customer.machine:
            return self._machine(change, call, customer)
        task_of_callback(change, Look(call=call.id), customer.answered_at + VERDICT_MS)
        return None

    def _machine(self, change: Change, call: Call, customer: Leg) -> Call:
        callback = change.get(Callback, call.callback or "")
        assert callback is not None, "a callback outlives its calls"
        speaks = self.leaves_word and customer.machine == MACHINE
        if not speaks or callback.word_left_at is not None:
            let_go(change, customer)
            return call
        put(change, replace(callback, word_left_at=change.now), "system")
        call = move(change, call, CallState.VOICEMAIL)
        task(change, call, RefreshLeg(leg=customer.id))
        return call
