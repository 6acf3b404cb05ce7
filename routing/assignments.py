"""Assignments: from the moment that work is an agent's to the end of its wrap-up."""

from routing import events, waiting
from routing.consults import see_all_off
from routing.events import Refused, Why
from routing.inputs import WorkEnded, WorkParked, WorkUnparked, WrapupEnded, WrapupExtended
from routing.offers import rescind_all
from routing.plan import MANDATORY, NONE, OPTIONAL, TIMED_FORCED, Wrapup
from routing.records import Agent, Work
from routing.rows import ASSIGNED, DONE, PARKED, WRAPUP, WorkPhase
from routing.timers import LEAVE
from routing.timers import WRAPUP as WRAPUP_TIMER
from routing.turntaking import note_given
from routing.world import World, staffed

OWNED = (ASSIGNED, PARKED)


def begin(world: World, work: Work, agent: Agent, offer: str | None, why: Why | None) -> None:
    """The work is the agent's, and weighs on them unless an offer made it do so already."""
    work.phase = ASSIGNED
    work.agent, work.last_agent = agent, agent.id
    if work.pin is not None:
        waiting.unpin(work)
    if work.giver is not None:
        world.readmit(work, frozenset((work.giver,)))
    agent.owned[work.id] = work
    if work.id not in agent.held:
        world.hold(agent, work)
    if world.plan.window_ms:
        note_given(world, agent)
    world.touched_works[work.id] = work
    world.out.append(
        events.AssignmentStarted(at=world.now, work=work.id, agent=agent.id, offer=offer, why=why)
    )


def drop(world: World, work: Work, reason: str) -> None:
    """The agent who owns the work has it no longer, and is free of its weight."""
    agent = work.agent
    assert agent is not None
    if work.guests:
        see_all_off(world, work, reason)
    if work.leaves_at is not None:
        stay(world, work)
    del agent.owned[work.id]
    work.agent = None
    world.release(agent, work)
    world.touched_works[work.id] = work
    if work.phase is WRAPUP:
        world.timers.clear(WRAPUP_TIMER, work.id)
        work.wrapup_until, work.wrapup_holds = None, False
        world.out.append(
            events.WrapupEnded(at=world.now, work=work.id, agent=agent.id, reason=reason)
        )
    else:
        world.out.append(
            events.AssignmentEnded(at=world.now, work=work.id, agent=agent.id, reason=reason)
        )


def stay(world: World, work: Work) -> None:
    """The work is not given out again for want of its agent."""
    work.leaves_at = None
    world.timers.clear(LEAVE, work.id)
    world.touched_works[work.id] = work


def detach(world: World, work: Work, reason: str) -> None:
    """Take the work from wherever it is; the caller says where it goes."""
    match work.phase:
        case WorkPhase.WAITING | WorkPhase.CALLBACK_PENDING:
            waiting.leave(world, work)
        case WorkPhase.OFFERED:
            rescind_all(world, work, reason)
        case _:
            drop(world, work, reason)


# --- the customer is silent, and comes back ---


def park(world: World, request: WorkParked) -> None:
    """Let assigned work rest with its agent."""
    work = world.works.get(request.work)
    if work is None or work.agent is None or work.phase is not ASSIGNED:
        world.refuse(request, Refused.UNKNOWN_WORK if work is None else Refused.WRONG_STATE)
        return
    agent = work.agent
    see_all_off(world, work, "parked")
    work.phase = PARKED
    world.release(agent, work)
    world.touch(work)
    world.out.append(events.AssignmentParked(at=world.now, work=work.id, agent=agent.id))


def unpark(world: World, request: WorkUnparked) -> None:
    """Let parked work weigh again, even above capacity: it was the agent's all along."""
    work = world.works.get(request.work)
    if work is None or work.agent is None or work.phase is not PARKED:
        world.refuse(request, Refused.UNKNOWN_WORK if work is None else Refused.WRONG_STATE)
        return
    agent = work.agent
    work.phase = ASSIGNED
    world.hold(agent, work)
    world.touch(work)
    world.out.append(events.AssignmentResumed(at=world.now, work=work.id, agent=agent.id))


# --- the end ---


def end(world: World, request: WorkEnded) -> None:
    """The talking part is over: wrap-up follows where the queue has one."""
    work = world.works.get(request.work)
    if work is None:
        world.refuse(request, Refused.UNKNOWN_WORK)
        return
    agent = work.agent
    if agent is None or work.phase not in OWNED:
        world.refuse(request, Refused.WRONG_STATE)
        return
    if request.agent is not None and request.agent != agent.id:
        world.refuse(request, Refused.NOT_YOURS)
        return
    if work.guests:
        see_all_off(world, work, "ended")
    policy = world.handling(work).wrapup
    if policy.mode is NONE or not staffed(agent):
        drop(world, work, "ended")
        finish(world, work, agent)
        return
    world.out.append(
        events.AssignmentEnded(at=world.now, work=work.id, agent=agent.id, reason="ended")
    )
    _wrap_up(world, work, agent, policy)


def _wrap_up(world: World, work: Work, agent: Agent, policy: Wrapup) -> None:
    holds = world.channel(work).exclusive if policy.holds is None else policy.holds
    work.wrapup_holds = holds and policy.mode is not OPTIONAL and work.id in agent.held
    if not work.wrapup_holds:
        world.release(agent, work)
    work.phase = WRAPUP
    timed = policy.mode is not MANDATORY and policy.ms > 0
    _wrap_up_until(world, work, agent, world.now + policy.ms if timed else None)


def _wrap_up_until(world: World, work: Work, agent: Agent, until: int | None) -> None:
    work.wrapup_until = until
    if until is not None:
        world.timers.set(WRAPUP_TIMER, work.id, until)
    world.touch(work)
    world.out.append(events.WrapupStarted(at=world.now, work=work.id, agent=agent.id, until=until))


def end_wrapup(world: World, request: WrapupEnded) -> None:
    """The agent says that after-contact work is done."""
    work = _in_wrapup(world, request)
    if work is None:
        return
    if world.handling(work).wrapup.mode is TIMED_FORCED:
        world.refuse(request, Refused.WRAPUP_FORCED)
        return
    finish_wrapup(world, work, "agent")


def extend_wrapup(world: World, request: WrapupExtended) -> None:
    """The agent asks for more time, as often as the policy allows."""
    work = _in_wrapup(world, request)
    if work is None:
        return
    policy = world.handling(work).wrapup
    if work.wrapup_until is None or work.extensions >= policy.extensions:
        world.refuse(request, Refused.NO_MORE_EXTENSIONS)
        return
    work.extensions += 1
    more_ms = policy.extend_ms or policy.ms
    _wrap_up_until(world, work, world.agents[request.agent], work.wrapup_until + more_ms)


def _in_wrapup(world: World, request: WrapupEnded | WrapupExtended) -> Work | None:
    work = world.works.get(request.work)
    if work is None:
        world.refuse(request, Refused.UNKNOWN_WORK)
    elif work.phase is not WRAPUP:
        world.refuse(request, Refused.WRONG_STATE)
    elif work.agent is not world.agents.get(request.agent):
        world.refuse(request, Refused.NOT_YOURS)
    else:
        return work
    return None


def wrapup_due(world: World, work: Work) -> None:
    """The time after the contact is over."""
    finish_wrapup(world, work, "time")


def finish_wrapup(world: World, work: Work, reason: str) -> None:
    """After-contact work is over, and the work with it."""
    agent = work.agent
    assert agent is not None
    drop(world, work, reason)
    finish(world, work, agent)


def finish(world: World, work: Work, agent: Agent) -> None:
    """The work is done."""
    world.out.append(events.WorkDone(at=world.now, work=work.id, agent=agent.id))
    world.forget(work, DONE)
    work.agent = agent  # the last row says who did it
