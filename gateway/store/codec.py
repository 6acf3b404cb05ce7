"""Rows as Structs and rows as the database's tuples: there and back."""

from collections.abc import Callable
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from gateway.domain.rows import TABLES, Row, Table

SqlRow = tuple[Any, ...] | list[Any]
ToSql = Callable[[Row], SqlRow]


def plain_type(annotation: Any) -> tuple[type, bool]:
    """The type of a field without None, and whether None is allowed."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = get_args(annotation)
        (one,) = (kind for kind in kinds if kind is not NoneType)
        return one, NoneType in kinds
    return annotation, False


class Codec:
    """Turns one table's Structs into tuples and tuples into Structs."""

    def __init__(self, table: Table) -> None:
        kinds = [plain_type(field.type)[0] for field in msgspec.structs.fields(table.row)]
        self.kinds = dict(zip(table.columns, kinds, strict=True))
        self._row = table.row
        self._columns = table.columns
        self._bools = [i for i, kind in enumerate(kinds) if kind is bool]
        self._enums = [(i, kind) for i, kind in enumerate(kinds) if issubclass(kind, StrEnum)]
        self._special = bool(self._bools or self._enums)
        # Few tables have anything to change, and every row that is written comes by here.
        self.to_sql: ToSql = self._worded if self._special else msgspec.structs.astuple
        self.to_sqlite: ToSql = self._with_bits if self._bools else self.to_sql

    def _worded(self, row: Row) -> list[Any]:
        """The values of a row, enums as their words.

        Exact `str` and `int` only: drivers search for an adapter of anything else, at a
        microsecond a value.
        """
        values = list(msgspec.structs.astuple(row))
        for i, _ in self._enums:
            if values[i] is not None:
                values[i] = values[i]._value_  # `value` is a property in Python, and slow
        return values

    def _with_bits(self, row: Row) -> list[Any]:
        """The same, with 0 and 1 for false and true."""
        values = self._worded(row)
        for i in self._bools:
            values[i] = 1 if values[i] else 0
        return values

    def from_sql(self, values: SqlRow) -> Row:
        """The Struct of a tuple that was read."""
        if self._special:
            values = list(values)
            for i, kind in self._enums:
                if values[i] is not None:
                    values[i] = kind(values[i])
            for i in self._bools:
                values[i] = bool(values[i])
        return self._row(**dict(zip(self._columns, values, strict=True)))


CODECS: dict[type[Row], Codec] = {row: Codec(table) for row, table in TABLES.items()}
