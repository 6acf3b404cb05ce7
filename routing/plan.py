"""What the engine is told once: skills, channels, queues, agents; and what is wrong with it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from routing.calendar import Hours

ANYBODY = "*"
"""In a step's pool: every agent of the desk."""

MAX_LEVEL = 5


class OrderMode(StrEnum):
    """Who waits first in a queue."""

    STRICT = "strict"  # priority, then age
    AGING = "aging"  # a unit of priority is worth boost_ms of waiting
    EDF = "edf"  # the earliest deadline


# Bound once: a look-up through the class costs 200 ns on Python 3.11, in every decision.
STRICT, AGING, EDF = OrderMode


class LateMode(StrEnum):
    """Where work past its deadline stands in a queue by deadline."""

    FIRST = "first"
    AFTER_RESCUABLE = "after_rescuable"  # else one late piece makes the next ones late


class AgentRule(StrEnum):
    """Which of the free agents is asked."""

    LONGEST_IDLE = "longest_idle"
    LEAST_LOADED = "least_loaded"
    BEST_SKILL = "best_skill"
    ROUND_ROBIN_WINDOW = "round_robin_window"  # who was given least within the plan's window


LONGEST_IDLE, LEAST_LOADED, BEST_SKILL, ROUND_ROBIN_WINDOW = AgentRule


class AcceptMode(StrEnum):
    """How work reaches an agent."""

    AUTO = "auto"  # assigned at once
    MANUAL = "manual"  # offered to one
    PULL = "pull"  # seen in a list, taken by grab
    RING_ALL = "ring_all"  # offered to several, the first accept wins


AUTO, MANUAL, PULL, RING_ALL = AcceptMode


class WrapupMode(StrEnum):
    """What follows the end of an assignment."""

    NONE = "none"
    OPTIONAL = "optional"  # never blocks
    TIMED = "timed"  # ends by itself, or earlier by the agent
    TIMED_FORCED = "timed_forced"  # ends by itself only
    MANDATORY = "mandatory"  # ends by the agent only


NONE, OPTIONAL, TIMED, TIMED_FORCED, MANDATORY = WrapupMode


class Sticky(StrEnum):
    """Whether the last agent of a conversation is asked first."""

    OFF = "off"
    SOFT = "soft"  # while the agent is signed in
    HARD = "hard"  # in any case, until the wait is over


class OnLost(StrEnum):
    """What becomes of an agent's work when the agent is gone."""

    REQUEUE = "requeue"
    KEEP = "keep"
    REQUEUE_AFTER = "requeue_after"  # kept for a while, in which they may come back


class AtClosing(StrEnum):
    """What becomes of work that waits in a queue when it closes."""

    DRAIN = "drain"  # it is served all the same
    EJECT = "eject"  # it is as if it came now


class Do(StrEnum):
    """What an overflow rule does."""

    ADD_POOL = "add_pool"  # the agents of further queues may take the work
    MOVE_QUEUE = "move_queue"
    VOICEMAIL = "voicemail"
    CALLBACK_OFFER = "callback_offer"
    MESSAGE = "message"
    CLOSE = "close"  # nobody will answer: the work is called off


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """Something that work may need and agents have by level 1-5. All kinds work alike."""

    id: str
    kind: Literal["skill", "language", "vip", "brand"] = "skill"


class ChannelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece of work on this channel costs an agent, and how it is handed out."""

    id: str
    weight: int = 100
    exclusive: bool = False  # nothing beside it but interruptible work
    interruptible: bool = False  # its weight is suspended under an exclusive piece
    live: bool = False  # the customer waits on the line: cannot wait for the opening
    offer_timeout_ms: int = 30_000
    acw_ms: int = 0
    accept_mode: AcceptMode = AcceptMode.MANUAL
    on_lost: OnLost = OnLost.REQUEUE
    requeue_after_ms: int = 0


class Wrapup(msgspec.Struct, frozen=True, kw_only=True):
    """After-contact work of one queue and channel. `holds` None: as the channel is exclusive."""

    mode: WrapupMode = WrapupMode.NONE
    ms: int = 0
    holds: bool | None = None
    extensions: int = 0
    extend_ms: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Who may take the work after a wait: least levels, and the agents of further queues.

    `who` asks more of agents (routing/expression.py), `prefer` names those of them who are asked
    first, `queue_override` lets the work stand in another queue from this step on.
    """

    after_ms: int = 0
    need: Mapping[str, int] = {}
    pool: tuple[str, ...] = ()
    who: str = ""
    prefer: tuple[str, ...] = ()
    queue_override: str = ""
    priority_delta: int = 0
    skip_if: Literal["", "no_staffed", "no_available"] = ""


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """What is done when a condition holds for waiting work; once for each piece in each queue.

    Looked at when the work comes into the queue, when waits pass the times that `when` names, when
    the number of agents signed in passes a number that it names, and when the queue turns work out.
    """

    when: str
    do: Do
    pool: tuple[str, ...] = ()  # of add_pool
    queue: str = ""  # of move_queue
    template: str = ""  # of message

    @property
    def name(self) -> str:
        """The rule in one line; rules that say the same are the same."""
        return " ".join((self.when, "->", self.do, *self.pool, self.queue, self.template)).strip()


class QueuePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Order, choice, steps, hours and limits of one queue."""

    id: str
    hours: Hours | None = None  # None: always open
    at_closing: AtClosing = AtClosing.DRAIN
    overflow: tuple[Overflow, ...] = ()
    handle_ms: int = 180_000  # how long a piece takes, for the wait to expect
    order_mode: OrderMode = OrderMode.STRICT
    boost_ms: int = 0
    late_mode: LateMode = LateMode.AFTER_RESCUABLE
    agent_rule: AgentRule = AgentRule.LONGEST_IDLE
    ring_preference: Literal["inner", "none"] = "inner"
    steps: tuple[Step, ...] = (Step(),)
    strict_switch: bool = False  # later steps may exclude whom earlier ones allowed
    accept_mode: AcceptMode | None = None
    offer_timeout_ms: int | None = None
    ring_size: int = 3
    wrapup: Mapping[str, Wrapup] = {}
    sticky: Sticky = Sticky.OFF
    sticky_ms: int = 30_000
    agent_wait_ms: int = 60_000  # work handed to one agent falls back to the queue after this
    returns_after_ms: int = 300_000  # who passed work on may have it again after this


class AgentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent can do, and how much at once. `queues` gives ranks, 1 comes first.

    `delays` hides a queue's work from the agent until it has waited so many milliseconds.
    """

    id: str
    skills: Mapping[str, int] = {}
    queues: Mapping[str, int] = {}
    capacity: int = 100
    delays: Mapping[str, int] = {}
    channel_caps: Mapping[str, int] = {}
    accept: Mapping[str, AcceptMode] = {}
    max_rona: int = 1


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One version of all that the engine is told."""

    version: int = 0
    skills: tuple[Skill, ...] = ()
    channels: tuple[ChannelPlan, ...] = ()
    queues: tuple[QueuePlan, ...]
    agents: tuple[AgentPlan, ...] = ()
    default_queue: str
    disconnect_grace_ms: int = 30_000
    window_ms: int = 0  # of queues by round_robin_window; 0: no queue is


def carried(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with the queue that each stands in: an override holds until the next one."""
    if len(steps) < 2 or not any(step.queue_override for step in steps):
        return steps
    out: list[Step] = []
    for step in steps:
        queue = step.queue_override or (out[-1].queue_override if out else "")
        out.append(msgspec.structs.replace(step, queue_override=queue))
    return tuple(out)
