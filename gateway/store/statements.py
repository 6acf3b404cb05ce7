"""The writer's statements: one or two a table for all rows of a batch, text made once and kept."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

from gateway.domain.rows import Key, Row, Table
from gateway.store.codec import CODECS
from gateway.store.schema import APPEND_ONLY, HELD_ONCE, SELDOM_CHANGED

EMPTY: Mapping[Key, Row | None] = MappingProxyType({})


class Flavour(Protocol):
    """What the two engines say differently."""

    name: ClassVar[str]
    mark: ClassVar[str]  # of a parameter

    def keys_source(self, kinds: Sequence[type]) -> str:
        """A FROM item `k` whose columns c0, c1, ... are the keys given as parameters."""
        ...

    def keys_params(self, keys: Sequence[Key]) -> Sequence[Any]:
        """The parameters of a keys_source."""
        ...

    def rows_source(self, table: Table) -> str:
        """What follows INSERT INTO t (...): rows given as parameters."""
        ...

    def rows_params(self, rows: Sequence[Row]) -> Sequence[Any]:
        """The parameters of a rows_source, as the session's `write` takes them."""
        ...


class Statements:
    """All that the writer says to one engine."""

    def __init__(self, flavour: Flavour, *, locking: bool = True) -> None:
        """`locking`: rows that are claimed are locked as they are read; a reader may not."""
        self.flavour = flavour
        self._locking = locking and flavour.name == "postgresql"
        self._insert = cache(self._insert_text)
        self._select = cache(self._select_text)
        self._delete = cache(self._delete_text)

    def puts(
        self, table: Table, rows: Sequence[Row], before: Mapping[Key, Row | None] = EMPTY
    ) -> Iterator[tuple[str, Sequence[Any]]]:
        """Statements that write these rows, for the session's `write`.

        before: what stood there; of rows that are not in it nothing is known.
        """
        held = HELD_ONCE.get(table.name)
        if held is not None and len(rows) > 1:
            rows = _letting_go_first(table, rows, before, held)
        same = SELDOM_CHANGED.get(table.name, ()) if before else ()
        moved, stayed = _parted(table, rows, before, same) if same else (rows, ())
        for group, columns in ((moved, ()), (stayed, same)):
            if group:
                yield self._insert(table, columns), self.flavour.rows_params(group)

    def deletes(self, table: Table, keys: list[Key]) -> tuple[str, Sequence[Any]]:
        """The statement that removes the rows of these keys; of jobs it tells the lanes."""
        return self._delete(table), self.flavour.keys_params(keys)

    def selects(self, table: Table, by: str, values: list[Key]) -> tuple[str, Sequence[Any]]:
        """The statement that reads the rows of these keys or index values."""
        return self._select(table, by), self.flavour.keys_params(values)

    def matching(self, table: Table, keys: Sequence[Key]) -> tuple[str, Sequence[Any]]:
        """A FROM item `t` and its condition: the rows of these keys."""
        source = self._keys(table, table.key)
        found = f"{source} CROSS JOIN {table.name} t WHERE {_match(table.key)}"
        return found, self.flavour.keys_params(keys)

    def _insert_text(self, table: Table, same: tuple[str, ...]) -> str:
        rows = self.flavour.rows_source(table)
        text = f"INSERT INTO {table.name} ({_names(table.columns)}) {rows}"
        if table.name in APPEND_ONLY:
            return text
        rest = [c for c in table.columns if c not in table.key and c not in same]
        sets = ",".join(f'"{c}"=excluded."{c}"' for c in rest)
        return f"{text} ON CONFLICT ({_names(table.key)}) DO UPDATE SET {sets}"

    def _select_text(self, table: Table, by: str) -> str:
        columns = table.indexes[by] if by else table.key
        locking = " FOR UPDATE OF t" if self._locking and _claimed(table) else ""
        return (
            f"SELECT {_names(table.columns, 't.')} FROM {self._keys(table, columns)}"  # noqa: S608
            f" CROSS JOIN {table.name} t WHERE {_match(columns)}{locking}"
        )

    def _delete_text(self, table: Table) -> str:
        source = self._keys(table, table.key)
        lane = " RETURNING lane" if _claimed(table) else ""
        return (
            f"DELETE FROM {table.name} WHERE ({_names(table.key)}) IN"  # noqa: S608
            f" (SELECT {','.join(f'c{i}' for i in range(len(table.key)))} FROM {source}){lane}"
        )

    def _keys(self, table: Table, columns: tuple[str, ...]) -> str:
        kinds = CODECS[table.row].kinds
        return self.flavour.keys_source([kinds[column] for column in columns])


def _letting_go_first(
    table: Table, rows: Sequence[Row], before: Mapping[Key, Row | None], held: str
) -> list[Row]:
    """Whoever lets go of a value is written before whoever takes it."""
    value_of, key_of = attrgetter(held), table.key_of
    rest = sorted(rows, key=lambda row: value_of(row) is not None)
    had = {key_of(row): value_of(old) for row in rest if (old := before.get(key_of(row)))}
    if all(had.get(key_of(row)) in (None, value_of(row)) for row in rest):
        return rest  # nobody lets go of what another might take
    out: list[Row] = []
    while rest:
        kept = {had.get(key_of(row)) for row in rest}
        ready = [r for r in rest if value_of(r) not in kept or value_of(r) == had.get(key_of(r))]
        out += ready or rest
        placed = {key_of(row) for row in ready}
        rest = [row for row in rest if ready and key_of(row) not in placed]
    return out


def _parted(
    table: Table,
    rows: Sequence[Row],
    before: Mapping[Key, Row | None],
    columns: tuple[str, ...],
) -> tuple[list[Row], list[Row]]:
    """Rows of which these columns are new, and rows of which they are what they were."""
    values, key_of = attrgetter(*columns), table.key_of
    moved: list[Row] = []
    stayed: list[Row] = []
    for row in rows:
        old = before.get(key_of(row))
        (moved if old is None or values(old) != values(row) else stayed).append(row)
    return moved, stayed


def _names(columns: Sequence[str], prefix: str = "") -> str:
    return ",".join(f'{prefix}"{column}"' for column in columns)


def _match(columns: Sequence[str]) -> str:
    return " AND ".join(f't."{column}"=k.c{i}' for i, column in enumerate(columns))


def _claimed(table: Table) -> bool:
    """Jobs are the one table that is changed without the desk's lock, by claims."""
    return table.name == "job"
