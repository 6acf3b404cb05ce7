"""The rulebook in force, in the forms its users need: plan, calendars, targets, rules."""

from collections.abc import Mapping
from functools import cached_property

import msgspec

from config.automatic import Said
from config.rulebook import Rule, Rulebook, Target
from config.surveys import Asking
from gateway.domain.call import VOICE
from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Status
from gateway.domain.judgement import Judgement
from gateway.domain.silence import Stage
from gateway.domain.work import Resolution
from gateway.pipeline.aims import Aim, Goal
from gateway.pipeline.courteous import strictness_of
from gateway.pipeline.planned import plan_of
from gateway.store.queries.deciding import Known
from gateway.verbs.incoming import Policy
from routing import rules as r
from routing.calendar import Calendar
from routing.plan import Plan
from routing.timeline import Stages, Timeline, timeline
from templates.courtesy import Strictness
from templates.locales import language as spoken

ANSWER = "knowledge_answer"  # the template that tells what an article says
FIRST_ANSWERS = ("acknowledged", "greeting")  # one of them, where the rulebook wants one
MOST_PRIORITY = 100
NOT_JUDGED = Judgement(conversation="", desk="")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What routing must know of a conversation to give it to somebody."""

    conversation: str
    account: str
    channel: str
    language: str
    vip: bool
    status: str
    elsewhere: bool = False  # a person at the provider has it, who reads what is written there
    text: str  # subject and first words
    unanswered: tuple[str, ...] = ()  # words that no person has answered, oldest first
    last_agent: str | None
    others_agent: str | None = None  # who had another conversation of the contact last
    others_at: int = 0  # and until when, ms UTC
    attributes: Mapping[str, str] = {}  # of the contact
    judgement: Judgement | None = None  # what it was taken for so far
    resolution: Resolution | None = None  # its clock
    at: int = 0  # ms UTC; rules by the hour ask


def case_of(known: Known, channel: str, at: int) -> Case:
    """What the tables say, as routing asks for it."""
    conversation, contact = known.conversation, known.contact
    attributes = contact.attributes
    return Case(
        conversation=conversation.id,
        account=conversation.account,
        channel=channel,
        language=spoken(conversation.language or contact.language),
        vip=contact.vip,
        status=conversation.status,
        elsewhere=(conversation.status, conversation.elsewhere)
        == (Status.ON_HOLD, conversation.account),
        text=known.text,
        unanswered=known.unanswered,
        last_agent=known.last_agent,
        others_agent=known.others_agent,
        others_at=known.others_at,
        attributes=msgspec.json.decode(attributes, type=dict[str, str]) if attributes else {},
        judgement=known.judgement,
        resolution=known.resolution,
        at=at,
    )


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rules send a case, and which of them did; "" where none."""

    queue: str
    priority: int
    needs: Mapping[str, int]
    rule: str = ""


class InForce:
    """One version of the rulebook, compiled once."""

    def __init__(self, version: int, rulebook: Rulebook, channels: tuple[str, ...] = ()) -> None:
        self.version = version
        self.rulebook = rulebook
        self._channels = channels
        self._calendars: dict[str, Calendar] = {}
        self._policies: dict[str, Policy] = {}
        self.rules = r.RuleSet(_rule(n, rule) for n, rule in enumerate(rulebook.rules))

    @cached_property
    def plan(self) -> Plan:
        """What the routing engine is told."""
        return plan_of(self.version, self.rulebook, self._channels)

    @cached_property
    def strictness(self) -> Strictness:
        """How strict the courtesy check is with what agents write."""
        return strictness_of(self.rulebook.courtesy)

    def policy(self, channel: str) -> Policy:
        """How messages of a channel are taken in."""
        known = self._policies.get(channel)
        if known is None:
            name, after_ms = self.first_answer(channel) or ("", 0)
            known = self._policies[channel] = Policy(
                reopen_ms=self.rulebook.desk.reopen_days * DAY_MS,
                first_answer=name,
                first_answer_after_ms=after_ms,
                call_words=tuple(w.casefold() for w in self.rulebook.callbacks.words),
                hold_ms=self.hold_ms,
                thanks=self.rulebook.surveys.thanks,
                locale=self.rulebook.desk.locale,
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
        wanted = self.rulebook.knowledge
        return (ANSWER, 0) if wanted.enabled and _one_of(channel, wanted.channels) else None

    def answers_first(self, channel: str, queue: str) -> bool:
        """Whether a new conversation in this queue is answered by itself on this channel."""
        found = self.first_answer(channel)
        return found is not None and self.automatic(found[0], channel, queue) is not None

    def automatic(self, name: str, channel: str, queue: str | None = None) -> Said | None:
        """What goes out by itself under this name on this channel; None when nothing does.

        queue: in which the conversation is; where none is named, any will do.
        """
        found = self.rulebook.templates.automatic.get(name)
        ways = (said for _, said in found.ways) if found is not None and found.enabled else ()
        for said in ways:
            if _one_of(channel, said.channels) and (queue is None or _one_of(queue, said.queues)):
                return said if said.enabled else None
        return None

    @cached_property
    def has_stages(self) -> bool:
        """Whether anything is said by itself after the first answer."""
        automatic, surveys = self.rulebook.templates.automatic, self.rulebook.surveys
        said = any(name in automatic and automatic[name].enabled for name in Stage)
        return said or any(asking.enabled for asking in surveys.ask)

    def asking(self, channel: str, queue: str) -> Asking | None:
        """How customers of a queue are asked on this channel how it went; None: they are not."""
        for each in self.rulebook.surveys.ask:
            if _one_of(channel, each.channels) and _one_of(queue, each.queues):
                return each if each.enabled else None
        return None

    @cached_property
    def surveys_callers(self) -> bool:
        """Whether any caller is asked how it went."""
        ask = self.rulebook.surveys.ask
        return any(each.enabled and _one_of(VOICE, each.channels) for each in ask)

    def calendar(self, hours: str) -> Calendar:
        """The calendar of this name; "" and unknown ones are always open."""
        name = hours if hours in self.rulebook.hours else ""
        if name not in self._calendars:
            self._calendars[name] = Calendar.from_document(self.rulebook.calendar(name))
        return self._calendars[name]

    def remembers_ms(self, queue: str) -> int:
        """How long work of the queue goes to who had the contact's other conversations."""
        named = self.rulebook.queues.get(queue)
        return named.sticky_window_ms if named is not None else 0

    def calendar_of_queue(self, queue: str) -> Calendar:
        """When a queue is open."""
        found = self.rulebook.queues.get(queue)
        return self.calendar(found.hours if found is not None else "")

    def facts(self, case: Case, judged: Judgement, *, breached: bool = False) -> r.Facts:
        """What the rules may ask of a case."""
        return r.Facts(
            channel=case.channel,
            account=case.account,
            language=judged.language or case.language,
            vip=case.vip,
            text=case.text,
            attributes=case.attributes,
            open=frozenset(n for n in self.rules.calendars if self.calendar(n).is_open(case.at)),
            category=judged.category,
            anger=judged.anger,
            urgency=judged.urgency,
            wants=judged.wants,
            breached=breached,
        )

    def route(self, case: Case, judged: Judgement | None = None) -> Routed:
        """The first rule that holds decides; else the default queue. Language is a skill.

        judged: instead of what the case was taken for so far.
        """
        known = judged or case.judgement or NOT_JUDGED
        facts = self.facts(case, known)
        return self._routed(self.rules.route(facts), known, facts.language)

    def routed(self, case: Case, judged: Judgement) -> Routed:
        """Where it was sent when it was last looked at: by the rule that held then."""
        held = next((rule for rule in self.rules.rules if rule.name == judged.rule), None)
        return self._routed(held, judged, judged.language or case.language)

    def _routed(self, held: r.Rule | None, known: Judgement, language: str) -> Routed:
        rule = held or r.Rule(queue=self.rulebook.desk.default_queue)
        needs = dict(rule.need)
        skill = self.rulebook.skills.get(language)
        if skill is not None and skill.kind == "language":
            needs.setdefault(language, 1)
        moved = known.moved if known.moved in self.rulebook.queues else ""
        return Routed(
            queue=moved or rule.queue,
            priority=min(rule.priority + known.boost, MOST_PRIORITY),
            needs=needs,
            rule=rule.name,
        )

    def aim(self, case: Case, queue: str | None, judged: Judgement | None = None) -> Aim:
        """Whom a promise in this case is for; `queue` is where its work is, if anywhere."""
        routed = self.route(case, judged)
        return Aim(
            queue=queue or routed.queue,
            channel=case.channel,
            account=case.account,
            language=case.language,
            priority=routed.priority,
            vip=case.vip,
        )

    def goal(self, metric: str, aim: Aim) -> Goal:
        """What is promised: the first target that matches and names the metric."""
        found = self.rulebook.queues.get(aim.queue)
        hours = found.hours if found is not None else ""
        for target in self.rulebook.sla.targets:
            span = getattr(target, f"{metric}_ms", None)
            if span is None or not aims_at(target.when, aim):
                continue
            warn_ms = span * target.warn_at_percent // 100
            return Goal(target_ms=span, warn_before_ms=span - warn_ms, hours=target.hours or hours)
        return Goal(target_ms=None, warn_before_ms=0, hours=hours)

    def timeline(self, stages: Stages) -> Timeline:
        """Calendars by their names; those that are no more count as what came after them."""
        there = tuple(s for s in stages if not s[1] or s[1] in self.rulebook.hours)
        return timeline(there or ((0, ""),), self.calendar)

    def counts(self, login: str) -> bool:
        """Whether what this log-in writes answers a customer: people do, machines as is said."""
        sla = self.rulebook.sla
        return sla.bot_counts or login not in sla.bots

    def for_people(self, queue: str) -> bool:
        """Whether work in this queue is for people, and not for machines alone."""
        return queue not in self._machines

    @cached_property
    def _machines(self) -> set[str]:
        """The queues that machines serve and no people."""
        bots, agents = self.rulebook.sla.bots, self.rulebook.agents
        theirs = {queue for name in bots if name in agents for queue in agents[name].queues}
        return theirs.difference(*(a.queues for name, a in agents.items() if name not in bots))


def _rule(number: int, rule: Rule) -> r.Rule:
    when, escalate = rule.when, rule.escalate
    return r.Rule(
        name=rule.name or f"rules[{number}]",
        when=r.When(**{name: getattr(when, name) for name in r.When.__struct_fields__}),
        queue=rule.queue,
        priority=rule.priority,
        need=rule.need,
        category=rule.category,
        escalate=None
        if escalate is None
        else r.Escalation(priority=escalate.priority, queue=escalate.queue, notify=escalate.notify),
    )


def _one_of(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def aims_at(when: Target.When, aim: Aim) -> bool:
    """Whether a target, or a share, is for whom a promise is for."""
    return (
        _one_of(aim.queue, when.queue)
        and _one_of(aim.channel, when.channel)
        and _one_of(aim.account, when.account)
        and _one_of(aim.language, when.language)
        and aim.priority >= when.priority_from
        and (when.vip is None or when.vip == aim.vip)
    )
