"""Holds what was written against a pydantic model; every fault is worded at its line."""

from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.faults import Path
from config.fields import example_of, is_model, known_keys, types_at
from config.secret_files import read_secret_files
from config.source import Document
from config.wording import nearest, wording

M = TypeVar("M", bound=BaseModel)

_ROUNDS = 20  # each mends what the round before found wrong
_BOUNDS = {"less_than_equal": "le", "greater_than_equal": "ge"}
_HARMLESS = (1, 0)  # stand for a wrong value whose key matters by itself


def shaped(
    model: type[M], data: dict[str, Any], document: Document, path: Path, folder: FilePath
) -> M | None:
    """The data that stands at `path` as a model; None, and faults noted, when it is none."""
    mine = _prepared(model, data, document, path, folder)
    found = _spelt(model, mine, document, path)
    if isinstance(found, BaseModel):
        return found
    _note(model, mine, found, document, path)
    return None


def mended(model: type[M], data: dict[str, Any], document: Document, folder: FilePath) -> M:
    """The data as a model, without what is wrong in it, so that the whole can still be checked.

    What is wrong is told by the first look at it. Later ones see what was made of it: a model's
    own checks of that prove nothing, and what it then lacks was taken out here.
    """
    mine = _prepared(model, data, document, (), folder)
    found = _spelt(model, mine, document, ())
    for turn in range(_ROUNDS):
        if isinstance(found, BaseModel):
            return found
        _note(model, mine, [each for each in found if not turn or _sure(each)], document, ())
        _mend(model, mine, found, document, turn)
        found = _attempt(model, mine, document, ())
    return model.model_validate({})


def _sure(detail: ErrorDetails) -> bool:
    return detail["type"] not in ("missing", "value_error")


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


def _spelt(model: type[M], data: Any, document: Document, path: Path) -> M | list[ErrorDetails]:
    """As `_attempt`; a misspelt key is told and then read as what it probably means."""
    while True:
        found = _attempt(model, data, document, path)
        if isinstance(found, BaseModel):
            return found
        respelt = [_respelt(model, each, data, document, path) for each in found]
        if not any(respelt):
            return found


def _respelt(
    model: type[BaseModel], detail: ErrorDetails, data: Any, document: Document, path: Path
) -> bool:
    if detail["type"] != "extra_forbidden":
        return False
    place = _along(data, detail["loc"])
    holder = _at(data, place[:-1])
    meant = nearest(place[-1], known_keys(model, place[:-1]))
    if not meant or meant in holder:
        return False
    document.fault((*path, *place), *wording(model, detail, secret=False))
    document.distrust((*path, *place[:-1], meant))
    holder[meant] = holder.pop(place[-1])
    return True


def _note(
    model: type[BaseModel], data: Any, details: list[ErrorDetails], document: Document, path: Path
) -> None:
    """Note what one look has found; what an earlier one had found already is left out."""
    fresh: list[tuple[Path, ErrorDetails]] = []
    for detail in details:
        place = _place(model, data, detail)
        where = document.original((*path, *place))
        # Of a value that may be of several types, what is said of the first is enough, and a list
        # is too short for want of what was wrong in it.
        choice = len(set(types_at(model, place)) - {type(None)}) > 1
        again = (choice or detail["type"] == "too_short") and any(
            other[: len(where)] == where for other, _ in fresh
        )
        if not again and not document.faulty(where):
            fresh.append((where, detail))
    for where, detail in fresh:
        document.fault(where, *wording(model, detail, secret=where in document.filled))


def _place(model: type[BaseModel], data: Any, detail: ErrorDetails) -> Path:
    """Where it stands, or would if it were written."""
    place = _along(data, detail["loc"])
    rest = detail["loc"][len(place) :]
    if rest and str(rest[0]) in known_keys(model, place):
        return (*place, str(rest[0]))
    return place


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


def _mend(
    model: type[BaseModel], data: Any, details: list[ErrorDetails], document: Document, turn: int
) -> None:
    """Make what is wrong harmless, the innermost first; the next round looks at what is around."""
    places = [_along(data, detail["loc"]) for detail in details]
    gone: set[Path] = set()  # `mon-fri` is one place with a fault for each day
    for place, detail in reversed(list(zip(places, details, strict=True))):
        inside = any(other != place and other[: len(place)] == place for other in places)
        if not inside and place not in gone:
            if detail["type"] != "missing":
                gone.add(place)
            _mend_one(model, data, place, detail, document, turn)


def _mend_one(
    model: type[BaseModel],
    data: Any,
    place: Path,
    detail: ErrorDetails,
    document: Document,
    turn: int,
) -> None:
    """A mapping is emptied, a number brought within bounds; all else is taken out.

    What must be there becomes an example of it.
    """
    if detail["type"] == "missing":
        place = (*place, str(detail["loc"][-1]))
    if not place:
        data.clear()
        return
    holder, key = _at(data, place[:-1]), place[-1]
    bound = detail.get("ctx", {}).get(_BOUNDS.get(detail["type"], ""))
    example = example_of(model, place)
    named = isinstance(holder, dict) and not is_model(types_at(model, place[:-1]))
    if example is not None or bound is not None:
        holder[key] = bound if example is None else example
    elif is_model(types_at(model, place)) and holder[key] != {}:
        holder[key] = {}
    elif named and not isinstance(holder[key], dict) and turn < len(_HARMLESS):
        holder[key] = _HARMLESS[turn]
    else:
        if isinstance(holder, list):
            document.drop(place)
        del holder[key]
