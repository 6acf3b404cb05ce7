"""The rules that a desk's ops write: what a conversation must be, and what becomes of it. Pure.

A rule with a queue routes: the first that holds decides. A rule with a category names it: the first
that holds does, and no model is asked. A rule that escalates does so whenever it holds.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec
import re2

TEXT_LIMIT = 4_000  # characters of a conversation's words that rules look at
MOST_TRIED = 20  # rules that are named as tried, the deciding one among them


class When(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said must hold; a list holds when one of it does. Nothing said: always."""

    channel: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    text_has: tuple[str, ...] = ()
    regex: str = ""  # of RE2: it takes time in proportion to the text
    vip: bool | None = None
    attributes: Mapping[str, tuple[str, ...]] = {}
    during: str = ""  # a calendar that is open
    outside: str = ""  # a calendar that is closed
    category: tuple[str, ...] = ()
    anger_from: int = 0
    urgency_from: int = 0
    wants: tuple[str, ...] = ()
    breached: bool = False


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule does beside routing, once: more priority, another queue, word to supervisors."""

    priority: int = 0  # added
    queue: str = ""  # "" leaves it where it is
    notify: bool = True


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. queue "" routes nothing, category "" names nothing."""

    name: str = ""  # none: the default queue
    when: When = When()
    queue: str = ""
    priority: int = 0
    need: Mapping[str, int] = {}
    category: str = ""
    escalate: Escalation | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a conversation. `open`: the calendars that are open now."""

    channel: str
    account: str
    language: str
    vip: bool
    text: str
    attributes: Mapping[str, str] = {}
    open: frozenset[str] = frozenset()
    category: str = ""
    anger: int = 0
    urgency: int = 0
    wants: str = ""
    breached: bool = False


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was looked at, and the first condition that did not hold; "" when all did."""

    rule: str
    failed: str = ""


Test = Callable[[Facts], bool]


class RuleSet:
    """The rules of one rulebook, compiled once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._tests = {id(rule): tuple(_tests(rule.when)) for rule in self.rules}
        self._routing = [rule for rule in self.rules if rule.queue]
        self._naming = [r for r in self.rules if r.category and not _asks_for_category(r.when)]
        self._escalating = [rule for rule in self.rules if rule.escalate is not None]
        whens = [rule.when for rule in self.rules]
        self.calendars = {n for when in whens for n in (when.during, when.outside) if n}
        self.minds_breaches = any(rule.when.breached for rule in self._escalating)

    def failed(self, rule: Rule, facts: Facts) -> str:
        """The first condition of a rule that does not hold; "" when all do."""
        return next((name for name, holds in self._tests[id(rule)] if not holds(facts)), "")

    def conditions(self, rule: Rule) -> tuple[str, ...]:
        """What a rule asks, by name."""
        return tuple(name for name, _ in self._tests[id(rule)])

    def naming(self, facts: Facts) -> Rule | None:
        """The first rule that names the category, by what is said and known of the customer."""
        return next((rule for rule in self._naming if not self.failed(rule, facts)), None)

    def route(self, facts: Facts) -> Rule | None:
        """The first rule that holds and has a queue."""
        return next((rule for rule in self._routing if not self.failed(rule, facts)), None)

    def tried(self, facts: Facts) -> tuple[Tried, ...]:
        """The rules that were tried for a queue up to the one that decided, the last ones."""
        found: list[Tried] = []
        for rule in self._routing:
            failed = self.failed(rule, facts)
            found.append(Tried(rule=rule.name, failed=failed))
            if not failed:
                break
        return tuple(found[-MOST_TRIED:])

    def escalating(self, facts: Facts, done: Collection[str]) -> list[Rule]:
        """The rules that escalate now and have not done so before, by name."""
        return [r for r in self._escalating if r.name not in done and not self.failed(r, facts)]


def _asks_for_category(when: When) -> bool:
    return bool(when.category)


def _tests(when: When) -> Iterator[tuple[str, Test]]:
    """The conditions that are said, each with its name, the cheap ones first."""
    for name, wanted in (
        ("channel", when.channel),
        ("account", when.account),
        ("language", when.language),
        ("category", when.category),
        ("wants", when.wants),
    ):
        if wanted:
            yield name, _one_of(name, wanted)
    if when.vip is not None:
        yield "vip", lambda facts: facts.vip == when.vip
    if when.breached:
        yield "breached", lambda facts: facts.breached
    if when.anger_from:
        yield "anger_from", lambda facts: facts.anger >= when.anger_from
    if when.urgency_from:
        yield "urgency_from", lambda facts: facts.urgency >= when.urgency_from
    if when.during:
        yield "during", lambda facts: when.during in facts.open
    if when.outside:
        yield "outside", lambda facts: when.outside not in facts.open
    for key, values in when.attributes.items():
        yield f"attributes.{key}", _attribute(key, values)
    if when.text_has:
        yield "text_has", _has(tuple(word.casefold() for word in when.text_has))
    if when.regex:
        yield "regex", _matches(when.regex)


def _one_of(name: str, wanted: tuple[str, ...]) -> Test:
    return lambda facts: getattr(facts, name) in wanted


def _attribute(key: str, values: tuple[str, ...]) -> Test:
    return lambda facts: facts.attributes.get(key) in values


def _has(words: tuple[str, ...]) -> Test:
    def has(facts: Facts) -> bool:
        folded = facts.text[:TEXT_LIMIT].casefold()
        return any(word in folded for word in words)

    return has


def _matches(regex: str) -> Test:
    compiled = re2.compile(f"(?i){regex}")
    return lambda facts: compiled.search(facts.text[:TEXT_LIMIT]) is not None
