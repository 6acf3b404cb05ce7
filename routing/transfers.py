"""Work changes hands because somebody wants it so: transfer, grab, assign."""

from routing import consults, events, returns, waiting
from routing.answers import accept
from routing.assignments import OWNED, begin, detach, drop
from routing.events import Refused
from routing.explain import by_hand
from routing.inputs import OfferAccepted, WorkGrabbed, WorkTransferred
from routing.records import Agent, Work
from routing.rows import WorkPhase
from routing.world import World, staffed

UNTAKEABLE = frozenset((WorkPhase.WRAPUP, WorkPhase.CALLBACK_PENDING))


def transfer(world: World, request: WorkTransferred) -> None:
    """The old agent is free at once; the work waits for the new queue or agent, or is with them."""
    work = world.works.get(request.work)
    refusal = _transfer_refusal(world, request, work)
    if refusal is not None:
        world.refuse(request, refusal)
        return
    assert work is not None
    if request.to_agent in work.guests:
        _hand_over(world, work, world.agents[request.to_agent])
        return
    drop(world, work, "transferred")
    work.reprieved, work.visited = False, ()
    waiting.admit(world, work, request.to_queue or work.queue)
    if not request.keep_age:
        work.enqueued_at = world.now
    if request.to_agent is not None:
        until = world.now + world.queue(work).agent_wait_ms
        waiting.pin(work, request.to_agent, until, hard=False)
    returns.pass_over(world, work, world.agents[request.agent])
    waiting.enter(world, work, "transferred")


def _hand_over(world: World, work: Work, guest: Agent) -> None:
    """Who was asked in has the work from now on, with its weight as before; the others stay."""
    consults.forget(work, guest)
    others, work.guests = work.guests, ()
    drop(world, work, "transferred")
    work.guests = others
    begin(world, work, guest, None, by_hand(world, work))


def _transfer_refusal(world: World, request: WorkTransferred, work: Work | None) -> Refused | None:
    if work is None:
        return Refused.UNKNOWN_WORK
    if work.phase not in OWNED:
        return Refused.WRONG_STATE
    if work.agent is not world.agents.get(request.agent):
        return Refused.NOT_YOURS
    if request.to_queue is not None and request.to_queue not in world.index.queues:
        return Refused.UNKNOWN_QUEUE
    if request.to_agent is not None:
        target = world.agents.get(request.to_agent)
        if target is None or target.plan is None:
            return Refused.UNKNOWN_AGENT
        if target is work.agent:
            return Refused.WRONG_STATE
        if not staffed(target):
            return Refused.NOT_THERE
    return None


def grab(world: World, request: WorkGrabbed) -> None:
    """An agent takes work from the queue or from another, or a supervisor gives it to them."""
    work, agent = world.works.get(request.work), world.agents.get(request.agent)
    if work is None or agent is None or agent.plan is None:
        world.refuse(request, Refused.UNKNOWN_WORK if work is None else Refused.UNKNOWN_AGENT)
        return
    offer = next((offer for offer in work.offers.values() if offer.agent == agent.id), None)
    if offer is not None:
        accept(world, OfferAccepted(at=request.at, offer=offer.id, agent=agent.id))
        return
    refusal = _grab_refusal(world, request, work, agent)
    if refusal is not None:
        world.refuse(request, refusal)
        return
    fits = agent.room(world.channel(work))
    detach(world, work, "assigned" if request.by else "grabbed")
    begin(world, work, agent, None, by_hand(world, work))
    if not fits:
        world.out.append(
            events.OverCapacity(
                at=world.now,
                agent=agent.id,
                load=agent.load,
                capacity=agent.capacity,
                work=work.id,
            )
        )


def _grab_refusal(world: World, request: WorkGrabbed, work: Work, agent: Agent) -> Refused | None:
    if work.phase in UNTAKEABLE or work.agent is agent:
        return Refused.WRONG_STATE
    if not staffed(agent) or agent.lost_until is not None:
        return Refused.NOT_THERE  # force makes room, and nobody be there
    if not request.force and not agent.room(world.channel(work)):
        return Refused.NO_CAPACITY
    return None
