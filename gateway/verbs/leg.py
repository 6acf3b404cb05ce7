"""The rows of a call: its legs, what it does, what the log is told of both."""

from msgspec.structs import replace

from gateway.domain.call import (
    AFTERWARDS,
    Call,
    CallState,
    DropLeg,
    Leg,
    LegState,
    PartLeg,
    Party,
)
from gateway.domain.callevents import CallChanged
from gateway.domain.conversation import Conversation
from gateway.verbs.calljob import task
from gateway.verbs.change import Change, by_index


def new_leg(change: Change, account: str, call: str, party: Party, agent: str, address: str) -> Leg:
    """A telephone that joins a call; the caller puts the row."""
    return Leg(
        id=change.new_id(),
        desk=change.desk.id,
        call=call,
        account=account,
        provider_id=None,
        party=party,
        agent=agent,
        address=address,
        state=LegState.PLANNED,
        dismissed=False,
        machine="",
        reason="",
        started_at=change.now,
        answered_at=None,
        ended_at=None,
    )


def let_go(change: Change, leg: Leg) -> None:
    """Hang up a leg, once."""
    if leg.live and not leg.dismissed:
        call = change.get(Call, leg.call)
        assert call is not None, "a leg outlives its call"
        change.put(replace(leg, dismissed=True))
        task(change, call, DropLeg(leg=leg.id))


def part(change: Change, call: Call, customer: Leg, *, asks: bool) -> None:
    """Nobody speaks with the customer any more. asks: whether callers are asked how it went."""
    if call.state in AFTERWARDS or not customer.live or customer.dismissed:
        return
    if asks and call.state is CallState.CONNECTED:
        task(change, call, PartLeg(leg=customer.id))
    else:
        let_go(change, customer)


def drop_all(change: Change, call: Call) -> None:
    """Hang up every leg."""
    for leg in legs_of(change, call):
        let_go(change, leg)


def legs_of(change: Change, call: Call) -> list[Leg]:
    """The telephones of a call; none of one that began in this very batch."""
    known = change.view.knows(by_index(Leg, "call", call.id))
    return change.by(Leg, "call", call.id) if known else []


def move(change: Change, call: Call, state: CallState) -> Call:
    """The call does something else; what was asked before needs no answer any more."""
    call = change.put(replace(call, state=state, step=call.step + 1))
    tell(change, call)
    return call


def actor_of(conversation: Conversation | None) -> str:
    """The customer of a conversation, as the log calls them."""
    return f"contact:{conversation.contact}" if conversation is not None else "system"


def connect(change: Change, call: Call, agent: str) -> Call:
    """An agent and the customer speak with one another."""
    connected_at = call.connected_at or change.now
    call = change.put(replace(call, state=CallState.CONNECTED, connected_at=connected_at))
    tell(change, call, speaker=agent)
    return call


def tell(change: Change, call: Call, leg: Leg | None = None, speaker: str = "") -> None:
    """Where the call stands, and who speaks with the customer, or how far one of its legs got."""
    conversation = change.get(Conversation, call.conversation)
    body = CallChanged(
        call=call.id,
        state=call.state,
        leg=leg.id if leg is not None else "",
        leg_state=leg.state if leg is not None else "",
        agent=leg.agent if leg is not None else speaker,
        choice=call.choice,
        outcome=call.outcome,
    )
    by_agent = leg is not None and leg.party is Party.AGENT
    actor = f"agent:{leg.agent}" if leg is not None and by_agent else actor_of(conversation)
    change.record(body, actor, conversation)
