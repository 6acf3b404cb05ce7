"""The engine's state to rows and back; the index, loads and timers follow from the rows."""

from routing import overflow, returns, waiting
from routing.changes import fit, muster, removed
from routing.plan import Plan
from routing.records import Agent, Offer, Work
from routing.rows import (
    IN_LINE,
    AgentState,
    OfferPhase,
    OfferState,
    Snapshot,
    Touched,
    WorkPhase,
    WorkState,
)
from routing.timers import Timer
from routing.world import World


def work_row(work: Work) -> WorkState:
    """One piece of work as a row."""
    return WorkState(
        id=work.id,
        conversation=work.conversation,
        channel=work.channel,
        queue=work.queue,
        priority=work.priority,
        enqueued_at=work.enqueued_at,
        origin_at=work.origin_at,
        deadline=work.deadline,
        needs=work.needs,
        steps=work.steps,
        last_agent=work.last_agent,
        phase=work.phase,
        step=work.step,
        excluded=tuple(sorted(work.excluded)),
        reprieved=work.reprieved,
        agent=None if work.agent is None else work.agent.id,
        offers_made=work.offers_made,
        pin=work.pin,
        pin_until=work.pin_until,
        pin_hard=work.pin_hard,
        front=work.front,
        guests=work.guests,
        late=work.late,
        wrapup_until=work.wrapup_until,
        wrapup_holds=work.wrapup_holds,
        extensions=work.extensions,
        ended_reason=work.ended_reason,
        home=work.home,
        after_hours=work.after_hours,
        pool=work.pool,
        overflowed=work.overflowed,
        visited=work.visited,
        seen_ms=work.seen_ms,
        looks=work.looks,
        leaves_at=work.leaves_at,
        giver=work.giver,
        returns_at=work.returns_at,
    )


def offer_row(offer: Offer) -> OfferState:
    """One offer as a row."""
    return OfferState(
        id=offer.id,
        work=offer.work,
        agent=offer.agent,
        created_at=offer.created_at,
        expires_at=offer.expires_at,
        phase=offer.phase,
    )


def agent_row(agent: Agent) -> AgentState:
    """One agent as a row."""
    return AgentState(
        id=agent.id,
        presence=agent.presence,
        reason=agent.reason,
        free_since=agent.free_since,
        rona=agent.rona,
        lost_until=agent.lost_until,
        load=agent.load,
        given=tuple(agent.given),
    )


def drain(world: World) -> Touched:
    """Rows that have changed since the last drain; final ones are forgotten with it."""
    touched = Touched(
        works=tuple(work_row(work) for _, work in sorted(world.touched_works.items())),
        offers=tuple(offer_row(offer) for _, offer in sorted(world.touched_offers.items())),
        agents=tuple(agent_row(agent) for _, agent in sorted(world.touched_agents.items())),
    )
    world.touched_works.clear()
    world.touched_offers.clear()
    world.touched_agents.clear()
    return touched


def snapshot(world: World) -> Snapshot:
    """Everything live, by id."""
    known = (agent for _, agent in sorted(world.agents.items()) if agent.plan or agent.owned)
    return Snapshot(
        at=world.now,
        works=tuple(work_row(work) for _, work in sorted(world.works.items())),
        offers=tuple(offer_row(offer) for _, offer in sorted(world.offers.items())),
        agents=tuple(agent_row(agent) for agent in known),
    )


def restore(plan: Plan, rows: Snapshot, explain_agents: int) -> World:
    """Build the engine's state from rows, under a plan that may be another one than theirs."""
    world = World(plan, explain_agents)
    world.now = rows.at
    for agent_state in rows.agents:
        _agent(world, agent_state)
    for state in rows.works:
        _work(world, state)
    for offer in rows.offers:
        _offer(world, offer)
    agents = [world.agents[ident] for ident in sorted(world.agents)]
    for agent in agents:
        muster(world, agent)
        agent.shown = (agent.presence, agent.reason, agent.load, agent.lost_until)
    for work in world.works.values():
        if work.phase in IN_LINE:
            if work.after_hours and world.lines[work.queue].is_open(world.now - 1):
                work.after_hours = False  # it was closed under another plan
                world.touch(work)
            # after hours nobody is waited for: the opening looks whether the pin makes sense then
            if work.pin and not work.after_hours and not waiting.can_have(world, work):
                waiting.unpin(work)
                world.touch(work)
            waiting.place(world, work)
    returns.doubt(world)  # under another plan nobody else may be there
    overflow.arm(world, world.now)
    world.touched_agents.clear()
    world.moved_agents.clear()
    return world


def _known(world: World, ident: str) -> Agent:
    return world.agents.setdefault(ident, Agent(ident))


def _agent(world: World, state: AgentState) -> None:
    agent = _known(world, state.id)
    agent.presence = state.presence
    agent.reason = state.reason
    agent.free_since = state.free_since
    agent.rona = state.rona
    agent.given = list(state.given)
    agent.lost_until = state.lost_until
    if agent.lost_until is not None:
        world.timers.set(Timer.GRACE, agent.id, agent.lost_until)


def _work(world: World, state: WorkState) -> None:
    work = Work(state.id, state.conversation, state.channel, state.queue, state.enqueued_at)
    work.priority = state.priority
    work.origin_at = state.origin_at
    work.deadline = state.deadline
    work.needs = state.needs
    work.steps = state.steps
    work.last_agent = state.last_agent
    work.phase = state.phase
    work.step = state.step
    work.reprieved = state.reprieved
    work.offers_made = state.offers_made
    work.pin, work.pin_until, work.pin_hard = state.pin, state.pin_until, state.pin_hard
    work.front, work.late = state.front, state.late
    work.wrapup_until, work.wrapup_holds = state.wrapup_until, state.wrapup_holds
    work.extensions = state.extensions
    work.ended_reason = state.ended_reason
    work.home = state.home or state.queue
    work.after_hours, work.pool = state.after_hours, state.pool
    work.overflowed, work.visited = state.overflowed, state.visited
    work.seen_ms, work.looks = state.seen_ms, state.looks
    world.works[work.id] = work
    world.conversations[work.conversation] = work
    for ident in state.excluded:
        world.exclude(work, _known(world, ident))
    fit(world, work)
    if state.agent is not None:
        work.agent = agent = _known(world, state.agent)
        agent.owned[work.id] = work
        if work.phase is WorkPhase.ASSIGNED or work.wrapup_holds:
            agent.held[work.id] = world.channel(work)
    work.guests = state.guests
    for ident in work.guests:
        guest = _known(world, ident)
        guest.guest_of[work.id] = work
        guest.held[work.id] = world.channel(work)
    work.leaves_at, work.giver, work.returns_at = state.leaves_at, state.giver, state.returns_at
    if work.returns_at is not None:
        returns.await_return(world, work)
    for kind, due in (
        (Timer.WRAPUP, work.wrapup_until),
        (Timer.LEAVE, work.leaves_at),
    ):
        if due is not None:
            world.timers.set(kind, work.id, due)


def _offer(world: World, state: OfferState) -> None:
    assert state.phase is OfferPhase.LIVE
    offer = Offer(state.id, state.work, state.agent, state.created_at, state.expires_at)
    work, agent = world.works[offer.work], _known(world, offer.agent)
    world.offers[offer.id] = offer
    work.offers = {**work.offers, offer.id: offer}
    agent.owned[work.id] = work
    agent.held[work.id] = world.channel(work)
    world.timers.set(Timer.OFFER, offer.id, offer.expires_at)


def absent(world: World) -> list[Agent]:
    """Agents whom the plan in force does not know, and who are signed in or have work."""
    return [agent for agent in world.agents.values() if removed(agent)]
