"""How it is said: rules of courtesy and of confidence over a text that a customer will read."""

from templates.courtesy.check import check
from templates.courtesy.model import Context, Finding, Level

__all__ = ["Context", "Finding", "Level", "check"]
