"""The fields of a pydantic model, followed beside the data that is held against it."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from config.faults import Path

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # of whatever people give a name


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that people may write."""
    return [field.alias or name for name, field in model.model_fields.items()]


def known_keys(annotation: Any, path: Path) -> list[str]:
    """The keys that people may write at this place, in order of the alphabet."""
    return sorted({key for m in models_in(types_at(annotation, path)) for key in keys_of(m)})


def example_of(annotation: Any, path: Path) -> Any:
    """What could stand at this place, where something must; None where nothing need or is told."""
    for model in models_in(types_at(annotation, path[:-1])):
        for name, field in model.model_fields.items():
            if path[-1] == (field.alias or name) and field.is_required():
                return next(iter(field.examples or ()), None)
    return None


def likeness(annotation: Any, path: Path) -> str:
    """How what stands at this place is written, by the example of its field; "" where none is."""
    for length in range(len(path) - 1, -1, -1):
        for model in models_in(types_at(annotation, path[:length])):
            for name, field in model.model_fields.items():
                if path[length] == (field.alias or name):
                    return str(next(iter(field.examples or ()), ""))
    return ""


def types_in(annotation: Any) -> Iterator[Any]:
    """The types that a value of this type may have, without Optional, Annotated and the like."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from types_in(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for argument in get_args(annotation):
            yield from types_in(argument)
    else:
        yield annotation


def types_at(annotation: Any, path: Path) -> list[Any]:
    """The types that the value at this place may have; none where the model knows no such place."""
    here = list(types_in(annotation))
    for part in path:
        here = [t for outer in here for inner in _child(outer, part) for t in types_in(inner)]
    return here


def is_model(candidates: list[Any]) -> bool:
    """Whether one of the types is a model of ours."""
    return bool(models_in(candidates))


def models_in(candidates: list[Any]) -> list[type[BaseModel]]:
    """Those of the types that are models."""
    return [t for t in candidates if isinstance(t, type) and issubclass(t, BaseModel)]


def children(annotation: Any, data: Any) -> Iterator[tuple[str | int, Any]]:
    """The parts of this value that the type speaks of: key or place, and its type."""
    places: list[str | int] = []
    if isinstance(data, dict):
        places = list(data)
    elif isinstance(data, list):
        places = list(range(len(data)))
    for place in places:
        yield from ((place, inner) for inner in _child(annotation, place))


def _child(annotation: Any, part: str | int) -> Iterator[Any]:
    """The type of one part."""
    arguments = get_args(annotation)
    if models_in([annotation]):
        for name, field in annotation.model_fields.items():
            if part == (field.alias or name):
                yield field.annotation
    elif isinstance(part, str) and len(arguments) == 2 and arguments[1] is not Ellipsis:
        yield arguments[1]
    elif isinstance(part, int) and arguments:
        yield arguments[0]
