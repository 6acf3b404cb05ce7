"""The part of Jinja that templates may use: values, conditions, `promise("24h")`; no loops."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates.spans import NoTime, span_of

PROMISE = "promise"  # the one call there is: it says until when, and makes that a promise

# Without loops, other calls, filters and attributes, the time that a template takes and the length
# of what it says are bounded by its own length and that of its values.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
# Values stand in a text as text: one can be told from another, but is not more or less than it.
_COMPARISONS = frozenset(("eq", "ne", "in", "notin"))
MAX_DEPTH = 32  # of conditions in conditions

PLAIN = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
HTML = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
for _environment in (PLAIN, HTML):
    _environment.globals.clear()  # range, dict, lipsum: nobody may speak of them

# Whoever looks a text over must be able to see where its conditions begin and end.
_MARK = re.compile(r"\{[{%#]|[}%#]\}")

# A line with nothing but a tag leaves no empty line behind.
_LONE_TAG = re.compile(r"^[ \t]*(\{%[^{}]*%\})[ \t]*(?:\n|\Z)", re.MULTILINE)


def faults(text: str, names: Iterable[str] | None) -> Iterator[tuple[int, str]]:
    """What a template may not say, as (line, what): odd syntax, forbidden parts, unknown values.

    `names` None: any value may be spoken of.
    """
    try:
        tree = PLAIN.parse(text)
    except TemplateError as error:
        yield getattr(error, "lineno", 1), f"cannot be read: {error.message}"
        return
    except RecursionError:
        yield 1, "is nested too deeply; say it in fewer conditions"
        return
    except ValueError as error:  # a number of thousands of digits
        yield 1, f"cannot be read: {error}"
        return
    for line, kind, _ in PLAIN.lex(text):
        if kind == "raw_begin":
            yield line, "uses raw; only values and if are allowed"
    known = set(names) if names is not None else None
    for depth, node in _all(tree):
        what = _wrong(node, known)
        if depth > MAX_DEPTH:
            yield node.lineno or 1, "is nested too deeply; say it in fewer conditions"
            return
        if what:
            yield node.lineno or 1, what


def _wrong(node: nodes.Node, known: set[str] | None) -> str:
    """What is wrong with a node; "" for nothing."""
    match node:
        case nodes.Name(name=name) if known is not None and name not in known:
            return f"speaks of {name!r}, which is not among its variables"
        case nodes.Const(value=value) if not isinstance(value, str):
            return f"speaks of {value}; write it between quotes"
        case nodes.Const(value=value) if _MARK.search(value):
            return f"speaks of {value!r}, which is a mark of the grammar; leave it out"
        case nodes.Operand(op=op) if op not in _COMPARISONS:
            return "compares by more and less; only ==, != and in are allowed"
        case nodes.Call():
            return _no_promise(node)
        case nodes.CondExpr(expr2=None):
            return "has an if without else; say what stands there otherwise"
        case _ if not isinstance(node, _ALLOWED):
            return f"uses {type(node).__name__.lower()}; only values and if are allowed"
    return ""


def _no_promise(call: nodes.Call) -> str:
    """What is wrong with a call; "" for `promise("24h")` and its like."""
    match call:
        case nodes.Call(
            node=nodes.Name(name=name),
            args=[nodes.Const(value=str(span))],
            kwargs=[],
            dyn_args=None,
            dyn_kwargs=None,
        ) if name == PROMISE:
            try:
                span_of(span)
            except NoTime as error:
                return f"promises what cannot be reckoned: {error}"
            return ""
    return 'uses call; only values, if and promise("24h") are allowed'


@lru_cache(maxsize=4_000)
def promises_in(text: str) -> bool:
    """Whether the template may promise something."""
    return any(isinstance(n, nodes.Call) for _, n in _all(PLAIN.parse(text)))


@lru_cache(maxsize=4_000)
def spoken_of(text: str) -> frozenset[str]:
    """The names of the values that a template speaks of."""
    return frozenset(n.name for _, n in _all(PLAIN.parse(text)) if isinstance(n, nodes.Name))


@lru_cache(maxsize=4_000)
def perhaps_absent(text: str) -> frozenset[str]:
    """The names of the values of which the template asks whether they are there."""
    asked = (n.test for _, n in _all(PLAIN.parse(text)) if isinstance(n, nodes.If | nodes.CondExpr))
    found = (n for test in asked for _, n in _all(test))
    return frozenset(n.name for n in found if isinstance(n, nodes.Name))


def _all(node: nodes.Node, depth: int = 0) -> Iterator[tuple[int, nodes.Node]]:
    """The node and what is in it; not further into what is forbidden, one fault is enough."""
    yield depth, node
    if isinstance(node, _ALLOWED) and depth <= MAX_DEPTH:
        for child in node.iter_child_nodes():
            yield from _all(child, depth + 1)


def spoken(text: str, values: dict[str, Any], *, html: bool) -> str:
    """The template's text with its values in place; in HTML they are escaped."""
    return _compiled(text, html).render(values)


@lru_cache(maxsize=4_000)
def _compiled(text: str, html: bool) -> Template:
    environment = HTML if html else PLAIN
    return environment.from_string(_LONE_TAG.sub(r"\1", text))
