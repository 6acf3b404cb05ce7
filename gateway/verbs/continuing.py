"""A conversation goes on in another: it closes, and what it had at hand goes along."""

from collections.abc import Iterable

from msgspec.structs import replace

from gateway.domain.call import Call
from gateway.domain.callback import IN_HAND, RESTING, Callback, CallbackKind
from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.events import ConversationStatus
from gateway.domain.mergeevents import ConversationContinued, ConversationJoined
from gateway.domain.outcome import Refusal
from gateway.domain.promise import ENDED, Promise, PromiseMoved, taken
from gateway.verbs import callback, scheduled
from gateway.verbs.change import Change, Lookup, View, by_index

ON_THE_PHONE = Refusal(
    code="on_the_phone",
    detail="This customer is on the telephone, or is being called, in the conversation that ends.",
    what_to_do="Wait until the call is over.",
)
TWO_CALLBACKS = Refusal(
    code="two_callbacks",
    detail="In both conversations the customer waits to be called back.",
    what_to_do="Call one of the callbacks off, then merge.",
)


def gone_on(into: str) -> Refusal:
    """Nothing is said any more in what goes on elsewhere."""
    return Refusal(
        code="continued",
        detail="This conversation goes on in another one.",
        what_to_do="Go on in that one.",
        extra={"conversation": into},
    )


def reads(view: View, conversation: str) -> Iterable[Lookup]:
    """What a conversation has at hand beside its messages."""
    yield from scheduled.reads_live(view, conversation)
    yield by_index(Call, "live_of", conversation)
    yield by_index(Callback, "conversation", conversation)
    yield by_index(Promise, "conversation", conversation)


def in_the_way(change: Change, ending: Conversation, into: Conversation) -> Refusal | None:
    """Why one cannot go on in the other now; None when it can."""
    if (refusal := on_the_phone(change, ending)) is not None:
        return refusal
    return TWO_CALLBACKS if _awaited(change, ending.id) and _awaited(change, into.id) else None


def on_the_phone(change: Change, conversation: Conversation) -> Refusal | None:
    """A call stays where it was begun."""
    called = any(each.state in IN_HAND for each in _awaited(change, conversation.id))
    return ON_THE_PHONE if called or change.by(Call, "live_of", conversation.id) else None


def _awaited(change: Change, conversation: str) -> list[Callback]:
    return [each for each in _standing_callbacks(change, conversation) if each.live_of is not None]


def _standing_callbacks(change: Change, conversation: str) -> list[Callback]:
    """Who is to be called back, and for whom a time is held."""
    found = change.by(Callback, "conversation", conversation)
    return [each for each in found if each.ended_at is None]


def go_on(
    change: Change, ending: Conversation, into: Conversation, person: Contact, by: str
) -> Conversation:
    """Let one end and go on in the other, which is open if either was; the other as it is then.

    What is on its way to the customer goes as it would have; who waits, waits in the other.
    """
    change.put(
        replace(
            ending,
            status=Status.RESOLVED,
            open_of=None,
            resolved_at=ending.resolved_at or change.now,
            continued_in=into.id,
            elsewhere="",
        )
    )
    before, into = into.status, change.put(_standing(ending, into, person))
    take_along(change, ending, into, by, change.now)
    change.record(ConversationJoined(conversation=ending.id, by=by), by, into)
    change.record(ConversationContinued(into=into.id, by=by), by, ending)
    if into.status is not before:
        change.record(ConversationStatus(status=into.status, by=by), by, into)
    return change.get(Conversation, into.id) or into


def take_along(
    change: Change, ending: Conversation, into: Conversation, by: str, since: int | None = None
) -> None:
    """Callbacks, promises and what is to be said later stand in the other. since: when what is said
    there begins to answer a promise; None: what was said went along."""
    scheduled.take_along(change, ending, into)
    for each in _standing_callbacks(change, ending.id):
        callback.put(change, replace(each, conversation=into.id), by)
    for promise in change.by(Promise, "conversation", ending.id):
        if promise.state not in ENDED:
            change.put(taken(promise, into.id, change.now, since))


def take_home(
    change: Change, others: Iterable[str], home: Conversation, addresses: frozenset[str], by: str
) -> bool:
    """What stands in others' conversations and was meant for these addresses stands in this one.

    Whether anything did. A callback that keeps its caller's place stays where the place is.
    """
    came = False
    for other in others:
        for promise in change.by(Promise, "conversation", other):
            if promise.state not in ENDED and promise.identity in addresses:
                change.put(taken(promise, home.id, change.now, change.now))
                moved = PromiseMoved(promise=promise.id, conversation=other, by=by)
                change.record(moved, by, home)
                came = True
        came = scheduled.take_home(change, other, home, addresses, by) or came
        for each in _standing_callbacks(change, other):
            rests = each.state in RESTING and each.kind is not CallbackKind.QUEUE
            alone = each.live_of is None or not _awaited(change, home.id)
            if rests and alone and f"tel:{each.number}" in addresses:
                callback.put(change, replace(each, conversation=home.id), by)
                came = True
    return came


def _standing(ending: Conversation, into: Conversation, person: Contact) -> Conversation:
    """It waits where either did; a reply goes where the customer wrote last in either."""
    if into.status is Status.RESOLVED:
        into = replace(into, status=ending.status, elsewhere=ending.elsewhere)
    elif ending.status is Status.OPEN:
        into = replace(into, status=Status.OPEN, elsewhere="")
    if (ending.inbound_at or 0) > (into.inbound_at or 0):
        into = replace(
            into,
            account=ending.account,
            identity=ending.identity,
            local=ending.local,
            inbound_at=ending.inbound_at,
        )
    if into.status is Status.RESOLVED:
        return into
    return replace(into, open_of=person.id, resolved_at=None)
