"""Jobs of calls: what is to be done about one, after the change at hand commits."""

from msgspec.structs import replace

from gateway.domain.call import Call, DropLeg, Task, WatchLeg
from gateway.domain.clock import MINUTE_MS
from gateway.domain.job import Job, JobKind
from gateway.verbs.change import Change
from gateway.verbs.jobs import errand

ASKED_MS = MINUTE_MS  # longer than a question, its answer and the thanks
UNTOLD_MS = 2 * MINUTE_MS  # longer than all tries to dial, and the longest ringing


def job_of(
    what: Task, job: str, desk: str, conversation: str, seq: int, now: int, account: str = ""
) -> Job:
    """A job that carries out a task. Those of one conversation run in their order."""
    lane = f"call:{conversation}"
    return errand(JobKind.CALL, lane, what, job=job, desk=desk, seq=seq, now=now, account=account)


def task(change: Change, call: Call, what: Task) -> None:
    """Have something done about a call, after this commits."""
    change.put(_job(change, call, what))


def watch(change: Change, call: Call, leg: str) -> None:
    """Look after a leg that is dialled, in a lane of its own, where it holds nothing up."""
    job = _job(change, call, WatchLeg(leg=leg))
    change.put(replace(job, lane=f"leg:{leg}", due_at=change.now + UNTOLD_MS))


def drop_later(change: Change, call: Call, leg: str) -> None:
    """Hang up a leg that is asked how it went, should it not come to that by itself."""
    job = _job(change, call, DropLeg(leg=leg))
    change.put(replace(job, lane=f"leg:{leg}", due_at=change.now + ASKED_MS))


def _job(change: Change, call: Call, what: Task) -> Job:
    return job_of(
        what,
        job=change.new_id(),
        desk=change.desk.id,
        conversation=call.conversation,
        seq=change.head,
        now=change.now,
        account=call.account,
    )
