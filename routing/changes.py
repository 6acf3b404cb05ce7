"""Another plan while everything runs: offers stand, waiting work re-keys and keeps its age."""

from routing import waiting
from routing.inputs import PlanChanged
from routing.presence import gone
from routing.records import Agent, Work
from routing.rows import WorkPhase
from routing.world import World, staffed


def change_plan(world: World, request: PlanChanged) -> None:
    """Put another plan in force."""
    works = [world.works[ident] for ident in sorted(world.works)]
    waiters = [work for work in works if work.phase is WorkPhase.WAITING]
    before = [(work.queue, work.step, work.key) for work in waiters]
    for work in waiters:
        waiting.leave(world, work)
    world.adopt(request.plan)
    for work in works:
        fit(world, work)
    agents = [world.agents[ident] for ident in sorted(world.agents)]
    for agent in agents:
        muster(world, agent)
    for work, place in zip(waiters, before, strict=True):
        work.step = waiting.current_step(world, work)
        waiting.seat(world, work)
        if place != (work.queue, work.step, work.key):
            world.touch(work)
            waiting.tell_rekeyed(world, work)
    for agent in agents:
        if agent.plan is None and staffed(agent):
            gone(world, agent, "removed")


def fit(world: World, work: Work) -> None:
    """Work of a queue that is no more goes to the default queue; steps end where they end now."""
    if work.queue not in world.index.queues:
        work.queue, work.step, work.late = world.plan.default_queue, 0, False
        world.touch(work)
    last = len(world.steps(work)) - 1
    if work.step > last:
        work.step = last
        world.touch(work)


def muster(world: World, agent: Agent) -> None:
    """Count an agent under the plan in force; their idle time goes on."""
    world.weigh_anew(agent)
    world.touch_agent(agent)
    world.dirty_agents[agent.id] = agent
    if agent.profile is not None and staffed(agent):
        agent.profile.staffed[agent.id] = agent
