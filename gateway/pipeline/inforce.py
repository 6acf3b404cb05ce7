"""The rulebook in force, in the forms its users need: plan, calendars, targets, rules."""

from collections.abc import Mapping
from functools import cached_property

import msgspec
import re2

from config.rulebook import Automatic, Queue, Rule, Rulebook, Target
from gateway.domain.clock import DAY_MS
from gateway.verbs.incoming import Policy
from routing import plan as p
from routing.calendar import Calendar

FIRST_ANSWERS = ("acknowledged", "greeting")  # one of them, where the rulebook wants one
RULE_TEXT_LIMIT = 4_000  # characters of a first message that rules look at


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What routing must know of a conversation to give it to somebody."""

    conversation: str
    account: str
    channel: str
    language: str
    vip: bool
    status: str
    text: str  # subject and first words
    answered: bool  # a person has written in it before
    last_agent: str | None


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rules send a case."""

    queue: str
    priority: int
    needs: Mapping[str, int]
    category: str


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """By when a customer is to be answered, and when to warn. None: nothing was promised."""

    due: int | None
    warn_at: int | None


class InForce:
    """One version of the rulebook, compiled once."""

    def __init__(self, version: int, rulebook: Rulebook, channels: tuple[str, ...] = ()) -> None:
        self.version = version
        self.rulebook = rulebook
        self._channels = channels
        self._calendars: dict[str, Calendar] = {}
        self._policies: dict[str, Policy] = {}
        self._regexes = {
            rule.when.regex: re2.compile(f"(?i){rule.when.regex}")
            for rule in rulebook.rules
            if rule.when.regex
        }

    @cached_property
    def plan(self) -> p.Plan:
        """What the routing engine is told."""
        book = self.rulebook
        channels = sorted({*self._channels, *book.desk.channels})
        return p.Plan(
            version=self.version,
            skills=tuple(p.Skill(id=name, kind=skill.kind) for name, skill in book.skills.items()),
            channels=tuple(self._channel(name) for name in channels),
            queues=tuple(_queue(name, queue) for name, queue in book.queues.items()),
            agents=tuple(
                p.AgentPlan(
                    id=name,
                    skills=agent.skills,
                    queues=agent.queues,
                    capacity=agent.capacity,
                    channel_caps=agent.channel_caps,
                    accept={c: p.AcceptMode(mode) for c, mode in agent.accept.items()},
                    max_rona=agent.max_rona,
                )
                for name, agent in book.agents.items()
            ),
            default_queue=book.desk.default_queue,
            disconnect_grace_ms=book.desk.disconnect_grace_ms,
        )

    def _channel(self, name: str) -> p.ChannelPlan:
        channel = self.rulebook.channel(name)
        return p.ChannelPlan(
            id=name,
            weight=channel.weight,
            exclusive=channel.exclusive,
            interruptible=channel.interruptible,
            offer_timeout_ms=channel.offer_timeout_ms,
            acw_ms=channel.wrapup_ms,
            accept_mode=p.AcceptMode(channel.accept),
            on_lost=p.OnLost(channel.on_lost),
        )

    def policy(self, channel: str) -> Policy:
        """How messages of a channel are taken in."""
        known = self._policies.get(channel)
        if known is None:
            name, after_ms = self.first_answer(channel) or ("", 0)
            known = self._policies[channel] = Policy(
                reopen_ms=self.rulebook.desk.reopen_days * DAY_MS,
                first_answer=name,
                first_answer_after_ms=after_ms,
            )
        return known

    @property
    def hold_ms(self) -> int:
        """How long a held reply waits for its customer."""
        return self.rulebook.desk.held_days * DAY_MS

    def first_answer(self, channel: str) -> tuple[str, int] | None:
        """What a new conversation is answered by itself on this channel, and after how many ms."""
        for name in FIRST_ANSWERS:
            found = self.automatic(name, channel)
            if found is not None:
                return name, found.after_ms
        return None

    def automatic(self, name: str, channel: str) -> Automatic | None:
        """What goes out by itself under this name on this channel; None when nothing does."""
        found = self.rulebook.templates.automatic.get(name)
        if found is None or not found.enabled:
            return None
        return found if not found.channels or channel in found.channels else None

    def calendar(self, hours: str) -> Calendar:
        """The calendar of this name; "" and unknown ones are always open."""
        name = hours if hours in self.rulebook.hours else ""
        if name not in self._calendars:
            self._calendars[name] = Calendar.from_document(self.rulebook.calendar(name))
        return self._calendars[name]

    def calendar_of_queue(self, queue: str) -> Calendar:
        """When a queue is open."""
        found = self.rulebook.queues.get(queue)
        return self.calendar(found.hours if found is not None else "")

    def route(self, case: Case) -> Routed:
        """The first rule that matches decides; else the default queue. Language is a skill."""
        rule = next((r for r in self.rulebook.rules if self._matches(r.when, case)), None)
        needs = dict(rule.need) if rule is not None else {}
        skill = self.rulebook.skills.get(case.language)
        if skill is not None and skill.kind == "language":
            needs.setdefault(case.language, 1)
        return Routed(
            queue=rule.queue if rule is not None else self.rulebook.desk.default_queue,
            priority=rule.priority if rule is not None else 0,
            needs=needs,
            category=rule.category if rule is not None else "",
        )

    def _matches(self, when: Rule.When, case: Case) -> bool:
        text = case.text[:RULE_TEXT_LIMIT]
        folded = text.casefold()
        return (
            _one_of(case.channel, when.channel)
            and _one_of(case.account, when.account)
            and _one_of(case.language, when.language)
            and (not when.text_has or any(w.casefold() in folded for w in when.text_has))
            and (not when.regex or self._regexes[when.regex].search(text) is not None)
            and (when.vip is None or when.vip == case.vip)
        )

    def goal(self, metric: str, case: Case, routed: Routed, opened_at: int) -> Goal:
        """When the answer to a turn opened then is due: the first target that names the metric."""
        for target in self.rulebook.sla.targets:
            span = getattr(target, f"{metric}_ms")
            if span is None or not _aims_at(target.when, case, routed):
                continue
            calendar = (
                self.calendar(target.hours)
                if target.hours
                else self.calendar_of_queue(routed.queue)
            )
            return Goal(
                due=calendar.due(opened_at, span),
                warn_at=calendar.due(opened_at, span * target.warn_at_percent // 100),
            )
        return Goal(due=None, warn_at=None)


def _queue(name: str, queue: Queue) -> p.QueuePlan:
    return p.QueuePlan(
        id=name,
        order_mode=p.OrderMode(queue.order),
        boost_ms=queue.boost_ms,
        late_mode=p.LateMode(queue.late_mode),
        agent_rule=p.AgentRule(queue.agent_rule),
        ring_preference=queue.ring_preference,
        steps=tuple(
            p.Step(
                after_ms=step.after_ms,
                need=step.need,
                pool=step.pool,
                priority_delta=step.priority,
                skip_if=step.skip_if,
            )
            for step in queue.steps
        ),
        strict_switch=queue.strict_switch,
        accept_mode=p.AcceptMode(queue.accept) if queue.accept is not None else None,
        offer_timeout_ms=queue.offer_timeout_ms,
        ring_size=queue.ring_size,
        wrapup={
            channel: p.Wrapup(
                mode=p.WrapupMode(wrapup.mode),
                ms=wrapup.time_ms,
                holds=wrapup.holds,
                extensions=wrapup.extensions,
                extend_ms=wrapup.extend_ms,
            )
            for channel, wrapup in queue.wrapup.items()
        },
        sticky=p.Sticky(queue.sticky),
        sticky_ms=queue.sticky_wait_ms,
        agent_wait_ms=queue.agent_wait_ms,
    )


def _one_of(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def _aims_at(when: Target.When, case: Case, routed: Routed) -> bool:
    return (
        _one_of(routed.queue, when.queue)
        and _one_of(case.channel, when.channel)
        and _one_of(case.account, when.account)
        and _one_of(case.language, when.language)
        and routed.priority >= when.priority_from
        and (when.vip is None or when.vip == case.vip)
    )
