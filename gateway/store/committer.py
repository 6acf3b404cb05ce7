"""One batch of commands, one transaction: lock the desk, load, decide one by one, write, commit."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from gateway.domain.conversation import Contact, Conversation, Identity
from gateway.domain.events import ClockStepped, Event
from gateway.domain.ids import IdMaker
from gateway.domain.job import Job
from gateway.domain.outcome import Refusal
from gateway.domain.rows import TABLES, Key, Row
from gateway.failpoints import FailpointHit, failpoint
from gateway.store.codec import CODECS
from gateway.store.errors import StoreUnavailable, WriteConflict
from gateway.store.lanes import Lanes
from gateway.store.session import Locked, Session
from gateway.store.statements import Statements
from gateway.verbs.change import Change, Command, Lookup, View, Written

READ_ROUNDS = 24  # a few for what depends on what, the rest for merges of merges
CLOCK_STEP_MS = 5_000

# Rows that nearly every command looks at stay in memory from batch to batch, written through.
KEPT: frozenset[type[Row]] = frozenset((Contact, Identity, Conversation))
KEPT_ROWS = 30_000  # about 25 MB; then all are dropped and read again


class Failed(NamedTuple):
    """A command that raised, or could not be written."""

    error: Exception


Asked = tuple[Lookup, ...] | Failed  # what a command looks at


class Committed(NamedTuple):
    """What became of a batch."""

    answers: list[Any]  # one a command: a value, a Refusal or Failed
    events: list[Event]
    head: int
    down: bool  # the database could not be written
    written: tuple[Written, ...] = ()  # transaction by transaction


class Begun(NamedTuple):
    """A batch that wants only its commit; without a change not even that."""

    commands: Sequence[Command]
    answers: list[Any]
    change: Change | None = None
    written: tuple[Written, ...] = ()
    version: int | None = None
    error: Exception | None = None  # why it cannot be committed


class TooManyRounds(Exception):
    """A command asked for new rows in every round; `reads` must come to an end."""


class Committer:
    """Runs batches on one session, and keeps the rows that the next batch will want."""

    def __init__(
        self,
        session: Session,
        statements: Statements,
        lanes: Lanes,
        desk: str,
        ids: IdMaker,
    ) -> None:
        self.session = session
        self._statements = statements
        self._lanes = lanes
        self._desk = desk
        self._ids = ids
        self._view = View()
        self._version: int | None = None  # of the desk row at our last commit
        self._anchor: tuple[int, int] | None = None  # the database's clock and the span clock
        self.head = 0

    def run(self, commands: Sequence[Command]) -> Committed:
        """Commit a batch."""
        return self.finish(self.begin(commands))

    def begin(self, commands: Sequence[Command]) -> Begun:
        """Everything but the commit; `finish` must follow before another batch begins.

        A connection that is cut before its commit has written nothing: it is all done once more.
        """
        begun = self._begun(commands)
        if begun.error is not None and self.session.lost:
            self._forget()
            begun = self._begun(commands)
        return begun

    def _begun(self, commands: Sequence[Command]) -> Begun:
        try:
            return self._written(commands)
        except Exception as error:  # noqa: BLE001 -- told by `finish`
            return Begun(commands, [], error=error)

    def finish(self, begun: Begun) -> Committed:
        """Commit it. What the database refuses as a whole is tried command by command."""
        commands = begun.commands
        try:
            if begun.error is not None:
                raise begun.error
            return self._commit(begun)
        except Exception as error:  # noqa: BLE001 -- whatever it is, nothing was committed
            self._forget()
            if isinstance(error, FailpointHit) or not self.session.refuses(error):
                return self._none(commands, error)
            if len(commands) == 1:
                return Committed([Failed(_conflict(error))], [], self.head, down=False)
        return self._one_by_one(commands)

    def _one_by_one(self, commands: Sequence[Command]) -> Committed:
        answers: list[Any] = []
        events: list[Event] = []
        written: tuple[Written, ...] = ()
        for place, command in enumerate(commands):
            one = self.run([command])
            answers += one.answers
            events += one.events
            written += one.written
            if one.down:
                rest = self._none(commands[place + 1 :], StoreUnavailable())
                return Committed(answers + rest.answers, events, self.head, True, written)
        return Committed(answers, events, self.head, False, written)

    def _none(self, commands: Sequence[Command], error: Exception) -> Committed:
        """Nothing was acknowledged, and every command hears so."""
        unavailable = StoreUnavailable(f"the store cannot be written: {error}")
        unavailable.__cause__ = error
        return Committed([Failed(unavailable)] * len(commands), [], self.head, down=True)

    def _forget(self) -> None:
        self.session.rollback()
        self._view = View()
        self._version = None

    # --- one transaction ---

    def _commit(self, begun: Begun) -> Committed:
        if begun.change is None:
            return Committed(begun.answers, [], self.head, down=False)
        names = {getattr(command, "failpoint", "write") for command in begun.commands}
        for name in names:
            failpoint(f"{name}.before_commit")
        self.session.commit()
        self._version, self.head = begun.version, begun.change.head
        self._forget_batch()
        for name in names:
            failpoint(f"{name}.after_commit")
        return Committed(begun.answers, begun.change.events, self.head, False, begun.written)

    def _written(self, commands: Sequence[Command]) -> Begun:
        locked = self.session.lock(self._desk)
        if locked.version != self._version:
            self._view.forget(frozenset())
        change = self._change(locked)
        asked = self._load(commands, change)
        answers = [
            self._decide(command, lookups, change)
            for command, lookups in zip(commands, asked, strict=True)
        ]
        if not change.dirty and not change.events and change.desk == locked.desk:
            self._forget_batch()
            self.session.rollback()
            self._version = locked.version
            self.head = locked.desk.head
            return Begun(commands, answers)
        written = change.written()
        with self.session.together():
            self._write(change, written)
        return Begun(commands, answers, change, (written,), locked.next_version)

    def _forget_batch(self) -> None:
        """Drop what the next batch will not want; all of it once it has grown too large."""
        kept = sum(len(self._view.rows[row]) for row in KEPT)
        self._view.forget(KEPT if kept <= KEPT_ROWS else frozenset())

    def _change(self, locked: Locked) -> Change:
        """The change at the desk's own time, which goes on when the database's clock steps back."""
        desk, now = locked.desk, locked.now_ms
        expected = now
        if self._anchor is not None:
            was, then = self._anchor
            expected = was + locked.monotonic_ms - then
        self._anchor = (now, locked.monotonic_ms)
        back = now < desk.clock_ms - CLOCK_STEP_MS
        # Another node that saw the same leap has told of it already: the desk's clock is past it.
        leapt = now > expected + CLOCK_STEP_MS and desk.clock_ms < now - CLOCK_STEP_MS
        at = now if back or leapt else max(desk.clock_ms, now)
        change = Change(self._view, desk, at, self._ids)
        if (back or leapt) and desk.clock_ms:
            before = desk.clock_ms if back else max(desk.clock_ms, expected)
            change.record(ClockStepped(from_ms=before, to_ms=now), "system")
        return change

    def _decide(self, command: Command, asked: Asked, change: Change) -> Any:
        """A refusal or an exception costs only its own command."""
        if change.dirty and _touched(asked, change):
            # One before it in the batch has changed what it looks at, and so what it wants to see.
            (asked,) = self._load([command], change)
        if isinstance(asked, Failed):
            return asked
        change.begin()
        try:
            answer = command.decide(change)
        except Exception as error:  # noqa: BLE001 -- it is told to whoever asked
            change.undo()
            return Failed(error)
        if isinstance(answer, Refusal):
            change.undo()
        return answer

    # --- reading ---

    def _load(self, commands: Sequence[Command], change: Change) -> list[Asked]:
        """Load all read sets together, a round for each step of what depends on what.

        Who found nothing new is not asked again: absent and not loaded look the same to `reads`.
        """
        out: list[Asked] = [()] * len(commands)
        asking: Iterable[int] = range(len(commands))
        for _ in range(READ_ROUNDS + 1):
            unknown: dict[int, list[Lookup]] = {}
            for place in asking:
                try:
                    out[place] = lookups = tuple(commands[place].reads(self._view))
                except Exception as error:  # noqa: BLE001 -- it is told to whoever asked
                    out[place] = Failed(error)
                    continue
                if new := self._view.unknown(lookups):
                    unknown[place] = new
            if not unknown:
                return out
            found = self._fetch(chain.from_iterable(unknown.values()), change)
            asking = [p for p, new in unknown.items() if not found.isdisjoint(new)]
            if not asking:
                return out
        for place in asking:
            out[place] = Failed(TooManyRounds(f"{commands[place]!r} still asks for rows"))
        return out

    def _fetch(self, lookups: Iterable[Lookup], change: Change) -> set[Lookup]:
        """One query a table and index; those lookups that there were rows for."""
        groups: dict[tuple[type[Row], str], list[Lookup]] = {}
        for lookup in dict.fromkeys(lookups):
            groups.setdefault((lookup.row, lookup.by), []).append(lookup)
        found: set[Lookup] = set()
        for (row_type, by), group in groups.items():
            rows = self._query(row_type, by, group, change)
            for lookup in group:
                self._view.load(lookup, rows.get(lookup.value, ()))
                if lookup.value in rows:
                    found.add(lookup)
            if by and change.dirty:
                for key in change.dirty.get(row_type, ()):
                    self._view.replace(row_type, key, self._view.rows[row_type][key])
                found.update(group)
        return found

    def _query(
        self, row_type: type[Row], by: str, group: list[Lookup], change: Change
    ) -> dict[Key, list[Row]]:
        """Stored rows by what they were looked up by.

        What this batch has already changed stands in the view, truer than in the database.
        """
        table = TABLES[row_type]
        sql, params = self._statements.selects(table, by, [lookup.value for lookup in group])
        value_of = table.value_of[by] if by else table.key_of
        from_sql = CODECS[row_type].from_sql
        dirty = change.dirty.get(row_type, {})
        rows: dict[Key, list[Row]] = {}
        for values in self.session.query(sql, params):
            row = from_sql(values)
            if table.key_of(row) not in dirty:
                rows.setdefault(value_of(row), []).append(row)
        return rows

    # --- writing ---

    def _write(self, change: Change, written: Written) -> None:
        """Write each table set-wise: first what goes, then what comes; the log; the desk row."""
        session, statements = self.session, self._statements
        lanes: dict[str, None] = {}
        for row_type, (puts, deletes) in written.items():
            table = TABLES[row_type]
            if deletes:
                gone = statements.deletes(table, deletes)
                if row_type is Job:
                    lanes.update((lane, None) for (lane,) in session.query(*gone))
                else:
                    session.run(*gone)
            for sql, params in statements.puts(table, puts, change.dirty[row_type]):
                session.write(sql, params)
            if row_type is Job:
                lanes.update((row.lane, None) for row in puts)  # type: ignore[attr-defined]
        if lanes:
            self._lanes.refresh(session, lanes)
        for sql, params in statements.puts(TABLES[Event], list(change.events)):
            session.write(sql, params)
        desk = msgspec.structs.replace(change.desk, head=change.head, clock_ms=change.now)
        session.save_desk(desk)


def _touched(asked: Asked, change: Change) -> bool:
    """Whether anything that a command looks at was changed before it in its batch."""
    if isinstance(asked, Failed):
        return False
    dirty = change.dirty
    for each in asked:  # noqa: SIM110 -- `any` costs as much again, for every command
        if each.row in dirty and (each.by or each.value in dirty[each.row]):
            return True
    return False


def _conflict(error: Exception) -> WriteConflict:
    conflict = WriteConflict(f"the database refused what this command wrote: {error}")
    conflict.__cause__ = error
    return conflict
