"""From a raw delivery to a committed one. Whoever waits here may answer 200 when it returns."""

import asyncio
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from gateway.contract import (
    CallEvent,
    DeliveryReport,
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

# What rows are found by, what is counted, and what people read. A name with a NUL is none that
# providers give, and PostgreSQL cannot look for it; nor do names of any length fit into an index of
# its. No database counts past 64 bits. In words a NUL becomes the replacement sign here, for
# PostgreSQL would hold no other and SQLite would.
LONGEST_NAME = 1_000  # bytes; two names share an index, whose rows have at most 2,704
SURELY_SHORT = LONGEST_NAME // 4  # characters, however many bytes each has
NUMBERS = ("sent_at", "at", "recording_s")
MOST = 2**63 - 1
NAMES = (
    *("key", "sender", "recipient", "provider_id", "in_reply_to", "conversation"),
    *("provider_message", "message", "call", "leg"),
)
_KINDS: tuple[type[msgspec.Struct], ...] = (
    InboundMessage,
    DeliveryReport,
    CallEvent,
    PresenceEvent,
    Unreadable,
)
WORDS = (
    *("text", "sender_name", "payload", "choice", "detail", "code"),
    *("digits", "speech", "transcript"),
)
_NAMES_OF = {kind: tuple(n for n in NAMES if n in kind.__struct_fields__) for kind in _KINDS}
_STRINGS = {
    kind: attrgetter(*_NAMES_OF[kind], *(n for n in WORDS if n in kind.__struct_fields__))
    for kind in _KINDS
}
_NUMBERS_OF = {kind: tuple(n for n in NUMBERS if n in kind.__struct_fields__) for kind in _KINDS}


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
        return tuple(map(_storable, events)), reply

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


def _storable(event: InboundEvent | Unreadable) -> InboundEvent | Unreadable:
    """The event, alike for every database; what none can find again waits for a person instead."""
    kind = type(event)
    held = "".join(filter(None, _STRINGS[kind](event)))
    if len(held) > SURELY_SHORT:
        name = next((n for n in _NAMES_OF[kind] if _is_long(getattr(event, n))), "")
        if name:
            return Unreadable(detail=f"its {name} is longer than {LONGEST_NAME} bytes")
    if isinstance(event, InboundMessage) and (event.mail is not None or event.attachments):
        held += _enclosed(event)
    if "\0" in held:
        name = next((n for n in _NAMES_OF[kind] if "\0" in (getattr(event, n) or "")), "")
        if name:
            return Unreadable(detail=f"its {name} holds a NUL character")
        event = _without_nul(event)
    for name in _NUMBERS_OF[kind]:
        if abs(getattr(event, name) or 0) > MOST:
            return Unreadable(detail=f"its {name} is no number that can be kept")
    files = event.attachments if isinstance(event, InboundMessage) else ()
    if any((file.size_bytes or 0) > MOST for file in files):
        return Unreadable(detail="a file's size is no number that can be kept")
    return event


def _is_long(name: str | None) -> bool:
    return name is not None and len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME


def _enclosed(event: InboundMessage) -> str:
    """What else people read of a message: the names of its files, and what only mails have."""
    mail = event.mail
    names = "".join(file.filename for file in event.attachments)
    if mail is None:
        return names
    return "".join((names, mail.subject, mail.text_full, mail.html, *mail.cc, *mail.references))


def _without_nul(value: Any) -> Any:
    """The value with the replacement sign in the place of each NUL, however deep it stands."""
    if type(value) is str:  # and no enumeration
        return value.replace("\0", "\ufffd")
    if isinstance(value, tuple):
        return tuple(map(_without_nul, value))
    if isinstance(value, msgspec.Struct):
        fields = value.__struct_fields__
        return replace(value, **{name: _without_nul(getattr(value, name)) for name in fields})
    return value
