"""Whether work finds anybody: an agent of its queue, with the skills, the language, the room.

What waits in vain by any of this waits for ever. Told is only what is certain, whichever
conditions of the rules hold: where work may still go on to others, or comes to an end, is no fault.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from config.faults import ANY, Path, Problem
from config.queues import EVERYBODY, reached
from config.rulebook import Agent, Queue, Rule, Rulebook

STEP_KEYS = ("need", "pool", "queue_override")
CODE = 2  # letters of a language, as words are taken for one: en, zh
ENDS = frozenset({"voicemail", "callback_offer", "close"})
"""What is done with work that waits in vain, so that it does not for ever."""

_OF_AGENTS = (("agents", ANY, "queues"), ("agents", ANY, "skills"))
_OF_ROOM = (("agents", ANY), ("desk", "channels"), ("queues",), ("rules",))


def serving_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """A queue, and work sent there by a rule, must be for somebody. No agents at all: not yet."""
    if not rulebook.agents:
        return
    for name, queue in rulebook.queues.items():
        if not _served(rulebook, name, queue, {}):
            what = "no agent of this queue has the skills that its steps need"
            if not rulebook.staff(name):
                what = "no agent serves this queue"
            cure = "add it to an agent's queues, or relax the last step"
            yield Problem(("queues", name), what, cure, (*_OF_AGENTS, *_steps_of(name)))
    for n, rule in enumerate(rulebook.rules):
        there = rulebook.queues.get(rule.queue)
        if there is None or not rule.need or not _served(rulebook, rule.queue, there, {}):
            continue
        if not _served(rulebook, rule.queue, there, rule.need):
            what = f"no agent of the queue {rule.queue} has these skills"
            rests = (("rules", n, "need"), ("rules", n, "queue"), *_steps_of(rule.queue))
            cure = "lower a level, or add the skill"
            yield Problem(("rules", n, "need"), what, cure, (*_OF_AGENTS, *rests))
    yield from _languages(rulebook)


def _languages(rulebook: Rulebook) -> Iterator[Problem]:
    """Where a language is a skill, whoever writes in it is answered by those who have it alone."""
    ways = _Ways(rulebook)
    for name, skill in rulebook.skills.items():
        if skill.kind != "language" or len(name) != CODE:
            continue  # none that anybody's words are taken for
        rules = (r for r in rulebook.rules if _among(name, [tag[:CODE] for tag in r.when.language]))
        starts = ways.starts(rules)
        spoken = any(True for _ in ways.asked(starts, {name: 1}))
        if ways.waits(starts) and not spoken:
            what = "no agent who is asked for its customers has it: they wait for ever"
            cure = "give it to an agent of their queue, or remove it"
            rests = (*_OF_AGENTS, ("queues",), ("rules",), ("desk", "default_queue"))
            yield Problem(("skills", name), what, cure, (("skills", name), *rests))


def _served(rulebook: Rulebook, name: str, queue: Queue, need: Mapping[str, int]) -> bool:
    """Whether an agent satisfies some step of the queue and the further need."""
    return any(True for _ in _servers(rulebook, name, queue, need))


def _servers(
    rulebook: Rulebook, name: str, queue: Queue, need: Mapping[str, int]
) -> Iterator[tuple[str, Agent]]:
    stands = name
    for step in queue.steps:
        stands = step.queue_override or stands
        for login, agent in rulebook.agents.items():
            belongs = _belongs(agent, {stands, *step.pool})
            if belongs and _able(agent, step.need) and _able(agent, need):
                yield login, agent


def _belongs(agent: Agent, pools: set[str]) -> bool:
    return EVERYBODY in pools or not pools.isdisjoint(agent.queues)


def _able(agent: Agent, need: Mapping[str, int]) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in need.items())


def _steps_of(queue: str) -> tuple[Path, ...]:
    return tuple(("queues", queue, "steps", ANY, key) for key in STEP_KEYS)


# --- where work may come, and who is asked for it there ---


class _Ways:
    """Where work goes on: by overflow, by `add_pool`, by an escalation."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.book = rulebook
        self._leads = {
            name: [each for _, a in queue.actions for each in (a.queue, *a.pool) if each]
            for name, queue in rulebook.queues.items()
        }
        escalations = (rule.escalate for rule in rulebook.rules if rule.escalate is not None)
        self._escalated = [each.queue for each in escalations if each.queue]

    def starts(self, rules: Iterable[Rule]) -> set[str]:
        """The queues to which work comes of which no rules but these may hold."""
        return {self.book.desk.default_queue, *(rule.queue for rule in rules if rule.queue)}

    def asked(
        self, starts: Iterable[str], need: Mapping[str, int] | None = None
    ) -> Iterator[tuple[str, Agent]]:
        """Who may be asked for work of these queues, wherever it goes on."""
        names = reached([*starts, *self._escalated], self._leads)
        for name in names & self.book.queues.keys():
            yield from _servers(self.book, name, self.book.queues[name], need or {})
        if EVERYBODY in names:
            yield from (a for a in self.book.agents.items() if _able(a[1], need or {}))

    def waits(self, starts: Iterable[str]) -> bool:
        """Whether somebody is asked for it, and nothing else ends its wait."""
        names = reached([*starts, *self._escalated], self._leads) & self.book.queues.keys()
        actions = [each for name in names for each in self.book.queues[name].actions]
        ends = any(action.do in ENDS for where, action in actions if where != ("closed",))
        return not ends and any(True for _ in self.asked(starts))

    def full(self, starts: Collection[str], channels: Iterable[str]) -> bool:
        """Whether it waits for people of whom nobody has room for any of these channels."""
        weights = {channel: self.book.channel(channel).weight for channel in channels}
        return self.waits(starts) and not any(
            weight <= agent.capacity and agent.channel_caps.get(channel) != 0
            for _, agent in self.asked(starts)
            for channel, weight in weights.items()
        )


def _among(name: str, wanted: Collection[str]) -> bool:
    return not wanted or name in wanted


# --- whether they have room ---


def room_problems(rulebook: Rulebook, channels: Collection[str]) -> Iterator[Problem]:
    """Work that fits nobody who is asked for it. `channels`: on which customers come in."""
    ways, open_to = _Ways(rulebook), set[str]()
    for channel in sorted(channels):
        starts = ways.starts(r for r in rulebook.rules if _among(channel, r.when.channel))
        if ways.full(starts, [channel]):
            yield _no_room(rulebook, channel, dict(ways.asked(starts)))
        else:
            open_to.add(channel)
    for n, rule in enumerate(rulebook.rules):
        named = [channel for channel in rule.when.channel if channel in open_to]
        lost = [each for each in named if rule.queue and ways.full([rule.queue], [each])]
        if lost:
            what = f"no agent of the queue {rule.queue} has room for {', '.join(lost)}"
            cure = "send it elsewhere, or give them capacity and channel_caps for it"
            yield Problem(("rules", n, "queue"), what, cure, _OF_ROOM)
    for name in rulebook.queues:
        if open_to and ways.full([name], open_to):
            what = f"no agent of this queue has room for {', '.join(sorted(open_to))}"
            cure = "give one of them capacity and channel_caps for it"
            yield Problem(("queues", name), what, cure, _OF_ROOM)


def _no_room(rulebook: Rulebook, channel: str, asked: Mapping[str, Agent]) -> Problem:
    """At the cap, at the weight, or, where it is the usual one, at the capacity."""
    weight = rulebook.channel(channel).weight
    able = next((login for login, agent in asked.items() if weight <= agent.capacity), None)
    if able is not None:
        path: Path = ("agents", able, "channel_caps", channel)
        what = f"no agent who is asked for {channel} takes any"
        return Problem(path, what, "raise it for one of them", _OF_ROOM)
    path = ("desk", "channels", channel, "weight")
    if channel not in rulebook.desk.channels:
        path = ("agents", next(iter(asked)), "capacity")
    what = f"one conversation of {channel} weighs {weight}, more than anybody asked can have"
    return Problem(path, what, "lower the weight, or raise an agent's capacity", _OF_ROOM)
