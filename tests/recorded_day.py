"""A day at a shop's desk, lived by the real core in virtual time, and two configurations of it.

`.venv/bin/python -m tests.recorded_day DIR` leaves the day's store in DIR/data and the
configurations in DIR/asis, which was in force, and DIR/better, which lets the two teams help each
other.
"""

import asyncio
import logging
import sys
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random

import structlog
from pydantic import SecretStr

from adapters.webchat import WebchatAdapter
from config import load
from gateway.contract import InboundMessage, RawRequest
from gateway.domain import events as e
from gateway.domain.clock import parse_rfc3339
from gateway.pipeline.accounts import Account
from gateway.pipeline.dispatch import Dispatch
from gateway.pipeline.inforce import InForce
from gateway.pipeline.links import Links
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.writing import Reply
from gateway.store import Store
from gateway.verbs.accept import Accept
from gateway.verbs.incoming import Policy
from gateway.verbs.work import ApplyRulebook, Ask
from tests.blank import put_blank
from tests.unit.verbs.paper import way

FROM, TO = "2026-03-02T09:00:00+08:00", "2026-03-02T17:00:00+08:00"
SINCE, UNTIL = parse_rfc3339(FROM), parse_rfc3339(TO)
HOUR_MS = 3_600_000
TEAMS = {"sales": ("lin", "mei"), "care": ("emma", "tom")}
WORDS = {"sales": "要买台灯，有现货吗？", "care": "灯坏了，怎么退换？"}
HANDLING_MS = 330_000  # on average
TAKES_MS, ANSWERS_MS = 4_000, 25_000
# Customers an hour: those who buy come in the morning, those who complain in the afternoon.
BUSY = {"sales": (18, 6), "care": (6, 18)}

DESK = """\
host: {public_url: "https://desk.example"}
security: {master_key: 0123456789abcdef0123456789abcdef}
store: {data: ../data}
channels: {chat: {adapter: webchat}}
desk:
  {id: shop, name: Shop, default_queue: care, timezone: Asia/Shanghai, channels: {webchat: {weight: 100}}}
rules: [{when: {text_has: [买]}, queue: sales}]
agents:
  lin: {queues: [sales]}
  mei: {queues: [sales]}
  emma: {queues: [care]}
  tom: {queues: [care]}
sla: {targets: [{first_response: 2m}]}
"""
ASIS = "queues: {sales: {}, care: {}}\n"
BETTER = """\
queues:
  sales: {overflow: [{when: wait_ms >= 20s, do: add_pool, pool: [care]}]}
  care: {overflow: [{when: wait_ms >= 20s, do: add_pool, pool: [sales]}]}
"""


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: int) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.now


class Day:
    """Customers come by chance, agents take what they are offered, answer and resolve."""

    def __init__(self, store: Store, clock: Clock, rulebook: Path, until: int) -> None:
        self.random = Random(20260302)
        self.store, self.clock, self.until = store, clock, until
        accounts = {"chat": Account("chat", WebchatAdapter.build("chat", None), None)}
        self.book = load(rulebook, {"webchat": WebchatAdapter.settings_type}, {}).rulebook
        self.dispatch = Dispatch(store, accounts, InForce(1, self.book, ("webchat",)))
        links = Links(SecretStr("k" * 32), HOUR_MS)
        self.outbound = Outbound(store, accounts, self.random, links)
        self.agenda: list[tuple[int, int, str, tuple[str, ...]]] = []
        self.numbers = count()
        store.on_commit.append(self.hear)

    def plan(self, at: int, what: str, *about: str) -> None:
        heappush(self.agenda, (at, next(self.numbers), what, about))

    async def live(self) -> None:
        """From the first log-in to the end."""
        await self.store.submit(ApplyRulebook(content=self.book.to_json(), by="system"))
        for team in TEAMS.values():
            for login in team:
                self.plan(SINCE, "ask", login, "presence", "", "available")
        for team, busy in BUSY.items():
            at = SINCE
            while at < self.until:
                rate = busy[at >= (SINCE + UNTIL) // 2]
                at += round(self.random.expovariate(rate / HOUR_MS))
                self.plan(at, "come", f"{team}{next(self.numbers)}", WORDS[team])
        while self.agenda and self.agenda[0][0] < self.until:
            at, _, what, about = heappop(self.agenda)
            self.clock.now = max(at, self.clock.now)
            await getattr(self, what)(*about)
            await self.decide()

    async def decide(self) -> None:
        await self.dispatch.step()
        while self.dispatch.wake.is_set():
            await self.dispatch.step()

    async def come(self, visitor: str, text: str) -> None:
        message = InboundMessage(
            key=f"message:{visitor}", sender=f"webchat:chat:{visitor}", recipient="", text=text
        )
        raw = RawRequest(account="chat", method="CHAT", path="/", body=b"{}", received_at=1)
        accept = Accept(
            desk=self.store.desk,
            channel="webchat",
            raw=raw,
            events=(message,),
            policy=Policy(),
            way=way("chat"),
        )
        await self.store.submit(accept)

    async def ask(self, agent: str, verb: str, offer: str, presence: str) -> None:
        body = e.AgentAsked(agent=agent, verb=verb, offer=offer, presence=presence)
        await self.store.submit(Ask(body=body, actor=f"agent:{agent}"))

    async def say(self, agent: str, conversation: str, then: str) -> None:
        reply = Reply(conversation=conversation, text="好的。", author=f"agent:{agent}", then=then)
        await self.outbound.write(reply)

    def hear(self, events: list[e.Event]) -> None:
        """Agents do what is theirs to do."""
        for event in events:
            body = e.decode_body(event)
            if isinstance(body, e.OfferChanged) and body.what == "created":
                self.plan(event.at + TAKES_MS, "ask", body.agent, "accept", body.offer, "")
            elif isinstance(body, e.AssignmentChanged) and body.what == "started":
                handling_ms = round(self.random.expovariate(1 / HANDLING_MS)) + ANSWERS_MS
                conversation = event.conversation or ""
                self.plan(event.at + ANSWERS_MS, "say", body.agent, conversation, "")
                self.plan(event.at + handling_ms, "say", body.agent, conversation, "resolve")


def configure(folder: Path) -> Path:
    """The two configurations; the store is to be in `folder`/data."""
    for name, queues in (("asis", ASIS), ("better", BETTER)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        text = DESK.replace("../data", str(folder / "data"))
        (folder / name / "desk.yaml").write_text(text + queues)
    return folder


async def record(folder: Path, until: int = UNTIL) -> str:
    """Live the day; the address of its store."""
    configure(folder)
    database = f"sqlite:///{folder / 'data' / 'parley.sqlite3'}"
    put_blank(folder / "data" / "parley.sqlite3")
    clock = Clock(SINCE)
    store = await Store.open(
        database,
        data=folder / "data",
        desk="shop",
        node="local",
        clock=clock,
        random=Random(1),
        inline=True,
    )
    try:
        await Day(store, clock, folder / "asis", until).live()
    finally:
        await store.close()
    return database


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    where = Path(sys.argv[1])
    asyncio.run(record(where.resolve()))
    print(f"parley replay --config {where}/better --from {FROM} --to {TO}")
