"""What no part of a configuration can know alone: names that others must know, work for no one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise

import re2

from config.faults import Path, Problem
from config.rulebook import CATEGORIES, WISHES, Agent, Queue, Rule, Rulebook, Step
from config.settings import Account

EVERYBODY = "*"


def rulebook_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """Everything that is wrong within a rulebook."""
    for look in (_desk, _hours, _targets, _shares, _queues, _agents, _rules, _nobody_serves):
        yield from look(rulebook)


def account_problems(rulebook: Rulebook, accounts: Mapping[str, Account]) -> Iterator[Problem]:
    """Accounts that the rulebook speaks of and the node does not have."""
    whens: list[tuple[Path, tuple[str, ...]]] = [
        (("rules", n, "when", "account"), rule.when.account)
        for n, rule in enumerate(rulebook.rules)
    ]
    whens += [
        (("sla", "targets", n, "when", "account"), target.when.account)
        for n, target in enumerate(rulebook.sla.targets)
    ]
    whens += [
        (("sla", "shares", name, "when", "account"), share.when.account)
        for name, share in rulebook.sla.shares.items()
    ]
    for path, names in whens:
        yield from _unknown(path, names, accounts, "account")


def calendar_problems(rulebook: Rulebook, today: str) -> Iterator[Problem]:
    """Calendars that today's holidays are not known of; `today` as 2026-12-31."""
    for name, hours in rulebook.hours.items():
        known = hours.last_known_day
        if known is not None and known < today:
            what = f"its holidays are known until {known} only"
            cure = "write those that follow and a later known_until"
            if hours.public_holidays:
                cure = "upgrade chinesecalendar and holidays, then apply the rulebook again"
            yield Problem(("hours", name), what, cure)


def _unknown(
    path: Path, names: Iterable[str], known: Iterable[str], noun: str
) -> Iterator[Problem]:
    """A problem for each name that nobody knows."""
    there = list(known)
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            listed = ", ".join(there[:20]) or "none"
            cure = f"did you mean {near[0]}?" if near else f"there are: {listed}"
            yield Problem(path, f"there is no {noun} {name!r}", cure)


def _desk(rulebook: Rulebook) -> Iterator[Problem]:
    path = ("desk", "default_queue")
    if not rulebook.desk.default_queue:
        yield Problem(path, "is missing", f"name one of {', '.join(rulebook.queues)}")
    else:
        yield from _unknown(path, [rulebook.desk.default_queue], rulebook.queues, "queue")


def _hours(rulebook: Rulebook) -> Iterator[Problem]:
    for name, hours in rulebook.hours.items():
        windows = (*hours.weekly.values(), *hours.exceptions.values())
        if hours.kind == "weekly" and not any(windows):
            yield Problem(("hours", name), "is never open", "give it weekly windows, or 24x7")


def _targets(rulebook: Rulebook) -> Iterator[Problem]:
    for n, target in enumerate(rulebook.sla.targets):
        path = ("sla", "targets", n)
        if (target.first_response_ms, target.next_response_ms, target.resolution_ms) == (None,) * 3:
            cure = "name first_response, next_response or resolution"
            yield Problem(path, "sets no time", cure)
        yield from _unknown((*path, "when", "queue"), target.when.queue, rulebook.queues, "queue")
        if target.hours:
            yield from _unknown((*path, "hours"), [target.hours], rulebook.hours, "calendar")


def _shares(rulebook: Rulebook) -> Iterator[Problem]:
    for name, share in rulebook.sla.shares.items():
        path = ("sla", "shares", name)
        yield from _unknown((*path, "when", "queue"), share.when.queue, rulebook.queues, "queue")
        if share.hours:
            yield from _unknown((*path, "hours"), [share.hours], rulebook.hours, "calendar")


def _queues(rulebook: Rulebook) -> Iterator[Problem]:
    for name, queue in rulebook.queues.items():
        path = ("queues", name)
        if queue.hours:
            yield from _unknown((*path, "hours"), [queue.hours], rulebook.hours, "calendar")
        for n, step in enumerate(queue.steps):
            place = (*path, "steps", n)
            yield from _unknown((*place, "need"), step.need, rulebook.skills, "skill")
            pools = [pool for pool in step.pool if pool != EVERYBODY]
            yield from _unknown((*place, "pool"), pools, rulebook.queues, "queue")
        yield from _steps(queue, path)


def _steps(queue: Queue, path: Path) -> Iterator[Problem]:
    """The first step holds at once; each later one comes later and excludes nobody new."""
    if queue.steps[0].after_ms:
        yield Problem((*path, "steps", 0, "after"), "the first step must hold at once", "remove it")
    for n, (inner, outer) in enumerate(pairwise(queue.steps), 1):
        place = (*path, "steps", n)
        if outer.after_ms <= inner.after_ms:
            yield Problem((*place, "after"), "is not later than the step before", "make it later")
        if not queue.strict_switch and not _relaxes(inner, outer):
            what = "excludes agents whom the step before allows"
            yield Problem(place, what, "relax it, or set strict_switch: true on the queue")


def _relaxes(inner: Step, outer: Step) -> bool:
    pools = EVERYBODY in outer.pool or set(inner.pool) <= set(outer.pool)
    return pools and all(level <= inner.need.get(skill, 0) for skill, level in outer.need.items())


def _agents(rulebook: Rulebook) -> Iterator[Problem]:
    for login, agent in rulebook.agents.items():
        path = ("agents", login)
        yield from _unknown((*path, "skills"), agent.skills, rulebook.skills, "skill")
        yield from _unknown((*path, "queues"), agent.queues, rulebook.queues, "queue")


def _rules(rulebook: Rulebook) -> Iterator[Problem]:
    named: set[str] = set()
    for n, rule in enumerate(rulebook.rules):
        path = ("rules", n)
        if rule.queue:
            yield from _unknown((*path, "queue"), [rule.queue], rulebook.queues, "queue")
        yield from _unknown((*path, "need"), rule.need, rulebook.skills, "skill")
        yield from _when(rulebook, (*path, "when"), rule.when)
        if not (rule.queue or rule.category or rule.escalate):
            yield Problem((*path, "queue"), "is missing", "add it, or a category, or escalate")
        if not rule.queue and (rule.priority or rule.need):
            what = "has a priority or skills for no queue"
            yield Problem(path, what, "add a queue; escalate has a priority of its own")
        if rule.escalate is not None:
            yield from _escalation(rulebook, path, rule, named)
            named.add(rule.name)


def _escalation(
    rulebook: Rulebook, path: Path, rule: Rule, named: Collection[str]
) -> Iterator[Problem]:
    """It happens once under its name."""
    if not rule.name:
        yield Problem((*path, "name"), "is missing", "name the rule: supervisors read it")
    elif rule.name in named:
        what = f"is the name of an earlier rule that escalates: {rule.name!r}"
        yield Problem((*path, "name"), what, "each fires once under its name; choose another")
    if rule.escalate is not None and rule.escalate.queue:
        there = (*path, "escalate", "queue")
        yield from _unknown(there, [rule.escalate.queue], rulebook.queues, "queue")


def _when(rulebook: Rulebook, path: Path, when: Rule.When) -> Iterator[Problem]:
    yield from _unknown((*path, "category"), when.category, CATEGORIES, "category")
    yield from _unknown((*path, "wants"), when.wants, WISHES, "wish")
    for key, name in (("during", when.during), ("outside", when.outside)):
        if name:
            yield from _unknown((*path, key), [name], rulebook.hours, "calendar")
    if when.regex:
        yield from _regex((*path, "regex"), when.regex)


def _regex(path: Path, pattern: str) -> Iterator[Problem]:
    """Customers' words meet only expressions that take time in proportion to them: RE2's."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        why = why.decode("utf-8", "replace") if isinstance(why, bytes) else why
        what = f"is no regular expression of RE2: {why}"
        yield Problem(path, what, "see github.com/google/re2/wiki/Syntax")


def _nobody_serves(rulebook: Rulebook) -> Iterator[Problem]:
    """A queue, and work sent there by a rule, must be for somebody. No agents at all: not yet."""
    if not rulebook.agents:
        return
    for name, queue in rulebook.queues.items():
        if not _served(rulebook, name, queue, {}):
            what = "no agent of this queue has the skills that its steps need"
            if not any(name in agent.queues for agent in rulebook.agents.values()):
                what = "no agent serves this queue"
            cure = "add it to an agent's queues, or relax the last step"
            yield Problem(("queues", name), what, cure)
    for n, rule in enumerate(rulebook.rules):
        there = rulebook.queues.get(rule.queue)
        if there is None or not rule.need or not _served(rulebook, rule.queue, there, {}):
            continue
        if not _served(rulebook, rule.queue, there, rule.need):
            what = f"no agent of the queue {rule.queue} has these skills"
            yield Problem(("rules", n, "need"), what, "lower a level, or add the skill")


def _served(rulebook: Rulebook, name: str, queue: Queue, need: Mapping[str, int]) -> bool:
    """Whether an agent satisfies some step of the queue and the further need."""
    return any(
        _belongs(agent, {name, *step.pool}) and _able(agent, step.need) and _able(agent, need)
        for step in queue.steps
        for agent in rulebook.agents.values()
    )


def _belongs(agent: Agent, pools: set[str]) -> bool:
    return EVERYBODY in pools or not pools.isdisjoint(agent.queues)


def _able(agent: Agent, need: Mapping[str, int]) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in need.items())
