"""Jobs of callbacks: what is to be done about one, after the change at hand commits."""

from gateway.domain.callback import CallbackTask
from gateway.domain.job import Job, JobKind
from gateway.verbs.change import Change
from gateway.verbs.jobs import errand


def job_of(what: CallbackTask, job: str, desk: str, seq: int, now: int, due_at: int) -> Job:
    """A job that carries out a task. Each has its lane: one due tomorrow holds up none of today."""
    lane = f"callback:{job}"
    return errand(JobKind.CALLBACK, lane, what, job=job, desk=desk, seq=seq, now=now, due_at=due_at)


def task(change: Change, what: CallbackTask, due_at: int = 0) -> None:
    """Have something done about a callback, after this commits and not before `due_at`."""
    job = change.new_id()
    due_at = max(due_at, change.now)
    change.put(job_of(what, job, change.desk.id, change.head, change.now, due_at))
