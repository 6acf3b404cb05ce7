"""Providers that know who has a conversation: what they are told, and how."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import structlog

from gateway.contract import Deferred, InDoubt, KeepsSessions, Outcome, Reason, Rejected
from gateway.domain.clock import SECOND_MS
from gateway.domain.conversation import Status
from gateway.domain.events import (
    AssignmentChanged,
    ConversationStatus,
    Event,
    WorkChanged,
    decode_body,
)
from gateway.domain.job import Holder, JobState
from gateway.pipeline.accounts import Account
from gateway.pipeline.outbound import FAILED, outcome_detail
from gateway.store import Claimed, Store
from gateway.verbs.session import AT_PROVIDER, Handed
from gateway.verbs.settle import Settle
from gateway.verbs.work import Decided

log = structlog.get_logger(__name__)

HAND_MS = 20 * SECOND_MS
AGAIN_MS = 5 * SECOND_MS
TRIES = 3  # it holds up what is to go to the customer; a message takes its session by itself


def keepers(accounts: Mapping[str, Account]) -> frozenset[str]:
    """The accounts whose providers know who has a conversation."""
    return frozenset(
        name for name, each in accounts.items() if isinstance(each.adapter, KeepsSessions)
    )


def handed(decided: Iterable[Decided]) -> Iterator[Handed]:
    """Conversations that decisions put into a queue or give to an agent."""
    for each in decided:
        if each.conversation is None:
            continue
        match each.body:
            case AssignmentChanged(what="started", agent=agent):
                yield Handed(conversation=each.conversation, agent=agent)
            case WorkChanged(what="waiting", queue=queue):
                yield Handed(conversation=each.conversation, queue=queue)


def ended(events: Iterable[Event]) -> Iterator[Handed]:
    """Conversations that were resolved here. What was ended at the provider it knows."""
    for event in events:
        if event.kind == "conversation.status" and event.conversation is not None:
            body = decode_body(event)
            assert isinstance(body, ConversationStatus)
            if body.status == Status.RESOLVED and not body.by.startswith(AT_PROVIDER):
                yield Handed(conversation=event.conversation, over=True)


class Sessions:
    """Tells providers who has a conversation."""

    def __init__(self, store: Store, accounts: Mapping[str, Account]) -> None:
        self._store = store
        self._accounts = accounts

    async def tell(self, claimed: Claimed) -> Settle:
        """One try; again a little later while the provider is away."""
        job = claimed.job
        outcome = await self._try(job.account, msgspec.json.decode(job.body, type=Holder))
        settle = Settle(
            job=job.id,
            attempt=claimed.attempt.id,
            outcome=str(type(outcome).__struct_config__.tag),
            detail=outcome_detail(outcome),
            state=None,
        )
        if isinstance(outcome, Deferred | InDoubt) and claimed.attempt.number < TRIES:
            settle.job_state, settle.body = JobState.READY, job.body
            settle.due_at = self._store.clock.now_ms() + AGAIN_MS
        elif isinstance(outcome, Deferred | InDoubt | Rejected):
            log.warning("a session stays as it is", account=job.account, detail=settle.detail)
        return settle

    async def _try(self, name: str, holder: Holder) -> Outcome:
        account = self._accounts.get(name)
        if account is None or not isinstance(account.adapter, KeepsSessions):
            return Rejected(reason=Reason.UNSUPPORTED, detail=f"account {name} keeps no sessions")
        try:
            async with asyncio.timeout(HAND_MS / SECOND_MS):
                return await account.adapter.hand(holder)
        except TimeoutError:
            return InDoubt(detail=f"no answer within {HAND_MS // SECOND_MS} s")
        except Exception:
            log.exception("a session could not be handed over", account=name)
            return InDoubt(detail=FAILED)
