"""The world around the core: customers, a network that loses and doubles, a provider, agents."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

import msgspec

from gateway.contract import (
    Accepted,
    Capabilities,
    DedupKey,
    Deferred,
    DeliveryReport,
    Doubt,
    Health,
    InboundMessage,
    InDoubt,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
)
from gateway.domain.message import MessageState

MESSAGES = 14  # of customers, a run
CUSTOMERS = 4
AGENTS = ("emma", "lin")
SPAN_S = 60.0


class SimAdapter:
    """A channel of the simulation: JSON lines in, the world's provider out."""

    name: ClassVar[str] = "sim"
    channel: ClassVar[str] = "sim"
    contract_version: ClassVar[int] = 1
    settings_type: ClassVar[type[Any]] = dict
    isolated: ClassVar[bool] = False

    def __init__(self, provider: "Provider", doubt: Doubt) -> None:
        self.provider = provider
        self.capabilities = Capabilities(
            max_text=1_000,
            gather_ms=1_500,
            in_doubt=doubt,
            doubt_wait_ms=20_000,
            reports=frozenset({MessageState.DELIVERED}),
            send_timeout_ms=5_000,
        )

    @classmethod
    def build(cls, account: str, settings: Any) -> "SimAdapter":
        raise AssertionError("the simulation builds it")

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def check(self) -> Health:
        return Health(ok=True)

    def receive(self, raw: RawRequest) -> tuple[tuple[Any, ...], RawReply]:
        item = msgspec.json.decode(raw.body)
        if item["kind"] == "report":
            report = DeliveryReport(
                key=f"report:{item['id']}:{item['state']}",
                state=MessageState(item["state"]),
                provider_message=item["id"],
            )
            return (report,), RawReply()
        message = InboundMessage(
            key=f"message:{item['id']}",
            sender=item["from"],
            recipient="tel:+1",
            text=item["text"],
        )
        return (message,), RawReply()

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        return await self.provider.send(message, key)

    async def find(self, message: OutboundMessage, key: DedupKey, started_at: int) -> Sequence[str]:
        return await self.provider.find(key)


@dataclass
class Provider:
    """Takes messages, or not, or takes them and forgets to say so. Outlives our crashes."""

    random: Random
    idempotent: bool
    taken: Counter[str] = field(default_factory=Counter)
    order: list[tuple[str, str]] = field(default_factory=list)  # recipient, message
    reports: list[bytes] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    calm: bool = False

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        await asyncio.sleep(self.random.uniform(0.01, 0.4))
        calm = self.calm or (self.idempotent and self.taken[key])
        fault = "none" if calm else self.random.choice(FAULTS)
        self.faults[fault] += 1
        if fault == "busy":
            return Deferred(reason=Reason.THROTTLED, detail="busy", retry_after_ms=2_000)
        if fault == "refuse":
            return Rejected(reason=Reason.INVALID_RECIPIENT, detail="no such number")
        if fault == "lost_request":
            return InDoubt(detail="no answer")
        self._take(message, key)
        if fault == "lost_answer":
            return InDoubt(detail="no answer")
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "crash":
            raise RuntimeError("the adapter has a bug")
        return Accepted(provider_id=f"P-{key}")

    def _take(self, message: OutboundMessage, key: DedupKey) -> None:
        if self.idempotent and self.taken[key]:
            return
        self.taken[key] += 1
        self.order.append((message.recipient, message.id))
        for state in ("sent", "delivered"):
            report = {"kind": "report", "id": f"P-{key}", "state": state}
            self.reports.append(msgspec.json.encode(report))

    async def find(self, key: DedupKey) -> Sequence[str]:
        await asyncio.sleep(0.1)
        return [f"P-{key}"] if self.taken[key] else []


FAULTS = ("none",) * 8 + ("busy", "refuse", "lost_request", "lost_answer", "hang", "crash")


@dataclass
class Ledger:
    """What the world knows for certain, to hold the store against."""

    offered: dict[str, str] = field(default_factory=dict)  # id -> customer
    acked: set[str] = field(default_factory=set)
    in_order: dict[str, list[str]] = field(default_factory=dict)  # customer -> ids as first acked
    written: set[str] = field(default_factory=set)  # outbound messages, acknowledged to an agent
    later: set[str] = field(default_factory=set)  # what agents wrote for later, acknowledged


def customers_script(random: Random) -> list[tuple[float, bytes, str]]:
    """When which customer writes what; with doubles and stragglers as networks make them."""
    script: list[tuple[float, bytes, str]] = []
    for number in range(MESSAGES):
        customer = f"tel:+49{random.randrange(CUSTOMERS)}"
        ident = f"m{number}"
        item = {"kind": "message", "id": ident, "from": customer, "text": f"word {number}"}
        at = random.uniform(0, SPAN_S * 0.5)
        body = msgspec.json.encode(item)
        copies = 1 + (random.random() < 0.3) + (random.random() < 0.1)
        script += [(at + random.expovariate(0.2) * copy, body, ident) for copy in range(copies)]
    return sorted(script)
