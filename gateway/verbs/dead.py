"""What to do with what could not be delivered or read: try again, or let it be."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.delivery import DeadLetter
from gateway.domain.job import Job, JobKind, JobState
from gateway.domain.outcome import Refusal
from gateway.domain.outlet import Outlet, Untold
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import not_found

OPEN = "open"


class RetryDead(msgspec.Struct, kw_only=True):
    """Try a dead job again from the start: as often, and for as long, as a new one is tried.

    Of an unreadable item the whole delivery is read again, as it was kept.
    """

    failpoint: ClassVar[str] = "write"

    id: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job or the letter of this id; of a letter the job that reads its delivery already."""
        yield by_key(Job, self.id)
        yield by_key(DeadLetter, self.id)
        letter = view.peek(DeadLetter, self.id)
        if letter is not None:
            yield by_index(Job, "key", JobKind.READ, letter.delivery)

    def decide(self, change: Change) -> Job | Refusal:
        """The job, ready."""
        job, letter = change.get(Job, self.id), change.get(DeadLetter, self.id)
        if letter is not None and letter.state == OPEN:
            job = next(iter(change.by(Job, "key", JobKind.READ, letter.delivery)), None)
            if job is None:
                change.audit(self.by, "dead.retry", self.id)
                return change.put(_reading(change, letter))
            if job.state is not JobState.DEAD:
                return job
        if job is None or job.state is not JobState.DEAD:
            return not_found("dead letter", self.id)
        change.audit(self.by, "dead.retry", self.id)
        return change.put(
            replace(job, state=JobState.READY, attempts=0, due_at=change.now, created_at=change.now)
        )


def _reading(change: Change, letter: DeadLetter) -> Job:
    return Job(
        id=change.new_id(),
        desk=letter.desk,
        kind=JobKind.READ,
        lane=f"read:{letter.delivery}",
        seq=change.head,
        due_at=change.now,
        created_at=change.now,
        key=letter.delivery,
        account=letter.account,
    )


class DiscardDead(msgspec.Struct, kw_only=True):
    """Let a dead job or an unreadable item be; the raw delivery stays."""

    failpoint: ClassVar[str] = "write"

    id: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job or the letter of this id; of an event that an outlet was not told, the outlet."""
        yield by_key(Job, self.id)
        job = view.peek(Job, self.id)
        if job is not None and job.kind is JobKind.WEBHOOK:
            yield by_key(Outlet, job.desk, _untold(job).outlet)
        yield by_key(DeadLetter, self.id)

    def decide(self, change: Change) -> str | Refusal:
        """The id."""
        job = change.get(Job, self.id)
        letter = change.get(DeadLetter, self.id)
        if job is not None and job.state is JobState.DEAD:
            change.delete(job)
            if job.kind is JobKind.WEBHOOK:
                _pass_over(change, job)
        elif letter is not None:
            change.put(replace(letter, state="discarded"))
        else:
            return not_found("dead letter", self.id)
        change.audit(self.by, "dead.discard", self.id)
        return self.id


def _untold(job: Job) -> Untold:
    return msgspec.json.decode(job.body, type=Untold)


def _pass_over(change: Change, job: Job) -> None:
    """An outlet that is enabled again goes on behind the event that was let be."""
    untold = _untold(job)
    outlet = change.get(Outlet, job.desk, untold.outlet)
    if outlet is not None:
        change.put(replace(outlet, cursor=max(outlet.cursor, untold.position)))
