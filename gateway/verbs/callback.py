"""Commands about a callback: ask for one, let its time come, move it on, call it off."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.callback import (
    ENDED,
    IN_HAND,
    Callback,
    CallbackKind,
    CallbackState,
    Due,
    Tell,
)
from gateway.domain.callevents import CallbackAsked, CallbackChanged, CallbackMerged
from gateway.domain.clock import DAY_MS, MINUTE_MS
from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.verbs import person
from gateway.verbs.callbackjob import task
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import not_found

HOLD_MS = 5 * MINUTE_MS  # how long a slot is kept for who has not confirmed
ABANDONED_EVERY_MS = DAY_MS  # one unasked callback each, for a person

SLOT_FULL = Refusal(
    code="slot_full",
    detail="Somebody else has taken the last place at this time.",
    what_to_do="Choose another time.",
    status=409,
)
IN_PROGRESS = Refusal(
    code="callback_in_progress",
    detail="The customer is being called right now.",
    what_to_do="Wait until the call is over.",
    status=409,
)
OVER = Refusal(
    code="callback_over",
    detail="This callback is over.",
    what_to_do="Make a new one.",
    status=409,
)
ENOUGH = Refusal(
    code="called_lately",
    detail="This customer was to be called back within the last day already.",
    what_to_do="Nothing; they are not called unasked more than once a day.",
    status=409,
)


class Slot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time that can be booked, and how many may book it."""

    key: str
    capacity: int


class Window(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When: since when its age counts, not before, not after; by when it was promised."""

    origin_at: int
    visible_at: int
    closes_at: int
    due: int | None = None  # None: as long as there is time

    @property
    def promised(self) -> int:
        """By when somebody is to call."""
        return self.closes_at if self.due is None else self.due


def told(callback: Callback, agent: str = "") -> CallbackChanged:
    """Where it stands, as the log tells it."""
    return CallbackChanged(
        callback=callback.id,
        callback_kind=callback.kind,
        state=callback.state,
        queue=callback.queue,
        owner=callback.owner,
        origin_at=callback.origin_at,
        visible_at=callback.visible_at,
        closes_at=callback.closes_at,
        tries=callback.tries,
        agent=agent,
        call=callback.call or "",
        outcome=callback.outcome,
        held=callback.held_at is not None,
    )


def put(change: Change, callback: Callback, actor: str, agent: str = "") -> Callback:
    """Write it down and tell of it. What is over waits for no telephone and takes no place."""
    if callback.state in ENDED:
        callback = replace(
            callback,
            live_of=None,
            slot=None,
            call=None,
            ended_at=change.now,
        )
    change.put(callback)
    conversation = change.get(Conversation, callback.conversation)
    change.record(told(callback, agent), actor, conversation)
    return callback


def reads(view: View, ident: str) -> Iterable[Lookup]:
    """A callback, its conversation and whom that belongs to."""
    yield by_key(Callback, ident)
    callback = view.peek(Callback, ident)
    if callback is not None:
        yield from reads_conversation(view, callback.conversation)


def reads_conversation(view: View, ident: str) -> Iterable[Lookup]:
    """A conversation, what it goes on in, its contact and the contact's newest."""
    following: str | None = ident
    while following is not None:
        yield by_key(Conversation, following)
        conversation = view.peek(Conversation, following)
        if conversation is None:
            return
        contact = yield from person.reads(view, conversation.contact)
        if contact is not None and contact.conversation is not None:
            yield by_key(Conversation, contact.conversation)
        following = conversation.continued_in


def reads_live(view: View, desk: str, conversation: str, number: str) -> Iterable[Lookup]:
    """What waits for a conversation or for a number."""
    yield by_index(Callback, "conversation", conversation)
    yield by_index(Callback, "live_of", desk, number)
    for other in view.peek_by(Callback, "live_of", desk, number):
        yield from reads_conversation(view, other.conversation)


def live_of(change: Change, conversation: str, number: str) -> Callback | None:
    """What is live of a number, else of a conversation."""
    own = change.by(Callback, "conversation", conversation)
    same = change.by(Callback, "live_of", change.desk.id, number)
    return next((each for each in (*same, *own) if each.live_of is not None), None)


class AskCallback(msgspec.Struct, kw_only=True, gc=False):
    """Somebody is to be called back. Who is waiting for that already keeps the older age.

    A place that is only held leaves all that was asked for as it is, and the other way round.
    """

    failpoint: ClassVar[str] = "write"

    conversation: str
    kind: CallbackKind
    number: str
    account: str
    local: str
    window: Window
    by: str
    queue: str = ""
    owner: str = ""
    note: str = ""
    zone: str = ""
    local_time: str = ""
    slot: Slot | None = None
    state: CallbackState = CallbackState.PENDING  # or HELD, until it is confirmed
    call: str = ""  # during which it was asked for

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation, what waits for it or for the number, who booked the slot."""
        yield from reads_conversation(view, self.conversation)
        conversation = view.peek(Conversation, self.conversation)
        if conversation is not None:
            yield from reads_live(view, conversation.desk, self.conversation, self.number)
            if self.kind is CallbackKind.ABANDONED:
                yield by_index(Callback, "number", conversation.desk, self.number)
        if self.slot is not None:
            yield by_index(Callback, "slot", self.slot.key)

    def decide(self, change: Change) -> Callback | Refusal:
        """The callback, a new one or the one that was live."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None:
            return not_found("conversation", self.conversation)
        before = change.by(Callback, "conversation", self.conversation)
        live = live_of(change, self.conversation, self.number)
        kept = [each for each in before if each.state is CallbackState.HELD]
        if live is not None and self._holds(live.slot):
            return live  # it is booked for them already
        if self._full(change, live, kept):
            return SLOT_FULL
        if self.kind is CallbackKind.ABANDONED and self._lately(change, before):
            return ENOUGH
        if not self.call:
            asked = CallbackAsked(identity=f"tel:{self.number}", call="")
            change.record(asked, self.by, conversation)
        if self.slot is not None:
            for each in kept:  # they have chosen another time
                end(change, each, CallbackState.SUPERSEDED, "chosen_anew", self.by)
        if live is not None and self.state is not CallbackState.HELD:
            return self._merge(change, live)
        made = self._made(change)
        put(change, made, self.by)
        wake(change, made)
        task(change, Due(callback=made.id), made.closes_at)
        return made

    def _holds(self, slot: str | None) -> bool:
        held = self.state is CallbackState.HELD
        return held and self.slot is not None and self.slot.key == slot

    def _full(self, change: Change, live: Callback | None, kept: list[Callback]) -> bool:
        """Whether others have it. What is live keeps its own place beside one that is held."""
        if self.slot is None:
            return False
        own = {each.id for each in kept}
        if live is not None and self.state is not CallbackState.HELD:
            own.add(live.id)
        taken = change.by(Callback, "slot", self.slot.key)
        return sum(each.id not in own for each in taken) >= self.slot.capacity

    def _lately(self, change: Change, before: list[Callback]) -> bool:
        """Not unasked twice a day; and who is to be called anyway needs no other callback."""
        since = change.now - ABANDONED_EVERY_MS
        return any(
            each.live_of is not None
            or (each.kind is CallbackKind.ABANDONED and each.created_at > since)
            for each in (*before, *change.by(Callback, "number", change.desk.id, self.number))
        )

    def _merge(self, change: Change, live: Callback) -> Callback | Refusal:
        if live.state in IN_HAND:
            return live
        merged = replace(
            live,
            number=self.number,
            live_of=self.number,
            note=self.note or live.note,
            zone=self.zone or live.zone,
            origin_at=min(live.origin_at, self.window.origin_at),
            visible_at=min(live.visible_at, self.window.visible_at),
            closes_at=max(live.closes_at, self.window.closes_at),
            wishes=live.wishes + 1,
        )
        if self.slot is not None:
            merged = self._moved_to_slot(merged)
        elif self.owner:
            merged = self._promised_by_owner(merged)
        elif live.kind is CallbackKind.ABANDONED:
            merged = replace(merged, kind=self.kind)  # now it was asked for
        conversation = change.get(Conversation, live.conversation)
        fact = CallbackMerged(callback=live.id, origin_at=merged.origin_at, by=self.by)
        change.record(fact, self.by, conversation)
        put(change, merged, self.by)
        wake(change, merged)
        task(change, Due(callback=merged.id), merged.closes_at)
        return merged

    def _moved_to_slot(self, live: Callback) -> Callback:
        assert self.slot is not None
        return replace(
            live,
            kind=self.kind,
            state=CallbackState.PENDING,
            slot=self.slot.key,
            local_time=self.local_time,
            origin_at=self.window.origin_at,
            visible_at=self.window.visible_at,
            closes_at=self.window.closes_at,
            due=self.window.promised,
        )

    def _promised_by_owner(self, live: Callback) -> Callback:
        """Theirs from now on, at the time that they said; a time that was booked is free again."""
        return replace(
            live,
            kind=self.kind,
            owner=self.owner,
            state=CallbackState.PENDING,
            slot=None,
            local_time=self.local_time,
            visible_at=self.window.visible_at,
            due=self.window.promised if self.local_time else live.due,
        )

    def _made(self, change: Change) -> Callback:
        held = self.state is CallbackState.HELD
        return Callback(
            id=change.new_id(),
            desk=change.desk.id,
            live_of=None if held else self.number,
            conversation=self.conversation,
            kind=self.kind,
            state=self.state,
            number=self.number,
            queue=self.queue,
            account=self.account,
            local=self.local,
            owner=self.owner,
            note=self.note,
            zone=self.zone,
            local_time=self.local_time,
            slot=self.slot.key if self.slot is not None else None,
            held_at=change.now if held else None,
            origin_at=self.window.origin_at,
            visible_at=self.window.visible_at,
            closes_at=self.window.closes_at,
            due=self.window.promised,
            wishes=1,
            dialled_at=None,
            reached_at=None,
            word_left_at=None,
            tries=0,
            call=None,
            outcome="",
            by=self.by,
            created_at=change.now,
            ended_at=None,
        )


def wake(change: Change, callback: Callback) -> None:
    """Look at it again when something is due of it."""
    at = callback.visible_at if callback.held_at is None else callback.held_at + HOLD_MS
    task(change, Due(callback=callback.id), at)


def end(change: Change, callback: Callback, state: CallbackState, why: str, by: str) -> Callback:
    """It is over; the customer is told where nobody will call any more."""
    if state in (CallbackState.EXPIRED, CallbackState.EXHAUSTED):
        task(change, Tell(callback=callback.id, template=f"callback_{state}"))
    return put(change, replace(callback, state=state, outcome=why), by)


def rest(change: Change, callback: Callback, until: int) -> Callback:
    """It waits until an instant; then its old place is looked up again."""
    state = CallbackState.RETRY_WAIT if callback.tries else CallbackState.PENDING
    rested = replace(callback, state=state, visible_at=until, call=None)
    put(change, rested, "system")
    wake(change, rested)
    return rested
