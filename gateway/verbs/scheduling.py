"""Commands about replies for later: write one, change it, call it off, let it go."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.access import User
from gateway.domain.clock import DAY_MS, SECOND_MS
from gateway.domain.conversation import Conversation, Identity, Status
from gateway.domain.job import Attempt, Job
from gateway.domain.outcome import Refusal
from gateway.domain.scheduled import (
    ANSWERED,
    LIVE,
    RESOLVED,
    ReplyRescheduled,
    ReplyScheduled,
    Scheduled,
    ScheduledState,
)
from gateway.verbs import person, scheduled
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.message import Write
from gateway.verbs.refusals import changed_meanwhile, not_found

SOONEST_MS = 5 * SECOND_MS  # what is to go at once is sent at once, and can be had back
FURTHEST_MS = 90 * DAY_MS
MOST_LIVE = 20  # of one conversation at once

TOO_SOON = Refusal(
    code="send_at_past",
    detail="This instant has passed, or comes at once.",
    what_to_do="Choose a later one, or send it now.",
    status=422,
)
TOO_FAR = Refusal(
    code="send_at_too_far",
    detail=f"This is more than {FURTHEST_MS // DAY_MS} days away.",
    what_to_do="Choose an earlier day.",
    status=422,
)
TOO_MANY = Refusal(
    code="too_many_scheduled",
    detail=f"{MOST_LIVE} replies wait in this conversation already.",
    what_to_do="Cancel one of them, or send it now.",
    status=409,
)
OVER = Refusal(
    code="scheduled_over",
    detail="This reply waits no more: it was sent or cancelled.",
    what_to_do="Look at the conversation, then write anew.",
    status=409,
)
AUTHOR_GONE = Refusal(
    code="author_disabled",
    detail="Who wrote this may not sign in any more.",
    what_to_do="Send it now in your own name, or cancel it.",
    status=409,
)
BLOCKED = Refusal(
    code="customer_blocked",
    detail="This customer was blocked meanwhile.",
    what_to_do="Cancel it, or let the customer be served again first.",
    status=409,
)
NOT_THEIRS = Refusal(
    code="unknown_recipient",
    detail="It was written for somebody else than who this conversation is with now.",
    what_to_do="Cancel it, and write to the right person.",
    status=422,
)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A reply for later as somebody wants it; `write` is what would say it now."""

    author: str  # agent:<login>, in whose name it goes
    text: str
    reply: str  # JSON of the rest
    send_at: int
    unless_answered: bool
    write: Write

    def refusal(self, change: Change, conversation: Conversation) -> Refusal | None:
        """Why it cannot wait, or could not go even now."""
        if self.send_at < change.now + SOONEST_MS:
            return TOO_SOON
        if self.send_at > change.now + FURTHEST_MS:
            return TOO_FAR
        return self.write.refusal(change, conversation)


class Schedule(msgspec.Struct, kw_only=True):
    """Write a reply for later."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    identity: str  # "": the one where the customer wrote last
    wish: Wish
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """What writing it now would read, and what waits already."""
        yield from self.wish.write.reads(view)
        yield from scheduled.reads_live(view, self.conversation)

    def decide(self, change: Change) -> Scheduled | Refusal:
        """The scheduled reply."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        wish = self.wish
        if (refusal := wish.refusal(change, conversation)) is not None:
            return refusal
        if len(scheduled.live(change, conversation.id)) >= MOST_LIVE:
            return TOO_MANY
        row = Scheduled(
            id=change.new_id(),
            desk=self.desk,
            conversation=conversation.id,
            identity=self.identity or conversation.identity,
            author=wish.author,
            text=wish.text,
            reply=wish.reply,
            send_at=wish.send_at,
            unless_answered=wish.unless_answered,
            job="",
            by=self.by,
            at=change.now,
        )
        told = ReplyScheduled(
            scheduled=row.id,
            due=row.send_at,
            by=self.by,
            unless_answered=row.unless_answered,
        )
        change.record(told, self.by, conversation)
        return scheduled.wait(change, row)


class Reschedule(msgspec.Struct, kw_only=True):
    """Change when it goes, on what condition, or what it says; one that was refused waits anew."""

    failpoint: ClassVar[str] = "write"

    desk: str
    scheduled: str
    version: int  # that they had before them
    wish: Wish
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """It, its job, and what writing it now would read."""
        yield from _reads(view, self.scheduled)
        yield from self.wish.write.reads(view)

    def decide(self, change: Change) -> Scheduled | Refusal:
        """The scheduled reply as it stands now."""
        row = _live(change, self.desk, self.scheduled, self.version)
        if isinstance(row, Refusal):
            return row
        wish = self.wish
        conversation = change.get(Conversation, row.conversation)
        assert conversation is not None, f"scheduled reply {row.id} is of no conversation"
        if self.wish.write.conversation != row.conversation:
            return changed_meanwhile(row.version, row.by)  # it goes on elsewhere since just now
        if (refusal := wish.refusal(change, conversation)) is not None:
            return refusal
        scheduled.drop(change, row)
        row = replace(
            row,
            author=wish.author,
            text=wish.text,
            reply=wish.reply,
            send_at=wish.send_at,
            unless_answered=wish.unless_answered,
            by=self.by,
            at=change.now,
            version=row.version + 1,
            state=ScheduledState.WAITING,
            reason="",
            detail="",
        )
        told = ReplyRescheduled(
            scheduled=row.id, due=row.send_at, by=self.by, unless_answered=row.unless_answered
        )
        change.record(told, self.by, conversation)
        return scheduled.wait(change, row)


class Unschedule(msgspec.Struct, kw_only=True):
    """Call it off: it never goes. Doing it twice is fine."""

    failpoint: ClassVar[str] = "write"

    desk: str
    scheduled: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """It, its job and its conversation."""
        return _reads(view, self.scheduled)

    def decide(self, change: Change) -> Scheduled | Refusal:
        """The scheduled reply, cancelled."""
        known = change.get(Scheduled, self.scheduled)
        if known is not None and known.state is ScheduledState.CANCELLED:
            return known if known.desk == self.desk else not_found("scheduled reply", known.id)
        row = _live(change, self.desk, self.scheduled)
        if isinstance(row, Refusal):
            return row
        return scheduled.end(change, row, ScheduledState.CANCELLED, self.by)


class Leave(msgspec.Struct, kw_only=True):
    """Let it go: its time has come, or somebody does not want to wait.

    What cannot go at its time is kept as refused, with the reason. To whoever sends it now the
    reason is told, and it stays as it was.
    """

    failpoint: ClassVar[str] = "settle"

    desk: str
    scheduled: str
    version: int
    write: Write | Refusal  # what says it, or why nothing can
    author: str
    by: str
    job: str = ""  # whose turn it is; "": somebody sends it now
    attempt: str = ""

    def reads(self, view: View) -> Iterable[Lookup]:
        """It and its job, whose try this is, who says it to whom, and what writing it reads."""
        yield from _reads(view, self.scheduled)
        yield by_key(User, self.desk, self.author.partition(":")[2])
        if self.job:
            yield by_key(Job, self.job)
            yield by_key(Attempt, self.attempt)
        row = view.peek(Scheduled, self.scheduled)
        if row is not None:
            yield by_key(Identity, self.desk, row.identity)
            identity = view.peek(Identity, self.desk, row.identity)
            conversation = view.peek(Conversation, row.conversation)
            for each in (identity, conversation):
                if each is not None:
                    yield from person.reads(view, each.contact)
        if isinstance(self.write, Write):
            yield from self.write.reads(view)

    def decide(self, change: Change) -> Scheduled | Refusal | None:
        """The scheduled reply with the message that it became; None when its turn was over."""
        if not self.job:
            row = _live(change, self.desk, self.scheduled, self.version)
            return row if isinstance(row, Refusal) else self._go(change, row)
        waiting = self._whose_turn(change)
        return self._at_its_time(change, waiting) if waiting is not None else None

    def _at_its_time(self, change: Change, row: Scheduled) -> Scheduled:
        reason = _needless(change, row)
        if reason:
            cancelled = ScheduledState.CANCELLED
            return scheduled.end(change, row, cancelled, scheduled.SYSTEM, reason=reason)
        answer = self._go(change, row)
        if not isinstance(answer, Refusal):
            return answer
        return scheduled.end(
            change,
            row,
            ScheduledState.REFUSED,
            scheduled.SYSTEM,
            reason=answer.code,
            detail=answer.detail,
        )

    def _whose_turn(self, change: Change) -> Scheduled | None:
        """Close the try and its job. Whoever changed it meanwhile gave it another one."""
        attempt = change.get(Attempt, self.attempt)
        if attempt is None or attempt.outcome:
            return None
        job, row = change.get(Job, self.job), change.get(Scheduled, self.scheduled)
        mine = job is not None and job.attempts == attempt.number
        if job is not None and mine:
            change.delete(job)
        if row is None or row.state is not ScheduledState.WAITING or row.job != self.job:
            row = None
        outcome = "done" if mine and row is not None else "over"
        change.put(replace(attempt, ended_at=change.now, outcome=outcome))
        return row if mine else None

    def _go(self, change: Change, row: Scheduled) -> Scheduled | Refusal:
        user = change.get(User, self.desk, self.author.partition(":")[2])
        if user is None or user.disabled:
            return AUTHOR_GONE
        identity = change.get(Identity, self.desk, row.identity)
        conversation = change.get(Conversation, row.conversation)
        whose = person.of(change, identity.contact) if identity is not None else None
        theirs = person.of(change, conversation.contact) if conversation is not None else None
        if whose is None or whose != theirs:
            return NOT_THEIRS
        if whose.blocked:
            return BLOCKED
        if isinstance(self.write, Refusal):
            return self.write
        if self.write.conversation != row.conversation:
            return changed_meanwhile(row.version, row.by)  # it goes on elsewhere since just now
        # If it resolves the conversation, or was a machine's, saying it does not end it.
        change.put(replace(row, job="", author=self.author))
        answer = self.write.decide(change)
        if isinstance(answer, Refusal):
            return answer
        row = replace(row, author=self.author)
        return scheduled.end(change, row, ScheduledState.SENT, self.by, message=answer.id)


def _needless(change: Change, row: Scheduled) -> str:
    """Why nobody is followed up, whatever was missed while it waited; "" when somebody is."""
    conversation = change.get(Conversation, row.conversation)
    if not row.unless_answered or conversation is None:
        return ""
    if (conversation.inbound_at or 0) > row.at:
        return ANSWERED
    return RESOLVED if conversation.status is Status.RESOLVED else ""


def _reads(view: View, ident: str) -> Iterable[Lookup]:
    yield by_key(Scheduled, ident)
    row = view.peek(Scheduled, ident)
    if row is not None:
        yield by_key(Job, row.job)
        yield by_key(Conversation, row.conversation)


def _live(change: Change, desk: str, ident: str, version: int | None = None) -> Scheduled | Refusal:
    """One of which something can still be made, in the version that somebody had before them."""
    row = change.get(Scheduled, ident)
    if row is None or row.desk != desk:
        return not_found("scheduled reply", ident)
    if row.state not in LIVE:
        return OVER
    if version is not None and row.version != version:
        return changed_meanwhile(row.version, row.by)
    return row
