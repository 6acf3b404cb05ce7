"""The part of Jinja that templates may use: values, conditions, nothing that loops or calls."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

# Without loops, calls, filters and attributes, the time that a template takes and the length of
# what it says are bounded by its own length and that of its values.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip

PLAIN = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
HTML = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)

# A line with nothing but a tag leaves no empty line behind.
_LONE_TAG = re.compile(r"^[ \t]*(\{%[^{}]*%\})[ \t]*(?:\n|\Z)", re.MULTILINE)


def faults(text: str, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """What a template may not say, as (line, what): odd syntax, forbidden parts, unknown values."""
    try:
        tree = PLAIN.parse(text)
    except TemplateSyntaxError as error:
        yield error.lineno, f"cannot be read: {error.message}"
        return
    known = set(names)
    for node in _all(tree):
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            yield node.lineno, f"uses {kind}; only values and if are allowed"
        elif isinstance(node, nodes.Name) and node.name not in known:
            yield node.lineno, f"speaks of {node.name!r}, which is not among its variables"


@lru_cache(maxsize=1_000)
def spoken_of(text: str) -> frozenset[str]:
    """The names of the values that a template speaks of."""
    return frozenset(n.name for n in _all(PLAIN.parse(text)) if isinstance(n, nodes.Name))


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and what is in it; not further into what is forbidden, one fault is enough."""
    yield node
    if isinstance(node, _ALLOWED):
        for child in node.iter_child_nodes():
            yield from _all(child)


def spoken(text: str, values: dict[str, Any], *, html: bool) -> str:
    """The template's text with its values in place; in HTML they are escaped."""
    return _compiled(text, html).render(values)


@lru_cache(maxsize=1_000)
def _compiled(text: str, html: bool) -> Template:
    environment = HTML if html else PLAIN
    return environment.from_string(_LONE_TAG.sub(r"\1", text))
