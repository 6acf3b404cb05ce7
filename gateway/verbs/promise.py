"""Commands about promises: make one, say that it was kept, take it back; what the clock notices."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Conversation, Status
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.domain.promise import (
    ENDED,
    Promise,
    PromiseChanged,
    PromiseEnded,
    PromiseMade,
    PromiseState,
    taken,
)
from gateway.verbs import continuing, onward
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import not_found

FURTHEST_MS = 366 * DAY_MS
MOST_LIVE = 20  # promises of one conversation at once

PAST = Refusal(
    code="promise_past",
    detail="This instant has passed.",
    what_to_do="Promise something for later.",
    status=422,
)
TOO_FAR = Refusal(
    code="promise_too_far",
    detail="This is more than a year away.",
    what_to_do="Promise an earlier answer.",
    status=422,
)
RESOLVED = Refusal(
    code="promise_resolved",
    detail="This conversation is resolved: nobody would look after the promise.",
    what_to_do="Reopen it, or send without resolving; then promise.",
    status=409,
)
TOO_MANY = Refusal(
    code="too_many_promises",
    detail=f"This customer waits for {MOST_LIVE} promises already.",
    what_to_do="Keep or withdraw one of them first.",
    status=409,
)
OVER = Refusal(
    code="promise_over",
    detail="This promise is over.",
    what_to_do="Make a new one.",
    status=409,
)


class Promised(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is promised: by whom, in which words, until when."""

    owner: str
    queue: str
    text: str
    due: int
    by: str


def reads(conversation: str) -> Iterable[Lookup]:
    """The conversation and its promises."""
    yield by_key(Conversation, conversation)
    yield by_index(Promise, "conversation", conversation)


def refused(change: Change, conversation: Conversation, due: int) -> Refusal | None:
    """Why nothing can be promised there until then."""
    if conversation.continued_in is not None:
        return continuing.gone_on(conversation.continued_in)
    if conversation.status is Status.RESOLVED:
        return RESOLVED
    if due <= change.now:
        return PAST
    if due > change.now + FURTHEST_MS:
        return TOO_FAR
    promises = change.by(Promise, "conversation", conversation.id)
    live = sum(promise.state not in ENDED for promise in promises)
    return TOO_MANY if live >= MOST_LIVE else None


def made(
    change: Change, conversation: Conversation, what: Promised, message: Message | None
) -> Promise:
    """Write a promise down and tell of it; a message makes it to whom it is written."""
    told = message.id if message is not None else ""
    promise = change.put(
        Promise(
            id=change.new_id(),
            desk=conversation.desk,
            conversation=conversation.id,
            identity=(message or conversation).identity,
            owner=what.owner,
            queue=what.queue,
            text=what.text,
            due=what.due,
            made_at=change.now,
            by=what.by,
            message=told or None,
        )
    )
    fact = PromiseMade(
        promise=promise.id,
        due=promise.due,
        owner=promise.owner,
        queue=promise.queue,
        by=promise.by,
        message=told,
    )
    change.record(fact, what.by, conversation)
    return promise


class MakePromise(msgspec.Struct, kw_only=True):
    """A customer is promised something. The next reply that a person writes keeps it."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    promised: Promised

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation and what was promised in it before."""
        return reads(self.conversation)

    def decide(self, change: Change) -> Promise | Refusal:
        """The promise."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        refusal = refused(change, conversation, self.promised.due)
        return refusal or made(change, conversation, self.promised, None)


class EndPromise(msgspec.Struct, kw_only=True):
    """Somebody says that a promise was kept elsewhere, or takes it back; they say why."""

    failpoint: ClassVar[str] = "write"

    desk: str
    promise: str
    state: PromiseState  # kept | withdrawn
    reason: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The promise and its conversation."""
        yield by_key(Promise, self.promise)
        promise = view.peek(Promise, self.promise)
        if promise is not None:
            yield by_key(Conversation, promise.conversation)

    def decide(self, change: Change) -> Promise | Refusal:
        """The promise, ended."""
        promise = change.get(Promise, self.promise)
        if promise is None or promise.desk != self.desk:
            return not_found("promise", self.promise)
        if promise.state in ENDED:
            return OVER
        conversation = change.get(Conversation, promise.conversation)
        fact = PromiseEnded(promise=promise.id, state=self.state, by=self.by)
        change.record(fact, self.by, conversation)
        late = change.now > promise.due
        return change.put(
            replace(
                promise,
                state=self.state,
                late_at=promise.due if late else None,
                ended_by=self.by,
                reason=self.reason,
                ended_at=change.now,
            )
        )


def reads_told(view: View, told: PromiseChanged, conversation: str | None) -> Iterable[Lookup]:
    """A promise of which something is told; of one that stands again, where what was thought to
    have kept it stands now, and where that goes on."""
    yield by_key(Promise, told.promise)
    if told.what != "reopened":
        return
    yield by_key(Message, told.kept_by)
    message = view.peek(Message, told.kept_by)
    where = message.conversation if message is not None else conversation
    if where is not None:
        yield from onward.reads(view, where)


def follow(change: Change, told: PromiseChanged, conversation: str | None) -> bool:
    """Write down what the desk's owner noticed of a promise: one that stands again does so where
    what was thought to have kept it stands now, or goes on, whatever the owner knew of that.

    False, and nothing is written, when somebody was quicker: what a person ended stands.
    """
    promise = change.get(Promise, told.promise)
    if promise is None or promise.ended_by:
        return False
    promise = moved(promise, told)
    if told.what == "reopened":
        message = change.get(Message, told.kept_by)
        where = message.conversation if message is not None else conversation
        home = onward.of(change, where) if where is not None else None
        if home is not None and home.id != promise.conversation:
            promise = taken(promise, home.id, told.noticed_at)
    change.put(promise)
    return True


def moved(promise: Promise, told: PromiseChanged) -> Promise:
    """The promise after what is told of it."""
    at, due = told.noticed_at, promise.due
    match told.what:
        case "warned":
            return replace(promise, warned_at=at)
        case "told":
            return replace(promise, told_at=at)
        case "late":
            return replace(promise, state=PromiseState.LATE, late_at=due)
        case "kept":
            # One that was thought late, and was kept before that, was not: the row says what is so.
            late_at = due if at > due else None
            state = PromiseState.KEPT
            return replace(promise, state=state, late_at=late_at, kept_by=told.kept_by, ended_at=at)
        case "broken":
            return replace(promise, state=PromiseState.BROKEN, ended_at=at)
        case _:  # reopened
            state = PromiseState.OPEN if promise.late_at is None else PromiseState.LATE
            return replace(promise, state=state, kept_by=None, ended_at=None)
