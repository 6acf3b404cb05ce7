"""In which words: catalogue, rendering, courtesy and promises."""

from templates.catalog import Catalog, Template, Variable, Wording
from templates.errors import (
    BadCatalog,
    BadValue,
    MissingValue,
    TemplateError,
    UnknownLocale,
    UnknownTemplate,
    UnknownValue,
)
from templates.render import render, spells_out
from templates.values import ValueType

__all__ = [
    "BadCatalog",
    "BadValue",
    "Catalog",
    "MissingValue",
    "Template",
    "TemplateError",
    "UnknownLocale",
    "UnknownTemplate",
    "UnknownValue",
    "ValueType",
    "Variable",
    "Wording",
    "render",
    "spells_out",
]
