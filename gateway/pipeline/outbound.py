"""From a reply to the provider: write it, then try, once per claim, and settle what came of it."""

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from typing import assert_never

import msgspec
import structlog

from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    Finds,
    InDoubt,
    MailThread,
    OutboundAttachment,
    OutboundMessage,
    Outcome,
    Reason,
    Rejected,
)
from gateway.domain.job import Doubtful, JobState
from gateway.domain.message import Message, MessageBody, MessageState
from gateway.domain.outcome import Refusal
from gateway.failpoints import failpoint
from gateway.outward import in_words
from gateway.pipeline import retry
from gateway.pipeline.accounts import Account
from gateway.pipeline.links import Links
from gateway.pipeline.writing import Reply, Screen, Writing, anything, filed
from gateway.store import Claimed, Store
from gateway.store.queries import sending
from gateway.verbs import held
from gateway.verbs.idempotent import Once, Replayed
from gateway.verbs.jobs import HOLD_MS
from gateway.verbs.message import File, Write
from gateway.verbs.settle import Settle

log = structlog.get_logger(__name__)

FAILED = "the adapter failed at it; the log says how"


class Outbound:
    """Writes replies and carries them out."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        random: Random,
        links: Links,
        hold_ms: Callable[[], int] = lambda: HOLD_MS,
        screened: Screen = anything,
        called: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`hold_ms`: how long a reply may wait for its customer, as the rulebook in force says.

        `screened` says why files may not go out. `called`: the desk's name, by language.
        """
        self._store = store
        self._accounts = accounts
        self._random = random
        self._links = links
        self._called = called
        self._hold_ms = hold_ms
        self._writing = Writing(store, accounts, hold_ms, screened)

    async def write(self, reply: Reply) -> Message | Refusal:
        """Commit a reply that fits its channel; sending it is a job of its own."""
        write = await self.prepare(reply)
        return write if isinstance(write, Refusal) else await self._submit(write, reply)

    async def prepare(self, reply: Reply) -> Write | Refusal:
        """What would commit it."""
        return await self._writing.command(reply)

    async def _submit(self, write: Write, reply: Reply) -> Message | Refusal:
        if reply.idempotency is None:
            answer = await self._store.submit(write)
        else:
            actor, key, fingerprint = reply.idempotency
            answer = await self._store.submit(
                Once(desk=write.desk, actor=actor, key=key, fingerprint=fingerprint, command=write)
            )
            if isinstance(answer, Replayed):
                return msgspec.json.decode(answer.body, type=Message)
        assert isinstance(answer, Message | Refusal)
        return answer

    def _linked(self, file: File, account: Account, since: int) -> OutboundAttachment:
        """A file with the address at which the provider may fetch it."""
        base = account.public_url
        url = self._links.url(base, file.sha256, file.filename, since) if base else None
        return msgspec.structs.replace(filed(self._store, file), url=url)

    async def deliver(self, claimed: Claimed) -> Settle:
        """Carry out one claimed send: one try, or one question; what is to be written of it."""
        job = claimed.job
        loaded = await self._store.read(sending.outgoing, job.key)
        account = self._accounts.get(job.account)
        started = claimed.attempt.started_at
        if loaded is None:
            outcome: Outcome = Rejected(reason=Reason.OTHER, detail="its message is gone")
        elif account is None:
            started = retry.since(claimed.job, claimed.attempt)
            outcome = Deferred(
                reason=Reason.UNAVAILABLE, detail=f"account {job.account} is not configured here"
            )
        elif job.body:
            doubt = msgspec.json.decode(job.body, type=Doubtful)
            started = doubt.since
            if not doubt.ask:
                unknown = retry.Unknown(detail=job.detail)
                return self._settlement(claimed, InDoubt(detail=job.detail), unknown, started)
            outcome = await self._ask(
                account, self._outgoing(loaded, account, job.created_at), started
            )
        else:
            message = self._outgoing(loaded, account, job.created_at)
            if _answers_once(account, claimed):
                since = self._store.clock.now_ms() - account.capabilities.answer_by_ms
                heard = await self._store.read(sending.heard, message, since)
                message = msgspec.structs.replace(message, heard=heard)
            outcome = await self._try(account, message)
        return self._settle(claimed, account, outcome, started)

    def _outgoing(self, loaded: sending.Outgoing, account: Account, since: int) -> OutboundMessage:
        message = loaded.message
        body = msgspec.json.decode(message.body, type=MessageBody)
        mail = body.mail
        return OutboundMessage(
            id=message.id,
            conversation=message.conversation,
            account=message.account,
            recipient=message.identity,
            sender=message.local,
            sender_name=self._called(loaded.language),
            kind=message.kind,
            text=message.text,
            choices=body.choices,
            attachments=tuple(self._linked(file, account, since) for file in loaded.files),
            in_reply_to=message.in_reply_to,
            thread=MailThread(
                subject=mail.subject if mail is not None else "",
                in_reply_to=message.in_reply_to,
                references=mail.references if mail is not None else (),
            ),
            answered=loaded.answered,
            template=body.approved,
            automatic=message.automatic,
            language=loaded.language,
            written_at=message.at,
        )

    async def _try(self, account: Account, message: OutboundMessage) -> Outcome:
        """One try. Whatever goes wrong inside the adapter leaves us in doubt."""
        timeout_s = account.capabilities.send_timeout_ms / 1_000
        failpoint("send.before")
        try:
            async with asyncio.timeout(timeout_s):
                outcome = await account.adapter.send(message, DedupKey(message.id))
        except TimeoutError:
            outcome = InDoubt(detail=f"no answer within {timeout_s:g} s", final=bool(message.heard))
        except Exception:
            log.exception("send failed inside the adapter", account=account.id, message=message.id)
            outcome = InDoubt(detail=FAILED, final=bool(message.heard))
        failpoint("send.after")
        return outcome

    async def _ask(self, account: Account, message: OutboundMessage, started: int) -> Outcome:
        """Ask the provider whether it went out. Absent: certainly not sent."""
        if not isinstance(account.adapter, Finds):
            return InDoubt(detail="the provider cannot be asked")
        timeout_s = account.capabilities.send_timeout_ms / 1_000
        try:
            async with asyncio.timeout(timeout_s):
                found = await account.adapter.find(message, DedupKey(message.id), started)
            taken = await self._store.read(sending.taken, message.id, account.id, found)
        except OSError as error:
            return InDoubt(detail=f"asking the provider failed: {in_words(error)}")
        except Exception:  # whatever it is, we know no more than before
            log.exception("asking failed inside the adapter", account=account.id)
            return InDoubt(detail=FAILED)
        # The same words may have been said to the same person a moment ago.
        own = next((each for each in found if each not in taken), None)
        if own is None:
            return Deferred(reason=Reason.UNAVAILABLE, detail="the provider never had it")
        return Accepted(provider_id=own)

    def lost(self, claimed: Claimed) -> Settle:
        """A try whose process died, or was cut off: nobody knows what came of it."""
        account = self._accounts.get(claimed.job.account)
        once = account is not None and _answers_once(account, claimed)
        outcome = InDoubt(detail="the process that was sending it ended", final=once)
        return self._settle(claimed, account, outcome, retry.since(claimed.job, claimed.attempt))

    def _settle(
        self, claimed: Claimed, account: Account | None, outcome: Outcome, started: int
    ) -> Settle:
        if account is None:
            return self._put_off(claimed, outcome, started)
        step = retry.after(
            outcome,
            claimed.attempt.number,
            account.capabilities,
            claimed.job.created_at,
            self._store.clock.now_ms(),
            self._random,
        )
        settle = self._settlement(claimed, outcome, step, started)
        settle.hold = held.Terms(
            hold_ms=self._hold_ms(), limits=account.way.limits, nudge=account.nudge
        )
        return settle

    def _put_off(self, claimed: Claimed, outcome: Outcome, started: int) -> Settle:
        """Until its account is configured again; what was in doubt stays so, and is asked first."""
        at = self._store.clock.now_ms() + retry.LONGEST_DELAY_MS
        detail = outcome_detail(outcome)
        step: retry.Next = retry.Retry(at=at, reason=Reason.UNAVAILABLE, detail=detail)
        if isinstance(outcome, InDoubt) or claimed.job.body:
            step = retry.Find(at=at, detail=detail)
        return self._settlement(claimed, outcome, step, started)

    def _settlement(
        self, claimed: Claimed, outcome: Outcome, step: retry.Next, started: int
    ) -> Settle:
        """Words for the store: what `retry.after` said."""
        settle = Settle(
            job=claimed.job.id,
            attempt=claimed.attempt.id,
            outcome=str(type(outcome).__struct_config__.tag),
            detail=outcome_detail(outcome),
            state=None,
        )
        match step:
            case retry.Sent():
                settle.state, settle.provider_id = MessageState.SENT, step.provider_id
                settle.payload = outcome.payload if isinstance(outcome, Accepted) else ""
            case retry.Failed():
                settle.state, settle.reason = MessageState.FAILED, step.reason
                settle.detail = " ".join(filter(None, (step.code, step.detail)))
            case retry.Unknown():
                settle.state, settle.detail = MessageState.UNKNOWN, step.detail
            case retry.Retry():
                settle.job_state, settle.due_at = JobState.READY, step.at
                settle.reason = step.reason
            case retry.Find():
                settle.job_state, settle.due_at = JobState.READY, step.at
                settle.body = retry.doubt(started, ask=True)
            case retry.Waiting():
                settle.job_state, settle.due_at = JobState.READY, step.until
                settle.body = retry.doubt(started, ask=False)
            case _:
                assert_never(step)
        return settle


def _answers_once(account: Account, claimed: Claimed) -> bool:
    """Whether this try may answer by what the customer's message brought: the first one only."""
    return account.capabilities.answer_by_ms > 0 and claimed.attempt.number == 1


def outcome_detail(outcome: Outcome) -> str:
    """An outcome in words."""
    return "" if isinstance(outcome, Accepted) else outcome.detail
