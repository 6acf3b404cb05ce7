"""Commands that move a callback on: its time comes, its call goes on, somebody calls it off."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.callback import (
    ENDED,
    IN_HAND,
    NEXT,
    RESTING,
    UNDIALED,
    Callback,
    CallbackKind,
    CallbackState,
    Due,
)
from gateway.domain.callevents import CallbackMerged
from gateway.domain.conversation import Conversation, Status, Verb, advance
from gateway.domain.events import ConversationStatus
from gateway.domain.outcome import Refusal
from gateway.verbs import onward, person
from gateway.verbs.callback import (
    HOLD_MS,
    IN_PROGRESS,
    OVER,
    SLOT_FULL,
    Slot,
    Window,
    end,
    live_of,
    put,
    reads,
    reads_live,
    rest,
    wake,
)
from gateway.verbs.callbackjob import task
from gateway.verbs.change import Change, Lookup, View, by_index
from gateway.verbs.refusals import not_found

SPOKEN_WITH = frozenset({CallbackState.BRIDGED, CallbackState.DONE})


class MeetDue(msgspec.Struct, kw_only=True, gc=False):
    """Something may be due of a callback. `allowed_at`: when its number may be called next.

    `own_ms`: how long it waits for the agent who promised it and for nobody else; None: others may.
    """

    failpoint: ClassVar[str] = "write"

    callback: str
    allowed_at: int | None
    own_ms: int | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The callback and where it belongs."""
        return reads(view, self.callback)

    def decide(self, change: Change) -> Callback | None:
        """The callback as it stands now; None when it is gone."""
        callback = change.get(Callback, self.callback)
        if callback is None or callback.state not in UNDIALED:
            return callback
        if callback.held_at is not None:
            if change.now < callback.held_at + HOLD_MS:
                return callback
            return end(change, callback, CallbackState.CANCELLED, "unconfirmed", "system")
        if change.now >= callback.closes_at:
            return end(change, callback, CallbackState.EXPIRED, "too_late", "system")
        if self.own_ms is not None and _owner_away(change, callback, self.own_ms):
            return end(change, callback, CallbackState.EXPIRED, "owner_away", "system")
        if callback.state is CallbackState.READY and _resolved(change, callback):
            return put(change, _home(change, callback), "system")
        if callback.state not in RESTING or change.now < callback.visible_at:
            return callback
        if self.allowed_at is None:
            return end(change, callback, CallbackState.EXPIRED, "no_allowed_time", "system")
        if self.allowed_at > change.now:
            return rest(change, callback, self.allowed_at)
        return self._ready(change, callback)

    def _ready(self, change: Change, callback: Callback) -> Callback:
        """Somebody may have it from now on; of an agent's own, only they, for a while."""
        ready = replace(_home(change, callback), state=CallbackState.READY, visible_at=change.now)
        if self.own_ms is not None:
            task(change, Due(callback=ready.id), change.now + self.own_ms)
        return put(change, ready, "system")


def _owner_away(change: Change, callback: Callback, own_ms: int) -> bool:
    """Whether it has waited in vain for the agent who promised it."""
    ready = callback.state is CallbackState.READY
    return ready and change.now >= callback.visible_at + own_ms


def _resolved(change: Change, callback: Callback) -> bool:
    conversation = onward.of(change, callback.conversation)
    return conversation is not None and conversation.status is Status.RESOLVED


def _home(change: Change, callback: Callback) -> Callback:
    """The conversation in which the customer is called: an open one of theirs."""
    conversation = onward.of(change, callback.conversation)
    assert conversation is not None, "a callback outlives its conversation"
    if conversation.status is Status.RESOLVED:
        conversation = _reopened(change, conversation)
    return replace(callback, conversation=conversation.id)


def _reopened(change: Change, conversation: Conversation) -> Conversation:
    contact = person.of(change, conversation.contact)
    newest = change.get(Conversation, contact.conversation or "") if contact is not None else None
    if newest is not None and newest.status is not Status.RESOLVED:
        return newest
    status = advance(conversation.status, Verb.REOPEN)
    whose = contact.id if contact is not None else conversation.contact
    opened = replace(conversation, status=status, open_of=whose, resolved_at=None)
    change.put(opened)
    if contact is not None and contact.conversation != opened.id:
        change.put(replace(contact, conversation=opened.id))
    change.record(ConversationStatus(status=status, by="system"), "system", opened)
    return opened


class MoveCallback(msgspec.Struct, kw_only=True, gc=False):
    """Its call moved on. What a later look has seen already, changes nothing."""

    failpoint: ClassVar[str] = "write"

    callback: str
    call: str
    state: CallbackState
    outcome: str = ""
    tries: int | None = None  # None: as many as before
    visible_at: int | None = None  # of what is tried again

    def reads(self, view: View) -> Iterable[Lookup]:
        """The callback and its conversation."""
        return reads(view, self.callback)

    def decide(self, change: Change) -> Callback | None:
        """The callback as it stands now."""
        callback = change.get(Callback, self.callback)
        if callback is None or callback.call != self.call:
            return callback
        if self.state not in NEXT[callback.state]:
            return callback
        tries = callback.tries if self.tries is None else self.tries
        callback = replace(callback, outcome=self.outcome, tries=tries)
        if self.state in SPOKEN_WITH and callback.reached_at is None:
            callback = replace(callback, reached_at=change.now)
        if self.state in ENDED:
            return end(change, callback, self.state, self.outcome, "system")
        if self.visible_at is not None:
            if self.visible_at >= callback.closes_at:
                return end(change, callback, CallbackState.EXPIRED, "too_late", "system")
            return rest(change, callback, self.visible_at)
        call = None if self.state is CallbackState.READY else callback.call
        return put(change, replace(callback, state=self.state, call=call), "system")


class EndCallback(msgspec.Struct, kw_only=True, gc=False):
    """Nobody is to be called any more: somebody called it off, or spoke with the customer.

    `kind`: only while it is of this kind; None: of whichever.
    """

    failpoint: ClassVar[str] = "write"

    callback: str
    by: str
    kind: CallbackKind | None = None
    state: CallbackState = CallbackState.CANCELLED
    why: str = ""

    def reads(self, view: View) -> Iterable[Lookup]:
        """The callback and its conversation."""
        return reads(view, self.callback)

    def decide(self, change: Change) -> Callback | Refusal:
        """The callback, ended."""
        callback = change.get(Callback, self.callback)
        if callback is None:
            return not_found("callback", self.callback)
        if callback.state in ENDED or self.kind not in (None, callback.kind):
            return OVER
        if callback.state in IN_HAND:
            return IN_PROGRESS
        return end(change, callback, self.state, self.why, self.by)


class RescheduleCallback(msgspec.Struct, kw_only=True, gc=False):
    """Another time, or the word of who held a slot that they want it.

    Who waits to be called anyway is called at the time that was held, and not twice.
    """

    failpoint: ClassVar[str] = "write"

    callback: str
    by: str
    window: Window | None = None  # None: the held time is confirmed
    slot: Slot | None = None
    local_time: str = ""

    def reads(self, view: View) -> Iterable[Lookup]:
        """The callback, its conversation, who booked the slot."""
        yield from reads(view, self.callback)
        held = view.peek(Callback, self.callback)
        if held is not None and held.held_at is not None:
            yield from reads_live(view, held.desk, held.conversation, held.number)
        if self.slot is not None:
            yield by_index(Callback, "slot", self.slot.key)

    def decide(self, change: Change) -> Callback | Refusal:
        """The callback, at its new time."""
        callback = change.get(Callback, self.callback)
        if callback is None:
            return not_found("callback", self.callback)
        if callback.state in ENDED:
            return OVER
        if callback.state in IN_HAND:
            return IN_PROGRESS
        held = callback.held_at is not None
        live = live_of(change, callback.conversation, callback.number) if held else None
        if self.slot is not None:
            own = {each.id for each in (callback, live) if each is not None}
            taken = change.by(Callback, "slot", self.slot.key)
            if sum(each.id not in own for each in taken) >= self.slot.capacity:
                return SLOT_FULL
        if self.window is not None:
            callback = replace(
                callback,
                kind=CallbackKind.SCHEDULED,
                slot=self.slot.key if self.slot is not None else None,
                local_time=self.local_time,
                origin_at=self.window.origin_at,
                visible_at=self.window.visible_at,
                closes_at=self.window.closes_at,
                due=self.window.promised,
            )
        if held:
            if live is not None and live.state in IN_HAND:
                return IN_PROGRESS
            callback = _confirmed(change, callback, live, self.by)
        moved = replace(callback, state=CallbackState.PENDING)
        put(change, moved, self.by)
        wake(change, moved)
        task(change, Due(callback=moved.id), moved.closes_at)
        return moved


def _confirmed(change: Change, held: Callback, live: Callback | None, by: str) -> Callback:
    """What was held is wanted: it is live from now on, or what is live has its time and place."""
    if live is None:
        return replace(held, live_of=held.number, held_at=None)
    end(change, held, CallbackState.SUPERSEDED, "confirmed", by)
    merged = CallbackMerged(callback=live.id, origin_at=held.origin_at, by=by)
    change.record(merged, by, change.get(Conversation, live.conversation))
    return replace(
        live,
        kind=held.kind,
        number=held.number,
        live_of=held.number,
        note=held.note or live.note,
        zone=held.zone or live.zone,
        local_time=held.local_time,
        slot=held.slot,
        origin_at=held.origin_at,
        visible_at=held.visible_at,
        closes_at=held.closes_at,
        due=held.due,
        wishes=live.wishes + held.wishes,
    )
