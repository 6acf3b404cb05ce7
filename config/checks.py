"""What no part of a configuration can know alone: names that others must know, work for no one."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta

import re2
from pydantic import BaseModel, SecretStr

from config.automatic import time_problems, ways_of
from config.faults import Path, Problem, unknown
from config.knowledge import model_problems
from config.queues import queue_problems
from config.rulebook import CATEGORIES, WISHES, Rule, Rulebook
from config.settings import Account
from config.surveys import survey_problems


def rulebook_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """Everything that is wrong within a rulebook."""
    for look in (_desk, _hours, _targets, _shares, queue_problems, _agents, _rules, _automatic):
        yield from look(rulebook)
    yield from _surveys(rulebook)
    yield from model_problems(rulebook.knowledge, rulebook.queues)


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
        yield from unknown(path, names, accounts, "account")


def channel_problems(
    rulebook: Rulebook, known: Collection[str], others: Callable[[], Collection[str]]
) -> Iterator[Problem]:
    """Channels that the rulebook speaks of and no adapter has: what is said of them never holds.

    `others` are asked for only when a name is none of the `known`.
    """
    told = list(_channels(rulebook))
    if any(name not in known for _, names in told for name in names):
        known = sorted({*known, *others()})
    for path, names in told:
        yield from unknown(path, names, known, "channel")


def _channels(rulebook: Rulebook) -> Iterator[tuple[Path, Collection[str]]]:
    for n, rule in enumerate(rulebook.rules):
        yield ("rules", n, "when", "channel"), rule.when.channel
    for n, target in enumerate(rulebook.sla.targets):
        yield ("sla", "targets", n, "when", "channel"), target.when.channel
    for name, share in rulebook.sla.shares.items():
        yield ("sla", "shares", name, "when", "channel"), share.when.channel
    for path, _name, said in ways_of(rulebook.templates):
        yield (*path, "channels"), said.channels
    for n, asking in enumerate(rulebook.surveys.ask):
        yield ("surveys", "ask", n, "channels"), asking.channels
    yield ("courtesy", "channels"), rulebook.courtesy.channels
    yield ("knowledge", "channels"), rulebook.knowledge.channels
    yield ("desk", "channels"), rulebook.desk.channels
    for name, queue in rulebook.queues.items():
        yield ("queues", name, "wrapup"), queue.wrapup
    for login, agent in rulebook.agents.items():
        yield ("agents", login, "channel_caps"), agent.channel_caps
        yield ("agents", login, "accept"), agent.accept


def never_booked(rulebook: Rulebook) -> Iterator[Problem]:
    """Queues whose agents' share of a slot is less than one call."""
    for name in rulebook.queues:
        agents = rulebook.staff(name)
        if agents and not rulebook.callbacks.slots.capacity(agents):
            what = f"leaves the queue {name} no time that can be booked: a slot holds no whole call"
            cure = "raise its share or length, or lower handling"
            yield Problem(("callbacks", "slots"), what, cure)


def hardly_meant(accounts: Mapping[str, Account]) -> Iterator[Problem]:
    """Secrets that must be written and are empty, and what the adapters find odd."""
    for name, account in accounts.items():
        for path in _empty_in(account.settings):
            what = "is empty, so the account is off: it refuses what comes and sends nothing"
            yield Problem(("channels", name, *path), what, "write the secret")
        for setting, what, what_to_do in account.settings.doubts():
            yield Problem(("channels", name, setting), what, what_to_do)


def _empty_in(settings: BaseModel) -> Iterator[Path]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from ((name, *path) for path in _empty_in(value))
        elif isinstance(value, SecretStr) and field.is_required() and not value.get_secret_value():
            yield (name,)


def calendar_problems(rulebook: Rulebook, today: str) -> Iterator[Problem]:
    """Calendars that today's holidays are not known of, or that never open again.

    `today` as 2026-12-31.
    """
    yield from _over(rulebook, today)
    for name, hours in rulebook.hours.items():
        known = hours.last_known_day
        if known is not None and known < today:
            what = f"its holidays are known until {known} only"
            cure = "write those that follow and a later known_until"
            if hours.public_holidays:
                cure = "upgrade chinesecalendar and holidays, then apply the rulebook again"
            path = ("hours", name)
            rests = ((*path, "known_until"), (*path, "public_holidays"), (*path, "public_days"))
            yield Problem(path, what, cure, rests)


def _over(rulebook: Rulebook, today: str) -> Iterator[Problem]:
    """By these some queue waits, or some target counts; what a rule asks of may be over."""
    used = {queue.hours for queue in rulebook.queues.values()}
    used |= {target.hours for target in rulebook.sla.targets}
    yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()  # somewhere it is
    for name, hours in rulebook.hours.items():
        days = [day for day, windows in hours.exceptions.items() if windows]
        regular = hours.kind == "24x7" or any(hours.weekly.values())
        if name in used and days and not regular and max(days) < yesterday:
            path = ("hours", name, "exceptions")
            what = f"the last window was on {max(days)}: it never opens again"
            rests = (path, ("hours", name, "weekly"), ("hours", name, "kind"))
            yield Problem(path, what, "give it weekly windows, or a day to come", rests)


def _desk(rulebook: Rulebook) -> Iterator[Problem]:
    path = ("desk", "default_queue")
    if not rulebook.desk.default_queue:
        yield Problem(path, "is missing", f"name one of {', '.join(rulebook.queues)}")
    else:
        yield from unknown(path, [rulebook.desk.default_queue], rulebook.queues, "queue")


def _hours(rulebook: Rulebook) -> Iterator[Problem]:
    for name, hours in rulebook.hours.items():
        windows = (*hours.weekly.values(), *hours.exceptions.values())
        if hours.kind == "weekly" and not any(windows):
            path = ("hours", name)
            rests = ((*path, "weekly"), (*path, "exceptions"), (*path, "kind"))
            yield Problem(path, "is never open", "give it weekly windows, or 24x7", rests)


def _targets(rulebook: Rulebook) -> Iterator[Problem]:
    for n, target in enumerate(rulebook.sla.targets):
        path = ("sla", "targets", n)
        if (target.first_response_ms, target.next_response_ms, target.resolution_ms) == (None,) * 3:
            cure = "name first_response, next_response or resolution"
            times = ("first_response", "next_response", "resolution")
            yield Problem(path, "sets no time", cure, tuple((*path, time) for time in times))
        yield from unknown((*path, "when", "queue"), target.when.queue, rulebook.queues, "queue")
        if target.hours:
            yield from unknown((*path, "hours"), [target.hours], rulebook.hours, "calendar")


def _shares(rulebook: Rulebook) -> Iterator[Problem]:
    for name, share in rulebook.sla.shares.items():
        path = ("sla", "shares", name)
        yield from unknown((*path, "when", "queue"), share.when.queue, rulebook.queues, "queue")
        if share.hours:
            yield from unknown((*path, "hours"), [share.hours], rulebook.hours, "calendar")


def _agents(rulebook: Rulebook) -> Iterator[Problem]:
    for login, agent in rulebook.agents.items():
        path = ("agents", login)
        yield from unknown((*path, "skills"), agent.skills, rulebook.skills, "skill")
        yield from unknown((*path, "queues"), agent.queues, rulebook.queues, "queue")
        yield from unknown(
            (*path, "delays"), agent.delays, agent.queues, "queue of theirs", (*path, "queues")
        )


def _automatic(rulebook: Rulebook) -> Iterator[Problem]:
    """What goes out by itself: queues that there are, times that make sense."""
    for path, _name, said in ways_of(rulebook.templates):
        yield from unknown((*path, "queues"), said.queues, rulebook.queues, "queue")
    yield from time_problems(rulebook.templates)


def _surveys(rulebook: Rulebook) -> Iterator[Problem]:
    """Who is asked afterwards: queues that there are, nothing twice."""
    for n, asking in enumerate(rulebook.surveys.ask):
        yield from unknown(("surveys", "ask", n, "queues"), asking.queues, rulebook.queues, "queue")
    yield from survey_problems(rulebook.surveys)


def _rules(rulebook: Rulebook) -> Iterator[Problem]:
    named: set[str] = set()
    for n, rule in enumerate(rulebook.rules):
        path = ("rules", n)
        if rule.queue:
            yield from unknown((*path, "queue"), [rule.queue], rulebook.queues, "queue")
        yield from unknown((*path, "need"), rule.need, rulebook.skills, "skill")
        yield from _when(rulebook, (*path, "when"), rule.when)
        if not (rule.queue or rule.category or rule.escalate):
            rests = ((*path, "queue"), (*path, "category"), (*path, "escalate"))
            cure = "add it, or a category, or escalate"
            yield Problem((*path, "queue"), "is missing", cure, rests)
        if not rule.queue and (rule.priority or rule.need):
            what = "has a priority or skills for no queue"
            cure = "add a queue; escalate has a priority of its own"
            yield Problem(path, what, cure, ((*path, "queue"),))
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
        yield from unknown(there, [rule.escalate.queue], rulebook.queues, "queue")


def _when(rulebook: Rulebook, path: Path, when: Rule.When) -> Iterator[Problem]:
    yield from unknown((*path, "category"), when.category, CATEGORIES, "category")
    yield from unknown((*path, "wants"), when.wants, WISHES, "wish")
    for key, name in (("during", when.during), ("outside", when.outside)):
        if name:
            yield from unknown((*path, key), [name], rulebook.hours, "calendar")
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
