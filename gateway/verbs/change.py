"""How a command sees the desk and changes it: lookups, the view of a batch, the change.

A command names what it reads; the writer loads the union for a whole batch, in rounds, one query a
table and index; the command then decides on that view. Its puts are seen by the commands behind it
in the batch, and undone when it is refused or fails.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from gateway.domain.access import AuditEntry
from gateway.domain.conversation import Conversation
from gateway.domain.desk import Desk
from gateway.domain.events import Body, Event, MessageChanged, MessageSettled, encode_body
from gateway.domain.ids import IdMaker
from gateway.domain.rows import TABLES, Key, Row

R = TypeVar("R", bound=Row)
Written = dict[type[Row], tuple[list[Row], list[Key]]]
"""By kind of row: those to upsert, and the keys of those to delete."""

AGENT_LENGTH = 200  # characters of a browser's name that are kept

# How a message fares on its way is no news of the conversation: a retry moves nothing up the list.
ON_ITS_WAY = (MessageChanged, MessageSettled)


class Lookup(msgspec.Struct, frozen=True, gc=False):
    """Rows wanted: by key when `by` is "", else by the values of an index."""

    row: type[Row]
    by: str
    value: Key


class Origin(NamedTuple):
    """From where a command was asked for: the client's address, and what its program is called."""

    address: str = ""
    agent: str = ""


NOWHERE = Origin()  # the node itself


class Command(Protocol):
    """One thing somebody wants done. Pure: what it reads, and what it changes."""

    def reads(self, view: "View") -> Iterable[Lookup]:
        """What it needs to see. Asked again after each load until it asks for nothing new."""
        ...

    def decide(self, change: "Change") -> Any:
        """Change the desk and return an answer, or return a Refusal and change nothing."""
        ...


def by_key(row: type[Row], *key: Any) -> Lookup:
    """The row of this key."""
    return Lookup(row, "", key)


def by_index(row: type[Row], index: str, *value: Any) -> Lookup:
    """The rows that have these values in an index."""
    return Lookup(row, index, value)


class View:
    """The rows a batch looks at. What was never loaded may not be asked for."""

    def __init__(self) -> None:
        self.rows: dict[type[Row], dict[Key, Row | None]] = {row: {} for row in TABLES}
        self._indexes: dict[tuple[type[Row], str], dict[Key, dict[Key, None]]] = {
            (row, index): {} for row, table in TABLES.items() for index in table.indexes
        }
        self._kept_true = {
            row: [(self._indexes[row, index], of) for index, of in table.value_of.items()]
            for row, table in TABLES.items()
        }

    def knows(self, lookup: Lookup) -> bool:
        """Whether it was loaded, found or not."""
        if lookup.by:
            return lookup.value in self._indexes[lookup.row, lookup.by]
        return lookup.value in self.rows[lookup.row]

    def unknown(self, lookups: Iterable[Lookup]) -> list[Lookup]:
        """Those that were not loaded."""
        rows, indexes = self.rows, self._indexes
        return [
            each
            for each in lookups
            if each.value not in (indexes[each.row, each.by] if each.by else rows[each.row])
        ]

    def load(self, lookup: Lookup, rows: Iterable[Row]) -> None:
        """Take in what the store found for a lookup."""
        table = TABLES[lookup.row]
        loaded = self.rows[lookup.row]
        found: dict[Key, None] = {}
        for row in rows:
            key = table.key_of(row)
            loaded.setdefault(key, row)
            found[key] = None
        if lookup.by:
            self._indexes[lookup.row, lookup.by][lookup.value] = found
        else:
            loaded.setdefault(lookup.value, None)

    def peek(self, row: type[R], *key: Any) -> R | None:
        """The row of this key; None when absent or not loaded yet. For `reads`."""
        return self.rows[row].get(key)  # type: ignore[return-value]

    def peek_by(self, row: type[R], index: str, *value: Any) -> list[R]:
        """The rows of this index value; [] when none or not loaded yet. For `reads`."""
        return self.found(row, index, value) or []

    def found(self, row: type[R], index: str, value: Key) -> list[R] | None:
        """The rows of this index value; None when it was not loaded."""
        keys = self._indexes[row, index].get(value)
        if not keys:  # as mostly
            return None if keys is None else []
        rows = self.rows[row]
        return [rows[key] for key in keys if rows[key] is not None]  # type: ignore[misc]

    def replace(self, row_type: type[Row], key: Key, new: Row | None) -> Row | None:
        """Put or remove a row, keep every loaded index true, and return what stood there."""
        rows = self.rows[row_type]
        old = rows.get(key)
        rows[key] = new
        for loaded, value_of in self._kept_true[row_type]:
            if not loaded:
                continue
            before = value_of(old) if old is not None else None
            after = value_of(new) if new is not None else None
            if before != after and before is not None and before in loaded:
                loaded[before].pop(key, None)
            if after is not None and after in loaded:
                loaded[after][key] = None
        return old

    def forget(self, keep: frozenset[type[Row]]) -> None:
        """Drop all rows but those of the kinds to keep."""
        for row, rows in self.rows.items():
            if row not in keep:
                rows.clear()
        for (row, _), index in self._indexes.items():
            if row not in keep:
                index.clear()


class Change:
    """What a batch does to the desk so far, and what the command at hand adds to it."""

    def __init__(self, view: View, desk: Desk, now: int, ids: IdMaker) -> None:
        self.view = view
        self._desk = desk
        self._undo: list[tuple[type[Row], Key, Row | None, bool, bool]] = []
        self.now = now
        self.new_id = ids
        self.head = desk.head
        self.events: list[Event] = []
        # What was written, as it stood before; no kind is empty.
        self.dirty: dict[type[Row], dict[Key, Row | None]] = {}
        self.origin = NOWHERE
        self._mark = (self.head, 0, desk)

    @property
    def desk(self) -> Desk:
        """The desk as it stands; `desk.head` is kept by `head`."""
        return self._desk

    def get(self, row: type[R], *key: Any) -> R | None:
        """The row of this key. Asking for what `reads` never named is our mistake."""
        return self.view.rows[row][key]  # type: ignore[return-value]

    def by(self, row: type[R], index: str, *value: Any) -> list[R]:
        """The rows of this index value."""
        found = self.view.found(row, index, value)
        assert found is not None, f"{row.__name__}.{index} was not read"
        return found

    def put(self, row: R) -> R:
        """Write a row, new or changed."""
        row_type = type(row)
        self._set(row_type, TABLES[row_type].key_of(row), row)
        return row

    def delete(self, row: Row) -> None:
        """Remove a row."""
        self._set(type(row), TABLES[type(row)].key_of(row), None)

    def _set(self, row_type: type[Row], key: Key, row: Row | None) -> None:
        dirty = self.dirty.setdefault(row_type, {})
        was_loaded = key in self.view.rows[row_type]
        old = self.view.replace(row_type, key, row)
        self._undo.append((row_type, key, old, was_loaded, key in dirty))
        dirty.setdefault(key, old)

    def record(
        self,
        body: Body,
        actor: str,
        conversation: Conversation | None = None,
        cause: int | None = None,
    ) -> Event:
        """Append an event to the log; its conversation gets the next sequence number."""
        self.head += 1
        seq = None
        if conversation is not None:
            current = self.get(Conversation, conversation.id) or conversation
            seq = current.seq + 1
            moved = current.updated_at if isinstance(body, ON_ITS_WAY) else self.now
            self.put(msgspec.structs.replace(current, seq=seq, updated_at=moved))
        event = Event(
            desk=self._desk.id,
            position=self.head,
            conversation=conversation.id if conversation is not None else None,
            seq=seq,
            kind=body.__struct_config__.tag,  # type: ignore[arg-type]
            at=self.now,
            actor=actor,
            cause=cause,
            body=encode_body(body),
        )
        self.events.append(event)
        return event

    def audit(self, actor: str, action: str, target: str, detail: str = "") -> None:
        """Note in the audit log who did what, in the transaction that did it."""
        seq = self._desk.audited + 1
        self._desk = msgspec.structs.replace(self._desk, audited=seq)
        self.put(
            AuditEntry(
                desk=self._desk.id,
                seq=seq,
                at=self.now,
                actor=actor,
                address=self.origin.address,
                agent=self.origin.agent[:AGENT_LENGTH],
                action=action,
                object=target,
                detail=detail,
            )
        )

    def set_desk(self, **fields: Any) -> None:
        """Change fields of the desk row (owner, epoch, lease_until, applied, rulebook)."""
        self._desk = msgspec.structs.replace(self._desk, **fields)

    def begin(self) -> None:
        """A command starts to decide."""
        self._undo.clear()
        self.origin = NOWHERE
        self._mark = (self.head, len(self.events), self._desk)

    def undo(self) -> None:
        """Forget all that the command at hand did."""
        for row_type, key, old, was_loaded, was_dirty in reversed(self._undo):
            self.view.replace(row_type, key, old)
            if not was_loaded:
                # Nobody has looked whether the database has such a row: it is not known absent.
                del self.view.rows[row_type][key]
            if not was_dirty:
                self._clean(row_type, key)
        self._undo.clear()
        self.head, count, self._desk = self._mark
        del self.events[count:]

    def _clean(self, row_type: type[Row], key: Key) -> None:
        dirty = self.dirty[row_type]
        del dirty[key]
        if not dirty:
            del self.dirty[row_type]

    def written(self) -> Written:
        """By kind of row: those to upsert, and the keys of those to delete."""
        out: Written = {}
        for row_type, dirty in self.dirty.items():
            rows = self.view.rows[row_type]
            puts = [row for key in dirty if (row := rows[key]) is not None]
            out[row_type] = puts, [key for key in dirty if rows[key] is None]
        return out
