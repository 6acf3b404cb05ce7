"""Jobs of calls: what is to be done about one, after the change at hand commits."""

import msgspec

from gateway.domain.call import Call, Task
from gateway.domain.job import Job, JobKind, JobState
from gateway.verbs.change import Change


def job_of(
    what: Task, job: str, desk: str, conversation: str, seq: int, now: int, account: str = ""
) -> Job:
    """A job that carries out a task. Those of one conversation run in their order."""
    return Job(
        id=job,
        desk=desk,
        kind=JobKind.CALL,
        lane=f"call:{conversation}",
        seq=seq,
        due_at=now,
        state=JobState.READY,
        attempts=0,
        claimed_until=None,
        claimed_by=None,
        created_at=now,
        key=job,
        account=account,
        detail="",
        body=msgspec.json.encode(what).decode(),
    )


def task(change: Change, call: Call, what: Task) -> None:
    """Have something done about a call, after this commits."""
    change.put(
        job_of(
            what,
            job=change.new_id(),
            desk=change.desk.id,
            conversation=call.conversation,
            seq=change.head,
            now=change.now,
            account=call.account,
        )
    )
