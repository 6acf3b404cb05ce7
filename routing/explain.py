"""Why an agent got the work, or nobody has yet: short in every decision, whole when asked."""

from collections.abc import Iterable, Mapping

from routing.events import Passed, PassedAgent, Why
from routing.index import rank_in
from routing.plan import ANYBODY, ChannelPlan, Step
from routing.records import Agent, Work
from routing.rows import Presence, WorkPhase
from routing.waiting import key_of
from routing.world import World

NAMED_AGENTS = 10

_BY_PRESENCE = {
    Presence.OFFLINE: Passed.OFFLINE,
    Presence.BUSY: Passed.BUSY,
    Presence.NOT_RESPONDING: Passed.NOT_RESPONDING,
}


def why(world: World, work: Work, agent: Agent, rank: int) -> Why:
    """The short answer: every agent of a small queue, nobody but the chosen of a large one."""
    roster = world.rosters.get(work.queue, ())
    if len(roster) <= world.explain_agents:
        return _why(world, work, agent, rank, roster, sampled=False)
    index = world.index
    step = (work.steps or index.steps[work.home])[work.step]
    return Why(
        queue=work.queue,
        step=work.step,
        needs=needs(step, work),
        rule=index.queues[work.queue].agent_rule,
        key=work.key,
        rank=rank,
        pinned=work.pin is not None,
        sampled=True,
    )


def explain(world: World, work: Work) -> Why:
    """The whole answer at this moment, one look at each agent of the desk."""
    asked = {offer.agent for offer in work.offers.values()}  # nobody has passed them over
    agents = (world.agents[ident] for ident in sorted(world.agents.keys() - asked))
    owner = work.agent
    rank = rank_in(owner, work.queue) if owner is not None else 0
    return _why(world, work, owner, rank, agents, sampled=False)


def by_hand(world: World, work: Work) -> Why:
    """Somebody wanted it so."""
    return _why(world, work, None, 0, (), sampled=True)


def _why(
    world: World,
    work: Work,
    chosen: Agent | None,
    rank: int,
    agents: Iterable[Agent],
    *,
    sampled: bool,
) -> Why:
    step = world.steps(work)[work.step]
    passed: dict[str, int] = {}
    named: list[PassedAgent] = []
    considered = 0
    for agent in agents:
        considered += 1
        if agent is chosen:
            continue
        reason = reason_passed(world, work, step, agent)
        passed[reason] = passed.get(reason, 0) + 1
        if len(named) < NAMED_AGENTS:
            named.append(PassedAgent(agent=agent.id, reason=reason))
    return Why(
        queue=work.queue,
        step=work.step,
        needs=needs(step, work),
        rule=world.queue(work).agent_rule,
        key=work.key if work.seat else key_of(world, work),
        rank=rank,
        pinned=work.pin is not None,
        considered=considered,
        passed=passed,
        named=tuple(named),
        sampled=sampled,
    )


def needs(step: Step, work: Work) -> Mapping[str, int]:
    """Least levels: the step's and the work's own."""
    if not work.needs:
        return step.need
    if not step.need:
        return work.needs
    merged = dict(step.need)
    for skill, level in work.needs.items():
        merged[skill] = max(level, merged.get(skill, 0))
    return merged


def reason_passed(world: World, work: Work, step: Step, agent: Agent) -> Passed:
    """The first reason why this agent is not the one."""
    plan = agent.plan
    if plan is None:
        return Passed.NOT_IN_QUEUE
    pools = (step.queue_override or work.home, *step.pool, *work.pool)
    if ANYBODY not in pools and not any(pool in plan.queues for pool in pools):
        return Passed.NOT_IN_QUEUE
    if any(plan.skills.get(skill, 0) < level for skill, level in needs(step, work).items()):
        return Passed.LACKS_SKILL
    if not world.index.reaches(agent, work, step):
        return Passed.LACKS_SKILL if step.who else Passed.DELAYED
    if agent.presence in _BY_PRESENCE:
        return _BY_PRESENCE[agent.presence]
    if agent.lost_until is not None:
        return Passed.LOST
    if agent.id in work.excluded:
        return Passed.PASSED_ON if agent.id == work.giver else Passed.DECLINED
    return _reason_for_room(world.channel(work), work, agent)


def _reason_for_room(channel: ChannelPlan, work: Work, agent: Agent) -> Passed:
    if not agent.room(channel):
        wraps = any(
            owned.phase is WorkPhase.WRAPUP and owned.wrapup_holds for owned in agent.owned.values()
        )
        return Passed.WRAPUP if wraps else Passed.FULL
    if work.phase is WorkPhase.CALLBACK_PENDING:
        return Passed.CALLBACK
    if work.after_hours:
        return Passed.CLOSED
    if work.pin not in (None, agent.id):
        return Passed.ANOTHERS
    return Passed.OUTRANKED
