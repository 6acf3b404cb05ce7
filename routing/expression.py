"""Conditions that people write: `waiting > 20 and channel in [voice, webchat]`. Small and total.

    any   := all ("or" all)*         all  := each ("and" each)*
    each  := "not" each | "(" any ")" | NAME | NAME operator constant
    operator := == | != | < | <= | > | >= | in | has
    constant := 12 | 30s | 5m | 2h | 1d | true | false | word | "words" | [constant, ...]

A name stands left, a constant right: every expression ends, and asks for no more than it says. What
it asks of agents is compiled once: into levels and queues where it is a plain conjunction, else
into a predicate that is asked once for each profile, never for each agent and decision.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

SECOND_MS = 1_000
UNITS = {
    "ms": 1,
    "s": SECOND_MS,
    "m": 60 * SECOND_MS,
    "h": 3_600 * SECOND_MS,
    "d": 86_400 * SECOND_MS,
}
LONGEST = 500  # characters
DEEPEST = 20  # parentheses

Value: TypeAlias = int | bool | str | frozenset[str]
Kinds: TypeAlias = Mapping[str, str]
Facts: TypeAlias = Callable[[str], Value]

NUMBER, FLAG, WORD, WORDS = "number", "flag", "word", "words"

OF_WAITING: Final[Kinds] = {
    "wait_ms": NUMBER,
    "waiting": NUMBER,
    "ewt": NUMBER,
    "longest_wait": NUMBER,
    "staffed": NUMBER,
    "closed": FLAG,
    "live": FLAG,
    "channel": WORD,
    "priority": NUMBER,
}
"""What overflow rules may ask."""

OF_AGENTS: Final[Kinds] = {"skill.": NUMBER, "skills": WORDS, "queues": WORDS}
"""What steps may ask of agents; `skill.zh` is a level, 0 where there is none."""

_OPERATORS: Mapping[str, tuple[str, ...]] = {
    NUMBER: ("==", "!=", "<", "<=", ">", ">=", "in"),
    FLAG: ("==", "!="),
    WORD: ("==", "!=", "in"),
    WORDS: ("has",),
}
_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: int(a) < int(b),  # type: ignore[arg-type]
    "<=": lambda a, b: int(a) <= int(b),  # type: ignore[arg-type]
    ">": lambda a, b: int(a) > int(b),  # type: ignore[arg-type]
    ">=": lambda a, b: int(a) >= int(b),  # type: ignore[arg-type]
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d{1,15}(?:ms|[smhd])?)(?![\w.-])|(?P<op>==|!=|<=|>=|<|>)"""
    r"""|(?P<mark>[()\[\],])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<name>[\w.*-]+))"""
)


class Malformed(ValueError):
    """The text is no condition; the message says what was expected where."""


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison. `value` of `in` is a tuple."""

    name: str
    operator: str
    value: object


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    of: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Each of them."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of them at least."""

    of: tuple["Condition", ...]


Condition: TypeAlias = Test | Not | All | Any
ALWAYS: Final = All(())


def parse(text: str, kinds: Kinds) -> Condition:
    """Read a condition on these names; "" always holds. Raises Malformed."""
    if len(text) > LONGEST:
        raise Malformed(f"is longer than {LONGEST} characters")
    reader = _Reader(text, kinds)
    if not reader.tokens:
        return ALWAYS
    condition = reader.any(0)
    reader.end()
    return condition


class _Reader:
    def __init__(self, text: str, kinds: Kinds) -> None:
        self.kinds = kinds
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        place, text = 0, text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise Malformed(f"cannot be read from {text[place : place + 20]!r} on")
            group = found.lastgroup or ""
            self.tokens.append((group, found[group]))
            place = found.end()

    def peek(self, *words: str) -> bool:
        if self.at >= len(self.tokens):
            return False
        group, text = self.tokens[self.at]
        return group in ("name", "op", "mark") and text.lower() in words

    def take(self, expected: str) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise Malformed(f"ends where {expected} should stand")
        self.at += 1
        return self.tokens[self.at - 1]

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise Malformed(f"should end before {self.tokens[self.at][1]!r}, or go on with and, or")

    def any(self, depth: int) -> Condition:
        parts = [self.all(depth)]
        while self.peek("or"):
            self.at += 1
            parts.append(self.all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self, depth: int) -> Condition:
        parts = [self.each(depth)]
        while self.peek("and"):
            self.at += 1
            parts.append(self.each(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def each(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise Malformed(f"is nested deeper than {DEEPEST}")
        if self.peek("not"):
            self.at += 1
            return Not(self.each(depth + 1))
        if self.peek("("):
            self.at += 1
            inner = self.any(depth + 1)
            if not self.peek(")"):
                raise Malformed("lacks a )")
            self.at += 1
            return inner
        return self.test()

    def test(self) -> Condition:
        group, name = self.take("a name")
        kind = self.kinds.get(name) or self.kinds.get(name.partition(".")[0] + ".")
        if group != "name" or kind is None or name.endswith("."):
            names = ", ".join(f"{n}NAME" if n.endswith(".") else n for n in self.kinds)
            raise Malformed(f"does not know {name!r}; there are: {names}")
        operators = _OPERATORS[kind]
        if not self.peek(*operators):
            if kind == FLAG:
                return Test(name, "==", True)
            raise Malformed(f"wants one of {' '.join(operators)} after {name}")
        operator = self.take("an operator")[1].lower()
        if operator != "in":
            return Test(name, operator, self.constant(name, kind))
        return Test(name, operator, tuple(self.listed(name, kind)))

    def listed(self, name: str, kind: str) -> Iterator[object]:
        if not self.peek("["):
            raise Malformed(f"wants a list after {name} in: [a, b]")
        self.at += 1
        yield self.constant(name, kind)
        while self.peek(","):
            self.at += 1
            yield self.constant(name, kind)
        if not self.peek("]"):
            raise Malformed("lacks a ]")
        self.at += 1

    def constant(self, name: str, kind: str) -> object:
        group, text = self.take("a value")
        if kind == NUMBER and group == "number":
            digits = text.rstrip("mshd")
            return int(digits) * UNITS.get(text[len(digits) :], 1)
        if kind == FLAG and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind in (WORD, WORDS) and group in ("name", "double", "single", "number"):
            return text
        raise Malformed(f"compares {name}, a {kind}, with {text!r}")


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the condition is true of these facts."""
    match condition:
        case Test(name, "in", value):
            return facts(name) in value  # type: ignore[operator]
        case Test(name, "has", value):
            return value in facts(name)  # type: ignore[operator]
        case Test(name, operator, value):
            return _COMPARE[operator](facts(name), value)  # type: ignore[arg-type]
        case Not(inner):
            return not holds(inner, facts)
        case All(parts):
            return all(holds(part, facts) for part in parts)
        case Any(parts):
            return any(holds(part, facts) for part in parts)


def tests(condition: Condition) -> Iterator[Test]:
    """All comparisons in it."""
    match condition:
        case Test():
            yield condition
        case Not(inner):
            yield from tests(inner)
        case All(parts) | Any(parts):
            for part in parts:
                yield from tests(part)


def turns(condition: Condition, names: Iterable[str]) -> list[int]:
    """The values of these numbers at which the condition may change, in order."""
    wanted = frozenset(names)
    values: set[int] = set()
    for test in tests(condition):
        if test.name in wanted:
            constants = test.value if isinstance(test.value, tuple) else (test.value,)
            for constant in constants:
                values |= {constant, constant + 1}
    return sorted(values)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a condition asks of agents: levels and queues, and a rest that is no conjunction."""

    need: Mapping[str, int]
    pools: frozenset[str] | None  # one of these queues; None: any
    rest: Condition

    def met_by(self, skills: Mapping[str, int], queues: Iterable[str]) -> bool:
        """Whether an agent satisfies all of it."""
        return (
            all(skills.get(skill, 0) >= level for skill, level in self.need.items())
            and (self.pools is None or not self.pools.isdisjoint(queues))
            and holds(self.rest, facts_of(skills, queues))
        )


def demand(condition: Condition) -> Demand:
    """Compile what steps ask of agents."""
    need: dict[str, int] = {}
    pools: frozenset[str] | None = None
    rest: list[Condition] = []
    for part in condition.of if isinstance(condition, All) else (condition,):
        level, pool = _level(part), _pool(part)
        if level is not None:
            need[level[0]] = max(need.get(level[0], 0), level[1])
        elif pool is not None and pools is None:
            pools = pool
        else:
            rest.append(part)
    return Demand(need, pools, All(tuple(rest)))


def _level(part: Condition) -> tuple[str, int] | None:
    match part:
        case Test(name, ">=", int(level)) if name.startswith("skill."):
            return name.removeprefix("skill."), level
        case Test(name, ">", int(level)) if name.startswith("skill."):
            return name.removeprefix("skill."), level + 1
        case Test("skills", "has", str(skill)):
            return skill, 1
    return None


def _pool(part: Condition) -> frozenset[str] | None:
    match part:
        case Test("queues", "has", str(queue)):
            return frozenset((queue,))
        case Any(parts):
            pools = [_pool(each) for each in parts]
            if all(pool is not None for pool in pools):
                return frozenset().union(*(pool for pool in pools if pool is not None))
    return None


def facts_of(skills: Mapping[str, int], queues: Iterable[str]) -> Facts:
    """What is known of an agent, by name."""
    served = frozenset(queues)

    def fact(name: str) -> Value:
        if name == "skills":
            return frozenset(skill for skill, level in skills.items() if level > 0)
        if name == "queues":
            return served
        return skills.get(name.removeprefix("skill."), 0)

    return fact
