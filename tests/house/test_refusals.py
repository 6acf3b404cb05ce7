"""What an agent may be refused is said in each language of the console, by its code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.outcome import Reason
from gateway.http.errors import KINDS
from gateway.pipeline.saying import REFUSALS

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "web" / "console" / "src" / "i18n"
ROOMS = ("gateway/verbs", "gateway/pipeline", "gateway/http")
# Faults of a configuration go by the same name; they have paths, and no codes.
NOT_REFUSALS = "gateway/pipeline/soundness.py"
WORD = re.compile(r"^  err_([a-z_]+):", re.MULTILINE)
# Administrators' and machines' own, which no press of the console brings about.
NOT_AGENTS = frozenset(
    {
        *("beyond_your_own", "login_taken", "own_account", "token_taken", "of_the_whole_desk"),
        *("broken_adapter", "invalid_rulebook", "orphaned_work", "rulebook_changed"),
        *("fenced", "no_such_position", "too_many_automatic", "words_changed"),
        *("bad_frame", "text_too_long", "cursor_ahead", "cursor_too_old"),
        *("identity_refused", "identity_required", "unauthentic", "wrong_origin"),
        *("expectation_failed", "method_not_allowed", "upgrade_required"),
        *("survey_over", "survey_score"),  # customers', in the window and on the page
    }
)
# Where a code is no literal: which it may be there.
CARRIED = {
    "shut.reason": {Reason.WINDOW_CLOSED, Reason.BUDGET_SPENT},
    "left.reason": {
        *(Reason.WINDOW_CLOSED, Reason.BUDGET_SPENT, Reason.OPTED_OUT, Reason.UNSUPPORTED),
    },
    "OFFER_GONE": {"offer_gone"},
    "NOT_FOUND": {"not_found"},
    "refused.code": set(REFUSALS),
    "refusal.code": set(),  # of a Refusal that is found where it is made
    "code": {*KINDS},
    "why.code": {"draft_timeout", "draft_down", "draft_unusable", "draft_limited"},
}


def codes() -> Iterator[ast.expr]:
    """What every refusal of these rooms says that it is."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path == ROOT / NOT_REFUSALS:
                continue
            for call in ast.walk(ast.parse(path.read_text())):
                match call:
                    case ast.Call(func=ast.Name("Refusal"), keywords=said):
                        yield next(each.value for each in said if each.arg == "code")
                    case ast.Call(func=ast.Name("Problem"), args=[code, *_]):
                        yield code


def refusals() -> set[str]:
    """Every code that an agent's press may come to."""
    found = set(map(str, (*REFUSALS, *KINDS)))
    for code in codes():
        match code:
            case ast.Constant(str(literal)):
                found.add(literal)
            case _:
                found.update(map(str, CARRIED[ast.unparse(code)]))
    return found - NOT_AGENTS


def test_every_code_is_seen() -> None:
    """A code that a helper puts in goes by no name that this test knows: it is to be written out."""
    unseen = {ast.unparse(code) for code in codes() if not isinstance(code, ast.Constant)}
    assert unseen == set(CARRIED)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_has_its_words(language: str) -> None:
    """A code without words would be shown in English to somebody who reads Chinese."""
    said = WORD.findall((WORDS / f"{language}.ts").read_text())
    assert refusals() - set(said) == set()
