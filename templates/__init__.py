"""In which words: catalogue, rendering, courtesy and promises."""

from templates.catalog import Catalog
from templates.errors import (
    BadCatalog,
    BadValue,
    MissingValue,
    Slip,
    TemplateError,
    UnknownLocale,
    UnknownTemplate,
    UnknownValue,
)
from templates.model import Approved, Origin, Template, Variable, Wording
from templates.render import Pledge, Rendered, approved, render, rendered, spells_out
from templates.spans import NoTime, Span, due_of, span_of
from templates.values import ValueType

__all__ = [
    "Approved",
    "BadCatalog",
    "BadValue",
    "Catalog",
    "MissingValue",
    "NoTime",
    "Origin",
    "Pledge",
    "Rendered",
    "Slip",
    "Span",
    "Template",
    "TemplateError",
    "UnknownLocale",
    "UnknownTemplate",
    "UnknownValue",
    "ValueType",
    "Variable",
    "Wording",
    "approved",
    "due_of",
    "render",
    "rendered",
    "span_of",
    "spells_out",
]
