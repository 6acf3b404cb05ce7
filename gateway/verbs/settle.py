"""Settle what came of a try: the attempt, the message, the job."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.clock import MINUTE_MS
from gateway.domain.conversation import Conversation
from gateway.domain.delivery import EarlyReport
from gateway.domain.job import Attempt, Job, JobKind, JobState
from gateway.domain.message import RANK, Message, MessageBody, MessageState
from gateway.domain.outcome import InDoubt, Reason
from gateway.verbs import held, media, nudge, report, ways
from gateway.verbs.change import Change, Lookup, View, by_index, by_key

LANE_PATIENCE_MS = 10 * MINUTE_MS
IN_DOUBT = str(InDoubt.__struct_config__.tag)


class Settle(msgspec.Struct, kw_only=True):
    """What one try came to: close the attempt, move the message, keep or drop the job."""

    failpoint: ClassVar[str] = "settle"

    job: str
    attempt: str
    outcome: str
    detail: str
    state: MessageState | None  # None: the message stays as it is
    reason: str = ""
    provider_id: str | None = None
    payload: str = ""  # of a message that went: what a later one about it needs
    job_state: JobState | None = None  # None: the job is done and goes
    due_at: int = 0
    body: str = ""  # of the job that stays: JSON of Doubtful, or ""
    hold: held.Terms | None = None  # of SEND: how it waits if its provider's window is closed
    found: media.Found | None = None  # of FETCH_MEDIA: what is known of the file now

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job, its attempt and message, and reports that came before we knew its name."""
        yield by_key(Job, self.job)
        yield by_key(Attempt, self.attempt)
        job = view.peek(Job, self.job)
        if job is None:
            return
        yield by_index(Job, "lane", job.lane)
        if job.kind is JobKind.FETCH_MEDIA:
            yield from media.reads(view, job.key)
        if job.kind is not JobKind.SEND:
            return
        yield by_key(Message, job.key)
        message = view.peek(Message, job.key)
        if message is not None:
            yield by_key(Conversation, message.conversation)
            desk, account, identity = message.desk, message.account, message.identity
            yield ways.lookup(desk, account, identity)
            yield nudge.lookup(desk, account, identity)
            if self.provider_id is not None:
                yield by_index(EarlyReport, "message", message.account, self.provider_id)

    def decide(self, change: Change) -> None:
        """Write it down. A job that is gone, or was claimed anew since, keeps its newer truth."""
        attempt = change.get(Attempt, self.attempt)
        job = change.get(Job, self.job)
        if attempt is None or attempt.outcome:
            return
        change.put(
            replace(
                attempt,
                ended_at=change.now,
                outcome=self.outcome,
                detail=self.detail,
                provider_id=self.provider_id,
            )
        )
        if job is None or job.attempts != attempt.number:
            return
        if self._told(change, job):
            self.job_state = None
        elif self._blocks(change, job):
            self.job_state = None
            self.state, self.reason = MessageState.FAILED, Reason.UNAVAILABLE
            if self.outcome == IN_DOUBT:
                self.state = MessageState.UNKNOWN
        self._settle_job(change, job)
        if self.found is not None and job.kind is JobKind.FETCH_MEDIA:
            media.apply(change, job.key, self.found)
        if job.kind is not JobKind.SEND:
            return
        if self.state is not None:
            self._settle_message(change, job, held.Try(attempt.started_at, job.seq))
        elif self.job_state is not None:
            self._put_off(change, job.key)

    def _told(self, change: Change, job: Job) -> bool:
        """Whether a report was quicker than the answer: there is nothing left to try."""
        message = change.get(Message, job.key) if job.kind is JobKind.SEND else None
        return message is not None and (
            message.state is MessageState.HELD or RANK[message.state] >= RANK[MessageState.SENT]
        )

    def _blocks(self, change: Change, job: Job) -> bool:
        """Whether it has kept others waiting in its lane for too long, and would go on to."""
        waits_since = max(job.created_at, change.desk.resumed_at)  # a pause is nobody's fault
        if self.job_state is None or change.now - waits_since < LANE_PATIENCE_MS:
            return False
        return any(other.seq > job.seq for other in change.by(Job, "lane", job.lane))

    def _settle_job(self, change: Change, job: Job) -> None:
        if self.job_state is None:
            change.delete(job)
            return
        change.put(
            replace(
                job,
                state=self.job_state,
                due_at=self.due_at,
                claimed_until=None,
                claimed_by=None,
                detail=self.detail,
                body=self.body,
            )
        )

    def _put_off(self, change: Change, message_id: str) -> None:
        """It goes later: its row says why, its job says when."""
        message = change.get(Message, message_id)
        if message is not None:
            report.put_off(change, message, self.reason, self.detail)

    def _settle_message(self, change: Change, job: Job, tried: held.Try) -> None:
        message = change.get(Message, job.key)
        if message is None or self.state is None or message.state is MessageState.HELD:
            return
        if self.state is MessageState.FAILED:
            self._refused(change, message, job, self.reason)
            if self.hold is not None and held.waits(message, self.state, self.reason):
                held.shut(change, message, self.hold, tried, self.reason, self.detail)
                return
        message = report.settle(
            change,
            _keeping(message, self.payload),
            self.state,
            self.reason,
            self.detail,
            self.provider_id,
        )
        if self.provider_id is None:
            return
        for early in change.by(EarlyReport, "message", message.account, self.provider_id):
            state = MessageState(early.state)
            change.delete(early)
            if self.hold is not None and held.waits(message, state, early.reason):
                self._refused(change, message, job, early.reason)
                held.shut(change, message, self.hold, tried, early.reason, early.detail)
                return
            message = report.settle(change, message, state, early.reason, early.detail)

    def _refused(self, change: Change, message: Message, job: Job, reason: str) -> None:
        limits = self.hold.limits if self.hold is not None else ways.Limits()
        account, identity = message.account, message.identity
        ways.refused(change, limits, account, identity, job.created_at, reason)


def _keeping(message: Message, payload: str) -> Message:
    """The message with what its provider said of it, for one that quotes it."""
    if not payload:
        return message
    body = replace(msgspec.json.decode(message.body, type=MessageBody), payload=payload)
    return replace(message, body=msgspec.json.encode(body).decode())
