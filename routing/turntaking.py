"""What agents were given lately, for queues that give each in turn: least in a sliding window."""

from routing.records import Agent
from routing.timers import WINDOW
from routing.world import World


def note_given(world: World, agent: Agent) -> None:
    """The agent has got a piece of work, under a plan that has a window."""
    agent.given.append(world.now)
    world.touch_agent(agent)
    await_next(world, agent)


def window_due(world: World, agent: Agent) -> None:
    """The oldest of it is out of the window."""
    del agent.given[0]
    world.touch_agent(agent)
    await_next(world, agent)


def await_next(world: World, agent: Agent) -> None:
    """Set the timer for the oldest that counts, under the plan in force."""
    window_ms = world.plan.window_ms
    if not window_ms:
        agent.given.clear()
    if agent.given:
        world.timers.set(WINDOW, agent.id, max(world.now, agent.given[0] + window_ms))
    else:
        world.timers.clear(WINDOW, agent.id)
