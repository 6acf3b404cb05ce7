"""What an adapter says of itself in quality.toml is true, and earns the level that it claims.

docs/ADDING_AN_ADAPTER.md says what bronze, silver and gold mean.
"""

import importlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Capabilities, Doubt

ROOT = Path(__file__).parents[2]
# What they send is no request of HTTP: a mail server, and a telephone, have tests of their own.
ELSEWHERE = ("email", "twilio_voice")
NAMES = sorted(path.parent.name for path in ROOT.glob("adapters/*/quality.toml"))


def said(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / f"adapters/{name}/quality.toml").read_text())


def kind_of(name: str) -> Any:
    package = importlib.import_module(f"adapters.{name}")
    return getattr(package, package.__all__[0])


def is_bronze(quality: dict[str, Any], can: Capabilities) -> bool:
    """Proved deliveries, a key of their own, tables that the kit has run, and no word on doubt
    other than the capabilities'."""
    receiving, sending = quality["receiving"], quality["sending"]
    tables = [receiving["table"], *([sending["table"]] if can.sends else [])]
    doubt = can.in_doubt.value if can.sends else "never"
    return (
        bool(receiving["signature"] and receiving["key"])
        and all((ROOT / table).is_file() for table in tables)
        and any("adapter_problems" in test.read_text() for test in _beside(receiving["table"]))
        and sending["in_doubt"].partition(":")[0] == doubt
    )


def _beside(table: str) -> list[Path]:
    return list((ROOT / table).parent.glob("test_*.py"))


def is_silver(quality: dict[str, Any], can: Capabilities) -> bool:
    """Files too, where there are words; and what comes in was judged by somebody else's work."""
    return bool(quality["receiving"].get("judge")) and (can.max_attachments > 0 or not can.max_text)


def is_gold(quality: dict[str, Any], can: Capabilities) -> bool:
    """No doubt is left to a person, reports tell how far a message got, and what goes out was
    judged by somebody else's work."""
    settled = not can.sends or can.in_doubt is not Doubt.HOLD
    return settled and bool(can.reports) and bool(quality["sending"].get("judge"))


LEVELS = {"bronze": is_bronze, "silver": is_silver, "gold": is_gold}


def earned(quality: dict[str, Any], can: Capabilities) -> str:
    """The highest level whose own conditions, and those of all below it, are met."""
    reached = ""
    for level, holds in LEVELS.items():
        if not holds(quality, can):
            break
        reached = level
    return reached


@pytest.mark.parametrize("name", NAMES)
def test_a_level_is_earned(name: str) -> None:
    """No more is claimed than is kept, and no less."""
    kind, quality = kind_of(name), said(name)
    assert quality["channel"] == kind.channel
    assert quality["level"] == earned(quality, kind.capabilities)


@pytest.mark.parametrize("name", NAMES)
def test_a_gap_is_a_sentence(name: str) -> None:
    """What an adapter does not do is said in words, for who chooses a channel."""
    gaps = said(name).get("known_gaps", {})
    assert all(isinstance(gap, str) and len(gap.split()) > 2 for gap in gaps.values())


@pytest.mark.parametrize("name", NAMES)
def test_its_tables_are_found_by_its_name(name: str) -> None:
    """`parley verify-adapter NAME` runs the very tables that its tests run."""
    cases = importlib.import_module(f"tests.adapters.{name}.cases")
    assert callable(cases.build)
    assert cases.INBOUND
    sends_by_table = kind_of(name).capabilities.sends and name not in ELSEWHERE
    assert bool(getattr(cases, "OUTBOUND", ())) is sends_by_table


def test_what_takes_a_level_away() -> None:
    """Each level falls with any of its conditions."""
    quality, can = said("twilio_sms"), kind_of("twilio_sms").capabilities
    assert earned(quality, can) == "gold"
    unjudged = quality | {"sending": {**quality["sending"], "judge": ""}}
    assert earned(unjudged, can) == "silver"
    own = quality | {"receiving": {**quality["receiving"], "judge": ""}}
    assert earned(own, can) == "bronze"
    lying = quality | {"sending": {**quality["sending"], "in_doubt": "retry: it says"}}
    assert earned(lying, can) == ""
