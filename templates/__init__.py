"""In which words: catalogue, rendering, courtesy and promises."""

from templates.catalog import Catalog, Template, Variable, Wording
from templates.errors import BadCatalog, BadValue, MissingValue, TemplateError, UnknownTemplate
from templates.render import render
from templates.values import ValueType

__all__ = [
    "BadCatalog",
    "BadValue",
    "Catalog",
    "MissingValue",
    "Template",
    "TemplateError",
    "UnknownTemplate",
    "ValueType",
    "Variable",
    "Wording",
    "render",
]
