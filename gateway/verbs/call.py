"""What a call's event changes: its legs, what its customer does, the conversation it belongs to."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from gateway.contract.inbound import CallEvent
from gateway.domain.call import (
    AFTERWARDS,
    FURTHER,
    OVER,
    Call,
    CallState,
    Leg,
    LegState,
    Party,
    RefreshLeg,
)
from gateway.domain.callback import CallbackKind, DialOut, Look, WishByCall
from gateway.domain.callevents import CallbackAsked
from gateway.domain.conversation import Conversation
from gateway.domain.ids import address_of
from gateway.domain.language import spoken_by
from gateway.domain.message import Message
from gateway.domain.survey import Survey, score_of_key
from gateway.verbs import incoming, survey
from gateway.verbs.callbackjob import task as task_of_callback
from gateway.verbs.calljob import task
from gateway.verbs.callmessage import as_message, recorded
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.leg import (
    actor_of,
    connect,
    drop_all,
    legs_of,
    let_go,
    move,
    new_leg,
    part,
    tell,
)

MENU_TRIES = 3  # questions without a useful answer; then the first choice is taken
CALLBACK_KEY = "1"  # while one waits
VOICEMAIL_KEY = "2"


class Choice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer to the menu, and whether anybody is there for those who give it."""

    key: str
    language: str
    topic: str
    words: tuple[str, ...] = ()
    open: bool = True


class Callers(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How calls of an account are taken in. Without a menu there is one choice, of key ""."""

    choices: tuple[Choice, ...]
    surveyed: bool = False  # callers are asked how it went, once nobody speaks with them

    @property
    def asks(self) -> bool:
        """Whether callers are asked anything."""
        return bool(self.choices[0].key)


def reads(view: View, desk: str, account: str, event: CallEvent) -> Iterable[Lookup]:
    """Its leg and call with all that hangs on them; for a new one, the customer's rows."""
    yield by_index(Leg, "provider", account, event.call)
    if event.leg is not None:
        yield by_key(Leg, event.leg)
    yield from incoming.reads(view, desk, account, as_message(event))
    leg = _leg_of(view, account, event)
    if leg is None:
        yield from _reads_other(view, desk, event.sender)
        return
    yield by_key(Call, leg.call)
    yield by_index(Leg, "call", leg.call)
    call = view.peek(Call, leg.call)
    if call is not None:
        yield by_key(Conversation, call.conversation)
        yield by_key(Message, call.message)
        if call.voicemail is not None:
            yield by_key(Message, call.voicemail)
        if call.state is CallState.SURVEY:
            yield by_key(Survey, call.id)
        yield from incoming.reads(view, desk, account, as_message(event, call))


def _reads_other(view: View, desk: str, sender: str) -> Iterable[Lookup]:
    """The call that is under way in the conversation that a new one may join."""
    contact = yield from incoming.reads_sender(view, desk, sender)
    if contact is None or contact.conversation is None:
        return
    yield by_index(Call, "live_of", contact.conversation)
    for other in view.peek_by(Call, "live_of", contact.conversation):
        yield by_index(Leg, "call", other.id)


def _leg_of(view: View, account: str, event: CallEvent) -> Leg | None:
    own = view.peek(Leg, event.leg) if event.leg is not None else None
    if own is not None:
        return own
    found = view.peek_by(Leg, "provider", account, event.call)
    return found[0] if found else None


def apply(
    change: Change,
    account: str,
    channel: str,
    policy: incoming.Policy,
    callers: Callers,
    event: CallEvent,
) -> str | None:
    """Move the call as far as the event says; the id of a message that it made."""
    leg = _leg_of(change.view, account, event)
    if leg is None:
        if event.leg is not None:
            return None  # a telephone of a call that we no longer know
        call, leg = _begin(change, account, channel, policy, callers, event)
        made: str | None = call.message
    else:
        found = change.get(Call, leg.call)
        assert found is not None, "a leg outlives its call"
        call, made = found, None
    call, leg = leg_moved(change, call, leg, event, surveyed=callers.surveyed)
    if leg.party is Party.AGENT:
        return made
    call = _answered(change, call, callers, event)
    call, voicemail = recorded(change, account, channel, policy, call, event)
    if leg.state in OVER:
        end(change, call)
    return voicemail or made


# --- the beginning ---


def _begin(
    change: Change,
    account: str,
    channel: str,
    policy: incoming.Policy,
    callers: Callers,
    event: CallEvent,
) -> tuple[Call, Leg]:
    """A customer calls. Whatever of theirs was still thought live is over: one has one ear."""
    quiet = replace(policy, first_answer="")  # who calls is answered by voice
    message = incoming.apply(change, account, channel, quiet, as_message(event))
    if change.view.knows(by_index(Call, "live_of", message.conversation)):
        for older in change.by(Call, "live_of", message.conversation):
            drop_all(change, older)
            end(change, older)
    leg = new_leg(change, account, "", Party.CUSTOMER, "", event.sender)
    leg = replace(leg, provider_id=event.call, state=LegState.RINGING)
    first = callers.choices[0]
    call = change.put(
        Call(
            id=change.new_id(),
            desk=change.desk.id,
            conversation=message.conversation,
            live_of=message.conversation,
            message=message.id,
            voicemail=None,
            account=account,
            direction="in",
            customer=event.sender,
            local=address_of(event.recipient),
            language="",
            choice="",
            state=CallState.RINGING,
            step=0,
            held=False,
            outcome="",
            callback=None,
            customer_first=False,
            started_at=change.now,
            queued_at=None,
            connected_at=None,
            ended_at=None,
        )
    )
    leg = change.put(replace(leg, call=call.id))
    tell(change, call)
    if not callers.asks:
        call = _choose(change, call, first)
    return call, leg


# --- legs ---


def leg_moved(
    change: Change, call: Call, leg: Leg, event: CallEvent, *, surveyed: bool = False
) -> tuple[Call, Leg]:
    """One telephone got further. When a customer's is over, the caller ends the call."""
    before, leg = leg, _move_leg(change, call, leg, event)
    if leg.party is Party.AGENT:
        _agent_moved(change, call, leg, surveyed=surveyed)
    elif call.callback is not None and call.live_of is not None and leg != before:
        call = _called_back(change, call, leg)
    return call, leg


def _called_back(change: Change, call: Call, leg: Leg) -> Call:
    """The customer's telephone rings, or they picked up and an agent is there."""
    task_of_callback(change, Look(call=call.id))
    company = [e.agent for e in legs_of(change, call) if e.talks and e.party is Party.AGENT]
    if leg.talks and company and call.state is CallState.QUEUED:
        return connect(change, call, company[0])
    return call


def _move_leg(change: Change, call: Call, leg: Leg, event: CallEvent) -> Leg:
    moved = replace(
        leg,
        provider_id=leg.provider_id or event.call,
        machine=event.machine or leg.machine,
    )
    further = FURTHER[leg.state, event.leg_state or leg.state]
    if further is not leg.state:
        moved = replace(
            moved,
            state=further,
            answered_at=change.now if further is LegState.ANSWERED else leg.answered_at,
            ended_at=change.now if further in OVER else None,
        )
    if moved == leg:
        return leg
    change.put(moved)
    if further is not leg.state:
        tell(change, call, moved)
    return moved


def _agent_moved(change: Change, call: Call, leg: Leg, *, surveyed: bool = False) -> None:
    """Somebody picked up, or hung up. Who was let go ends nothing."""
    if call.live_of is None:
        if leg.live:
            let_go(change, leg)
        return
    others = [each for each in legs_of(change, call) if each.id != leg.id]
    customer = next((each for each in others if each.party is Party.CUSTOMER), None)
    if call.callback is not None and customer is None:
        _agent_first(change, call, leg, others)
        return
    if leg.talks and call.state in AFTERWARDS:
        let_go(change, leg)
    elif leg.talks and call.state is not CallState.CONNECTED:
        call = connect(change, call, leg.agent)
        if call.callback is not None:
            task_of_callback(change, Look(call=call.id))
        if customer is not None and customer.live:
            task(change, call, RefreshLeg(leg=customer.id))
    alone = not any(each.talks and each.party is Party.AGENT for each in others)
    hung_up = leg.state is LegState.COMPLETED and leg.answered_at is not None
    if hung_up and not leg.dismissed and alone and customer is not None and customer.live:
        part(change, call, customer, asks=surveyed)


def _agent_first(change: Change, call: Call, leg: Leg, others: list[Leg]) -> None:
    """Nobody has dialled the customer yet: an agent must be on the telephone before."""
    if leg.talks:
        task_of_callback(change, DialOut(call=call.id))
    elif not any(each.live and not each.dismissed for each in (leg, *others)):
        end(change, call)


def fell(change: Change, call: Call, leg: Leg) -> None:
    """A telephone that we dialled is not there: without it a call back is nothing."""
    if leg.party is Party.CUSTOMER:
        end(change, call)
    elif call.callback is not None:
        _agent_moved(change, call, leg)


# --- what the customer said ---


def _answered(change: Change, call: Call, callers: Callers, event: CallEvent) -> Call:
    """A key, words or silence, once per question."""
    if event.step is None or event.step != call.step or call.live_of is None:
        return call
    if call.state is CallState.RINGING or call.state is CallState.MENU:
        return _menu(change, call, callers, event)
    if call.state is CallState.QUEUED and event.digits == CALLBACK_KEY:
        call = move(change, call, CallState.CALLBACK_REQUESTED)
        conversation = change.get(Conversation, call.conversation)
        asked = CallbackAsked(identity=call.customer, call=call.id)
        change.record(asked, actor_of(conversation), conversation)
        task_of_callback(change, WishByCall(call=call.id, kind=CallbackKind.QUEUE))
    elif call.state is CallState.QUEUED and event.digits == VOICEMAIL_KEY:
        call = move(change, call, CallState.VOICEMAIL)
    elif call.state is CallState.SURVEY and event.asks:
        call = _scored(change, call, event)
    return call


def _scored(change: Change, call: Call, event: CallEvent) -> Call:
    """A key that is a score is one; silence and any other key are an answer as well."""
    asked, conversation = change.get(Survey, call.id), change.get(Conversation, call.conversation)
    score = score_of_key(event.digits)
    if asked is None or conversation is None or score is None:
        return move(change, call, CallState.FAREWELL)
    survey.keyed(change, asked, conversation, score)
    return move(change, call, CallState.SCORED)


def _menu(change: Change, call: Call, callers: Callers, event: CallEvent) -> Call:
    if not event.asks:
        return call
    said = (event.speech or "").casefold()
    chosen = next((c for c in callers.choices if c.key and c.key == event.digits), None)
    if chosen is None and said:
        chosen = next(
            (c for c in callers.choices if any(w.casefold() in said for w in c.words)), None
        )
    if chosen is None and call.step + 1 >= MENU_TRIES:
        chosen = callers.choices[0]
    if chosen is not None:
        return _choose(change, call, chosen)
    return change.put(replace(call, state=CallState.MENU, step=call.step + 1))


def _choose(change: Change, call: Call, choice: Choice) -> Call:
    """The caller's language and topic are known; they wait, or leave word when nobody is there."""
    conversation = change.get(Conversation, call.conversation)
    known = conversation.language if conversation is not None else ""
    language = spoken_by(choice.language, known)
    if language and conversation is not None:
        change.put(replace(conversation, language=language))
    message = change.get(Message, call.message)
    if message is not None and choice.topic:
        change.put(replace(message, text=choice.topic))
    call = replace(call, language=language, choice=choice.key)
    if not choice.open:
        return move(change, call, CallState.VOICEMAIL)
    return move(change, replace(call, queued_at=change.now), CallState.QUEUED)


# --- the end ---


def end(change: Change, call: Call) -> None:
    """The customer is gone: so is everybody else."""
    if call.live_of is None:
        return
    drop_all(change, call)
    ended = change.put(
        replace(
            call,
            state=CallState.ENDED,
            outcome=_outcome(change, call),
            live_of=None,
            held=False,
            ended_at=change.now,
        )
    )
    tell(change, ended)
    if ended.callback is not None:
        task_of_callback(change, Look(call=ended.id))
    elif ended.outcome == "abandoned" and ended.queued_at is not None:
        task_of_callback(change, WishByCall(call=ended.id, kind=CallbackKind.ABANDONED))


def _outcome(change: Change, call: Call) -> str:
    if call.connected_at is not None:
        return "answered"
    if call.customer_first:
        return "abandoned" if call.queued_at is not None else "unreached"
    if call.callback is not None:
        dialled = any(leg.party is Party.CUSTOMER for leg in legs_of(change, call))
        return "unreached" if dialled else "unmanned"
    if call.voicemail is not None:
        return "voicemail"
    if call.state is CallState.CALLBACK_REQUESTED:
        return "callback"
    return "abandoned"
