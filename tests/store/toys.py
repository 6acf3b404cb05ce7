"""Small commands and rows for the store's tests."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Contact, Conversation, Identity, Status
from gateway.domain.delivery import Cursor, DeadLetter, Delivery, InboundKey
from gateway.domain.events import NodeLost
from gateway.domain.job import Attempt, Job, JobKind, JobState
from gateway.domain.message import (
    Attachment,
    Direction,
    FileState,
    Message,
    MessageKind,
    MessageState,
    Note,
)
from gateway.domain.outcome import Refusal
from gateway.domain.rows import Row
from gateway.verbs.change import Change, Lookup, View, by_index, by_key

DESK = "shop"


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now = now_ms
        self.span = 0

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.span

    def advance(self, ms: int) -> None:
        self.now += ms
        self.span += ms

    def step(self, ms: int) -> None:
        """As an administrator would: spans do not notice."""
        self.now += ms


class Tell(msgspec.Struct, kw_only=True):
    """Append events, and answer with their positions."""

    failpoint: ClassVar[str] = "write"
    count: int = 1
    name: str = "n"

    def reads(self, view: View) -> Iterable[Lookup]:
        return ()

    def decide(self, change: Change) -> list[int]:
        return [
            change.record(NodeLost(node=f"{self.name}{i}"), "system").position
            for i in range(self.count)
        ]


class Do:
    """A command made of two functions."""

    def __init__(
        self,
        decide: Callable[[Change], Any],
        *reads: Lookup,
        ask: Callable[[View], Iterable[Lookup]] | None = None,
    ) -> None:
        self._decide = decide
        self._reads = reads
        self._ask = ask

    def reads(self, view: View) -> Iterable[Lookup]:
        yield from self._reads
        if self._ask is not None:
            yield from self._ask(view)

    def decide(self, change: Change) -> Any:
        return self._decide(change)


class Put(msgspec.Struct, kw_only=True):
    """Write rows without looking."""

    rows: tuple[Any, ...]

    def reads(self, view: View) -> Iterable[Lookup]:
        return ()

    def decide(self, change: Change) -> None:
        for row in self.rows:
            change.put(row)


class Take(msgspec.Struct, kw_only=True):
    """Apply a provider's event once: True when it was new."""

    failpoint: ClassVar[str] = "accept"
    key: str
    account: str = "sms"

    def reads(self, view: View) -> Iterable[Lookup]:
        yield by_key(InboundKey, self.account, self.key)

    def decide(self, change: Change) -> bool:
        if change.get(InboundKey, self.account, self.key) is not None:
            return False
        change.put(inbound_key(self.key, account=self.account))
        change.record(NodeLost(node=self.key), "system")
        return True


class Write(msgspec.Struct, kw_only=True):
    """A customer writes: contact, open conversation and message are made as needed."""

    urn: str
    text: str
    key: str

    def reads(self, view: View) -> Iterable[Lookup]:
        yield by_key(Identity, DESK, self.urn)
        known = view.peek(Identity, DESK, self.urn)
        if known is not None:
            yield by_key(Contact, known.contact)
            yield by_index(Conversation, "open_of", known.contact)

    def decide(self, change: Change) -> str:
        known = change.get(Identity, DESK, self.urn)
        if known is None:
            person = change.put(contact(change.new_id(), name=self.urn))
            change.put(identity(self.urn, person.id))
            live = change.put(conversation(change.new_id(), person.id))
        else:
            (live,) = change.by(Conversation, "open_of", known.contact)
        event = change.record(NodeLost(node=self.key), "system", live)
        change.put(
            message(change.new_id(), live.id, seq=event.seq or 0, text=self.text, key=self.key)
        )
        return live.id


def refuse(change: Change) -> Refusal:
    """Change much, then refuse."""
    change.record(NodeLost(node="refused"), "system")
    change.put(cursor("refused"))
    return Refusal(code="no", detail="no")


def fail(change: Change) -> None:
    """Change much, then fail."""
    change.record(NodeLost(node="failed"), "system")
    change.put(cursor("failed"))
    raise RuntimeError("planted")


async def until(condition: Callable[[], bool], seconds: int = 10) -> None:
    """Wait for something that happens by itself."""
    for _ in range(seconds * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def together(store: Any, *commands: Any) -> list[Any]:
    """Submit at once, so that they meet in as few batches as may be."""
    return await asyncio.gather(*(store.submit(c) for c in commands), return_exceptions=True)


def cursor(name: str, value: str = "1") -> Cursor:
    return Cursor(account="test", name=name, value=value, at=0)


def inbound_key(
    key: str, *, account: str = "sms", delivery: str = "d", message: str | None = None
) -> InboundKey:
    return InboundKey(account=account, key=key, desk=DESK, delivery=delivery, message=message, at=0)


def delivery(id_: str, *, events: int, unreadable: int = 0) -> Delivery:
    return Delivery(
        id=id_, desk=DESK, account="sms", received_at=0, method="POST", path="/in/sms",
        headers="[]", body=b"\0\xff raw", events=events, unreadable=unreadable,
    )  # fmt: skip


def dead_letter(id_: str, *, delivery: str) -> DeadLetter:
    return DeadLetter(
        id=id_, desk=DESK, account="sms", delivery=delivery, detail="?", at=0, state="open"
    )


def attachment(id_: str, message: str, *, sha256: str, size: int) -> Attachment:
    return Attachment(
        id=id_, desk=DESK, conversation="v", message=message, place=0, media_type="image/png",
        filename="x.png", size_bytes=size, sha256=sha256, url=None, provider_media_id=None,
        content_id=None,
        state=FileState.READY,
        reason="",
        thumbnail=None,
    )  # fmt: skip


def finished(attempt: Attempt, outcome: str, *, provider_id: str | None = None) -> Attempt:
    return replace(attempt, outcome=outcome, ended_at=1, provider_id=provider_id)


def contact(id_: str, *, name: str = "Wang") -> Contact:
    return Contact(
        id=id_, desk=DESK, name=name, language="", language_set=False, vip=False, blocked=False,
        merged_into=None, conversation=None, attributes="{}", created_at=0,
    )  # fmt: skip


def identity(urn: str, contact_id: str, *, name: str = "") -> Identity:
    return Identity(
        desk=DESK, urn=urn, contact=contact_id, name=name, verified=True, opted_out=False,
        account="sms", seen_at=0,
    )  # fmt: skip


def conversation(id_: str, contact_id: str, *, is_open: bool = True, seq: int = 0) -> Conversation:
    return Conversation(
        id=id_, desk=DESK, contact=contact_id, open_of=contact_id if is_open else None,
        status=Status.OPEN if is_open else Status.RESOLVED, subject="", language="",
        account="sms", identity="tel:+1", local="tel:+2", seq=seq, opened_at=0, updated_at=0,
        inbound_at=None, resolved_at=None, continued_in=None,
    )  # fmt: skip


def message(
    id_: str,
    conversation_id: str,
    *,
    seq: int = 1,
    text: str = "hello",
    key: str | None = None,
    state: MessageState = MessageState.RECEIVED,
    direction: Direction = Direction.IN,
    provider_id: str | None = None,
    body: str = "{}",
) -> Message:
    return Message(
        id=id_, desk=DESK, conversation=conversation_id, seq=seq, account="sms",
        direction=direction, kind=MessageKind.TEXT, author="contact:c", identity="tel:+1",
        local="tel:+2", text=text, state=state, reason="", detail="", provider_id=provider_id,
        in_reply_to=None, automatic=False, verified=True, at=0, provider_at=None, key=key,
        body=body,
    )  # fmt: skip


def note(id_: str, conversation_id: str, *, seq: int = 1, text: str = "hm") -> Note:
    return Note(
        id=id_,
        desk=DESK,
        conversation=conversation_id,
        seq=seq,
        author="agent:ann",
        text=text,
        at=0,
    )


def job(
    id_: str,
    *,
    lane: str = "lane",
    seq: int = 0,
    due_at: int = 0,
    account: str = "sms",
    kind: JobKind = JobKind.SEND,
    state: JobState = JobState.READY,
    key: str = "",
    attempts: int = 0,
) -> Job:
    return Job(
        id=id_, desk=DESK, kind=kind, lane=lane, seq=seq, due_at=due_at, state=state,
        attempts=attempts, claimed_until=None, claimed_by=None, created_at=0, key=key or id_,
        account=account, detail="", body="",
    )  # fmt: skip


def delete(row: type[Row], *key: Any) -> Do:
    """Remove a row if it is there."""

    def decide(change: Change) -> bool:
        found = change.get(row, *key)
        if found is not None:
            change.delete(found)
        return found is not None

    return Do(decide, by_key(row, *key))


__all__ = ["Attempt", "Direction", "JobKind", "JobState", "MessageState"]
