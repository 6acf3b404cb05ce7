"""What the world knows for certain, and what the store says: the two must agree."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

from gateway.store import Files
from gateway.store.engines import reading
from gateway.store.queries.proof import proofs
from tests.faults.node import DESK, Node

SETTLED = frozenset({"sent", "delivered", "read", "failed", "unknown"})
SETTLED_S = 60.0
LOOK_S = 0.3
_WORD = re.compile(r"\bin-[a-z]+\d+-\d+\b")


@dataclass
class Ledger:
    """Kept by the driver, in a process that nobody kills."""

    offered: dict[str, str] = field(default_factory=dict)  # word -> customer
    acked: dict[str, str] = field(default_factory=dict)  # word -> in which life of the node
    order: dict[str, list[str]] = field(default_factory=dict)  # customer -> words as acknowledged
    replies: dict[str, str] = field(
        default_factory=dict
    )  # word -> message id, acknowledged with 202
    asked: set[str] = field(default_factory=set)  # words of replies that were asked for
    life: str = ""

    def offer(self, customer: str, number: int) -> str:
        """A word for a message that is about to be said."""
        word = f"in-{customer}-{number}"
        self.offered[word] = customer
        return word

    def ack(self, word: str) -> None:
        """It was answered 2xx."""
        if word not in self.acked:
            self.acked[word] = self.life
            self.order.setdefault(self.offered[word], []).append(word)


def inbound_faults(ledger: Ledger, node: Node) -> list[str]:
    """Lost, doubled, phantom, or out of order."""
    faults: list[str] = []
    stored: dict[str, list[tuple[int, str, str]]] = {}
    counted: Counter[str] = Counter()
    for conversation, seq, text in node.rows(
        "SELECT conversation, seq, text FROM message WHERE direction = 'in'"
    ):
        found = _WORD.search(text)
        if found is None:
            faults.append(f"phantom: {text[:80]!r}")
            continue
        word = found.group()
        counted[word] += 1
        customer = ledger.offered.get(word)
        if customer is None:
            faults.append(f"phantom: {word}")
            continue
        stored.setdefault(customer, []).append((seq, word, conversation))
    faults += [f"{word} is stored {n} times" for word, n in counted.items() if n > 1]
    lost = ledger.acked.keys() - counted.keys()
    faults += [f"lost: {word}, acknowledged during {ledger.acked[word]!r}" for word in sorted(lost)]
    for customer, theirs in stored.items():
        faults += _order_faults(customer, theirs, ledger.order.get(customer, []))
    return faults


def _order_faults(customer: str, stored: list[tuple[int, str, str]], acked: list[str]) -> list[str]:
    conversations = {conversation for _, _, conversation in stored}
    if len(conversations) > 1:
        return [f"{customer} has {len(conversations)} conversations"]
    known = set(acked)
    order = [word for _, word, _ in sorted(stored) if word in known]
    return [] if order == acked else [f"{customer}: said {acked}, stored {order}"]


def gone(ledger: Ledger, node: Node) -> list[str]:
    """Agents' replies that were acknowledged and are not there."""
    ids = {ident for (ident,) in node.rows("SELECT id FROM message WHERE direction = 'out'")}
    lost = [word for word, ident in ledger.replies.items() if ident not in ids]
    return [f"acknowledged and gone: {word}" for word in lost]


def outbound_faults(ledger: Ledger, node: Node) -> list[str]:
    """Gone, doubled in the store, stuck, or green without a provider's name for it."""
    faults = gone(ledger, node)
    rows = node.rows(
        "SELECT id, text, state, provider_id, account FROM message WHERE direction = 'out'"
    )
    left = node.rows("SELECT key, state, detail FROM job WHERE kind = 'send'")
    counted = Counter(text for _, text, _, _, _ in rows)
    faults += [f"the reply {text!r} is stored {n} times" for text, n in counted.items() if n > 1]
    faults += [
        f"a reply nobody asked for: {text!r}" for text in counted if text not in ledger.asked
    ]
    for ident, text, state, provider_id, account in rows:
        if state not in SETTLED:
            faults.append(f"{text!r} ({ident}) is still {state}")
        if state in ("sent", "delivered", "read") and provider_id is None and account != "chat":
            faults.append(f"{text!r} is {state} without a provider's name for it")
    return faults + [f"a job is left: {job}" for job in left]


async def settled(ledger: Ledger, node: Node, within_s: float = SETTLED_S) -> list[str]:
    """What is still wrong once everything had time to come in, go out and end."""
    deadline = asyncio.get_running_loop().time() + within_s
    while faults := inbound_faults(ledger, node) + outbound_faults(ledger, node):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(LOOK_S)
    return faults


def proof_faults(node: Node) -> list[str]:
    """What `parley audit` would find, without a process of its own."""
    engine = reading(node.address)
    try:
        with engine.connect() as connection:
            found = list(proofs(connection, DESK, Files(node.data)))
    finally:
        engine.dispose()
    return [f"{proof.promise}: {finding}" for proof in found for finding in proof.findings]
