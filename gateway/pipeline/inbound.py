"""From a raw delivery to a committed one. Whoever waits here may answer 200 when it returns."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from msgspec.structs import replace

from gateway.contract import (
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    PresenceEvent,
    RawReply,
    RawRequest,
    Unauthentic,
    Unreadable,
)
from gateway.domain.delivery import Delivery
from gateway.pipeline.accounts import Account, UnknownAccount
from gateway.pipeline.calls import CallDesk
from gateway.pipeline.storable import storable
from gateway.store import Claimed, Store
from gateway.store.queries.cursors import delivery_of
from gateway.verbs.accept import Accept, Accepted
from gateway.verbs.call import Callers
from gateway.verbs.incoming import Policy
from gateway.verbs.reread import ReadAgain

Events = tuple[InboundEvent | Unreadable, ...]
Signs = Callable[[Account, PresenceEvent], None]
PolicyOf = Callable[[Account], Policy]

PASSING_SIGNS = frozenset({"typing", "seen", "joined", "left"})  # told to followers, never stored


class Isolation(Protocol):
    """Runs `receive` of isolated adapters where it can hurt nobody."""

    async def receive(self, account: Account, raw: RawRequest) -> tuple[Events, RawReply]:
        """What the adapter read."""
        ...


class Inbound:
    """Reads deliveries with their adapters and commits what they brought."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        isolation: Isolation,
        policy_of: PolicyOf,
        signs: Signs,
        calls: CallDesk | None = None,
    ) -> None:
        """`calls` takes those of accounts that can answer one; None where there are none."""
        self._store = store
        self._accounts = accounts
        self._isolation = isolation
        self._policy_of = policy_of
        self._signs = signs
        self._calls = calls

    async def receive(self, raw: RawRequest) -> RawReply:
        """Commit a delivery; then, and only then, what its provider is to be answered.

        Raises Unauthentic for a forged one, UnknownAccount, StoreUnavailable when nothing could
        be committed.
        """
        reply, _ = await self.accept(raw)
        return reply

    async def accept(self, raw: RawRequest) -> tuple[RawReply, Accepted]:
        """As `receive`, and what became of the delivery."""
        account = self._accounts.get(raw.account)
        if account is None:
            raise UnknownAccount(raw.account)
        events, reply = await self._read(account, raw)
        read, events = events, self._pass_signs(account, events)
        only_signs = bool(read) or not raw.body
        if not events and only_signs and raw.cursor is None:
            return reply, Accepted(delivery=None)
        accept = await self._acceptance(account, raw, events)
        accepted = await self._store.submit(accept)
        assert isinstance(accepted, Accepted)
        return await self._answer(account, raw, accept.events) or reply, accepted

    async def again(self, claimed: Claimed) -> ReadAgain:
        """A READ job: what the kept delivery says to its adapter of today."""
        again = ReadAgain(
            job=claimed.job.id, attempt=claimed.attempt.id, delivery=claimed.job.key, accept=None
        )
        kept = await self._store.read(delivery_of, claimed.job.key)
        account = self._accounts.get(claimed.job.account)
        if kept is None or account is None:
            again.why = f"there is no account {claimed.job.account} any more"
            return again
        raw = _as_it_came(kept)
        try:
            events, _ = await self._read(account, raw)
        except Unauthentic as error:
            again.why = f"the account's secrets do not prove it any more: {error}"
            return again
        lasting = tuple(event for event in events if not _passes(event))
        again.accept = await self._acceptance(account, raw, lasting)
        return again

    async def _read(self, account: Account, raw: RawRequest) -> tuple[Events, RawReply]:
        if account.adapter.isolated:
            events, reply = await self._isolation.receive(account, raw)
        else:
            events, reply = account.adapter.receive(raw)
        return tuple(map(storable, events)), reply

    async def _acceptance(self, account: Account, raw: RawRequest, events: Events) -> Accept:
        """What is to be committed. Files are on the disk before."""
        if any(isinstance(event, InboundMessage) and event.attachments for event in events):
            events = await self._keep_files(events)
        return Accept(
            desk=self._store.desk,
            channel=account.channel,
            raw=raw,
            events=events,
            policy=self._policy_of(account),
            way=account.way,
            callers=self._callers(account),
        )

    def _callers(self, account: Account) -> Callers | None:
        if self._calls is None or account.answers is None:
            return None
        return self._calls.callers(account)

    async def _answer(self, account: Account, raw: RawRequest, events: Events) -> RawReply | None:
        """What a caller is to hear; None when nobody waits for it."""
        if self._calls is None or account.answers is None:
            return None
        directives = await self._calls.directives(account, events)
        return account.answers.answer(raw, directives) if directives is not None else None

    def _pass_signs(self, account: Account, events: Events) -> Events:
        """Tell passing signs at once and leave the rest, and those that change something."""
        kept: list[InboundEvent | Unreadable] = []
        for event in events:
            if isinstance(event, PresenceEvent) and event.what in PASSING_SIGNS:
                self._signs(account, event)
            if not _passes(event):
                kept.append(event)
        return tuple(kept)

    async def _keep_files(self, events: Events) -> Events:
        """Put attachments' bytes on disk, fsynced, before the message that names them commits."""
        return await asyncio.to_thread(
            lambda: tuple(
                replace(e, attachments=tuple(map(self._keep, e.attachments)))
                if isinstance(e, InboundMessage)
                else e
                for e in events
            )
        )

    def _keep(self, item: InboundAttachment) -> InboundAttachment:
        if item.content is None:
            return item
        sha256 = self._store.files.put(item.content)
        return replace(item, content=None, sha256=sha256, size_bytes=len(item.content))


def _passes(event: InboundEvent | Unreadable) -> bool:
    """Whether nothing is kept of it."""
    if not isinstance(event, PresenceEvent) or event.what not in PASSING_SIGNS:
        return False
    return event.opens is None and event.elsewhere is None


def _as_it_came(kept: Delivery) -> RawRequest:
    headers = msgspec.json.decode(kept.headers, type=tuple[tuple[str, str], ...])
    return RawRequest(
        account=kept.account,
        method=kept.method,
        path=kept.path,
        headers=headers,
        body=kept.body,
        received_at=kept.received_at,
    )
