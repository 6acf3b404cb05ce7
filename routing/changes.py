"""Another plan, another time, while everything runs: offers stand, waiting work keeps its age."""

from collections.abc import Mapping

import msgspec

from routing import overflow, returns, waiting
from routing.arrivals import learn
from routing.inputs import ClockStepped, PlanChanged
from routing.presence import gone
from routing.records import Agent, Work
from routing.rows import IN_LINE
from routing.timers import Timer
from routing.turntaking import await_next
from routing.world import World, staffed


def change_plan(world: World, request: PlanChanged) -> None:
    """Put another plan in force."""
    works = [world.works[ident] for ident in sorted(world.works)]
    waiters = [work for work in works if work.phase in IN_LINE]
    before = [(work.queue, work.step, work.key) for work in waiters]
    overloaded = {agent.id for agent in world.agents.values() if agent.load > agent.capacity}
    for work in waiters:
        waiting.leave(world, work)
    world.adopt(request.plan)
    relearned = {work.id for work in works if fit(world, work)} | _learn(world, request)
    agents = [world.agents[ident] for ident in sorted(world.agents)]
    for agent in agents:
        muster(world, agent)
        if agent.id not in overloaded:
            world.tell_overload(agent)
    for work, place in zip(waiters, before, strict=True):
        if work.after_hours and world.lines[work.queue].is_open(world.now):
            work.after_hours = False
            world.touch(work)
        work.step = waiting.current_step(world, work)
        waiting.seat(world, work)
        waiting.look_again(world, work)
        if place != (work.queue, work.step, work.key) or work.id in relearned:
            world.touch(work)
            waiting.tell_rekeyed(world, work)
    world.timers.live[Timer.HOURS].clear()
    overflow.arm(world, world.now)
    for agent in agents:
        if removed(agent):
            gone(world, agent, "removed")


def _learn(world: World, request: PlanChanged) -> set[str]:
    """What the host has found the plan to make of work that waits; it keeps its age."""
    learnt = set()
    for change in request.rekeyed:
        work = world.works.get(change.work)
        if work is not None and work.phase in IN_LINE and _there(world, change.queue):
            learn(world, work, change)
            learnt.add(work.id)
    return learnt


def _there(world: World, queue: str | None) -> bool:
    return queue is None or queue in world.index.queues


def fit(world: World, work: Work) -> bool:
    """Work of a queue that is no more goes to the default queue, and steps end where they end now.

    Nobody can have a skill that is no more: it is asked no longer. Whether that was so.
    """
    needs = _known_of(world, work.needs)
    steps = tuple(
        msgspec.structs.replace(step, need=_known_of(world, step.need)) for step in work.steps
    )
    asked_less = (needs, steps) != (work.needs, work.steps)
    if asked_less:
        work.needs, work.steps = needs, steps
        world.touch(work)
    if work.queue not in world.lines or work.home not in world.lines:
        waiting.admit(world, work, world.plan.default_queue)
        world.touch(work)
    last = len(world.steps(work)) - 1
    if work.step > last:
        work.step = last
        world.touch(work)
    return asked_less


def _known_of(world: World, need: Mapping[str, int]) -> Mapping[str, int]:
    return {skill: level for skill, level in need.items() if skill in world.skills}


def removed(agent: Agent) -> bool:
    """Whether the plan knows the agent no more, and something is still theirs."""
    return agent.plan is None and (staffed(agent) or bool(agent.owned))


def muster(world: World, agent: Agent) -> None:
    """Count an agent under the plan in force; their idle time goes on."""
    world.weigh_anew(agent)
    await_next(world, agent)
    world.touch_agent(agent)
    world.dirty_agents[agent.id] = agent
    if staffed(agent):
        world.sign_in(agent)


def step_clock(world: World, request: ClockStepped) -> None:
    """Move all instants of the engine's own along with the clock. Deadlines are the world's."""
    by_ms = request.by_ms
    for offer in world.offers.values():
        offer.created_at += by_ms
        offer.expires_at += by_ms
        world.timers.set(Timer.OFFER, offer.id, offer.expires_at)
        world.touch_offer(offer)
    for agent in world.agents.values():
        agent.free_since += by_ms
        agent.given = [at + by_ms for at in agent.given]
        await_next(world, agent)
        if agent.lost_until is not None:
            agent.lost_until += by_ms
            world.timers.set(Timer.GRACE, agent.id, agent.lost_until)
        world.touch_agent(agent)
    for ident in sorted(world.works):
        _move(world, world.works[ident], by_ms)
    world.index.reset_idle()
    returns.doubt(world)
    in_lines = world.in_lines()
    for queue in world.lines:
        overflow.turn(world, queue, in_lines[queue])


def _move(world: World, work: Work, by_ms: int) -> None:
    waits, key = work.phase in IN_LINE, work.key
    if waits:
        waiting.leave(world, work)
    work.enqueued_at += by_ms
    if work.pin_until is not None:
        work.pin_until += by_ms
    if work.wrapup_until is not None:
        work.wrapup_until += by_ms
        world.timers.set(Timer.WRAPUP, work.id, work.wrapup_until)
    if work.leaves_at is not None:
        work.leaves_at += by_ms
        world.timers.set(Timer.LEAVE, work.id, work.leaves_at)
    if work.returns_at is not None:
        work.returns_at += by_ms
        returns.await_return(world, work)
    world.touch(work)
    if waits:
        waiting.place(world, work)
        if work.key != key:
            waiting.tell_rekeyed(world, work)
