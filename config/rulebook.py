"""The rulebook: what a desk works by. Written in YAML, stored as JSON, hot, versioned.

Attributes in milliseconds end in `_ms`; in the file the same key has none and a unit: `30s`.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.automatic import Templates
from config.callbacks import Callbacks
from config.courtesy import Courtesy
from config.fields import NAME_PATTERN
from config.hours import Calendar
from config.knowledge import Knowledge
from config.lost import OnLost
from config.names import LOCALE_PATTERN, DeskName, Locale
from config.part import Part
from config.promises import Promises
from config.surveys import Surveys
from config.units import Duration, Words, Zone

Level = Annotated[int, Field(ge=1, le=5)]
Need = dict[str, Level]
"""Skill -> least level."""

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""What queues, skills, agents and calendars are called."""

Weight = Annotated[int, Field(ge=0, le=1_000)]
Percent = Annotated[int, Field(ge=1, le=100)]
Priority = Annotated[int, Field(ge=0, le=100)]
AcceptMode = Literal["auto", "manual", "pull", "ring_all"]
Category = Literal["", "product", "order", "after_sales", "complaint", "suggestion", "other"]
CATEGORIES = ("product", "order", "after_sales", "complaint", "suggestion", "other")
WISHES = ("person", "lead")
Mood = Annotated[int, Field(ge=0, le=3)]
"""Anger: calm, displeased, angry, furious. Urgency: none, soon, today, at once."""

SINGLE_QUEUE = "main"


class Channel(Part):
    """What one piece of work on a channel costs an agent, out of the agent's capacity."""

    weight: Weight = 33  # out of the capacity of whoever has it
    exclusive: bool = False  # nothing beside it but interruptible work
    interruptible: bool = False  # set aside while the agent has exclusive work
    live: bool = False  # the customer waits on the line, and not until the queue opens
    # `auto`: assigned at once; `manual`: offered to one; `pull`: in a list, whoever wants it takes
    # it; `ring_all`: offered to several, the first to accept has it
    accept: AcceptMode = "manual"
    # An offer that nobody answered so long ends, and the work is offered to somebody else.
    offer_timeout_ms: Duration = Field(default=30_000, alias="offer_timeout")
    # After the end, where the queue says nothing of this channel; the agent may end it earlier.
    wrapup_ms: Duration = Field(default=0, alias="wrapup")
    # Whose agent signs out or is lost: it waits again with its age, stays with the agent, or stays
    # for a while.
    on_lost: OnLost = "requeue"


# What a channel costs unless the rulebook says otherwise; all others cost as `Channel` does.
CHANNELS = {
    "voice": Channel.model_validate(
        {"weight": 100, "exclusive": True, "live": True, "wrapup": "30s"}
    ),
    "webchat": Channel.model_validate({"weight": 33}),
    "email": Channel.model_validate(
        {"weight": 10, "interruptible": True, "on_lost": "keep", "offer_timeout": "5m"}
    ),
}


def _over_usual(value: Any) -> Any:
    """What is said of a usual channel is said on top of what it usually costs."""
    if not isinstance(value, dict):
        return value
    usual = {
        name: channel.model_dump(mode="json", by_alias=True) for name, channel in CHANNELS.items()
    }
    return {k: usual[k] | v if k in usual and isinstance(v, dict) else v for k, v in value.items()}


class Desk(Part):
    """Who we are, where, and what happens when nothing else is said."""

    id: Name = "desk"  # by which the store knows it; one that is changed is another desk
    name: DeskName = "Service desk"  # as people read it
    # By locale: as customers read it, where that is another. {zh-CN: 晨光小店, en: Dawnlight}
    names: dict[Locale, DeskName] = Field(default={})
    locale: str = Field(
        default="en", pattern=LOCALE_PATTERN, examples=["zh-CN"]
    )  # of a customer whose language nobody knows yet
    timezone: Zone = "UTC"  # of calendars that name none
    # An answer so soon opens a resolved conversation again; 0: it begins another.
    reopen_days: int = Field(default=7, ge=0, le=3_650)
    held_days: int = Field(default=7, ge=1, le=365)  # how long a held reply waits for its customer
    default_queue: str = ""  # where no rule matches; an only queue is it
    # An agent whose browser is gone has so long to come back; then `on_lost` decides.
    disconnect_grace_ms: Duration = Field(default=30_000, alias="disconnect_grace")
    # Of queues with that agent_rule.
    round_robin_window_ms: Duration = Field(default=3_600_000, alias="round_robin_window", ge=1_000)
    channels: Annotated[dict[str, Channel], BeforeValidator(_over_usual)] = Field(default={})


class Target(Part):
    """By when, for whom. The first target that matches and names a metric decides that metric."""

    class When(Part):
        """All that is said must hold; a list holds when one of it does. Nothing said: always."""

        queue: Words = ()  # in which the conversation is
        channel: Words = ()  # on which the customer writes
        account: Words = ()  # to which the customer writes
        language: Words = ()  # of the customer
        priority_from: Priority = 0  # of the work; this or more
        vip: bool | None = None  # whether the customer is one

    when: When = When()
    # Until a person first answers the conversation.
    first_response_ms: Duration | None = Field(default=None, alias="first_response")
    # Until a person answers what the customer says after that.
    next_response_ms: Duration | None = Field(default=None, alias="next_response")
    # Until it is resolved, without the time in `pause_states`.
    resolution_ms: Duration | None = Field(default=None, alias="resolution")
    hours: str = ""  # by which it counts; "" = those of the queue
    warn_at_percent: Percent = 80  # of the time; then people are warned


class Share(Part):
    """How many questions people must answer in time, as marketplaces count: by the wall clock."""

    when: Target.When = Target.When()
    within_ms: Duration = Field(default=180_000, alias="within")  # then it is in time
    hours: str = ""  # what is asked while they are closed does not count; "" = always open
    over_ms: Duration = Field(default=86_400_000, alias="over")  # the rolling span
    least_percent: Percent | None = None  # fewer are told as a miss; none: it is only counted


class Sla(Part):
    """Response times: the targets in order, and what counts as an answer."""

    targets: tuple[Target, ...] = ()
    shares: dict[Name, Share] = Field(default={})
    bots: Words = ()  # log-ins whose words are a machine's
    bot_counts: bool = False  # what they write is an answer too
    # From when the first response counts; `handoff`: from when a bot hands over to people.
    frt_start: Literal["first_customer_msg", "handoff"] = "first_customer_msg"
    # A conversation that is opened again has a first response again.
    frt_restart_on_reopen: bool = False
    resolve_fulfils_reply: bool = True  # resolving ends the wait of who was not answered
    # Statuses in which the time to resolution stands still; response times never do.
    pause_states: tuple[Literal["pending", "on_hold", "snoozed", "resolved"], ...] = (
        "pending",
        "snoozed",
        "resolved",
    )


class Skill(Part):
    """Something that work may need and agents have, level 1 to 5."""

    name: str = ""  # as people read it
    kind: Literal["skill", "language", "vip", "brand"] = "skill"  # for readers; all work alike


class Step(Part):
    """Who may take the work once it has waited so long: the levels needed, whose agents too."""

    after_ms: Duration = Field(default=0, alias="after")  # of waiting; the first step has none
    need: Need = Field(default={})  # skill: least level
    pool: Words = ()  # further queues whose agents may help; `*` = everybody
    # More that is asked of agents, as a condition: `skill.zh >= 2 or skill.en >= 4`.
    who: str = Field(default="", max_length=500)
    prefer: Words = ()  # of these agents, those named are asked first
    queue_override: str = ""  # the queue in which the work stands from this step on
    priority: int = Field(default=0, ge=-100, le=100)  # added from this step on
    # Passed over while none of its agents is signed in, or none is available; the last never is.
    skip_if: Literal["", "no_staffed", "no_available"] = ""


class Wrapup(Part):
    """What follows the end of a conversation for the agent who had it."""

    # `optional` never keeps the agent from other work; `timed` ends by itself, or earlier by the
    # agent; `timed_forced` by itself only; `mandatory` by the agent only
    mode: Literal["none", "optional", "timed", "timed_forced", "mandatory"] = "none"
    time_ms: Duration = Field(default=0, alias="time")  # until it ends by itself; 0s: it does not
    holds: bool | None = None  # keeps its weight; none: as the channel is exclusive
    extensions: int = Field(default=0, ge=0, le=10)  # how often the agent may ask for more time
    extend_ms: Duration = Field(default=0, alias="extend")  # how much more; 0s: as `time`


class Action(Part):
    """What is done with work that waits in vain."""

    # `add_pool` lets others help; `callback_offer` and `voicemail` are for callers; `close` ends
    # the conversation, and lets a caller leave word.
    do: Literal["add_pool", "move_queue", "voicemail", "callback_offer", "message", "close"] = (
        Field(examples=["close"])
    )
    pool: Words = ()  # of add_pool: queues whose agents may help
    queue: str = ""  # of move_queue: where it goes
    template: str = ""  # of message and callback_offer; of close: what is said before


class Overflow(Action):
    """An action and the condition under which it is taken, once for each piece of work."""

    # A condition: `wait_ms >= 2m and channel in [webchat, sms]`, `staffed == 0 or ewt > 30m`.
    when: str = Field(min_length=1, max_length=500, examples=["closed"])


AgentRule = Literal["longest_idle", "least_loaded", "best_skill", "round_robin_window"]


class Queue(Part):
    """Where work waits: in which order, for whom, how it is handed out, and how long at most."""

    name: str = ""  # as people read it
    hours: str = ""  # when it is open; "" = always
    # `strict`: priority, then age; `aging`: age, to which priority adds `boost`; `edf`: whose
    # answer is due first.
    order: Literal["strict", "aging", "edf"] = "strict"
    # Of aging: one unit of priority is worth this wait.
    boost_ms: Duration = Field(default=0, alias="boost")
    # Of edf: whether what is late already goes first, or after what can still be in time.
    late_mode: Literal["first", "after_rescuable"] = "after_rescuable"
    # Who of the free agents is asked: idle longest, with least of their capacity in use, with most
    # of what is needed, or who was given least within `desk.round_robin_window`.
    agent_rule: AgentRule = "longest_idle"
    # `inner`: at later steps, those whom an earlier one allowed are still asked before the others.
    ring_preference: Literal["inner", "none"] = "inner"
    accept: AcceptMode | None = None  # how work reaches agents; none: as the channel says
    ring_size: int = Field(default=3, ge=1, le=50)  # of ring_all: how many are asked at once
    # How long an offer waits for its agent; none: as the channel says.
    offer_timeout_ms: Duration | None = Field(default=None, alias="offer_timeout")
    steps: tuple[Step, ...] = Field(default=(Step(),), min_length=1, max_length=20)
    strict_switch: bool = False  # later steps may exclude whom earlier ones allowed
    overflow: tuple[Overflow, ...] = Field(default=(), max_length=20)  # looked at in this order
    max_waiting: int | None = Field(default=None, ge=0, le=1_000_000)  # pieces of work
    max_wait_ms: Duration | None = Field(default=None, alias="max_wait")  # of each
    at_limit: Action | None = None  # done with work beyond max_waiting or max_wait
    # Done with live work that comes after hours; other work waits.
    closed: Action | None = None
    # What waits is served all the same, or is as if it came then.
    at_closing: Literal["drain", "eject"] = "drain"
    handling_ms: Duration = Field(default=180_000, alias="handling")  # of a piece, as is expected
    wrapup: dict[str, Wrapup] = Field(default={})  # by channel, instead of its own
    # The agent whom the customer had last is asked first; `hard`: also while they are away.
    sticky: Literal["off", "soft", "hard"] = "off"
    sticky_wait_ms: Duration = Field(default=30_000, alias="sticky_wait")  # so long for that agent
    # So long ago an agent may have had another conversation of the customer's.
    sticky_window_ms: Duration = Field(default=2_592_000_000, alias="sticky_window")
    # What was handed to one agent waits so long for them, then for anybody of the queue.
    agent_wait_ms: Duration = Field(default=60_000, alias="agent_wait")
    # Who passed work on is asked again after so long, at once where nobody else could ever take it.
    returns_after_ms: Duration = Field(default=300_000, alias="returns_after")

    @property
    def actions(self) -> tuple[tuple[tuple[str | int, ...], Action], ...]:
        """All that may be done with work that waits in vain, by where it is written."""
        rules = [(("overflow", n), rule) for n, rule in enumerate(self.overflow)]
        others = [(("at_limit",), self.at_limit), (("closed",), self.closed)]
        return (*rules, *((where, action) for where, action in others if action is not None))


def _ranks(value: Any) -> Any:
    """A list of queues ranks them all first; a mapping gives each its rank, 1 before 2."""
    return dict.fromkeys(value, 1) if isinstance(value, list | tuple) else value


class Agent(Part):
    """Someone who answers. Passwords and roles are kept in the database only."""

    name: str = ""  # as people read it
    skills: Need = Field(default={})  # skill: level
    # Whose work they take, and its rank, 1 before 2; in a list all rank first.
    queues: Annotated[dict[str, Annotated[int, Field(ge=1, le=100)]], BeforeValidator(_ranks)] = (
        Field(default={})
    )
    capacity: int = Field(default=100, ge=1, le=10_000)  # the sum of weights at once
    delays: dict[str, Duration] = Field(default={})  # by queue: how long its work is not seen
    # By channel: how many pieces at once at most, whatever they weigh.
    channel_caps: dict[str, Annotated[int, Field(ge=0, le=1_000)]] = Field(default={})
    # By channel, instead of the queue's, unless that is ring_all.
    accept: dict[str, AcceptMode] = Field(default={})
    # On which calls reach them; "" = the browser.
    phone: str = Field(default="", pattern=r"^(\+[1-9]\d{6,14})?$", examples=["+4915112345678"])
    max_rona: int = Field(default=1, ge=1, le=100)  # offers unanswered until set to not responding


class Escalation(Part):
    """What a rule does once a conversation, whichever rule routes it."""

    priority: int = Field(default=0, ge=0, le=100)  # added to its priority
    queue: str = ""  # where it goes while nobody has it; "" leaves it
    notify: bool = True  # supervisors see it at once


class Rule(Part):
    """What comes in, and what becomes of it: a queue, a category, an escalation.

    Of the rules with a queue the first whose `when` holds decides; of those with a category too.
    """

    class When(Part):
        """All that is said must hold; a list holds when one of it does. Nothing said: always."""

        channel: Words = ()  # on which it came
        account: Words = ()  # to which it came
        language: Words = ()  # of the customer
        text_has: Words = ()  # one of these, in any case of letters
        regex: str = Field(default="", max_length=500)  # found in the text, in any case of letters
        vip: bool | None = None  # whether the customer is one
        attributes: dict[str, Words] = Field(default={})  # of the contact: one of these values
        during: str = ""  # a calendar of `hours` that is open
        outside: str = ""  # one that is closed
        category: Words = ()  # that the conversation was given
        anger_from: Mood = 0  # this or more: 1 displeased, 2 angry, 3 furious
        urgency_from: Mood = 0  # this or more: 1 soon, 2 today, 3 at once
        wants: Words = ()  # person, lead: whom the customer asks for
        breached: bool = False  # an answer is late

    name: str = ""  # by which it is told why work is where it is; "" = its number
    when: When = When()
    queue: str = ""  # where it goes; "" = this rule does not route
    priority: Priority = 0  # of the work; more goes first
    need: Need = Field(default={})  # beside what the queue's step needs
    category: Category = ""  # what it is called; "" = this rule does not say
    escalate: Escalation | None = None


class Rulebook(Part):
    """All of it."""

    desk: Desk = Desk()
    hours: dict[Name, Calendar] = Field(default={})
    sla: Sla = Sla()
    skills: dict[Name, Skill] = Field(default={})
    queues: dict[Name, Queue] = Field(default={}, max_length=10_000)
    agents: dict[Name, Agent] = Field(default={}, max_length=100_000)
    rules: tuple[Rule, ...] = Field(default=(), max_length=10_000)
    templates: Templates = Templates()
    courtesy: Courtesy = Courtesy()
    knowledge: Knowledge = Knowledge()
    callbacks: Callbacks = Callbacks()
    promises: Promises = Promises()
    surveys: Surveys = Surveys()

    @model_validator(mode="before")
    @classmethod
    def _one_queue_at_least(cls, value: Any) -> Any:
        """A desk without queues has one, and a single queue is the default one."""
        if not isinstance(value, dict) or not isinstance(value.get("desk") or {}, dict):
            return value
        queues = value.get("queues") or {SINGLE_QUEUE: {}}
        if not isinstance(queues, dict):
            return value
        desk = dict(value.get("desk") or {})
        if len(queues) == 1:
            desk.setdefault("default_queue", next(iter(queues)))
        return value | {"queues": queues, "desk": desk}

    def channel(self, name: str) -> Channel:
        """What a piece of work on this channel costs."""
        return self.desk.channels.get(name) or CHANNELS.get(name) or Channel()

    def staff(self, queue: str) -> int:
        """How many agents serve a queue."""
        return sum(queue in agent.queues for agent in self.agents.values())

    def calendar(self, hours: str) -> dict[str, Any]:
        """The calendar of this name as `parley clock` reads it; "" is always open."""
        if not hours:
            return {"tz": self.desk.timezone, "kind": "24x7"}
        return self.hours[hours].document(self.desk.timezone)

    def document(self) -> dict[str, Any]:
        """Every value, defaults too, in units that people write."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """The one way to write it down: equal rulebooks are equal texts."""
        return json.dumps(
            self.document(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The rulebook that `to_json` wrote. Raises pydantic.ValidationError."""
        return cls.model_validate_json(text)
