"""What the engine is told once: skills, channels, queues, agents; and what is wrong with it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Literal

import msgspec

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


LONGEST_IDLE, LEAST_LOADED, BEST_SKILL = AgentRule


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


class Sticky(StrEnum):
    """Whether the last agent of a conversation is asked first."""

    OFF = "off"
    SOFT = "soft"  # while the agent is signed in
    HARD = "hard"  # in any case, until the wait is over


class OnLost(StrEnum):
    """What becomes of an agent's work when the agent is gone."""

    REQUEUE = "requeue"
    KEEP = "keep"


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
    offer_timeout_ms: int = 30_000
    acw_ms: int = 0
    accept_mode: AcceptMode = AcceptMode.MANUAL
    on_lost: OnLost = OnLost.REQUEUE


class Wrapup(msgspec.Struct, frozen=True, kw_only=True):
    """After-contact work of one queue and channel. `holds` None: as the channel is exclusive."""

    mode: WrapupMode = WrapupMode.NONE
    ms: int = 0
    holds: bool | None = None
    extensions: int = 0
    extend_ms: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Who may take the work after a wait: least levels, and the agents of further queues."""

    after_ms: int = 0
    need: Mapping[str, int] = {}
    pool: tuple[str, ...] = ()
    priority_delta: int = 0
    skip_if: Literal["", "no_staffed", "no_available"] = ""


class QueuePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Order, choice and steps of one queue."""

    id: str
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


class AgentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent can do, and how much at once. `queues` gives ranks, 1 comes first."""

    id: str
    skills: Mapping[str, int] = {}
    queues: Mapping[str, int] = {}
    capacity: int = 100
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


def problems(plan: Plan) -> tuple[str, ...]:
    """Return every fault of the plan as `path: what is wrong`; none: it can be applied."""
    return (*_queue_problems(plan), *_agent_problems(plan))


def _queue_problems(plan: Plan) -> Iterator[str]:
    queues = {queue.id for queue in plan.queues}
    skills = {skill.id for skill in plan.skills}
    if plan.default_queue not in queues:
        yield f"default_queue: there is no queue {plan.default_queue!r}"
    for queue in plan.queues:
        for number, step in enumerate(queue.steps):
            path = f"queues.{queue.id}.steps[{number}]"
            yield from _level_problems(f"{path}.need", step.need, skills)
            yield from (
                f"{path}.pool: there is no queue {pool!r}"
                for pool in step.pool
                if pool not in queues and pool != ANYBODY
            )
        yield from _order_problems(queue)


def _order_problems(queue: QueuePlan) -> Iterator[str]:
    path = f"queues.{queue.id}.steps"
    if not queue.steps or queue.steps[0].after_ms != 0:
        yield f"{path}: the first step must apply at once (after_ms 0)"
    for number, (inner, outer) in enumerate(pairwise(queue.steps), start=1):
        if outer.after_ms <= inner.after_ms:
            yield f"{path}[{number}].after_ms: must be later than the step before"
        if not queue.strict_switch and not relaxes(inner, outer):
            yield (
                f"{path}[{number}]: excludes agents whom the step before allows;"
                " relax it, or set strict_switch"
            )


def _level_problems(path: str, levels: Mapping[str, int], skills: set[str]) -> Iterator[str]:
    for skill, level in levels.items():
        if skill not in skills:
            yield f"{path}: there is no skill {skill!r}"
        if not 1 <= level <= MAX_LEVEL:
            yield f"{path}.{skill}: levels go from 1 to {MAX_LEVEL}"


def relaxes(inner: Step, outer: Step) -> bool:
    """Whether everybody whom the inner step allows is allowed by the outer step too."""
    pools = ANYBODY in outer.pool or set(inner.pool) <= set(outer.pool)
    return pools and all(level <= inner.need.get(skill, 0) for skill, level in outer.need.items())


def _agent_problems(plan: Plan) -> Iterator[str]:
    queues = {queue.id for queue in plan.queues}
    skills = {skill.id for skill in plan.skills}
    channels = {channel.id for channel in plan.channels}
    for agent in plan.agents:
        path = f"agents.{agent.id}"
        yield from (
            f"{path}.queues: there is no queue {queue!r}"
            for queue in agent.queues
            if queue not in queues
        )
        yield from (
            f"{path}.channel_caps: there is no channel {channel!r}"
            for channel in agent.channel_caps
            if channel not in channels
        )
        yield from _level_problems(f"{path}.skills", agent.skills, skills)
        if agent.capacity < 1:
            yield f"{path}.capacity: must be at least 1"
