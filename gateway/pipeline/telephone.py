"""Carries out what is to be done about calls: one command of one leg per try."""

import asyncio
from collections.abc import Callable, Mapping
from typing import assert_never

import msgspec
import structlog

from gateway.contract import (
    Accepted,
    Calls,
    Command,
    DedupKey,
    Deferred,
    Dial,
    Drop,
    FindsCalls,
    FoundCall,
    InDoubt,
    Outcome,
    Reason,
    Refresh,
    Rejected,
)
from gateway.domain.call import (
    DialLeg,
    DropLeg,
    Leave,
    LegState,
    PartLeg,
    Party,
    RefreshLeg,
    Ring,
    SendToVoicemail,
    Task,
    WatchLeg,
)
from gateway.domain.clock import SECOND_MS
from gateway.domain.job import JobState
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce
from gateway.pipeline.outbound import FAILED, outcome_detail
from gateway.pipeline.surveys import asked_by_keys
from gateway.store import Claimed, Store
from gateway.store.queries import calls
from gateway.store.queries.calls import OnTheLine
from gateway.verbs.calljob import UNTOLD_MS
from gateway.verbs.callsurvey import AskCaller
from gateway.verbs.callwork import (
    LeaveCall,
    LoseLeg,
    MeetLeg,
    MoveToVoicemail,
    RingAgent,
    SettleCall,
)
from gateway.verbs.change import Command as Verb
from gateway.verbs.settle import Settle

log = structlog.get_logger(__name__)

RING_S = 25
COMMAND_MS = 10 * SECOND_MS
AGAIN_MS = 2 * SECOND_MS
TRIES = 3  # a caller hears music meanwhile; then somebody else is asked
BROWSER = "client:"

_task: msgspec.json.Decoder[Task] = msgspec.json.Decoder(Task)


class Telephone:
    """Rings agents, moves and drops legs."""

    def __init__(
        self, store: Store, accounts: Mapping[str, Account], inforce: Callable[[], InForce]
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._inforce = inforce

    def address_of(self, login: str) -> str:
        """An agent's own telephone, else their browser."""
        agent = self._inforce().rulebook.agents.get(login)
        phone = agent.phone if agent is not None else ""
        return f"tel:{phone}" if phone else BROWSER + login

    async def carry_out(self, claimed: Claimed) -> Verb:
        """Do what a job says; what is to be written of it."""
        what = _task.decode(claimed.job.body)
        match what:
            case Ring():
                ring = RingAgent(
                    conversation=what.conversation,
                    agent=what.agent,
                    address=self.address_of(what.agent),
                )
                await self._store.submit(ring)
                return _settled(claimed, "planned")
            case Leave():
                await self._store.submit(
                    LeaveCall(
                        conversation=what.conversation,
                        agent=what.agent,
                        surveyed=self._inforce().surveys_callers,
                    )
                )
                return _settled(claimed, "planned")
            case SendToVoicemail():
                await self._store.submit(MoveToVoicemail(conversation=what.conversation))
                return _settled(claimed, "planned")
            case PartLeg():
                return await self._part(claimed, what)
            case WatchLeg():
                return await self._watch(claimed, what)
            case DialLeg() | RefreshLeg() | DropLeg():
                return await self._command(claimed, what)
            case _:
                assert_never(what)

    def lost(self, claimed: Claimed) -> Verb | None:
        """A try that was cut off: what may be done twice is done again, a dial waits for word."""
        what = _task.decode(claimed.job.body)
        if isinstance(what, DialLeg):
            return _settled(claimed, "in_doubt", "the process that was dialling ended")
        return None

    async def _part(self, claimed: Claimed, what: PartLeg) -> Verb:
        """Ask a caller how it went, where the rulebook wants it now; else hang up."""
        line = await self._store.read(calls.by_leg, what.leg)
        if line is None:
            return _settled(claimed, "skipped", "its leg is gone")
        queue = await self._store.read(calls.queue_of, line.call.conversation)
        inforce = self._inforce()
        ask = AskCaller(
            desk=self._store.desk,
            leg=what.leg,
            asks=asked_by_keys(inforce, line, queue, self._store.clock.now_ms()),
            per_ms=inforce.rulebook.surveys.again_after_ms,
        )
        await self._store.submit(ask)
        return _settled(claimed, "planned")

    async def _watch(self, claimed: Claimed, what: WatchLeg) -> Verb:
        """Nobody told of a leg in all this time. Whose dial is in doubt, the provider is asked:
        until it answers, nobody is dialled again.
        """
        line = await self._store.read(calls.by_leg, what.leg)
        settle = _settled(claimed, "watched")
        doubtful = line is not None and line.leg.provider_id is None and line.leg.live
        if line is None or not doubtful:
            await self._store.submit(LoseLeg(leg=what.leg))
            return settle
        try:
            found = await self._found(line)
        except Exception as error:
            log.exception("a provider was asked about a call, and gave no answer")
            settle.outcome, settle.detail = "in_doubt", str(error)
        else:
            if found is None:
                await self._store.submit(LoseLeg(leg=what.leg))
                return settle
            await self._store.submit(
                MeetLeg(leg=what.leg, provider_id=found.provider_id, state=found.state)
            )
        settle.job_state, settle.body = JobState.READY, claimed.job.body
        settle.due_at = self._store.clock.now_ms() + UNTOLD_MS
        return settle

    async def _found(self, line: OnTheLine) -> FoundCall | None:
        """What the provider knows of a dial; None where it cannot be asked, or knows nothing."""
        account = self._accounts.get(line.call.account)
        if account is None or not isinstance(account.adapter, FindsCalls):
            return None
        leg = line.leg
        dial = Dial(leg=leg.id, to=leg.address, sender=line.call.local, ring_s=RING_S)
        async with asyncio.timeout(COMMAND_MS / SECOND_MS):
            return await account.adapter.find_call(dial, leg.started_at)

    async def _command(self, claimed: Claimed, what: DialLeg | RefreshLeg | DropLeg) -> Verb:
        line = await self._store.read(calls.by_leg, what.leg)
        if line is None:
            return _settled(claimed, "skipped", "its leg is gone")
        command = _command_of(line, what)
        if command is None:
            return _settled(claimed, "skipped", "there is nothing to do any more")
        account = self._accounts.get(line.call.account)
        outcome = await self._try(account, command, claimed.job.id)
        return self._settle(claimed, what, outcome)

    async def _try(self, account: Account | None, command: Command, key: str) -> Outcome:
        if account is None or not isinstance(account.adapter, Calls):
            detail = "its account takes no calls here"
            return Deferred(reason=Reason.UNAVAILABLE, detail=detail)
        try:
            async with asyncio.timeout(COMMAND_MS / SECOND_MS):
                return await account.adapter.command(command, DedupKey(key))
        except TimeoutError:
            return InDoubt(detail=f"no answer within {COMMAND_MS // SECOND_MS} s")
        except Exception:
            log.exception("a call's command failed inside the adapter", account=account.id)
            return InDoubt(detail=FAILED)

    def _settle(
        self, claimed: Claimed, what: DialLeg | RefreshLeg | DropLeg, outcome: Outcome
    ) -> SettleCall:
        settle = _settled(
            claimed, str(type(outcome).__struct_config__.tag), outcome_detail(outcome)
        )
        dials = isinstance(what, DialLeg)
        again = isinstance(outcome, Deferred) or (isinstance(outcome, InDoubt) and not dials)
        if again and claimed.attempt.number < TRIES:
            settle.job_state = JobState.READY
            settle.due_at = self._store.clock.now_ms() + AGAIN_MS
            settle.body = claimed.job.body
            return SettleCall(settle=settle, leg=what.leg)
        return SettleCall(
            settle=settle,
            leg=what.leg,
            provider_id=outcome.provider_id if isinstance(outcome, Accepted) else None,
            failed=dials and isinstance(outcome, Deferred | Rejected),
            reason=outcome.reason if isinstance(outcome, Rejected) else "",
        )


def _command_of(line: OnTheLine, what: DialLeg | RefreshLeg | DropLeg) -> Command | None:
    """The command as things stand now; None when they have gone past it."""
    leg, call = line.leg, line.call
    if isinstance(what, DialLeg):
        wanted = leg.state is LegState.PLANNED and leg.provider_id is None and not leg.dismissed
        if not wanted or call.live_of is None:
            return None
        listens = call.customer_first and leg.party is Party.CUSTOMER
        return Dial(
            leg=leg.id,
            to=leg.address,
            sender=call.local,
            ring_s=RING_S,
            detect_machine=listens,
        )
    if leg.provider_id is None or not leg.live:
        return None
    if isinstance(what, RefreshLeg):
        return Refresh(leg=leg.id, provider_id=leg.provider_id)
    return Drop(leg=leg.id, provider_id=leg.provider_id)


def _settled(claimed: Claimed, outcome: str, detail: str = "") -> Settle:
    return Settle(
        job=claimed.job.id,
        attempt=claimed.attempt.id,
        outcome=outcome,
        detail=detail,
        state=None,
    )
