"""What routing says of a rulebook: conditions that nobody can read, steps that exclude."""

from typing import Any

import pytest

from config import Rulebook
from config.faults import dotted
from gateway.pipeline.soundness import routing_problems

AGENTS = {"ann": {"skills": {"zh": 3}, "queues": ["q"]}}


@pytest.mark.parametrize(
    ("label", "queue", "expected"),
    [
        ("nothing", {"overflow": [{"when": "waiting > 3", "do": "close"}]}, None),
        (
            "a condition without sense",
            {"overflow": [{"when": "waits > 3", "do": "close"}]},
            "queues.q.overflow[0].when: does not know 'waits'",
        ),
        (
            "a step that asks for nothing known",
            {"steps": [{"who": "skill.zh is good"}]},
            "queues.q.steps[0].who: wants one of",
        ),
        (
            "a condition that excludes whom the step before allowed",
            {"steps": [{}, {"after": "1m", "who": "not skills has zh"}]},
            "queues.q.steps[1].who: excludes agents",
        ),
        (
            "on purpose",
            {"steps": [{}, {"after": "1m", "who": "not skills has zh"}], "strict_switch": True},
            None,
        ),
        ("relaxing", {"steps": [{"who": "skill.zh >= 3"}, {"after": "1m"}]}, None),
    ],
)
def test_conditions_are_read_before_they_are_in_force(
    label: str, queue: dict[str, Any], expected: str | None
) -> None:
    """Each fault has its path, so that it is shown at its line."""
    book = Rulebook.model_validate({"queues": {"q": queue}, "agents": AGENTS, "skills": {"zh": {}}})
    found = [f"{dotted(problem.path)}: {problem.what}" for problem in routing_problems(book)]
    assert (found == []) if expected is None else found[0].startswith(expected), (label, found)
