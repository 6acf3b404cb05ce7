"""Who is passed over, until when: who passed work on, and who declined it or let it pass.

Who passed it on is passed over until somebody has it, for as long as somebody else is signed in who
could take it at its step or a later one, and for `returns_after_ms` of the queue at most. So work
never waits for its giver to go and come back, and going and coming back changes nothing.

Who declined is asked once more when nobody else is there any more. So work does not wait for a
colleague who has gone.
"""

from collections.abc import Iterable

from routing import events, waiting
from routing.plan import ChannelPlan
from routing.records import Agent, Profile, Work
from routing.rows import AVAILABLE, IN_LINE
from routing.timers import RETURN
from routing.world import World


def pass_over(world: World, work: Work, giver: Agent) -> None:
    """Exclude who has just passed the work on to its queue, and nobody else.

    Whom its queue never asks need not be, and nobody is told that it comes back to them.
    """
    world.readmit(work, work.excluded)
    if giver.profile is None or not any(world.index.ever_serving(work, (giver.profile,))):
        return
    world.exclude(work, giver)
    work.giver, work.returns_at = giver.id, world.now + world.queue(work).returns_after_ms
    await_return(world, work)


def await_return(world: World, work: Work) -> None:
    """Set the timer of the giver: nobody is given what waits for one agent by name."""
    assert work.returns_at is not None
    due = work.returns_at if work.pin_until is None else max(work.returns_at, work.pin_until)
    if world.timers.live[RETURN].get(work.id) != due:
        world.timers.set(RETURN, work.id, due)


def readmit(world: World, work: Work, agents: frozenset[str]) -> None:
    """Let the work be offered to these agents again, wherever it is."""
    seated = work.seat is not None
    if seated:
        waiting.leave(world, work)
    world.readmit(work, agents)
    if seated:
        waiting.place(world, work)  # as it was: who may have it decides nothing else
    world.touch(work)


def return_due(world: World, work: Work) -> None:
    """The giver has been passed over for long enough."""
    _return(world, work, "time")


def doubt(world: World) -> None:
    """Whom all of it waits for may have changed: look again at the end of this input."""
    world.doubtful |= world.shunning


def look(world: World) -> None:
    """Of what has changed its place, or whom it has: is anybody else there than is passed over?"""
    for _, work in sorted(world.doubtful.items()):
        if work.phase not in IN_LINE or work.pin is not None:
            continue
        if work.giver is not None:
            _look_at_giver(world, work)
        if work.giver is None and work.seat and not work.reprieved and _forlorn(world, work):
            ask_again(world, work, work.excluded)
    world.doubtful.clear()


def _look_at_giver(world: World, work: Work) -> None:
    """The time may be over already of what waited for one agent by name until now."""
    if work.returns_at is not None and world.now > work.returns_at:
        _return(world, work, "time")
    elif not others(world, work):
        _return(world, work, "nobody_else")
    else:
        await_return(world, work)


def _forlorn(world: World, work: Work) -> bool:
    """Whether only who declined is there for it. Who comes back is asked again in any case."""
    channel = world.channel(work)
    declined = [
        agent
        for agent in map(world.agents.__getitem__, sorted(work.excluded))
        if agent.presence is AVAILABLE and agent.profile and _could_hold(agent, channel)
    ]
    if not declined or others(world, work):
        return False
    profiles = [agent.profile for agent in declined if agent.profile]
    return any(world.index.ever_serving(work, profiles))


def ask_again(world: World, work: Work, agents: frozenset[str]) -> None:
    """Everybody there and able has passed: they are asked once more, not for ever."""
    cleared = not work.reprieved
    if cleared:
        work.reprieved = True
        readmit(world, work, agents)
    world.out.append(events.AllDeclined(at=world.now, work=work.id, cleared=cleared))


def others(world: World, work: Work) -> bool:
    """Whether somebody signed in, and not excluded, could ever take the work."""
    index, channel, lane = world.index, world.channel(work), work.lane
    if lane is not None and _any_there(lane.signature.profiles, work, channel):
        return True  # the usual case, without a look at all the desk
    there = (profile for profile in index.profiles.values() if profile.staffed)
    return _any_there(index.ever_serving(work, there), work, channel)


def _any_there(profiles: Iterable[Profile], work: Work, channel: ChannelPlan) -> bool:
    return any(
        ident not in work.excluded and _could_hold(agent, channel)
        for profile in profiles
        for ident, agent in profile.staffed.items()
    )


def _could_hold(agent: Agent, channel: ChannelPlan) -> bool:
    """Whether one piece fits who has nothing else."""
    return channel.weight <= agent.capacity and agent.caps.get(channel.id) != 0


def _return(world: World, work: Work, reason: str) -> None:
    assert work.giver is not None
    giver = world.agents[work.giver]
    readmit(world, work, frozenset((giver.id,)))
    if work.phase in IN_LINE:
        world.out.append(
            events.WorkReturnable(at=world.now, work=work.id, agent=giver.id, reason=reason)
        )
