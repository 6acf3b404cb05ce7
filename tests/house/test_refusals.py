"""What an agent may be refused is said in each language of the console, by its code."""

import re
from pathlib import Path

import pytest

from gateway.pipeline.saying import REFUSALS

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "web" / "console" / "src" / "i18n"
ROOMS = ("gateway/verbs", "gateway/pipeline", "gateway/http/api", "gateway/http/uploads.py")
CODE = re.compile(r'(?:Refusal\(\s*code=|Problem\(\s*)"([a-z_]+)"')
WORD = re.compile(r"^  err_([a-z_]+):", re.MULTILINE)
# Administrators' and machines' own, which no press of the console brings about.
NOT_AGENTS = frozenset(
    {
        *("beyond_your_own", "login_taken", "own_account", "token_taken", "of_the_whole_desk"),
        *("broken_adapter", "invalid_rulebook", "orphaned_work", "rulebook_changed"),
        *("fenced", "no_such_position", "too_many_automatic"),
    }
)


def refusals() -> set[str]:
    """Every code that stands in the rooms an agent's press goes through."""
    found = set(map(str, REFUSALS))
    for room in ROOMS:
        place = ROOT / room
        for path in place.rglob("*.py") if place.is_dir() else (place,):
            found.update(CODE.findall(path.read_text()))
    return found - NOT_AGENTS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_has_its_words(language: str) -> None:
    """A code without words would be shown in English to somebody who reads Chinese."""
    said = WORD.findall((WORDS / f"{language}.ts").read_text())
    assert refusals() - set(said) == set()
