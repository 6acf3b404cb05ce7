"""A toy channel: deliveries are lists of events as JSON, sends go to a list."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from gateway.contract import (
    Accepted,
    CallEvent,
    Capabilities,
    DedupKey,
    DeliveryReport,
    Health,
    InboundMessage,
    Inlet,
    OutboundMessage,
    Outcome,
    PresenceEvent,
    RawReply,
    RawRequest,
    Unauthentic,
    Unreadable,
)

Read = InboundMessage | DeliveryReport | PresenceEvent | CallEvent | Unreadable
FORGED = (("x-forged", "yes"),)
_decode = msgspec.json.Decoder(tuple[Read, ...]).decode


class Toy:
    """Says what it was told to say: outcomes, exceptions, or a coroutine that makes one."""

    name: ClassVar[str] = "toy"
    contract_version: ClassVar[int] = 1
    settings_type: ClassVar[type[Any]] = dict

    def __init__(self, *, channel: str = "toy", isolated: bool = False, **caps: Any) -> None:
        self.channel = channel
        self.isolated = isolated
        self.capabilities = Capabilities(**({"max_text": 1_000, "gather_ms": 0} | caps))
        self.built_for: tuple[str, Any] | None = None
        self.answers: deque[Any] = deque()  # what the next sends come to; then all are accepted
        self.sent: list[OutboundMessage] = []
        self.running = 0
        self.most_at_once = 0

    @classmethod
    def build(cls, account: str, settings: Any) -> "Toy":
        toy = cls()
        toy.built_for = (account, settings)
        return toy

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def check(self) -> Health:
        return Health(ok=True)

    def receive(self, raw: RawRequest) -> tuple[tuple[Any, ...], RawReply]:
        if raw.header("x-forged") is not None:
            raise Unauthentic("forged")
        events = _decode(raw.body) if raw.body else ()
        return events, RawReply(body=b"read %d" % len(events))

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        assert key == message.id
        self.sent.append(message)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            answer = self.answers.popleft() if self.answers else None
            return await _spoken(answer, Accepted(provider_id=f"P-{key}"))
        finally:
            self.running -= 1


class Finder(Toy):
    """A toy that can be asked whether a message went out."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.finds: deque[Any] = deque()
        self.asked: list[tuple[str, int]] = []

    async def find(self, message: OutboundMessage, key: DedupKey, started_at: int) -> Sequence[str]:
        assert key == message.id
        self.asked.append((message.id, started_at))
        found: str | Sequence[str] | None = await _spoken(self.finds.popleft(), None)
        return (found,) if isinstance(found, str) else found or ()


class Poller(Toy):
    """A toy that fetches by itself, as its script says."""

    def __init__(self, script: Callable[[int, Inlet], Any], **fields: Any) -> None:
        super().__init__(**fields)
        self.script = script
        self.polls: list[dict[str, str]] = []

    async def poll(self, cursors: Mapping[str, str], inlet: Inlet) -> None:
        self.polls.append(dict(cursors))
        await self.script(len(self.polls), inlet)


class Arranger(Toy):
    """A toy with something to arrange at its provider; each turn comes to what its script says."""

    def __init__(self, script: Callable[[int], Any], **fields: Any) -> None:
        super().__init__(**fields)
        self.script = script
        self.turns = 0

    async def arrange(self) -> Health:
        self.turns += 1
        return await _spoken(self.script(self.turns), Health(ok=True))


async def _spoken(answer: Any, usual: Any) -> Any:
    if isinstance(answer, BaseException):
        raise answer
    if isinstance(answer, int | float):  # seconds; more than the timeout: no answer
        await asyncio.sleep(answer)
        return usual
    if callable(answer):
        return await answer()
    return usual if answer is None else answer


def delivery(*events: Read, account: str = "toy", **fields: Any) -> RawRequest:
    """A raw delivery of these events."""
    body = msgspec.json.encode(events) if events else b""
    return RawRequest(account=account, method="POST", path=f"/in/{account}", body=body, **fields)


def said(text: str, key: str, sender: str = "tel:+491", **fields: Any) -> InboundMessage:
    """A customer's message."""
    return InboundMessage(
        key=f"message:{key}", sender=sender, recipient="tel:+1", text=text, **fields
    )
