"""What changes from one rulebook to another, in lines that people can read."""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from pydantic import BaseModel

from config.faults import Path, dotted
from config.rulebook import Rulebook

_SHOWN = 120  # characters of a value


class Difference(NamedTuple):
    """One thing that is added, removed or changed. Absent is None."""

    path: str
    change: str  # added | removed | changed
    before: Any
    after: Any

    def __str__(self) -> str:
        match self.change:
            case "added":
                return f"{self.path}: added {_short(self.after)}"
            case "removed":
                return f"{self.path}: removed {_short(self.before)}"
        return f"{self.path}: {_or_nothing(self.before)} -> {_or_nothing(self.after)}"


def plan(old: Rulebook, new: Rulebook) -> list[Difference]:
    """What putting `new` in force would change; nothing when they are equal."""
    return [
        _told(difference, old, new) for difference in _between((), old.document(), new.document())
    ]


class _Raw(NamedTuple):
    path: Path
    change: str
    before: Any
    after: Any


def _between(path: Path, before: Any, after: Any) -> Iterator[_Raw]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _entry((*path, key), before, after, key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, before, after)
    else:
        yield _Raw(path, "changed", before, after)


def _entry(path: Path, before: dict[str, Any], after: dict[str, Any], key: str) -> Iterator[_Raw]:
    if key not in before:
        yield _Raw(path, "added", None, after[key])
    elif key not in after:
        yield _Raw(path, "removed", before[key], None)
    else:
        yield from _between(path, before[key], after[key])


def _lists(path: Path, before: list[Any], after: list[Any]) -> Iterator[_Raw]:
    """By likeness, so that one rule put in front does not change all that follow."""
    old, new = [_text(v) for v in before], [_text(v) for v in after]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        both = min(i2 - i1, j2 - j1)
        for n in range(both):
            yield from _between((*path, j1 + n), before[i1 + n], after[j1 + n])
        for n in range(i1 + both, i2):
            yield _Raw((*path, n), "removed", before[n], None)
        for n in range(j1 + both, j2):
            yield _Raw((*path, n), "added", None, after[n])


def _told(raw: _Raw, old: Rulebook, new: Rulebook) -> Difference:
    """Of what is wholly new or gone one reads what was said of it, without the defaults."""
    before, after = raw.before, raw.after
    if raw.change == "removed":
        before = _brief(old, raw.path, before)
    if raw.change == "added":
        after = _brief(new, raw.path, after)
    return Difference(dotted(raw.path), raw.change, before, after)


def _brief(rulebook: Rulebook, path: Path, full: Any) -> Any:
    value: Any = rulebook
    for part in path:
        value = _field(value, str(part)) if isinstance(value, BaseModel) else value[part]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return full


def _field(model: BaseModel, key: str) -> Any:
    fields = type(model).model_fields
    return getattr(model, next(name for name, f in fields.items() if key in (f.alias, name)))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _or_nothing(value: Any) -> str:
    return "not set" if value is None else _short(value)


def _short(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
