"""The store's face: submit, read, follow, claim."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import Connection, text

from gateway.domain.clock import Clock
from gateway.domain.events import Event
from gateway.domain.ids import IdMaker
from gateway.domain.job import JobKind
from gateway.store import engines, indexing, private, sqlite
from gateway.store.committer import Committed, Committer
from gateway.store.files import Files
from gateway.store.fold import Fold
from gateway.store.lanes import Claimed, Lanes
from gateway.store.migrate import migrate
from gateway.store.postgres import PostgresFlavour, PostgresSession
from gateway.store.queries.events import events_after
from gateway.store.reader import Reader
from gateway.store.session import Session
from gateway.store.sqlite import LockFile, SqliteFlavour, SqliteSession
from gateway.store.statements import Statements
from gateway.store.tail import Tail
from gateway.store.writer import Writer
from gateway.verbs.change import Command, Written

T = TypeVar("T")

log = structlog.get_logger()

P = ParamSpec("P")

FOLLOW_LIMIT = 500
INDEX_IDLE = 1_000  # entries without words after which its cursor is moved all the same

_NEW_DESK = text(
    "INSERT INTO desk (id, head, clock_ms, owner, epoch, lease_until, applied, rulebook,"
    " audited, resumed_at, words)"
    " VALUES (:id, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT (id) DO NOTHING"
)


class Store:
    """One desk's memory. Everything that lasts goes through here."""

    def __init__(self, *, desk: str, node: str, clock: Clock, new_id: IdMaker, data: Path) -> None:
        self.desk = desk
        self.node = node
        self.clock = clock
        self.new_id = new_id
        self.data = data
        self.files = Files(data)
        self.on_commit: list[Callable[[list[Event]], None]] = []
        self.on_rows: list[Callable[[Written], None]] = []  # what commits wrote, before on_commit
        self._tail = Tail()
        self._head = 0
        self._alone = False  # nobody else can write: what this node knows is all there is
        self._lock_file: LockFile | None = None
        self._writer: Writer
        self._errands: Writer
        self._reader: Reader
        self._near: Reader
        self._lanes: Lanes
        self._fold: Fold | None = None
        self._statements: Statements

    @classmethod
    async def open(
        cls,
        database: str,
        *,
        data: Path,
        desk: str,
        node: str,
        clock: Clock,
        random: Random,
        inline: bool = False,
    ) -> "Store":
        """Open, and bring the schema up to date. StoreInUse, SchemaTooNew, NotDurable tell why not.

        database: `sqlite:////absolute/path.db` or `postgresql://...`; data: the directory of files.
        """
        store = cls(desk=desk, node=node, clock=clock, new_id=IdMaker(clock, random), data=data)
        store._alone = database.startswith(sqlite.PREFIX)
        if store._alone:
            store._lock_file = LockFile(sqlite.path_of(database))
        try:
            if inline:
                store._head = _prepare(database, data, desk)
            else:
                store._head = await asyncio.to_thread(_prepare, database, data, desk)
            store._start(database, inline=inline)
        except BaseException:
            if store._lock_file is not None:
                store._lock_file.release()
            raise
        return store

    def _start(self, database: str, *, inline: bool) -> None:
        def connect() -> Session:
            if self._alone:
                return SqliteSession(sqlite.path_of(database), self.clock)
            return PostgresSession(database)

        flavour = SqliteFlavour() if self._alone else PostgresFlavour()
        statements = self._statements = Statements(flavour)
        self._lanes = Lanes(statements, self.desk, self.node, self.new_id)

        def committer(session: Session) -> Committer:
            return Committer(session, statements, self._lanes, self.desk, self.new_id)

        # A file is here: only its commit makes one wait. A server's every statement does.
        self._writer = Writer(
            connect, committer, self._committed, inline=inline, on_loop=self._alone
        )
        # SQLite has one writer. PostgreSQL's claims need no desk lock, so they wait for nobody.
        self._errands = (
            self._writer
            if self._alone
            else Writer(connect, None, self._committed, inline=inline, name="store-errands")
        )
        if self._alone and not inline:
            self._fold = Fold(lambda: sqlite.connect(sqlite.path_of(database)))
        self._reader = Reader(engines.reading(database), inline=inline)
        self._near = Reader(engines.reading(database), inline=inline or self._alone)

    def _committed(self, done: Committed) -> None:
        if self._fold is not None:
            self._fold.committed()
        self._head = max(self._head, done.head)
        for written in done.written:
            for take in self.on_rows:
                take(written)
        if done.events:
            self._tail.add(done.events)
            for tell in self.on_commit:
                try:
                    tell(done.events)
                except Exception:
                    log.exception("a listener failed; it can follow the log", head=done.head)

    # --- the face ---

    async def submit(self, command: Command) -> Any:
        """The value of `decide`, or its Refusal, once committed; StoreUnavailable means 503."""
        return await self._writer.submit(command)

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query(connection, ...)` returns, from a thread, on a connection that only reads."""
        return await self._reader.read(query, *args, **kwargs)

    async def look(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `read`, for a few rows by their keys: where the file is here, a thread is dearer."""
        return await self._near.read(query, *args, **kwargs)

    async def follow(self, after: int, limit: int = FOLLOW_LIMIT) -> list[Event]:
        """Events past a position, dense, oldest first."""
        if self._alone and after >= self._head:
            return []
        known = self._tail.after(after, limit)
        if known is not None:
            return known
        found = await self.read(events_after, self.desk, after, limit)
        self._tail.learn(found)
        return found

    async def claim(
        self,
        kinds: tuple[JobKind, ...],
        *,
        limit: int,
        hold_ms: int,
        room: Mapping[str, int] | None = None,
    ) -> list[Claimed]:
        """Due jobs, one a lane, SENDING and with an attempt: both committed before this returns.

        room: how many of an account's jobs may be taken at most; of others up to `limit`.
        """
        return await self._errands.errand(
            lambda session: self._lanes.claim(session, kinds, limit, hold_ms, room or {})
        )

    def forsake(self, claimed: Claimed) -> None:
        """Nobody here is at it any more: the next `reclaim` finds it."""
        self._lanes.forsake(claimed.job.id)

    async def reclaim(self) -> list[Claimed]:
        """Jobs whose holder is gone, with their open attempt; settle each as in doubt."""
        return await self._errands.errand(self._lanes.reclaim)

    async def index_slice(self, limit: int) -> int:
        """Take what is next in the logs into the search index: how far it came, 0 to rest."""
        prepared = await self.read(indexing.prepare, self.desk, limit)
        if not prepared.docs and prepared.read < INDEX_IDLE:
            return 0  # nothing to find in it: the cursor is not worth a commit
        return await self._errands.errand(
            lambda session: indexing.write(session, self._statements, self.desk, prepared)
        )

    async def forget_words(self, kind: str, refs: Iterable[str]) -> None:
        """Make messages, notes or contacts unfindable at once: their words were erased."""
        await self._errands.errand(
            lambda session: indexing.forget(session, self._statements, kind, refs)
        )

    def is_alone(self) -> bool:
        """Whether no other node can write here: what this one knows is all there is."""
        return self._alone

    def is_busy(self) -> bool:
        """Whether commands come in faster than one by one."""
        return self._writer.busy()

    def queued(self) -> int:
        """How many commands wait to be committed."""
        return self._writer.depth()

    def head(self) -> int:
        """The last position known here to be committed."""
        return self._head

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        if self._fold is not None:
            await asyncio.to_thread(self._fold.close)
        await self._writer.close()
        if self._errands is not self._writer:
            await self._errands.close()
        await self._reader.close()
        await self._near.close()
        if self._lock_file is not None:
            self._lock_file.release()
            self._lock_file = None


def _prepare(database: str, data: Path, desk: str) -> int:
    """Bring the schema up to date and make the desk's row; the head it has."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    private.make_private(Files(data).folders)
    if database.startswith(sqlite.PREFIX):
        place = sqlite.path_of(database)
        place.touch(mode=0o600)  # SQLite gives its log and its index the mode that this one has
        private.make_private(sqlite.files_of(place))
    engine = engines.migrating(database)
    try:
        migrate(engine)
        with engine.begin() as connection:
            connection.execute(_NEW_DESK, {"id": desk})
            head: int = connection.execute(
                text("SELECT head FROM desk WHERE id=:id"), {"id": desk}
            ).scalar_one()
        return head
    finally:
        engine.dispose()
