"""Holds what was written against a pydantic model; every fault is worded at its line."""

from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.faults import Path
from config.fields import is_model, types_at
from config.secret_files import read_secret_files
from config.source import Document
from config.wording import wording

M = TypeVar("M", bound=BaseModel)

_ROUNDS = 20  # each mends what the round before found wrong


def shaped(
    model: type[M], data: dict[str, Any], document: Document, path: Path, folder: FilePath
) -> M | None:
    """The data that stands at `path` as a model; None, and faults noted, when it is none."""
    mine = _prepared(model, data, document, path, folder)
    found = _attempt(model, mine, document, path)
    if isinstance(found, BaseModel):
        return found
    _note(model, mine, found, document, path)
    return None


def mended(
    model: type[M], data: dict[str, Any], document: Document, path: Path, folder: FilePath
) -> M:
    """The data as a model, without what is wrong in it.

    One fault then hides no other, and checks across the whole can still be made.
    """
    mine = _prepared(model, data, document, path, folder)
    for _ in range(_ROUNDS):
        found = _attempt(model, mine, document, path)
        if isinstance(found, BaseModel):
            return found
        _note(model, mine, found, document, path)
        _mend(model, mine, found)
    return model.model_validate({})


def _prepared(
    model: type[BaseModel], data: Any, document: Document, path: Path, folder: FilePath
) -> Any:
    mine = _copy(data)
    read_secret_files(model, mine, document, path, folder)
    return mine


def _copy(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copy(inner) for key, inner in value.items()}
        case list():
            return [_copy(inner) for inner in value]
    return value


def _attempt(model: type[M], data: Any, document: Document, path: Path) -> M | list[ErrorDetails]:
    """The model, or what is wrong. Where text is wanted, numbers are taken as they are written."""
    while True:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_url=False)
        changed = [_as_written(detail, data, document, path) for detail in details]
        if not any(changed):
            return details


def _as_written(detail: ErrorDetails, data: Any, document: Document, path: Path) -> bool:
    place = _along(data, detail["loc"])
    text = document.written.get((*path, *place))
    if detail["type"] != "string_type" or text is None:
        return False
    holder = _at(data, place[:-1])
    holder[place[-1]], before = text, holder[place[-1]]
    return bool(before != text)


def _note(
    model: type[BaseModel], data: Any, details: list[ErrorDetails], document: Document, path: Path
) -> None:
    for detail in details:
        inside = _along(data, detail["loc"])
        place = (*path, *inside)
        if detail["type"] == "missing":
            place = (*place, str(detail["loc"][-1]))
        if not document.faulty(place):
            document.fault(place, *wording(model, detail, secret=place in document.filled))


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _along(data: Any, loc: Path) -> Path:
    """As far as the location leads into the data; pydantic adds names of its own."""
    out: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and str(part) in data:
            out.append(str(part))
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            out.append(part)
        else:
            continue
        data = data[out[-1]]
    return tuple(out)


def _mend(model: type[BaseModel], data: Any, details: list[ErrorDetails]) -> None:
    """Make what is wrong harmless, the innermost first; the next round looks at what is around."""
    places = [_along(data, detail["loc"]) for detail in details]
    gone: set[Path] = set()  # `mon-fri` is one place with a fault for each day
    for place, detail in reversed(list(zip(places, details, strict=True))):
        inside = any(other != place and other[: len(place)] == place for other in places)
        if not inside and place not in gone:
            _mend_one(model, data, place, detail)
            if detail["type"] != "missing":
                gone.add(place)


def _mend_one(model: type[BaseModel], data: Any, place: Path, detail: ErrorDetails) -> None:
    """A mapping is emptied, all else is taken out."""
    if detail["type"] == "missing":
        _at(data, place)[str(detail["loc"][-1])] = ""
        return
    if not place:
        data.clear()
        return
    holder, key = _at(data, place[:-1]), place[-1]
    if is_model(types_at(model, place)) and holder[key] != {}:
        holder[key] = {}
    else:
        del holder[key]
