"""From a reply to the provider: write it, then try, once per claim, and settle what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
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
from gateway.domain.conversation import Verb
from gateway.domain.job import Doubtful, JobState
from gateway.domain.message import ApprovedTemplate, Choice, Message, MessageBody, MessageState
from gateway.domain.outcome import Refusal
from gateway.failpoints import failpoint
from gateway.pipeline import approved, retry
from gateway.pipeline.accounts import Account, find, out_of_reach
from gateway.pipeline.fit import fit
from gateway.pipeline.links import Links
from gateway.store import Claimed, Store
from gateway.store.queries import sending
from gateway.verbs import held
from gateway.verbs.idempotent import Once, Replayed
from gateway.verbs.jobs import HOLD_MS
from gateway.verbs.message import Cap, File, Write
from gateway.verbs.promise import Promised
from gateway.verbs.settle import Settle
from gateway.verbs.ways import Limits, limits_of, machine_limits_of

log = structlog.get_logger(__name__)

THEN = {"": Verb.REPLY, "wait": Verb.SEND_AND_WAIT, "resolve": Verb.RESOLVE, "over": Verb.FAREWELL}

NOT_ANSWERED_THERE = Refusal(
    code="cannot_quote",
    detail="This channel cannot say which message the reply answers.",
    what_to_do="Answer on the channel of that message, or without naming it.",
    status=422,
)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants said to the customer of a conversation."""

    conversation: str
    text: str
    author: str  # agent:<login> | auto:<template>
    account: str | None = None  # None: where the customer wrote last
    identity: str | None = None
    attachments: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()
    approved: ApprovedTemplate | None = None  # goes instead of the words, whatever the window
    template: str = ""
    subject: str = ""
    in_reply_to: str | None = None  # our id of the message it answers; None: of all so far
    then: str = ""  # "" | wait | resolve | over: it is resolved, and this is said by itself
    key: str | None = None  # written once under this key
    promised: Promised | None = None  # what it promises
    idempotency: tuple[str, str, str] | None = None  # actor, key, fingerprint
    automatic: bool = False
    caps: tuple[Cap, ...] = ()
    unmoved: int | None = None  # only if nothing has happened since this event


Screen = Callable[[tuple[File, ...]], Awaitable[Refusal | None]]


async def _anything(_files: tuple[File, ...]) -> Refusal | None:
    return None


class Outbound:
    """Writes replies and carries them out."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        random: Random,
        links: Links,
        hold_ms: Callable[[], int] = lambda: HOLD_MS,
        screened: Screen = _anything,
    ) -> None:
        """`hold_ms`: how long a reply may wait for its customer, as the rulebook in force says.

        `screened` says why files may not go out.
        """
        self._store = store
        self._accounts = accounts
        self._random = random
        self._links = links
        self._hold_ms = hold_ms
        self._screened = screened

    async def write(self, reply: Reply) -> Message | Refusal:
        """Commit a reply that fits its channel; sending it is a job of its own."""
        desk, answered = self._store.desk, reply.in_reply_to
        place = await self._store.read(sending.place, desk, reply.conversation, answered)
        if place is None:
            within = f"message {answered} in" if answered is not None else "conversation"
            detail = f"There is no {within} {reply.conversation}."
            return Refusal(code="not_found", detail=detail, status=404)
        account = find(self._accounts, reply.account or place.account)
        if isinstance(account, Refusal):
            return account
        if answered is not None and not _can_name(place, account, reply):
            return NOT_ANSWERED_THERE
        identity = await self._address(reply, place, account)
        if isinstance(identity, Refusal):
            return identity
        same_address = identity == place.identity
        if reply.approved is not None:
            worded = approved.worded(account.adapter, reply.approved, reply.attachments)
            if isinstance(worded, Refusal):
                return worded
            reply = msgspec.structs.replace(reply, approved=worded, text=worded.text)
        fitted = fit(self._draft(reply, account, identity), account.capabilities)
        if isinstance(fitted, Refusal):
            return fitted
        refused = await self._screened(reply.attachments)
        if refused is not None:
            return refused
        mail = place.mail if same_address else None
        write = Write(
            desk=self._store.desk,
            conversation=reply.conversation,
            author=reply.author,
            text=fitted.text,
            account=account.id,
            channel=account.channel,
            identity=identity,
            local=place.local if account.id == place.account else "",
            sends=account.capabilities.sends,
            limits=_limits(account, reply),
            hold_ms=self._hold_ms(),
            nudge=account.nudge,
            files=reply.attachments,
            choices=fitted.choices,
            approved=reply.approved,
            subject=reply.subject or (place.subject if account.capabilities.subjects else ""),
            template=reply.template,
            in_reply_to=place.in_reply_to if same_address else None,
            references=mail.references if mail is not None else (),
            then=THEN[reply.then],
            key=reply.key,
            automatic=reply.automatic,
            caps=reply.caps,
            promised=reply.promised,
            unmoved=reply.unmoved,
        )
        return await self._submit(write, reply)

    async def _address(self, reply: Reply, place: sending.Place, account: Account) -> str | Refusal:
        """The address asked for, or where the customer wrote last; else one the account reaches."""
        wanted = reply.identity or place.identity
        if account.reaches(wanted):
            return wanted
        if reply.identity is not None:
            return out_of_reach(account)
        known = await self._store.read(sending.addresses, self._store.desk, reply.conversation)
        return next(filter(account.reaches, known), out_of_reach(account))

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

    def _draft(self, reply: Reply, account: Account, identity: str) -> OutboundMessage:
        files = tuple(self._file(file) for file in reply.attachments)
        return OutboundMessage(
            id="",
            conversation=reply.conversation,
            account=account.id,
            recipient=identity,
            text=reply.text,
            choices=reply.choices,
            attachments=files,
            thread=MailThread(subject=reply.subject),
        )

    def _file(self, file: File) -> OutboundAttachment:
        return OutboundAttachment(
            media_type=file.media_type,
            filename=file.filename,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            path=self._store.files.path(file.sha256),
        )

    def _linked(self, file: File, account: Account, since: int) -> OutboundAttachment:
        """A file with the address at which the provider may fetch it."""
        base = account.public_url
        url = self._links.url(base, file.sha256, file.filename, since) if base else None
        return msgspec.structs.replace(self._file(file), url=url)

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
        except Exception as error:
            log.exception("send failed inside the adapter", account=account.id, message=message.id)
            detail = f"the adapter failed: {type(error).__name__}"
            outcome = InDoubt(detail=detail, final=bool(message.heard))
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
        except Exception as error:  # noqa: BLE001 whatever it is, we know no more than before
            return InDoubt(detail=f"asking the provider failed: {type(error).__name__}")
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


def _limits(account: Account, reply: Reply) -> Limits:
    """How long, and how often, the channel lets whoever wrote this write."""
    if reply.approved is not None:
        return Limits()
    of = machine_limits_of if reply.automatic else limits_of
    return of(account.capabilities)


def _can_name(place: sending.Place, account: Account, reply: Reply) -> bool:
    """Whether a reply may say which message it answers: only there where that one stands."""
    there = account.id == place.account and reply.identity in (None, place.identity)
    return there and account.capabilities.threading and place.in_reply_to is not None


def outcome_detail(outcome: Outcome) -> str:
    """An outcome in words."""
    return "" if isinstance(outcome, Accepted) else outcome.detail
