"""One run: lives of the core, each ended by a crash, until the world has calmed down."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from pydantic import SecretStr
from sqlalchemy import TextClause, text

from config import DEFAULT
from config.rulebook import Rulebook
from gateway.contract import Doubt, RawRequest
from gateway.domain.access import Role
from gateway.domain.events import AgentAsked
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.domain.scheduled import Scheduled
from gateway.pipeline.accounts import Account
from gateway.pipeline.answering import Answering
from gateway.pipeline.assistant import Assistant
from gateway.pipeline.automatic import Automatic
from gateway.pipeline.callbacks import Callbacks
from gateway.pipeline.dispatch import Dispatch
from gateway.pipeline.inbound import Inbound
from gateway.pipeline.inforce import InForce
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.links import Links
from gateway.pipeline.media import Media
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.ownwords import OwnWords
from gateway.pipeline.scheduled import Departures, packed
from gateway.pipeline.sessions import Sessions
from gateway.pipeline.surveys import SurveyLinks
from gateway.pipeline.telephone import Telephone
from gateway.pipeline.writing import Reply
from gateway.store import Store
from gateway.store.queries import deciding
from gateway.store.queries.http_timeline import messages_from
from gateway.stream import Outlets
from gateway.verbs.access import AddUser
from gateway.verbs.incoming import Policy
from gateway.verbs.merge import MergeContacts, MergeConversations, UnmergeContact
from gateway.verbs.scheduling import SOONEST_MS, Schedule, Unschedule, Wish
from gateway.verbs.split import MOST_MOVED, SplitConversation
from gateway.verbs.work import ApplyRulebook, LoseNode
from gateway.worker import Worker, errands_of
from templates import Catalog
from tests.blank import put_blank
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.world import (
    AGENTS,
    SPAN_S,
    Ledger,
    Provider,
    SimAdapter,
    customers_script,
)

QUIET_S = 20
OFFERS = text("SELECT id FROM offer WHERE agent = :agent AND state = 'live'")
MINE = text("SELECT conversation FROM work WHERE agent = :agent AND state = 'assigned'")
UNFINISHED = text(
    "SELECT 'job', id FROM job UNION ALL"
    " SELECT 'turn', id FROM turn WHERE open_of IS NOT NULL UNION ALL"
    " SELECT 'work', id FROM work WHERE state IN ('waiting', 'offered')"
)
PEOPLE = text("SELECT id FROM contact ORDER BY id")
TALKS = text("SELECT id FROM conversation ORDER BY id")
SAID = text(
    "SELECT m.id, c.id, c.seq FROM message m JOIN conversation c ON c.id = m.conversation"
    " ORDER BY m.id"
)
EPOCH_MS = 1_790_000_000_000
CATALOG = Catalog.load()
LINKS = Links(SecretStr("k" * 32), 3_600_000)
MAX_FILE_BYTES = 1_000_000
ARTICLES = DEFAULT / "knowledge"  # nothing of them is automatic where no rulebook says so

STAGES: dict[str, dict[str, Any]] = {  # at a pace at which all are said within a run
    "still_waiting": {"after": "4s", "times": 2},
    "agent_silent": {"after": "3s"},
    "transferred": {},
    "customer_silent": {"after": "6s", "times": 2},
    "closed_silent": {"after": "9s"},
    "resolved": {"after": "2s"},
}
RULEBOOK = Rulebook.model_validate(
    {
        "skills": {"zh": {"kind": "language"}, "en": {"kind": "language"}},
        "queues": {"main": {"offer_timeout": "20s"}},
        "agents": {a: {"queues": ["main"], "skills": {"en": 3, "zh": 3}} for a in AGENTS},
        "sla": {"targets": [{"first_response": "1m", "next_response": "1m"}]},
        "templates": {"automatic": {"acknowledged": {"after": "2s"}, **STAGES}, "quiet": "1s"},
    }
)


class Run:
    """A seed's world and the core in it."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.random = Random(seed)
        self.later = Random(f"later {seed}")
        self.path = directory / f"sim-{seed}.db"
        put_blank(self.path)
        self.directory = directory
        self.clock = VirtualClock(EPOCH_MS)
        doubt = self.random.choice(list(Doubt))
        self.provider = Provider(self.random, idempotent=doubt is Doubt.RETRY)
        self.adapter = SimAdapter(self.provider, doubt)
        self.ledger = Ledger()
        self.script = customers_script(self.random)
        self.crashes = sorted(self.random.uniform(1, SPAN_S * 0.8) for _ in range(2))
        self.now_s = 0.0

    def go(self) -> None:
        """Live, crash, live again; the last life is long and calm enough to finish everything."""
        for crash_s in self.crashes:
            self._life(until_s=crash_s)
        self._life(until_s=SPAN_S)
        self.provider.calm = True
        self._life(until_s=SPAN_S * 40, quiet=True)

    def _life(self, until_s: float, *, quiet: bool = False) -> None:
        loop = VirtualLoop(self.random, self.now_s)
        self.clock.loop = loop
        asyncio.set_event_loop(loop)
        core = loop.run_until_complete(self._born())
        try:
            loop.run_until_complete(self._live(until_s, quiet=quiet))
        finally:
            self.now_s = loop.time()
            self._die(loop, core)

    def _die(self, loop: VirtualLoop, store: Store) -> None:
        """As by kill -9: nothing that waits gets to run again.

        What was under way is closed here: were it left to the collector of garbage, that would run
        what stands under `finally` in the midst of another life, which now and then ended Python.
        """
        asyncio.set_event_loop(None)
        abandoned = asyncio.all_tasks(loop)
        store._writer._session.close()  # type: ignore[union-attr]
        assert store._lock_file is not None
        store._lock_file.release()
        loop._ready.clear()  # type: ignore[attr-defined]
        loop._scheduled.clear()  # type: ignore[attr-defined]
        loop.close()
        for task in abandoned:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(RuntimeError):  # the loop is closed
                task.get_coro().close()  # type: ignore[union-attr]

    async def _born(self) -> Store:
        store = await Store.open(
            f"sqlite:///{self.path}",
            data=self.directory,
            desk="desk",
            node="local",
            clock=self.clock,
            random=self.random,
            inline=True,
        )
        accounts = {"sim": Account("sim", self.adapter, None)}  # type: ignore[arg-type]
        row = await store.read(deciding.rulebook, "desk")
        if row is None:
            await store.submit(ApplyRulebook(content=RULEBOOK.to_json(), by="system"))
            for login in AGENTS:
                who = {"desk": "desk", "login": login, "name": login, "locale": "en", "by": "t"}
                await store.submit(AddUser(role=Role.AGENT, **who))
        self.dispatch = Dispatch(store, accounts, InForce(1, RULEBOOK, ("sim",)))
        policy = Policy(first_answer="acknowledged", first_answer_after_ms=2_000)
        self.inbound = Inbound(store, accounts, None, lambda _a: policy, lambda _a, _e: None)  # type: ignore[arg-type]
        self.outbound = Outbound(store, accounts, self.random, LINKS)
        words = OwnWords(store, self.outbound, lambda: CATALOG, lambda: self.dispatch.inforce)
        links = SurveyLinks(SecretStr(""))
        knowledge = Knowledge(ARTICLES, self.clock)
        assistant = Assistant(store, knowledge, None)
        answering = Answering(store, words, knowledge, self.dispatch.model, assistant)
        automatic = Automatic(
            *(store, accounts, words, links, answering), lambda: self.dispatch.inforce
        )
        media = Media(store, accounts, self.random, max_bytes=MAX_FILE_BYTES)
        telephone, outlets = Telephone(store, accounts, lambda: self.dispatch.inforce), Outlets()
        callbacks = Callbacks(store, accounts, words, lambda: self.dispatch.inforce)
        self.worker = Worker(
            *(store, accounts, self.inbound, self.dispatch, self.random),
            errands_of(
                *(self.inbound, self.outbound, automatic, media, telephone, callbacks, outlets),
                Sessions(store, accounts),
                departures=Departures(
                    store, self.outbound, accounts, lambda: self.dispatch.inforce
                ),
            ),
            media=media,
            outlets=outlets,
        )
        self.store = store
        await store.submit(LoseNode(node="local"))
        self.worker.start()
        return store

    async def _live(self, until_s: float, *, quiet: bool) -> None:
        loop = asyncio.get_running_loop()
        actors = [
            asyncio.create_task(self._network()),
            asyncio.create_task(self._reports()),
            *(asyncio.create_task(self._agent(login)) for login in AGENTS),
        ]
        while loop.time() < until_s and not (quiet and await self._all_quiet()):  # noqa: ASYNC110
            await asyncio.sleep(min(QUIET_S, until_s - loop.time()))
        for actor in actors:
            if actor.done() and actor.exception() is not None:
                raise actor.exception()  # type: ignore[misc]

    async def _all_quiet(self) -> bool:
        """Nothing left to arrive, to send or to hand out."""
        return not self.script and not await self._rows(UNFINISHED)

    async def _rows(self, query: TextClause, **values: str) -> list[Any]:
        return await self.store.read(lambda c: list(c.execute(query, values)))

    async def _deliver(self, body: bytes) -> bool:
        raw = RawRequest(account="sim", method="POST", path="/in/sim", body=body)
        await self.inbound.receive(raw)
        return True

    async def _network(self) -> None:
        """Customers' messages arrive; the provider keeps what was not acknowledged."""
        loop = asyncio.get_running_loop()
        while self.script:
            at, body, ident = self.script[0]
            await asyncio.sleep(max(0.0, at - loop.time()))
            self.ledger.offered[ident] = msgspec.json.decode(body)["from"]
            if self.random.random() < 0.1:  # lost on the way: the provider comes again
                self.script.append((loop.time() + 5, body, ident))
                self.script.sort()
                self.script.remove((at, body, ident))
                continue
            await self._deliver(body)
            self.script.remove((at, body, ident))
            if self.random.random() < 0.1:  # our answer is lost: it comes again
                self.script.append((loop.time() + 7, body, ident))
                self.script.sort()
            if ident not in self.ledger.acked:
                self.ledger.acked.add(ident)
                customer = self.ledger.offered[ident]
                self.ledger.in_order.setdefault(customer, []).append(ident)

    async def _reports(self) -> None:
        """Delivery reports arrive in any order, some twice."""
        while True:
            await asyncio.sleep(self.random.uniform(0.1, 3))
            if self.provider.reports:
                place = self.random.randrange(len(self.provider.reports))
                body = self.provider.reports[place]
                await self._deliver(body)
                if self.random.random() > 0.2:
                    self.provider.reports.remove(body)

    async def _agent(self, login: str) -> None:
        """An agent takes offers or not, answers, resolves, comes and goes."""
        actor = f"agent:{login}"
        await self._ask(login, "presence", presence="available")
        while True:
            await asyncio.sleep(self.random.uniform(1, 8))
            for (offer,) in await self._rows(OFFERS, agent=login):
                verb = "accept" if self.random.random() < 0.8 else "decline"
                await self._ask(login, verb, offer=offer)
            for (conversation,) in await self._rows(MINE, agent=login):
                then = self.random.choice(("", "", "wait", "resolve"))
                written = await self.outbound.write(
                    Reply(conversation=conversation, text="an answer", author=actor, then=then)
                )
                if isinstance(written, Message):
                    self.ledger.written.add(written.id)
                if self.later.random() < 0.3 and not self.provider.calm:
                    await self._later(conversation, actor)
            if self.random.random() < 0.1 and not self.provider.calm:
                await self._rearrange(actor)
            chance = self.random.random()
            if chance < 0.05:
                await self._ask(login, self.random.choice(("lost", "back")))
            elif chance < 0.2 or self.provider.calm:
                await self._ask(login, "presence", presence="available")
            elif chance < 0.25:
                await self._ask(login, "presence", presence="busy")

    async def _later(self, conversation: str, author: str) -> None:
        """Somebody writes for later, now and then to think better of it."""
        text = f"for later {len(self.ledger.later)}"
        reply = Reply(conversation=conversation, text=text, author=author)
        write = await self.outbound.prepare(reply)
        if isinstance(write, Refusal):
            return
        wish = Wish(
            author=author,
            text=text,
            reply=packed(reply),
            send_at=self.clock.now_ms() + SOONEST_MS + self.later.randrange(15_000),
            unless_answered=self.later.random() < 0.6,
            write=write,
        )
        row = await self.store.submit(
            Schedule(desk="desk", conversation=conversation, identity="", wish=wish, by=author)
        )
        if not isinstance(row, Scheduled):
            return
        self.ledger.later.add(row.id)
        if self.later.random() < 0.1:
            await self.store.submit(Unschedule(desk="desk", scheduled=row.id, by=author))

    async def _rearrange(self, by: str) -> None:
        """Somebody says that two are one, or are not: contacts, or conversations."""
        pick, choose = self.random.randrange(4), self.random.choice
        people, talks, said = [await self._rows(each) for each in (PEOPLE, TALKS, SAID)]
        if not said:
            return
        (one,), (into,), (here,), (there,) = (
            choose(people),
            choose(people),
            choose(talks),
            choose(talks),
        )
        if pick == 0:
            await self.store.submit(MergeContacts(desk="desk", contact=one, into=into, by=by))
        elif pick == 1:
            await self.store.submit(UnmergeContact(desk="desk", contact=one, by=by))
        elif pick == 2:
            verb = MergeConversations(desk="desk", conversation=here, into=there, by=by)
            await self.store.submit(verb)
        else:
            await self._split(*choose(said), by)

    async def _split(self, first: str, where: str, seq: int, by: str) -> None:
        messages, whole = await self.store.read(messages_from, where, first, MOST_MOVED + 1)
        split = SplitConversation(
            desk="desk",
            conversation=where,
            first=first,
            messages=messages,
            whole=whole,
            seq=seq,
            channel="sim",
            by=by,
        )
        await self.store.submit(split)

    async def _ask(self, login: str, verb: str, **fields: Any) -> None:
        await self.dispatch.ask(AgentAsked(agent=login, verb=verb, **fields), f"agent:{login}")
