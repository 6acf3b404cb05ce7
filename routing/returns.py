"""Who passed work on is passed over, for a while; then, or where nobody else is there, asked again.

They are passed over until somebody has it, for as long as somebody else is signed in who could take
it at its step or a later one, and for `returns_after_ms` of the queue at most. So work never waits
for its giver to go and come back, and going and coming back changes nothing.
"""

from routing import events, waiting
from routing.plan import ChannelPlan
from routing.records import Agent, Work
from routing.rows import IN_LINE
from routing.timers import RETURN
from routing.world import World


def pass_over(world: World, work: Work, giver: Agent) -> None:
    """Exclude who has just passed the work on to its queue, and nobody else."""
    world.readmit(work, work.excluded)
    world.exclude(work, giver)
    work.giver, work.returns_at = giver.id, world.now + world.queue(work).returns_after_ms
    world.timers.set(RETURN, work.id, work.returns_at)


def readmit(world: World, work: Work, agent: Agent) -> None:
    """Let the work be offered to the agent again, wherever it is."""
    seated = work.seat is not None
    if seated:
        waiting.leave(world, work)
    world.readmit(work, frozenset((agent.id,)))
    if seated:
        waiting.seat(world, work)
    world.touch(work)


def return_due(world: World, work: Work) -> None:
    """The giver has been passed over for long enough."""
    _return(world, work, "time")


def somebody_left(world: World, agent: Agent) -> None:
    """Look again at what the agent could have taken from its giver."""
    if agent.profile is None:
        return
    for ident in sorted(world.timers.live[RETURN]):
        work = world.works[ident]
        if any(world.index.ever_serving(work, (agent.profile,))):
            world.passed_on[ident] = work


def look(world: World) -> None:
    """Of what has changed its place, or whom it has: is anybody there but its giver?"""
    marked, world.passed_on = world.passed_on, {}
    for _, work in sorted(marked.items()):
        waits = work.giver is not None and work.phase in IN_LINE
        if waits and work.pin is None and not others(world, work):
            _return(world, work, "nobody_else")


def others(world: World, work: Work) -> bool:
    """Whether somebody signed in, and not excluded, could ever take the work."""
    index, channel = world.index, world.channel(work)
    there = (profile for profile in index.profiles.values() if profile.staffed)
    return any(
        ident not in work.excluded and _could_hold(agent, channel)
        for profile in index.ever_serving(work, there)
        for ident, agent in profile.staffed.items()
    )


def _could_hold(agent: Agent, channel: ChannelPlan) -> bool:
    """Whether one piece fits who has nothing else."""
    return channel.weight <= agent.capacity and agent.caps.get(channel.id) != 0


def _return(world: World, work: Work, reason: str) -> None:
    assert work.giver is not None
    giver = world.agents[work.giver]
    readmit(world, work, giver)
    if work.phase in IN_LINE:
        world.out.append(
            events.WorkReturnable(at=world.now, work=work.id, agent=giver.id, reason=reason)
        )
