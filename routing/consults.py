"""Consulting: a second agent joins in a piece of work, and it weighs on both; whose it is, stays.

A warm transfer is a consult that ends with the work handed over: who was asked has its weight
already. More than one may be asked, which makes it a conference.
"""

from routing import events
from routing.events import Refused
from routing.inputs import AgentConsulted, ConsultLeft
from routing.records import Agent, Work
from routing.rows import ASSIGNED
from routing.world import World, staffed


def consult(world: World, request: AgentConsulted) -> None:
    """Ask a colleague in, who must be there and have room."""
    work, guest = world.works.get(request.work), world.agents.get(request.guest)
    refusal = _refusal(world, request, work, guest)
    if refusal is not None:
        world.refuse(request, refusal)
        return
    assert work is not None
    assert guest is not None
    work.guests += (guest.id,)
    guest.guest_of[work.id] = work
    world.hold(guest, work)
    world.touch(work)
    world.out.append(
        events.ConsultStarted(at=world.now, work=work.id, agent=guest.id, by=request.agent)
    )


def _refusal(
    world: World, request: AgentConsulted, work: Work | None, guest: Agent | None
) -> Refused | None:
    if work is None or guest is None or guest.plan is None:
        return Refused.UNKNOWN_WORK if work is None else Refused.UNKNOWN_AGENT
    if work.phase is not ASSIGNED or guest is work.agent or guest.id in work.guests:
        return Refused.WRONG_STATE
    if work.agent is not world.agents.get(request.agent):
        return Refused.NOT_YOURS
    if not staffed(guest) or guest.lost_until is not None:
        return Refused.NOT_THERE
    return None if guest.room(world.channel(work)) else Refused.NO_CAPACITY


def leave(world: World, request: ConsultLeft) -> None:
    """Who was asked is in it no more."""
    work = world.works.get(request.work)
    if work is None or request.agent not in work.guests:
        world.refuse(request, Refused.UNKNOWN_WORK if work is None else Refused.WRONG_STATE)
        return
    see_off(world, work, world.agents[request.agent], "left")


def see_off(world: World, work: Work, guest: Agent, reason: str) -> None:
    """It weighs on this guest no longer."""
    forget(work, guest)
    world.release(guest, work)
    world.touch(work)
    world.out.append(events.ConsultEnded(at=world.now, work=work.id, agent=guest.id, reason=reason))


def see_all_off(world: World, work: Work, reason: str) -> None:
    """Whose it was has it no longer: nobody is asked any more."""
    for ident in work.guests:
        see_off(world, work, world.agents[ident], reason)


def forget(work: Work, guest: Agent) -> None:
    """They are no guest any more; what weighs on them is up to the caller."""
    work.guests = tuple(ident for ident in work.guests if ident != guest.id)
    del guest.guest_of[work.id]
