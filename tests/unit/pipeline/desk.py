"""A desk to test with: a store on SQLite, toy channels, and a clock that the test moves."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import text

from config import DEFAULT
from config.rulebook import Rulebook
from gateway.contract import Outcome
from gateway.domain.clock import Clock
from gateway.domain.events import AgentAsked, AnyBody, Event, decode_body
from gateway.domain.job import JobKind
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account
from gateway.pipeline.answering import Answering
from gateway.pipeline.assistant import Assistant
from gateway.pipeline.automatic import Automatic
from gateway.pipeline.dispatch import Dispatch
from gateway.pipeline.inbound import Inbound
from gateway.pipeline.inforce import InForce
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.links import Links
from gateway.pipeline.media import Media
from gateway.pipeline.model import Model
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.ownwords import OwnWords
from gateway.pipeline.scheduled import Departures
from gateway.pipeline.surveys import SurveyLinks
from gateway.pipeline.writing import Reply
from gateway.store import Claimed, Store
from gateway.store.queries.events import events_after
from gateway.verbs.accept import Accepted
from gateway.verbs.work import ApplyRulebook, Ask
from routing.classify import own_model
from templates import Catalog
from tests.blank import put_blank
from tests.unit.pipeline.toy import Read, Toy, delivery, said

START_MS = 1_790_000_000_000
CATALOG = Catalog.load()
ARTICLES = DEFAULT / "knowledge"  # the demo desk's
MANY = 50
MAX_FILE_BYTES = 1_000_000
LINKS = Links(SecretStr("k" * 32), 3_600_000)
SURVEYS = SurveyLinks(SecretStr("s" * 32))

AGENTS = {"emma": {"queues": ["main"]}, "lin": {"queues": ["main"]}}
BOOK: dict[str, Any] = {
    "agents": AGENTS,
    "queues": {"main": {"offer_timeout": "20s"}, "other": {}},
    "desk": {"default_queue": "main"},
    "sla": {"targets": [{"first_response": "1m", "next_response": "2m"}]},
}


class Hands:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = START_MS
        self.skew_ms = 0  # by which the wall was set forward or back

    def now_ms(self) -> int:
        return self.now + self.skew_ms

    def monotonic_ms(self) -> int:
        return self.now - START_MS


class AnotherNode:
    """The same store under another node's name."""

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self.node = node

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@contextmanager
def hushed() -> Iterator[None]:
    """Faults that are meant need no words; tracebacks cost more than the tests."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


class Desk:
    """The pipeline's rooms, joined as the composition root joins them."""

    def __init__(
        self,
        store: Store,
        clock: Any,
        rulebook: Rulebook,
        channels: Mapping[str, Toy],
        model: Model | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.random = Random(5)
        self.toys = dict(channels)
        self.accounts = {name: Account(name, toy, None) for name, toy in channels.items()}
        self.first = rulebook
        self.signs: list[tuple[str, str]] = []
        self.dispatch = self.new_dispatch()
        self.outbound = Outbound(store, self.accounts, self.random, LINKS)
        self.media = Media(store, self.accounts, self.random, max_bytes=MAX_FILE_BYTES)
        self.inbound = Inbound(
            store,
            self.accounts,
            self,
            lambda account: self.dispatch.inforce.policy(account.channel),
            lambda account, event: self.signs.append((account.id, event.what)),
        )
        self.own_words = OwnWords(
            store, self.outbound, lambda: CATALOG, lambda: self.dispatch.inforce
        )
        knowledge = Knowledge(ARTICLES, clock)
        assistant = Assistant(store, knowledge, model)
        self.answering = Answering(store, self.own_words, knowledge, own_model(), assistant)
        self.automatic = Automatic(
            *(store, self.accounts, self.own_words, SURVEYS, self.answering),
            lambda: self.dispatch.inforce,
        )
        self.departures = Departures(
            store, self.outbound, self.accounts, lambda: self.dispatch.inforce
        )
        self.isolated: list[str] = []

    def new_dispatch(self, store: Any = None) -> Dispatch:
        """Somebody who may decide; by default on this node."""
        channels = tuple({account.channel for account in self.accounts.values()})
        return Dispatch(store or self.store, self.accounts, InForce(1, self.first, channels))

    async def receive(self, account: Account, raw: Any) -> Any:
        """As the worker process of isolated adapters does."""
        self.isolated.append(account.id)
        return account.adapter.receive(raw)

    # --- what people do ---

    async def hear(self, *events: Read, account: str = "toy", **raw: Any) -> Accepted:
        """A delivery comes in."""
        _, accepted = await self.inbound.accept(delivery(*events, account=account, **raw))
        return accepted

    async def ask_in(self, words: str = "Hello", key: str = "1", **fields: Any) -> str:
        """A customer writes; the conversation it is in."""
        accepted = await self.hear(said(words, key, **fields))
        return accepted.messages[0].conversation

    async def reply(self, conversation: str, words: str = "Hi", **fields: Any) -> Message:
        """Somebody answers."""
        answer = await self.outbound.write(self.words(conversation, words, **fields))
        assert isinstance(answer, Message), answer
        return answer

    async def refused(self, conversation: str, words: str = "Hi", **fields: Any) -> Refusal:
        """Somebody may not answer."""
        answer = await self.outbound.write(self.words(conversation, words, **fields))
        assert isinstance(answer, Refusal), answer
        return answer

    def words(self, conversation: str, words: str, **fields: Any) -> Reply:
        """A reply by emma unless said otherwise."""
        return Reply(
            **({"conversation": conversation, "text": words, "author": "agent:emma"} | fields)
        )

    async def claim(self, kind: JobKind = JobKind.SEND) -> Claimed | None:
        """The next due job."""
        found = await self.store.claim((kind,), limit=1, hold_ms=120_000)
        return found[0] if found else None

    async def send(self, answer: Outcome | BaseException | float | None = None) -> Any:
        """Carry out the next due send; what was to be written of it, already written."""
        claimed = await self.claim()
        assert claimed is not None, "nothing is due"
        if answer is not None:
            self.toys[claimed.job.account].answers.append(answer)
        settle = await self.outbound.deliver(claimed)
        await self.store.submit(settle)
        return settle

    async def asks(self, agent: str, verb: str, *, on: str | None = None, **fields: Any) -> Any:
        """An agent wishes; the bodies of the decisions that this caused."""
        body = AgentAsked(agent=agent, verb=verb, **fields)
        fact = await self.store.submit(Ask(body=body, actor=f"agent:{agent}", conversation=on))
        await self.decide()
        return [decode_body(event) for event in await self.log() if event.cause == fact.position]

    # --- deciding ---

    async def decide(self, dispatch: Dispatch | None = None) -> int | None:
        """Let the owner decide until there is nothing to decide; when it wants to come back."""
        dispatch = dispatch or self.dispatch
        for _ in range(MANY):
            due = await dispatch.step()
            if not dispatch.wake.is_set() and (due is None or due > self.clock.now_ms()):
                return due
        raise AssertionError("it never comes to rest")

    async def wait(self, ms: int) -> None:
        """Time passes, then the owner looks."""
        self.clock.now += ms
        await self.decide()

    # --- what there is ---

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return await self.store.read(
            lambda c: [tuple(row) for row in c.execute(text(query), values)]
        )

    async def one(self, query: str, **values: Any) -> Any:
        """The only row; of one column, its value."""
        (row,) = await self.rows(query, **values)
        return row[0] if len(row) == 1 else row

    async def log(self, kind: str = "") -> list[Event]:
        """The log, or what it tells of one kind."""
        events = await self.store.read(events_after, self.store.desk, 0, 10_000)
        return [event for event in events if kind in ("", event.kind)]

    async def told(self, kind: str) -> list[Any]:
        """The bodies of the events of one kind."""
        return [decode_body(event) for event in await self.log(kind)]

    async def whats(self, kind: str) -> list[str]:
        """What decisions of one kind say happened."""
        return [body.what for body in await self.told(kind)]

    async def last(self, kind: str) -> AnyBody:
        """The newest event's body of one kind."""
        found: AnyBody = (await self.told(kind))[-1]
        return found


@asynccontextmanager
async def opened(
    directory: Path,
    *,
    clock: Clock | None = None,
    book: dict[str, Any] | None = None,
    node: str = "n1",
    model: Model | None = None,
    **channels: Toy,
) -> AsyncIterator[Desk]:
    """A desk on a store of its own; on the one that stands there already, the same desk again."""
    path = directory / "desk.db"
    fresh = not path.exists()
    put_blank(path)
    hands = clock or Hands()
    store = await Store.open(
        f"sqlite:///{path}",
        data=directory / "data",
        desk="desk",
        node=node,
        clock=hands,
        random=Random(3),
        inline=True,
    )
    rulebook = Rulebook.model_validate(BOOK if book is None else book)
    if fresh:
        await store.submit(ApplyRulebook(content=rulebook.to_json(), by="system"))
    try:
        yield Desk(store, hands, rulebook, channels or {"toy": Toy()}, model)
    finally:
        await store.close()
