"""What is wrong with a plan, each fault as `path: what is wrong`. None: it can be applied."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from routing.expression import OF_AGENTS, OF_WAITING, Demand, Kinds, Malformed, demand, parse
from routing.plan import ANYBODY, MAX_LEVEL, AgentPlan, Do, Overflow, Plan, QueuePlan, Step, carried

NEEDED = {Do.ADD_POOL: "pool", Do.MOVE_QUEUE: "queue", Do.MESSAGE: "template"}
"""What a rule must say to be carried out."""


def problems(plan: Plan) -> tuple[str, ...]:
    """Return every fault of the plan as `path: what is wrong`; none: it can be applied."""
    return (
        *_queue_problems(plan),
        *_overflow_problems(plan),
        *_circle_problems(plan),
        *_agent_problems(plan),
    )


def _queue_problems(plan: Plan) -> Iterator[str]:
    queues = {queue.id for queue in plan.queues}
    skills = {skill.id for skill in plan.skills}
    agents = {agent.id for agent in plan.agents}
    if plan.default_queue not in queues:
        yield f"default_queue: there is no queue {plan.default_queue!r}"
    for queue in plan.queues:
        for number, step in enumerate(queue.steps):
            path = f"queues.{queue.id}.steps[{number}]"
            yield from _level_problems(f"{path}.need", step.need, skills)
            yield from _unknown(f"{path}.pool", (*step.pool,), queues | {ANYBODY}, "queue")
            yield from _unknown(f"{path}.prefer", step.prefer, agents, "agent")
            if step.queue_override:
                override = (step.queue_override,)
                yield from _unknown(f"{path}.queue_override", override, queues, "queue")
            yield from _condition_problems(f"{path}.who", step.who, OF_AGENTS)
        yield from _order_problems(plan, queue)


def _unknown(path: str, names: tuple[str, ...], known: set[str], noun: str) -> Iterator[str]:
    yield from (f"{path}: there is no {noun} {name!r}" for name in names if name not in known)


def _condition_problems(path: str, text: str, kinds: Kinds) -> Iterator[str]:
    try:
        parse(text, kinds)
    except Malformed as error:
        yield f"{path}: {error}"


def _order_problems(plan: Plan, queue: QueuePlan) -> Iterator[str]:
    path = f"queues.{queue.id}.steps"
    if not queue.steps or queue.steps[0].after_ms != 0:
        yield f"{path}: the first step must apply at once (after_ms 0)"
    for number, (inner, outer) in enumerate(pairwise(carried(queue.steps)), start=1):
        if outer.after_ms <= inner.after_ms:
            yield f"{path}[{number}].after_ms: must be later than the step before"
        if not queue.strict_switch and not relaxes(plan, queue.id, inner, outer):
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


def relaxes(plan: Plan, queue: str, inner: Step, outer: Step) -> bool:
    """Whether everybody whom the inner step allows is allowed by the outer step too.

    What `who` asks beyond levels and queues is tried on the agents that the plan has.
    """
    reach = {inner.queue_override or queue, *inner.pool}
    reached = {outer.queue_override or queue, *outer.pool}
    if ANYBODY not in reached and not reach <= reached:
        return False
    before, after = _demanded(inner), _demanded(outer)
    if not all(level <= before.need.get(skill, 0) for skill, level in after.need.items()):
        return False
    return not outer.who or all(
        after.met_by(agent.skills, agent.queues)
        for agent in plan.agents
        if before.met_by(agent.skills, agent.queues) and reach & agent.queues.keys()
    )


def allows(agent: AgentPlan, queue: str, step: Step) -> bool:
    """Whether a step of the queue, its override carried on, lets this agent have the work."""
    reach = {step.queue_override or queue, *step.pool}
    belongs = ANYBODY in reach or reach & agent.queues.keys()
    return bool(belongs) and _demanded(step).met_by(agent.skills, agent.queues)


def _demanded(step: Step) -> Demand:
    """All that a step asks of an agent. What is no condition is told of elsewhere."""
    try:
        asked = demand(parse(step.who, OF_AGENTS))
    except Malformed:
        return Demand(step.need, None, demand(parse("", OF_AGENTS)).rest)
    need = dict(step.need)
    for skill, level in asked.need.items():
        need[skill] = max(level, need.get(skill, 0))
    return Demand(need, asked.pools, asked.rest)


# --- overflow ---


def _overflow_problems(plan: Plan) -> Iterator[str]:
    queues = {queue.id for queue in plan.queues}
    for queue in plan.queues:
        for number, rule in enumerate(queue.overflow):
            path = f"queues.{queue.id}.overflow[{number}]"
            yield from _condition_problems(f"{path}.when", rule.when, OF_WAITING)
            yield from _unknown(f"{path}.pool", rule.pool, queues | {ANYBODY}, "queue")
            yield from _unknown(f"{path}.queue", (rule.queue or queue.id,), queues, "queue")
            needed = NEEDED.get(Do(rule.do))
            if needed and not getattr(rule, needed):
                yield f"{path}: {rule.do} needs {needed}"


def _circle_problems(plan: Plan) -> Iterator[str]:
    """Work that overflows must not come back to where it was."""
    leads = {queue.id: [*_targets(queue.overflow)] for queue in plan.queues}
    for queue in plan.queues:
        for number, rule in enumerate(queue.overflow):
            if rule.do == Do.MOVE_QUEUE and queue.id in _reached(rule.queue, leads):
                yield (
                    f"queues.{queue.id}.overflow[{number}]: leads in a circle, from {rule.queue}"
                    f" back to {queue.id}; let one of them end it"
                )


def _targets(rules: tuple[Overflow, ...]) -> Iterator[str]:
    yield from (rule.queue for rule in rules if rule.do == Do.MOVE_QUEUE)


def _reached(start: str, leads: Mapping[str, list[str]]) -> set[str]:
    reached, ahead = set[str](), [start]
    while ahead:
        queue = ahead.pop()
        if queue not in reached:
            reached.add(queue)
            ahead += leads.get(queue, [])
    return reached


def _agent_problems(plan: Plan) -> Iterator[str]:
    queues = {queue.id for queue in plan.queues}
    skills = {skill.id for skill in plan.skills}
    channels = {channel.id for channel in plan.channels}
    for agent in plan.agents:
        path = f"agents.{agent.id}"
        yield from _unknown(f"{path}.queues", (*agent.queues,), queues, "queue")
        yield from _unknown(f"{path}.delays", (*agent.delays,), {*agent.queues}, "queue of theirs")
        yield from _unknown(f"{path}.channel_caps", (*agent.channel_caps,), channels, "channel")
        yield from _level_problems(f"{path}.skills", agent.skills, skills)
        if agent.capacity < 1:
            yield f"{path}.capacity: must be at least 1"
