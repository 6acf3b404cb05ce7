"""Carries out what is to be done about callbacks: wishes, due times, calls begun and looked at."""

from collections.abc import Callable, Mapping
from typing import assert_never

import msgspec

from config.callbacks import Callbacks as Wanted
from gateway.contract import Reason
from gateway.domain.call import VOICE, Call, CallState, Leg, LegState, Party
from gateway.domain.callback import (
    ENDED,
    Answered,
    Begin,
    BeginFirst,
    Callback,
    CallbackKind,
    CallbackState,
    CallbackTask,
    DialOut,
    Due,
    Look,
    Tell,
    WishByCall,
    WishByText,
)
from gateway.domain.ids import address_of
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account
from gateway.pipeline.booking import calendars_of, dialling
from gateway.pipeline.inforce import InForce, case_of
from gateway.pipeline.ownwords import OwnWords
from gateway.store import Claimed, Store
from gateway.store.queries import callbacks, deciding
from gateway.store.queries.callbacks import OnCall
from gateway.verbs import callbackfirst
from gateway.verbs.callback import AskCallback, Window
from gateway.verbs.callbackdial import BeginCall, DialCustomer
from gateway.verbs.callbackfirst import FAX, MACHINE, MeetCustomer
from gateway.verbs.callbackmove import EndCallback, MeetDue, MoveCallback
from gateway.verbs.settle import Settle
from routing import callbacks as rules
from routing.callbacks import Next, Outcome

PROMISED, WHICH_NUMBER = "callback_promised", "callback_number"
INVALID = frozenset({Reason.INVALID_RECIPIENT.value})
BLOCKED = frozenset({Reason.BLOCKED.value, Reason.OPTED_OUT.value})

LEG_OUTCOMES: dict[LegState, Outcome] = {
    LegState.BUSY: Outcome.BUSY,
    LegState.NO_ANSWER: Outcome.NO_ANSWER,
    LegState.CANCELED: Outcome.NO_ANSWER,
    LegState.COMPLETED: Outcome.NO_ANSWER,  # picked up, and gone before anybody spoke
}
STATES: dict[Next, CallbackState] = {
    Next.DONE: CallbackState.DONE,
    Next.AGAIN: CallbackState.RETRY_WAIT,
    Next.READY: CallbackState.READY,
    Next.EXHAUSTED: CallbackState.EXHAUSTED,
    Next.REFUSED: CallbackState.REFUSED,
}

_task: msgspec.json.Decoder[CallbackTask] = msgspec.json.Decoder(CallbackTask)


def outcome_of(seen: OnCall) -> Outcome:
    """What came of a call that is over."""
    customer = next((leg for leg in seen.legs if leg.party is Party.CUSTOMER), None)
    if seen.call.connected_at is not None:
        return Outcome.ANSWERED
    if customer is None:
        return Outcome.UNMANNED
    if customer.machine == FAX or customer.reason in INVALID:
        return Outcome.INVALID
    if customer.machine == MACHINE:
        return Outcome.MACHINE
    if customer.reason in BLOCKED:
        return Outcome.BLOCKED
    return LEG_OUTCOMES.get(customer.state, Outcome.CARRIER)


def move_of(seen: OnCall, terms: rules.Terms, now: int) -> MoveCallback | None:
    """What its call has made of a callback; None while there is nothing new to tell."""
    call, callback = seen.call, seen.callback
    if callback is None:
        return None
    if call.live_of is not None:
        state = _reached(call, seen.legs)
        if state is None:
            return None
        return MoveCallback(callback=callback.id, call=call.id, state=state)
    outcome = outcome_of(seen)
    step = rules.after(outcome, callback.tries, terms)
    return MoveCallback(
        callback=callback.id,
        call=call.id,
        state=STATES[step.next],
        outcome=outcome,
        tries=step.tries,
        visible_at=now + step.delay_ms if step.next is Next.AGAIN else None,
    )


class Callbacks:
    """Calls customers back."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        words: OwnWords,
        inforce: Callable[[], InForce],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._words = words
        self._inforce = inforce

    @property
    def _wanted(self) -> Wanted:
        return self._inforce().rulebook.callbacks

    async def carry_out(self, claimed: Claimed) -> Settle:
        """Do what a job says; each may be done twice."""
        detail = await self._do(_task.decode(claimed.job.body))
        return Settle(
            job=claimed.job.id,
            attempt=claimed.attempt.id,
            outcome="done" if not detail else "skipped",
            detail=detail,
            state=None,
        )

    async def _do(self, what: CallbackTask) -> str:
        match what:
            case WishByCall():
                return await self._wish_by_call(what)
            case WishByText():
                return await self._wish_by_text(what)
            case Due():
                return await self._due(what.callback)
            case Begin():
                return await self._begin(what)
            case BeginFirst():
                return await self._begin_first(what.callback)
            case DialOut():
                return await self._dial_out(what.call)
            case Look():
                return await self._look(what.call)
            case Answered():
                # Who asked for it since is called all the same.
                return await self._spoken_with(what.callback, CallbackKind.ABANDONED)
            case Tell():
                return await self._tell(what)
            case _:
                assert_never(what)

    # --- wishes ---

    async def _wish_by_call(self, what: WishByCall) -> str:
        seen = await self._store.read(callbacks.by_call, what.call)
        if seen is None:
            return "its call is gone"
        call, wanted, now = seen.call, self._wanted, self._store.clock.now_ms()
        delay_ms = wanted.delay_ms
        if what.kind is CallbackKind.ABANDONED:
            since = call.queued_at or call.started_at
            waited_ms = (call.ended_at or now) - since
            if not wanted.abandoned.enabled or waited_ms < wanted.abandoned.min_wait_ms:
                return "who gives up is not called back here"
            delay_ms = wanted.abandoned.cooldown_ms
        number = rules.number_of(address_of(call.customer), "")
        if number is None:
            return "the caller hides their number"
        window = Window(
            origin_at=call.queued_at or call.started_at,
            visible_at=now + delay_ms,
            closes_at=now + wanted.window_ms,
        )
        asked = await self._ask(
            call.conversation, what.kind, number, window, (call.account, call.local), call.id
        )
        return asked.detail if isinstance(asked, Refusal) else ""

    async def _wish_by_text(self, what: WishByText) -> str:
        found = await self._store.read(callbacks.wish, what.message)
        wanted = self._wanted
        if found is None or not rules.wishes(found[0].text, wanted.words):
            return "it says something else"
        message, known = found
        number = rules.number_in(message.text, wanted.country) or next(iter(known), None)
        dials = dialling(self._accounts, wanted.account)
        if dials is None:
            return "no account here takes calls"
        if number is None:
            return await self._say(what.conversation, WHICH_NUMBER, message.id)
        now = self._store.clock.now_ms()
        window = Window(
            origin_at=message.at,
            visible_at=now,
            closes_at=now + wanted.window_ms,
        )
        asked = await self._ask(what.conversation, CallbackKind.QUEUE, number, window, dials, "")
        if isinstance(asked, Refusal):
            return asked.detail
        return await self._say(what.conversation, PROMISED, message.id, number=number)

    async def _ask(
        self,
        conversation: str,
        kind: CallbackKind,
        number: str,
        window: Window,
        dials: tuple[str, str],
        call: str,
    ) -> Callback | Refusal:
        account, local = dials
        found = await self._store.read(deciding.known, (conversation,))
        known = found.get(conversation)
        if known is None:
            return Refusal(code="not_found", detail="its conversation is gone")
        case = case_of(known, VOICE, self._store.clock.now_ms())
        asked = await self._store.submit(
            AskCallback(
                conversation=conversation,
                kind=kind,
                number=number,
                account=account,
                local=local,
                window=window,
                by=f"contact:{known.contact.id}",
                queue=self._inforce().route(case).queue,
                call=call,
            )
        )
        assert isinstance(asked, Callback | Refusal)
        return asked

    # --- time ---

    def allowed_at(self, callback: Callback) -> int | None:
        """When its number may be called next: its queue is open and nobody is woken."""
        queue, number = callback.queue, callback.number
        calendars = calendars_of(self._inforce(), queue, number, callback.zone)
        now = self._store.clock.now_ms()
        return rules.next_allowed(now, callback.closes_at, calendars)

    async def _due(self, ident: str) -> str:
        callback = await self._store.read(callbacks.one, ident)
        if callback is None or callback.state in ENDED:
            return "it is over"
        only_theirs = callback.owner and self._wanted.own_then == "expire"
        await self._store.submit(
            MeetDue(
                callback=callback.id,
                allowed_at=self.allowed_at(callback),
                own_ms=self._wanted.own_wait_ms if only_theirs else None,
            )
        )
        return ""

    # --- calling ---

    async def _begin(self, what: Begin) -> str:
        callback = await self._store.read(
            callbacks.live_of, self._store.desk, what.conversation, ""
        )
        if callback is None:
            return "nobody is to be called back any more"
        begun = await self._store.submit(
            BeginCall(
                conversation=what.conversation,
                agent=what.agent,
                allowed_at=self.allowed_at(callback),
            )
        )
        return begun.detail if isinstance(begun, Refusal) else ""

    async def _begin_first(self, ident: str) -> str:
        callback = await self._store.read(callbacks.one, ident)
        if callback is None:
            return "it is gone"
        begun = await self._store.submit(
            callbackfirst.BeginFirst(callback=ident, allowed_at=self.allowed_at(callback))
        )
        return begun.detail if isinstance(begun, Refusal) else ""

    async def _dial_out(self, call: str) -> str:
        seen = await self._store.read(callbacks.by_call, call)
        if seen is None or seen.callback is None:
            return "its call is gone"
        dialled = await self._store.submit(
            DialCustomer(call=call, allowed_at=self.allowed_at(seen.callback))
        )
        return dialled.detail if isinstance(dialled, Refusal) else ""

    async def _look(self, call: str) -> str:
        seen = await self._store.read(callbacks.by_call, call)
        if seen is None:
            return "its call is gone"
        if seen.callback is None:
            return await self._supersede(seen.call)
        wanted = self._wanted
        if seen.call.customer_first and seen.call.state is CallState.RINGING:
            leaves_word = wanted.customer_first.leaves_word
            await self._store.submit(MeetCustomer(call=call, leaves_word=leaves_word))
        terms = rules.Terms(
            max_attempts=wanted.max_attempts, retry_ms=wanted.retry_ms, busy_ms=wanted.busy_ms
        )
        move = move_of(seen, terms, self._store.clock.now_ms())
        if move is not None:
            await self._store.submit(move)
        return ""

    async def _supersede(self, call: Call) -> str:
        """A customer who waits to be called has called, and was spoken with."""
        number = address_of(call.customer)
        live = await self._store.read(
            callbacks.live_of, self._store.desk, call.conversation, number
        )
        if live is None or call.connected_at is None:
            return "nobody waits to be called back"
        return await self._spoken_with(live.id)

    async def _spoken_with(self, ident: str, kind: CallbackKind | None = None) -> str:
        ended = await self._store.submit(
            EndCallback(
                callback=ident,
                by="system",
                kind=kind,
                state=CallbackState.SUPERSEDED,
                why="spoken_with",
            )
        )
        return ended.detail if isinstance(ended, Refusal) else ""

    # --- words ---

    async def _tell(self, what: Tell) -> str:
        callback = await self._store.read(callbacks.one, what.callback)
        if callback is None:
            return "it is gone"
        return await self._say(
            callback.conversation, what.template, callback.id, number=callback.number
        )

    async def _say(self, conversation: str, template: str, about: str, **values: str) -> str:
        """Write to the customer where they wrote last, once; why not, or nothing."""
        found = await self._store.read(deciding.known, (conversation,))
        known = found.get(conversation)
        account = self._accounts.get(known.conversation.account) if known is not None else None
        if known is None or account is None or not account.capabilities.kinds:
            return "there is nowhere to write to them"
        key = f"{template}:{about}"
        written = await self._words.write(known, account, template, key, values)
        return "" if isinstance(written, Message) else written.detail


def _reached(call: Call, legs: tuple[Leg, ...]) -> CallbackState | None:
    """How far a call under way has got; None when nothing is known of the customer yet."""
    if call.connected_at is not None:
        return CallbackState.BRIDGED
    heard = (LegState.RINGING, LegState.ANSWERED)  # answered: who comes first waits for an agent
    ringing = any(leg.party is Party.CUSTOMER and leg.state in heard for leg in legs)
    return CallbackState.RINGING if ringing else None
