"""Offers: work held out to an agent for a while. An offer ends exactly once."""

from routing import events
from routing.events import Why
from routing.records import NO_OFFERS, Agent, Offer, Work
from routing.rows import LIVE, OFFERED, RESCINDED, OfferPhase
from routing.timers import OFFER
from routing.world import World


def create(world: World, work: Work, agent: Agent, why: Why) -> None:
    """Ask an agent; the work weighs on them meanwhile."""
    work.offers_made += 1
    expires_at = world.now + world.handling(work).offer_timeout_ms
    offer = Offer(f"{work.id}.{work.offers_made}", work.id, agent.id, world.now, expires_at)
    world.offers[offer.id] = offer
    work.offers = {**work.offers, offer.id: offer}
    work.phase = OFFERED
    agent.owned[work.id] = work
    world.hold(agent, work)
    world.timers.set(OFFER, offer.id, expires_at)
    world.touch_offer(offer)
    world.touch(work)
    world.out.append(
        events.OfferCreated(
            at=world.now,
            offer=offer.id,
            work=work.id,
            agent=agent.id,
            expires_at=expires_at,
            why=why,
        )
    )


def close(world: World, offer: Offer, phase: OfferPhase) -> tuple[Work, Agent]:
    """End an offer. What weighs on the agent is up to the caller."""
    assert offer.phase is LIVE
    offer.phase = phase
    work, agent = world.works[offer.work], world.agents[offer.agent]
    del world.offers[offer.id]
    del work.offers[offer.id]
    work.offers = work.offers or NO_OFFERS
    world.timers.clear(OFFER, offer.id)
    world.touch_offer(offer)
    world.touch(work)
    return work, agent


def rescind(world: World, offer: Offer, reason: str) -> None:
    """Take an offer back."""
    work, agent = close(world, offer, RESCINDED)
    del agent.owned[work.id]
    world.release(agent, work)
    world.out.append(
        events.OfferRescinded(
            at=world.now, offer=offer.id, work=work.id, agent=agent.id, reason=reason
        )
    )


def rescind_all(world: World, work: Work, reason: str) -> None:
    """Take back whatever is still offered of this work."""
    for ident in sorted(work.offers):
        rescind(world, work.offers[ident], reason)
