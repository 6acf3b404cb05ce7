"""How it is said: rules of courtesy and of confidence over a text that a customer will read."""

from templates.courtesy.check import MAX_TEXT, RULES, check
from templates.courtesy.model import Context, Finding, Level, Strictness
from templates.courtesy.own import own_words

__all__ = [
    "MAX_TEXT",
    "RULES",
    "Context",
    "Finding",
    "Level",
    "Strictness",
    "check",
    "own_words",
]
