"""The desk's owner: holds the lease, follows the facts, decides, commits, rebuilds when it must."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from config.rulebook import Rulebook
from gateway.domain.clock import SECOND_MS
from gateway.domain.events import AgentAsked, Event
from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account
from gateway.pipeline.clocks import unsaid
from gateway.pipeline.course import Course
from gateway.pipeline.decider import Decider
from gateway.pipeline.inforce import Case, InForce, case_of
from gateway.pipeline.sessions import ended, handed, keepers
from gateway.store import Store, StoreUnavailable
from gateway.store.queries import deciding, missing
from gateway.verbs.session import Handed
from gateway.verbs.work import Ask, Decide, DropLease, TakeLease
from routing.classify import Model, own_model

log = structlog.get_logger(__name__)

BATCH = 500  # facts in one decision's transaction
LEASE_MS = 15 * SECOND_MS
RENEW_MS = 5 * SECOND_MS
UNREAD_MS = 500  # when it is looked again whether there is time to read
READ_REST_MS = 10  # from the begin of one reading to the next: most of the time is for others
ASK_MS = 2 * SECOND_MS
NOTHING = missing.Missed()


Look = Callable[[], Awaitable[Event | None]]


class Fenced(Exception):
    """Another node decides for this desk now; what this one had in mind is void."""


class Dispatch:
    """One desk's decisions. The worker calls `step` whenever there may be something to do."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        inforce: InForce,
        model: Model | None = None,
    ) -> None:
        self._store = store
        self.model = model or own_model()
        self._accounts = accounts
        self._keepers = keepers(accounts)
        self._decider: Decider | None = None
        self._epoch = 0
        self._renew_at = 0
        self._read_at = 0
        self._committed_up_to = 0
        self._waiting: dict[int, list[asyncio.Future[Event | None]]] = {}
        self.inforce = inforce
        self.wake = asyncio.Event()
        store.on_commit.append(self._committed)

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force."""
        return self.inforce.rulebook

    # --- asking ---

    async def ask(
        self, body: AgentAsked, actor: str, conversation: str | None = None
    ) -> Event | None:
        """Commit a wish as a fact, and wait up to 2 s for the decision that it causes."""
        fact = await self._store.submit(Ask(body=body, actor=actor, conversation=conversation))
        assert isinstance(fact, Event)
        return await self.decided(fact.position)

    async def decided(self, position: int, look: Look | None = None) -> Event | None:
        """The decision that a committed wish causes, once there is one; None after 2 s.

        look: finds it where it is there already; who looks waits already, so that none comes
        between the two.
        """
        answer: asyncio.Future[Event | None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(position, [])
        waiting.append(answer)
        try:
            async with asyncio.timeout(ASK_MS / SECOND_MS):
                if look is not None and (found := await look()) is not None:
                    return found
                self.wake.set()
                return await answer
        except TimeoutError:
            return None
        finally:
            waiting.remove(answer)
            if not waiting:
                self._waiting.pop(position, None)

    def _committed(self, events: list[Event]) -> None:
        """Wake up for facts; hand to those who wait the last decision that their wish caused: what
        it hurried comes before what became of it."""
        self.wake.set()
        if not self._waiting:
            return
        for event in reversed(events):
            if event.cause is not None:
                _answer(self._waiting.get(event.cause, ()), event)

    def explain(self, conversation: str) -> dict[str, Any] | None:
        """Where the live work of a conversation stands, and why; None when it has none."""
        found = self._decider.explain(conversation) if self._decider is not None else None
        if found is None:
            return None
        work, why = found
        return {"work": msgspec.to_builtins(work), "why": msgspec.to_builtins(why)}

    def decides(self) -> bool:
        """Whether this node is the one that decides, and does what only one node may do."""
        return self._decider is not None

    # --- deciding ---

    async def step(self) -> int | None:
        """Decide what can be decided now; when to come back (ms UTC), None for at a wake-up.

        Raises StoreUnavailable when the database is; the next step starts from the tables.
        """
        self.wake.clear()
        try:
            if not await self._hold():
                return self._store.clock.now_ms() + RENEW_MS
            assert self._decider is not None
            caught_up = await self._follow(self._decider)
            if not caught_up:
                self.wake.set()
                return None
            await self._tick(self._decider)
            await self._read(self._decider)
            due = [self._renew_at]
            if (timer := self._decider.next_timer()) is not None:
                due.append(timer)
            if self._decider.unread():
                due.append(self._read_at)
            return min(due)
        except Fenced:
            self._decider = None
            log.warning("another node decides now")
            return self._store.clock.now_ms() + RENEW_MS
        except BaseException:
            self._decider = None  # what is in memory may be ahead of the tables
            raise

    async def _hold(self) -> bool:
        """Take or renew the lease; a new epoch starts from the tables."""
        now = self._store.clock.now_ms()
        if self._decider is not None and now < self._renew_at:
            return True
        epoch = await self._store.submit(TakeLease(node=self._store.node, lease_ms=LEASE_MS))
        if epoch is None:
            self._decider = None
            return False
        self._renew_at = now + RENEW_MS
        if self._decider is None or epoch != self._epoch:
            self._epoch = epoch
            await self._rebuild()
        return True

    async def _rebuild(self) -> None:
        """Start from the rows; the tail of the log follows as ever."""
        desk = self._store.desk
        await self._load_rulebook()
        standing = await self._store.read(deciding.standing, desk)
        gather_ms = {name: a.capabilities.gather_ms for name, a in self._accounts.items()}
        new_id = self._store.new_id
        course = Course(self.inforce, standing, desk, new_id, gather_ms, self.model)
        decider = Decider(course)
        self._committed_up_to = standing.applied
        unserved = await self._store.read(deciding.unserved, desk)
        decider.unserved(unserved, self._store.clock.now_ms())
        self._decider = decider
        log.info("deciding", epoch=self._epoch, applied=standing.applied)

    async def _load_rulebook(self) -> None:
        row = await self._store.read(deciding.rulebook, self._store.desk)
        if row is not None and row.version != self.inforce.version:
            self.inforce = self._compile(row.version, row.content)

    def _compile(self, version: int, content: str) -> InForce:
        channels = tuple({account.channel for account in self._accounts.values()})
        return InForce(version, Rulebook.from_json(content), channels)

    async def _follow(self, decider: Decider) -> bool:
        """Apply the next facts; whether none is left."""
        if self._store.is_alone() and decider.applied >= self._store.head():
            return True
        events = await self._store.follow(decider.applied, BATCH)
        if not events:
            return True
        cases = await self._cases(decider.wants(events))
        failed = unsaid(events)
        missed = await self._store.look(missing.missed, failed) if failed else NOTHING
        decider.missed(missed)
        for event in events:
            if event.kind == "rulebook.applied":
                await self._load_rulebook()
            decider.apply(event, cases, missed.homes)
            if event.kind == "rulebook.applied":
                waiting = await self._cases(decider.in_line())
                decider.use(self.inforce, event.at, event.position, waiting)
        await self._commit(decider, list(ended(events)) if self._keepers else [])
        return len(events) < BATCH

    async def _tick(self, decider: Decider) -> None:
        now = self._store.clock.now_ms()
        due = decider.next_timer()
        if due is None or due > now:
            return
        decider.tick(now, await self._cases(decider.wants_at(now)))
        await self._commit(decider)

    async def _read(self, decider: Decider) -> None:
        """Look at what there was no time for, a few texts at a time, once nobody waits for us."""
        now = self._store.clock.now_ms()
        if self._store.is_busy():
            self._read_at = now + UNREAD_MS
        elif now >= self._read_at and (unread := decider.unread()):
            decider.read(now, await self._cases(unread))
            await self._commit(decider)
            self._read_at = now + READ_REST_MS

    async def _cases(self, conversations: Iterable[str]) -> dict[str, Case]:
        wanted = tuple(conversations)
        if not wanted:
            return {}
        known = await self._store.look(deciding.known, wanted)
        return {name: self._case(item) for name, item in known.items()}

    def _case(self, known: deciding.Known) -> Case:
        account = self._accounts.get(known.conversation.account)
        channel = account.channel if account is not None else ""
        return case_of(known, channel, self._store.clock.now_ms())

    async def _commit(self, decider: Decider, over: Sequence[Handed] = ()) -> None:
        """Rows, decisions and `applied` in one transaction; what providers are to be told of both.

        Facts that changed nothing need none: applied again after a restart, they change nothing.
        """
        rows, decisions = decider.drain()
        if not (rows or decisions or over) and decider.applied - self._committed_up_to < BATCH:
            self._nothing_came(decider.applied)
            return
        answer = await self._store.submit(
            Decide(
                epoch=self._epoch,
                applied=decider.applied,
                rows=rows,
                decisions=decisions,
                handed=[*handed(decisions), *over] if self._keepers else [],
                keepers=self._keepers,
            )
        )
        if isinstance(answer, Refusal):
            raise Fenced(answer.detail)
        self._committed_up_to = decider.applied
        self._nothing_came(decider.applied)

    def _nothing_came(self, applied: int) -> None:
        """Whoever still waits for a decision on these facts gets none."""
        for position, waiting in self._waiting.items():
            if position <= applied:
                _answer(waiting, None)

    async def stop(self) -> None:
        """Let another node decide at once."""
        self._decider = None
        with suppress(StoreUnavailable):
            await self._store.submit(DropLease(node=self._store.node))


def _answer(waiting: Iterable[asyncio.Future[Event | None]], event: Event | None) -> None:
    """Tell those who have not been told."""
    for answer in waiting:
        if not answer.done():
            answer.set_result(event)
