"""What is said of a rulebook: conditions that nobody can read, steps that exclude, words unsaid."""

from pathlib import Path
from typing import Any

import pytest

from config import Rulebook
from config.faults import dotted
from gateway.pipeline.soundness import routing_problems, template_problems
from templates import Catalog

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
        (
            "a skill that there is not",
            {"steps": [{"who": "skill.zhh >= 3"}]},
            "queues.q.steps[0].who: there is no skill 'zhh'",
        ),
        (
            "a queue that there is not",
            {"steps": [{"who": "not queues has vip"}]},
            "queues.q.steps[0].who: there is no queue 'vip'",
        ),
        (
            "more than anybody has",
            {"steps": [{"who": "skill.zh >= 5"}]},
            "queues.q.steps[0].who: no agent of this queue is one whom its steps allow",
        ),
        (
            "less after a while",
            {"steps": [{"who": "skill.zh >= 5"}, {"after": "1m", "who": "skill.zh >= 3"}]},
            None,
        ),
    ],
)
def test_conditions_are_read_before_they_are_in_force(
    label: str, queue: dict[str, Any], expected: str | None
) -> None:
    """Each fault has its path, so that it is shown at its line."""
    book = Rulebook.model_validate({"queues": {"q": queue}, "agents": AGENTS, "skills": {"zh": {}}})
    found = [f"{dotted(problem.path)}: {problem.what}" for problem in routing_problems(book)]
    assert (found == []) if expected is None else found[0].startswith(expected), (label, found)


DESK, NUMBER = "{type: line, example: x}", "{type: line, example: '1', fallback: ''}"


@pytest.mark.parametrize(
    ("label", "name", "variables", "expected"),
    [
        ("what everybody is told", "own", f"desk_name: {DESK}", None),
        ("with a fallback", "own", f"order: {NUMBER}", None),
        ("from the desk's values", "own", f"agent: {DESK}", None),
        (
            "an empty value of the desk's",
            "own",
            f"slogan: {DESK}",
            "templates.automatic.acknowledged: template 'own' in en needs slogan",
        ),
        (
            "a name, which not every customer has",
            "own",
            f"customer_name: {DESK}\n  order: {DESK}",
            "templates.automatic.acknowledged: template 'own' in en needs customer_name, order",
        ),
        (
            "in what an overflow rule says",
            "sorry",
            f"order: {DESK}",
            "queues.q.overflow[0]: template 'sorry' in en needs order",
        ),
        ("a number, where one is called back", "callback_promised", f"number: {DESK}", None),
        (
            "an order, where one is called back",
            "callback_promised",
            f"order: {DESK}",
            "callbacks: template 'callback_promised' in en needs order",
        ),
    ],
)
def test_what_goes_out_by_itself_can_be_said(
    tmp_path: Path, label: str, name: str, variables: str, expected: str | None
) -> None:
    """A template that needs what nobody gives would never be said, and nobody would know."""
    words = "".join(f"{{{{ {line.split(':')[0].strip()} }}}} " for line in variables.split("\n"))
    for each in {"own", "sorry", name}:
        front = f"purpose: x\nvariables:\n  {variables}" if each == name else "purpose: x"
        file = tmp_path / "en" / f"{each}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\n{front}\n---\n{words if each == name else 'Hello.'}\n")
    overflow = {"when": "waiting > 3", "do": "message", "template": "sorry"}
    book = Rulebook.model_validate(
        {
            "queues": {"q": {"overflow": [overflow]}},
            "templates": {
                "automatic": {"acknowledged": {"template": "own"}, "out_of_hours": {}},
                "values": {"agent": "Emma", "slogan": ""},
            },
        }
    )
    told = template_problems(book, Catalog.load(tmp_path))
    found = [f"{dotted(problem.path)}: {problem.what}" for problem in told]
    assert (found == []) if expected is None else found[0].startswith(expected), (label, found)


def test_the_thanks_for_a_score_are_looked_at_too(tmp_path: Path) -> None:
    """They are said by themselves where a number is asked for."""
    for name, text in (
        ("survey_score", "---\npurpose: survey\n---\nOne to five?\n"),
        (
            "survey_thanks",
            "---\npurpose: thanks\nvariables:\n  ticket: {type: text, example: T-1}\n---\n{{ ticket }}\n",
        ),
    ):
        file = tmp_path / "en" / f"{name}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    surveys = {"ask": [{"channels": ["sms"], "by": "number"}]}
    book = Rulebook.model_validate({"queues": {"q": {}}, "surveys": surveys})
    told = [problem.what for problem in template_problems(book, Catalog.load(tmp_path))]
    assert told[0].startswith("template 'survey_thanks' in en needs ticket")
