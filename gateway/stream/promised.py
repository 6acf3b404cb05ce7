"""What was promised, as lists and the side panel show it. Pure."""

from gateway.domain.clock import rfc3339
from gateway.domain.promise import Promise
from gateway.stream.basis import At, Shape, maybe_at


class PromiseBrief(Shape, frozen=True, kw_only=True):
    """What a conversation's customer waits for first. state: open | late"""

    id: str
    owner: str
    state: str
    due: At
    warned: bool


class PromiseView(Shape, frozen=True, kw_only=True):
    """A promise as it stands. state: open | late | kept | broken | withdrawn"""

    id: str
    conversation: str
    owner: str
    text: str
    state: str
    due: At
    made_at: At
    by: str
    message: str | None  # the reply that promises it
    warned_at: At | None
    late_at: At | None  # its due instant, when that passed in vain
    kept_by: str | None  # the message that kept it, or call:<id>
    ended_by: str  # who ended it by hand, "" for nobody
    reason: str
    ended_at: At | None


def promise_brief(promise: Promise | None) -> PromiseBrief | None:
    """The promise that is due first, in a row."""
    if promise is None:
        return None
    return PromiseBrief(
        id=promise.id,
        owner=promise.owner,
        state=promise.state,
        due=rfc3339(promise.due),
        warned=promise.warned_at is not None,
    )


def promise_view(promise: Promise) -> PromiseView:
    """A promise as people are shown it."""
    return PromiseView(
        id=promise.id,
        conversation=promise.conversation,
        owner=promise.owner,
        text=promise.text,
        state=promise.state,
        due=rfc3339(promise.due),
        made_at=rfc3339(promise.made_at),
        by=promise.by,
        message=promise.message,
        warned_at=maybe_at(promise.warned_at),
        late_at=maybe_at(promise.late_at),
        kept_by=promise.kept_by,
        ended_by=promise.ended_by,
        reason=promise.reason,
        ended_at=maybe_at(promise.ended_at),
    )
