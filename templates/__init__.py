"""In which words: catalogue, rendering, courtesy and promises."""

from templates.catalog import BadCatalog, Catalog, Template, UnknownTemplate, Variable, Wording
from templates.render import BadValue, MissingValue, render
from templates.values import ValueType

__all__ = [
    "BadCatalog",
    "BadValue",
    "Catalog",
    "MissingValue",
    "Template",
    "UnknownTemplate",
    "ValueType",
    "Variable",
    "Wording",
    "render",
]
