"""Keys in a document that are almost ours: a slip is refused, what is quite different is not ours.

Cases and traces may carry what else their writers need, as `title` and `expect`; `weekley` is none
of that, and ignoring it would answer another question than the one that is asked.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

LIKE = 0.75  # of 1, as difflib measures it


def find_slips(document: Any, kind: type[msgspec.Struct]) -> None:
    """Look through a document that could be read as `kind`.

    Raises ValueError, which says what to write, and where.
    """
    _look(document, inspect.type_info(kind), "$")


def _look(raw: Any, shape: inspect.Type, place: str) -> None:
    match shape:
        case inspect.StructType(cls=cls) if isinstance(raw, Mapping):
            known, within = _fields(cls)
            for key in raw.keys() - known:
                for meant in get_close_matches(str(key), known - raw.keys(), 1, LIKE):
                    raise ValueError(f"there is no {key!r}; write {meant!r} - at `{place}`")
            for key in raw.keys() & within.keys():
                _look(raw[key], within[key], f"{place}.{key}")
        case inspect.VarTupleType(item_type=item):
            for number, each in enumerate(raw):
                _look(each, item, f"{place}[{number}]")
        case inspect.DictType(value_type=value):
            for key, each in raw.items():
                _look(each, value, f"{place}.{key}")
        case inspect.UnionType(types=types) if raw is not None:
            for each in types:
                _look(raw, each, place)


@lru_cache
def _fields(kind: type[msgspec.Struct]) -> tuple[frozenset[str], dict[str, inspect.Type]]:
    """The keys of a kind, and what those are made of that hold others."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    shapes = {field.encode_name: field.type for field in info.fields}
    return frozenset(shapes), {name: shape for name, shape in shapes.items() if _holds(shape)}


def _holds(shape: inspect.Type) -> bool:
    """Whether keys of ours may lie in it."""
    match shape:
        case inspect.VarTupleType(item_type=within) | inspect.DictType(value_type=within):
            return _holds(within)
        case inspect.UnionType(types=types):
            return any(map(_holds, types))
    return isinstance(shape, inspect.StructType)
