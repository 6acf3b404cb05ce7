"""What to do with what could not be delivered or read: try again, or let it be."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.delivery import DeadLetter
from gateway.domain.job import Job, JobKind, JobState
from gateway.domain.outcome import Refusal
from gateway.domain.outlet import Outlet, Untold
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import not_found


class RetryDead(msgspec.Struct, kw_only=True):
    """Try a dead job again from the start: as often, and for as long, as a new one is tried."""

    failpoint: ClassVar[str] = "write"

    job: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job."""
        yield by_key(Job, self.job)

    def decide(self, change: Change) -> Job | Refusal:
        """The job, ready."""
        job = change.get(Job, self.job)
        if job is None or job.state is not JobState.DEAD:
            return not_found("dead job", self.job)
        change.audit(self.by, "dead.retry", self.job)
        return change.put(
            replace(job, state=JobState.READY, attempts=0, due_at=change.now, created_at=change.now)
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
