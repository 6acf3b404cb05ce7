"""Rules that ops write: each condition alone, the order of rules, what was tried, escalation."""

from typing import Any

import msgspec
import pytest

from routing.rules import MOST_TRIED, TEXT_LIMIT, Escalation, Facts, Rule, RuleSet, Tried, When

FACTS = Facts(
    channel="email",
    account="shop",
    language="zh",
    vip=True,
    text="我要退款 Order 1234",
    attributes={"tier": "gold"},
    open=frozenset({"office"}),
    category="order",
    anger=2,
    urgency=1,
    wants="lead",
    breached=True,
)

# A condition that holds of FACTS, and a change of the facts by which it no longer does.
CONDITIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("channel", {"channel": ("sms", "email")}, {"channel": "line"}),
    ("account", {"account": ("shop",)}, {"account": "other"}),
    ("language", {"language": ("zh",)}, {"language": "en"}),
    ("category", {"category": ("order", "product")}, {"category": "other"}),
    ("wants", {"wants": ("lead",)}, {"wants": "person"}),
    ("vip", {"vip": True}, {"vip": False}),
    ("breached", {"breached": True}, {"breached": False}),
    ("anger_from", {"anger_from": 2}, {"anger": 1}),
    ("urgency_from", {"urgency_from": 1}, {"urgency": 0}),
    ("during", {"during": "office"}, {"open": frozenset()}),
    ("outside", {"outside": "night"}, {"open": frozenset({"night"})}),
    ("attributes.tier", {"attributes": {"tier": ("gold",)}}, {"attributes": {}}),
    ("text_has", {"text_has": ("退款", "refund")}, {"text": "hello"}),
    ("text_has", {"text_has": ("ORDER",)}, {"text": "x" * TEXT_LIMIT + "order"}),
    ("regex", {"regex": r"\border \d{4}\b"}, {"text": "order 12345"}),
]


def rule(queue: str = "q", **fields: Any) -> Rule:
    """A rule that routes, under conditions."""
    asked = [k for k, v in fields.items() if k in When.__struct_fields__ and not isinstance(v, str)]
    asked += [k for k in ("regex", "during", "outside") if k in fields and k not in asked]
    conditions = {key: fields.pop(key) for key in asked}
    return Rule(when=When(**conditions), queue=queue, **fields)


@pytest.mark.parametrize(
    ("name", "said", "change"), CONDITIONS, ids=[f"{row[0]} {row[1]}" for row in CONDITIONS]
)
def test_a_condition_alone(name: str, said: dict[str, Any], change: dict[str, Any]) -> None:
    """Each condition holds, and named when it does not."""
    rules = RuleSet([rule(**said)])
    assert rules.route(FACTS) is rules.rules[0]
    other = msgspec.structs.replace(FACTS, **change)
    assert (rules.route(other), rules.failed(rules.rules[0], other)) == (None, name)
    assert rules.conditions(rules.rules[0]) == (name,)


def test_every_condition_has_its_row() -> None:
    """A condition that is added must be tried alone."""
    assert {row[0].partition(".")[0] for row in CONDITIONS} == set(When.__struct_fields__)


def test_the_first_that_holds_decides_and_all_before_it_were_tried() -> None:
    """A rule that only names or escalates is not tried for a queue."""
    rules = RuleSet(
        [
            rule(name="a", channel=("sms",)),
            rule("", name="names", category="order"),
            rule("", name="escalates", escalate=Escalation()),
            rule(name="b", vip=True, anger_from=3),
            rule(name="c", vip=True),
            rule(name="d"),
        ]
    )
    found = rules.route(FACTS)
    assert found is not None
    assert found.name == "c"
    assert rules.tried(FACTS) == (
        Tried(rule="a", failed="channel"),
        Tried(rule="b", failed="anger_from"),
        Tried(rule="c"),
    )


def test_of_many_rules_the_last_are_named() -> None:
    """The one that decided is among them."""
    rules = RuleSet([*(rule(name=f"{n}", channel=("sms",)) for n in range(99)), rule(name="z")])
    tried = rules.tried(FACTS)
    assert (len(tried), tried[-1]) == (MOST_TRIED, Tried(rule="z"))


def test_naming_the_category() -> None:
    """By words, customer and mood; never by the category itself, which is what is asked."""
    rules = RuleSet(
        [
            rule("", category="product", vip=False),
            rule("", category="suggestion", wants=("person",)),
            Rule(when=When(category=("order",)), category="other"),
            rule("x", category="after_sales", text_has=("退款",)),
        ]
    )
    found = rules.naming(FACTS)
    assert found is not None
    assert found.category == "after_sales"


def test_escalating() -> None:
    """Every rule that holds does, whether or not it routes; none twice."""
    rules = RuleSet(
        [
            rule(name="a", anger_from=2, escalate=Escalation()),
            rule("", name="b", breached=True, escalate=Escalation(priority=5)),
            rule("", name="c", anger_from=3, escalate=Escalation()),
        ]
    )
    assert [r.name for r in rules.escalating(FACTS, ())] == ["a", "b"]
    assert [r.name for r in rules.escalating(FACTS, ["a"])] == ["b"]
    assert rules.minds_breaches
    assert not RuleSet([rule(breached=True)]).minds_breaches


def test_calendars_that_are_asked_for() -> None:
    """Only those need be looked at."""
    assert RuleSet([rule(during="a"), rule(outside="b")]).calendars == {"a", "b"}
