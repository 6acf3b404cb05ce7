"""Where agents are: signed in, busy, lost, gone; and what becomes of their work."""

from routing import returns, waiting
from routing.assignments import OWNED, drop, finish_wrapup, stay
from routing.consults import see_off
from routing.events import Refused
from routing.inputs import AgentBack, AgentLost, AgentPresence
from routing.offers import rescind
from routing.plan import OnLost
from routing.records import Agent, Work
from routing.rows import Presence, WorkPhase
from routing.timers import LEAVE, Timer
from routing.world import World, staffed


def declare(world: World, request: AgentPresence) -> None:
    """The agent says where they are."""
    agent = world.agents.get(request.agent)
    presence = Presence(request.presence)
    if agent is None or (agent.plan is None and presence is not Presence.OFFLINE):
        world.refuse(request, Refused.UNKNOWN_AGENT)
        return
    before, was_lost = agent.presence, agent.lost_until is not None
    if before is presence and not was_lost:
        agent.reason, agent.rona = request.reason, 0
        world.touch_agent(agent)
        return
    _found(world, agent)
    agent.reason = request.reason
    if presence is Presence.OFFLINE:
        gone(world, agent, "offline")
        return
    agent.presence = presence
    agent.measure()
    if before is Presence.OFFLINE:
        _keep_on(world, agent)
    world.sign_in(agent)
    if presence is Presence.AVAILABLE:
        agent.rona = 0
        if before is not Presence.AVAILABLE:
            forgive(world, agent)
        world.freed(agent)
    else:
        _take_back_offers(world, agent, "busy")
        world.changed(agent)


def forgive(world: World, agent: Agent) -> None:
    """An agent who comes back is asked again also for what they had not taken when asked."""
    for ident in sorted(agent.shunned_by):
        work = agent.shunned_by[ident]
        if work.giver != agent.id:  # who passed it on is passed over wherever they have been
            returns.readmit(world, work, frozenset((agent.id,)))


def lose(world: World, request: AgentLost) -> None:
    """The agent's socket is gone: no new work, and a while to come back."""
    agent = world.agents.get(request.agent)
    if agent is None:
        world.refuse(request, Refused.UNKNOWN_AGENT)
    elif staffed(agent) and agent.lost_until is None:
        agent.lost_until = world.now + world.plan.disconnect_grace_ms
        agent.measure()
        world.timers.set(Timer.GRACE, agent.id, agent.lost_until)
        _take_back_offers(world, agent, "lost")
        world.changed(agent)


def back(world: World, request: AgentBack) -> None:
    """The socket is there again in time."""
    agent = world.agents.get(request.agent)
    if agent is None:
        world.refuse(request, Refused.UNKNOWN_AGENT)
    elif agent.lost_until is None:
        if not staffed(agent):
            world.refuse(request, Refused.NOT_THERE)
    else:
        _found(world, agent)
        agent.measure()
        world.freed(agent)


def _found(world: World, agent: Agent) -> None:
    agent.lost_until = None
    world.timers.clear(Timer.GRACE, agent.id)


def grace_due(world: World, agent: Agent) -> None:
    """The agent did not come back, nor did who was lost with them: all go before who gets what."""
    graces, due = world.timers.live[Timer.GRACE], agent.lost_until
    lost_too = [ident for ident, until in graces.items() if until == due]
    for ident in sorted((agent.id, *lost_too)):
        gone(world, world.agents[ident], "lost")


def not_responding(world: World, agent: Agent) -> None:
    """The agent let too many offers pass: nothing more until they say that they are there."""
    agent.presence, agent.reason = Presence.NOT_RESPONDING, ""
    agent.measure()
    _take_back_offers(world, agent, "not_responding")
    world.changed(agent)


def gone(world: World, agent: Agent, reason: str) -> None:
    """The agent is away for good: their work goes where its channel's policy says.

    An agent whom the plan no longer knows keeps nothing: nobody would ever come back to it.
    """
    _found(world, agent)
    agent.presence = Presence.OFFLINE
    agent.measure()
    world.sign_out(agent)
    _take_back_offers(world, agent, reason)
    for ident in sorted(agent.guest_of):
        see_off(world, agent.guest_of[ident], agent, reason)
    for ident in sorted(agent.owned):
        work = agent.owned[ident]
        if work.phase is WorkPhase.WRAPUP:
            finish_wrapup(world, work, reason)
        elif work.phase in OWNED:
            _forsake(world, work, agent, reason)
    world.changed(agent)
    waiting.release_pins(world, agent)
    waiting.staff_left(world, agent)
    waiting.understaffed(world, agent)
    returns.doubt(world)


def _forsake(world: World, work: Work, agent: Agent, reason: str) -> None:
    channel = world.channel(work)
    if agent.plan is None or channel.on_lost is OnLost.REQUEUE:
        drop(world, work, reason)
        waiting.enter(world, work, reason)
    elif channel.on_lost is OnLost.REQUEUE_AFTER:
        work.leaves_at = world.now + channel.requeue_after_ms
        world.timers.set(LEAVE, work.id, work.leaves_at)
        world.touch(work)


def _keep_on(world: World, agent: Agent) -> None:
    """The agent is back in time for what was kept for them."""
    for work in agent.owned.values():
        if work.leaves_at is not None:
            stay(world, work)


def leave_due(world: World, work: Work) -> None:
    """The agent did not come back to it: others may have it, in its old place."""
    drop(world, work, "offline")
    waiting.enter(world, work, "offline")


def _take_back_offers(world: World, agent: Agent, reason: str) -> None:
    for ident in sorted(agent.owned):
        work = agent.owned[ident]
        if work.phase is not WorkPhase.OFFERED:
            continue
        for offer in [offer for offer in work.offers.values() if offer.agent == agent.id]:
            rescind(world, offer, reason)
            if not work.offers:
                waiting.enter(world, work, reason)
