"""Settings of a node and the desk's rulebook: types, loading, defaults."""

from pathlib import Path

from config.checks import (
    account_problems,
    calendar_problems,
    channel_problems,
    rulebook_problems,
)
from config.difference import Difference, plan
from config.faults import Fault, Problem
from config.loader import Loaded, load, load_rulebook
from config.rulebook import Rulebook
from config.serving import room_problems
from config.settings import Account, Settings, secrets_of

DEFAULT = Path(__file__).parent / "default"
"""The directory of the demo desk."""

__all__ = [
    "DEFAULT",
    "Account",
    "Difference",
    "Fault",
    "Loaded",
    "Problem",
    "Rulebook",
    "Settings",
    "account_problems",
    "calendar_problems",
    "channel_problems",
    "load",
    "load_rulebook",
    "plan",
    "room_problems",
    "rulebook_problems",
    "secrets_of",
]
