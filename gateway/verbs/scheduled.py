"""What waits to be said later in a conversation: how others find it, end it and take it along.

Each has one job, in a lane of its conversation alone, the first due at its head: what was written
for tomorrow holds up nothing that is said today. A follow-up, which goes only while the customer
has not written, ends with the customer's next word on whatever channel. It ends with the
conversation too: it asks after something that is over by then.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from gateway.domain.conversation import Conversation
from gateway.domain.job import Job, JobKind, JobState
from gateway.domain.scheduled import (
    ANSWERED,
    LIVE,
    RESOLVED,
    ReplyRescheduled,
    ReplyUnscheduled,
    Scheduled,
    ScheduledState,
)
from gateway.verbs.change import Change, Lookup, View, by_index, by_key

SYSTEM = "system"
MACHINE = "auto:"  # begins the author of what nobody wrote


def lane_of(conversation: str) -> str:
    """The lane of all that waits in a conversation: how the customer's next word finds it."""
    return f"scheduled:{conversation}"


def reads_waiting(view: View, conversation: str) -> Iterable[Lookup]:
    """What waits in a conversation. It costs a message nothing where nothing does."""
    lane = lane_of(conversation)
    yield by_index(Job, "lane", lane)
    for job in view.peek_by(Job, "lane", lane):
        yield by_key(Scheduled, job.key)


def reads_live(view: View, conversation: str) -> Iterable[Lookup]:
    """The same, with what could not go and is kept for its writer."""
    yield from reads_waiting(view, conversation)
    yield from reads_kept(conversation)
    for row in view.peek_by(Scheduled, "conversation", conversation):
        yield by_key(Job, row.job)


def reads_kept(conversation: str) -> Iterable[Lookup]:
    """What was kept for people of a machine's words; no lane leads there."""
    yield by_index(Scheduled, "conversation", conversation)


def live(change: Change, conversation: str) -> list[Scheduled]:
    """What something can still be made of, in no order."""
    rows = change.by(Scheduled, "conversation", conversation)
    return [row for row in rows if row.state in LIVE]


def answered(change: Change, conversation: Conversation, by: str) -> None:
    """The customer has written: nobody follows up any more."""
    _end_follow_ups(change, conversation, ANSWERED, by)


def resolved(change: Change, conversation: Conversation, by: str) -> None:
    """It is over: nobody follows up any more. What was to be said in any case is still tried."""
    _end_follow_ups(change, conversation, RESOLVED, by)
    _end_kept(change, conversation, RESOLVED, by)


def spoken(change: Change, conversation: Conversation, by: str) -> None:
    """A person has answered: nobody needs a machine's words any more that were kept for them."""
    _end_kept(change, conversation, "", by)


def _end_kept(change: Change, conversation: Conversation, reason: str, by: str) -> None:
    """End a machine's words that nobody has taken over; they have no job."""
    if not change.view.knows(by_index(Scheduled, "conversation", conversation.id)):
        return
    for row in live(change, conversation.id):
        if row.state is ScheduledState.REFUSED and row.author.startswith(MACHINE):
            end(change, row, ScheduledState.CANCELLED, by, reason=reason)


def _end_follow_ups(change: Change, conversation: Conversation, reason: str, by: str) -> None:
    lane = lane_of(conversation.id)
    if not change.view.knows(by_index(Job, "lane", lane)):
        return  # it was made a moment ago; what it took along looks for itself when it is due
    for job in change.by(Job, "lane", lane):
        row = change.get(Scheduled, job.key)
        if row is None or row.job != job.id or not row.unless_answered:
            continue
        if row.state is ScheduledState.WAITING:
            end(change, row, ScheduledState.CANCELLED, by, reason=reason)


def end(
    change: Change,
    row: Scheduled,
    state: ScheduledState,
    by: str,
    *,
    reason: str = "",
    detail: str = "",
    message: str | None = None,
) -> Scheduled:
    """It waits no more. One that was refused is kept until somebody decides about it."""
    drop(change, row)
    told = ReplyUnscheduled(
        scheduled=row.id, state=state, by=by, reason=reason, message=message or ""
    )
    change.record(told, by, change.get(Conversation, row.conversation))
    return change.put(
        replace(
            row,
            state=state,
            reason=reason,
            detail=detail,
            message=message,
            ended_by="" if by == SYSTEM or reason else by,
            ended_at=None if state in LIVE else change.now,
        )
    )


def drop(change: Change, row: Scheduled) -> None:
    """Take its job away; one that runs sees that its turn is over, and ends by itself."""
    job = change.get(Job, row.job) if row.job else None
    if job is not None and job.state is JobState.READY:
        change.delete(job)


def wait(change: Change, row: Scheduled) -> Scheduled:
    """Let it wait for its instant, with a job of its own from now on."""
    job = Job(
        id=change.new_id(),
        desk=row.desk,
        kind=JobKind.SCHEDULED,
        lane=lane_of(row.conversation),
        seq=row.send_at,  # the first due first, whichever was written first
        due_at=row.send_at,
        created_at=change.now,
        key=row.id,
    )
    change.put(job)
    return change.put(replace(row, job=job.id))


def take_along(change: Change, ending: Conversation, into: Conversation) -> None:
    """What waits in a conversation waits in the one where that goes on.

    A follow-up to what the customer has answered there ends.
    """
    for row in live(change, ending.id):
        moved = _moved(change, row, into)
        heard = (into.inbound_at or 0) > row.at
        if moved.unless_answered and heard and moved.state is ScheduledState.WAITING:
            end(change, moved, ScheduledState.CANCELLED, SYSTEM, reason=ANSWERED)


def take_home(
    change: Change, other: str, home: Conversation, addresses: frozenset[str], by: str
) -> bool:
    """What waits in another's conversation and was meant for these addresses waits in this one.

    Whether anything did.
    """
    came = False
    for row in live(change, other):
        if row.identity not in addresses:
            continue
        moved = _moved(change, row, home)
        told = ReplyRescheduled(
            scheduled=row.id, due=row.send_at, by=by, unless_answered=row.unless_answered
        )
        change.record(told, by, home)
        came = came or moved.state is ScheduledState.WAITING
    return came


def _moved(change: Change, row: Scheduled, into: Conversation) -> Scheduled:
    moved = change.put(replace(row, conversation=into.id))
    if row.state is not ScheduledState.WAITING:
        return moved
    drop(change, row)
    return wait(change, moved)
