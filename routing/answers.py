"""What agents say to offers: yes, no, or nothing."""

from routing import events, returns, waiting
from routing.assignments import begin
from routing.events import Refused
from routing.inputs import OfferAccepted, OfferDeclined
from routing.offers import close, rescind_all
from routing.presence import not_responding
from routing.records import Agent, Offer, Work
from routing.rows import ACCEPTED, DECLINED, EXPIRED
from routing.world import World


def accept(world: World, request: OfferAccepted) -> None:
    """Yes. The first of several wins; an offer that is gone changes nothing."""
    offer = _live(world, request)
    if offer is None:
        return
    work, agent = close(world, offer, ACCEPTED)
    if agent.rona:
        agent.rona = 0
        world.touch_agent(agent)
    world.out.append(
        events.OfferAccepted(at=world.now, offer=offer.id, work=work.id, agent=agent.id)
    )
    rescind_all(world, work, "taken")
    begin(world, work, agent, offer.id, None)


def decline(world: World, request: OfferDeclined) -> None:
    """No. The agent is not asked again, and stays available."""
    offer = _live(world, request)
    if offer is None:
        return
    work, agent = close(world, offer, DECLINED)
    world.out.append(
        events.OfferDeclined(at=world.now, offer=offer.id, work=work.id, agent=agent.id)
    )
    _pass_over(world, work, agent)
    _ask_others(world, work, "declined")


def expire(world: World, offer: Offer) -> None:
    """Nothing. The agent is not asked again, and after max_rona of these counts as away."""
    work, agent = close(world, offer, EXPIRED)
    world.out.append(
        events.OfferExpired(at=world.now, offer=offer.id, work=work.id, agent=agent.id)
    )
    _pass_over(world, work, agent)
    agent.rona += 1
    if agent.plan is not None and agent.rona >= agent.plan.max_rona:
        not_responding(world, agent)
    _ask_others(world, work, "expired")


def _live(world: World, request: OfferAccepted | OfferDeclined) -> Offer | None:
    offer = world.offers.get(request.offer)
    if offer is None:
        world.refuse(request, Refused.OFFER_GONE)
    elif offer.agent != request.agent:
        world.refuse(request, Refused.NOT_YOURS)
    else:
        return offer
    return None


def _pass_over(world: World, work: Work, agent: Agent) -> None:
    del agent.owned[work.id]
    world.release(agent, work)
    world.exclude(work, agent)


def _ask_others(world: World, work: Work, reason: str) -> None:
    """The work waits again, with its original key, unless others are being asked already."""
    if not work.offers:
        work.step = waiting.current_step(world, work)
        _ask_all_again(world, work)
        waiting.enter(world, work, reason)


def _ask_all_again(world: World, work: Work) -> None:
    """Whoever is there and able at its step has passed: they are asked once more, not for ever."""
    step = world.steps(work)[work.step]
    signature = world.index.signature(work, step, world.now - work.enqueued_at)
    staffed = (ident for profile in signature.profiles for ident in profile.staffed)
    if any(ident not in work.excluded for ident in staffed):
        return
    kept = {work.giver} if work.giver and returns.others(world, work) else set()
    returns.ask_again(world, work, work.excluded - kept)
