"""docs/RULEBOOK.md: every key of the rulebook, by the models in config/ and their comments."""

import io
import re
import tokenize
from ast import AnnAssign, ClassDef, Name, parse
from collections.abc import Iterable, Iterator
from decimal import Decimal
from inspect import cleandoc, getsource
from textwrap import dedent
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from config import Rulebook
from config.fields import models_in, types_in
from config.hours import Day, Windows
from config.rulebook import CHANNELS, Channel
from config.units import Duration, Words, Zone, format_duration

HEAD = """# The rulebook

Every key, what it takes, and what counts where it is not said. This page is generated:
`parley config keys > docs/RULEBOOK.md`; a test compares it.

NAME is what something is called, `[]` each of a list. A time is written `30s`, `5m`, `24h` or `7d`.
How it all works together is told in [Operating Parley](OPERATING.md#configuration);
`config/default` is a whole rulebook with comments.
"""

A_TIME = "a time"

_VALIDATORS = (AfterValidator, BeforeValidator)
_KINDS = {
    get_args(kind)[1]: words
    for kind, words in (
        (Duration, A_TIME),
        (Words, "a word or a list of words"),
        (Zone, "a time zone as `Asia/Shanghai`"),
        (Day, "a day as `2026-10-01`"),
        (Windows, "windows as `09:00-12:00 13:00-18:00`"),
    )
}
_PLAIN = {str: "text", bool: "`true` or `false`", int: "a number", Decimal: "a number"}
_BOUNDS = {"ge": "from", "gt": "above", "le": "up to"}


def page() -> str:
    """The whole page."""
    told: dict[type[BaseModel], str] = {}
    _walk(Rulebook, "", told)
    return "\n".join((HEAD, *(_section(path, model, told) for model, path in told.items() if path)))


def _walk(model: type[BaseModel], path: str, told: dict[type[BaseModel], str]) -> None:
    """Note each model where it is met first."""
    told[model] = path
    for name, field in model.model_fields.items():
        suffix, inside = _inside(field.annotation)
        for inner in models_in(inside):
            if inner not in told:
                _walk(inner, f"{path}.{field.alias or name}{suffix}".lstrip("."), told)


def _inside(annotation: Any) -> tuple[str, list[Any]]:
    """What a mapping or a list holds, and how the way to it is written."""
    kinds = list(types_in(annotation))
    for kind in kinds:
        if get_origin(kind) in (dict, tuple):
            place, inner = (".NAME", 1) if get_origin(kind) is dict else ("[]", 0)
            further, found = _inside(get_args(kind)[inner])
            return place + further, found
    return "", kinds


def _section(path: str, model: type[BaseModel], told: dict[type[BaseModel], str]) -> str:
    level = "###" if "." in path.removesuffix(".NAME") else "##"
    unsaid, means = model.model_construct().model_dump(mode="json", by_alias=True), _means(model)
    rows = (
        f"| `{field.alias or name}` | {_takes(field.annotation, (*field.metadata, field), told)} "
        f"| {_unsaid(field, unsaid.get(field.alias or name))} "
        f"| {means.get(name) or _of_its_model(field)} |"
        for name, field in model.model_fields.items()
    )
    head = ("| key | takes | unless it is said | means |", "| --- | --- | --- | --- |")
    usual = _usual() if model is Channel else ()
    about = " ".join(cleandoc(model.__doc__ or "").replace("\n\n", "\n").split("\n"))
    return "\n".join((f"{level} {path}", "", about, "", *head, *rows, "", *usual))


def _usual() -> Iterator[str]:
    for name, channel in CHANNELS.items():
        said = channel.model_dump(mode="json", by_alias=True, exclude_unset=True)
        yield f"`{name}` usually has {', '.join(f'`{k}: {_text(v)}`' for k, v in said.items())}.\n"


# --- what it takes, and what counts unless it is said ---


def _takes(annotation: Any, about: Iterable[Any], told: dict[type[BaseModel], str]) -> str:
    """In words; `about` is what is asked of it beside its type: validators and bounds."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        further = [each for m in inner[1:] for each in getattr(m, "metadata", (m,))]
        return _takes(inner[0], [*about, *further], told)
    if origin in (Union, UnionType):
        return " or ".join(_takes(kind, about, told) for kind in inner if kind is not type(None))
    if origin is Literal:
        return _either([f"`{value}`" for value in inner if value])
    if models_in([annotation]):
        return f"[{told[annotation]}](#{re.sub(r'[^a-z_]', '', told[annotation].lower())})"
    known = [_KINDS[m] for m in about if isinstance(m, _VALIDATORS) and m in _KINDS]
    if origin is dict:
        return f"NAME: {_takes(inner[1], (), told)}"
    if origin is tuple:
        each = _takes(inner[0], (), told)
        if (known and each == _PLAIN[str]) or annotation == get_args(Windows)[0]:
            return known[0]
        return f"{'one, or a list, each' if known else 'a list, each'} {each}"
    words = known[0] if known else _PLAIN[annotation]
    words += "".join(f" as `{like}`" for m in about for like in getattr(m, "examples", None) or ())
    return " ".join((words, *_bounds(about, words)))


def _either(words: list[str]) -> str:
    return " or ".join((", ".join(words[:-1]), words[-1]) if words[1:] else words)


def _bounds(about: Iterable[Any], words: str) -> Iterator[str]:
    for name, told in _BOUNDS.items():
        for bound in (getattr(each, name) for each in about if hasattr(each, name)):
            yield f"{told} {format_duration(bound) if words == A_TIME else f'{bound:,}'}"


def _unsaid(field: FieldInfo, value: Any) -> str:
    if field.is_required():
        return "must be said"
    if value in (None, "", [], {}):
        return "none"
    first = value[0] if isinstance(value, list) else value
    return "" if isinstance(first, dict) else f"`{_text(value)}`"


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_text, value))}]"
    return str(value)


# --- what it means: the comments beside a field, and right above it ---


def _means(model: type[BaseModel]) -> dict[str, str]:
    """By the field's name; of what a model has from another, too."""
    above = model.__mro__[1]
    before = _means(above) if issubclass(above, BaseModel) and above is not BaseModel else {}
    source = dedent(getsource(model))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = {each.start[0]: each.string for each in tokens if each.type == tokenize.COMMENT}
    alone = {n for n in said if source.splitlines()[n - 1].lstrip().startswith("#")}
    for node in cast("ClassDef", parse(source).body[0]).body:
        if isinstance(node, AnnAssign) and isinstance(node.target, Name):
            first = node.lineno
            while first - 1 in alone:
                first -= 1
            lines = range(first, (node.end_lineno or first) + 1)
            before[node.target.id] = _line(said[n].lstrip("# ") for n in lines if n in said)
    return before


def _of_its_model(field: FieldInfo) -> str:
    """The first sentence that the model says of itself."""
    for model in models_in(_inside(field.annotation)[1]):
        return _line([re.split(r"\.\s", cleandoc(model.__doc__ or ""))[0]])
    return ""


def _line(parts: Iterable[str]) -> str:
    text = " ".join(" ".join(parts).split()).rstrip(".").replace("|", "\\|")
    return text[:1].lower() + text[1:]
