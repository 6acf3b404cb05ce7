"""The decision: while work and an agent fit, the least pair by (rank, work's key, agent's key)."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from routing import offers, waiting
from routing.assignments import begin
from routing.explain import why
from routing.index import Found, Taker
from routing.plan import AUTO, RING_ALL
from routing.records import Agent, Lane, Work
from routing.world import World

Claimant = Agent | Lane | Work


def dispatch(world: World) -> None:
    """Match what this input has changed; whatever it has not changed was matched before."""
    agents, works = world.dirty_agents, world.dirty_works
    if not agents and len(works) == 1:
        _place(world, works.popitem()[1])
    elif not works and len(agents) == 1:
        _fill(world, agents.popitem()[1])
    else:
        world.dirty_agents, world.dirty_works = {}, {}
        _match(world, agents, works)


def _place(world: World, work: Work) -> None:
    """One piece of work is new: it goes to the least agent who is free for it."""
    taker = _taker(world, work)
    if taker is not None:
        _give(world, work, taker)


def _fill(world: World, agent: Agent) -> None:
    """One agent has more room: they take the least work, again and again."""
    index = world.index
    while True:
        if agent.spare < index.lightest and (agent.firm or not agent.routable()):
            return  # full, or not there: there is no need to look
        found = index.next_work(agent)
        if found is None:
            index.park(agent)
            return
        rank, entry = found
        _hand_over(world, entry[3], agent, rank)


def _match(world: World, agents: dict[str, Agent], works: dict[str, Work]) -> None:
    """Much has changed at once. Claims can only get worse, so a stale one is renewed when met."""
    for agent in agents.values():
        if agent.routable():
            world.index.park(agent)
    order: list[tuple[Found, int]] = []
    claimants: list[Claimant] = [*agents.values(), *_fronts(works)]
    for number, claimant in enumerate(claimants):
        claim = _claim(world, claimant)
        if claim is not None:
            order.append((claim, number))
    heapify(order)
    while order:
        claim, number = heappop(order)
        current = _claim(world, claimants[number])
        if current is None:
            continue
        if current == claim:
            work = claim[1][3]
            taker = _taker(world, work)
            assert taker is not None
            _give(world, work, taker)
            current = _claim(world, claimants[number])
        if current is not None:
            heappush(order, (current, number))


def _fronts(works: dict[str, Work]) -> Iterator[Claimant]:
    """Where a whole lane is new and alike, it stands for all: only its first can be next.

    So a queue of thousands may open without asking for each of them, which agent it is for.
    """
    lanes: dict[Lane, list[Work]] = {}
    for work in works.values():
        if work.lane is None:
            yield work
        else:
            lanes.setdefault(work.lane, []).append(work)
    for lane, new in lanes.items():
        asks = _asks(new[0])
        if len(new) == lane.live and all(_asks(work) == asks for work in new):
            yield lane
        else:
            yield from new


def _asks(work: Work) -> tuple[object, ...]:
    """What decides, within a lane, whom the steps of the work let in."""
    return work.home, work.step, work.needs, work.pool, work.steps


def _claim(world: World, claimant: Claimant) -> Found | None:
    """The best that a claimant can get."""
    if isinstance(claimant, Agent):
        return world.index.next_work(claimant) if claimant.routable() else None
    work = claimant.head[3] if isinstance(claimant, Lane) else claimant
    if not work.seat:
        return None
    taker = _taker(world, work)
    return None if taker is None else (taker[0], work.seat)


def _taker(world: World, work: Work, skip: tuple[str, ...] = ()) -> Taker | None:
    index = world.index
    queue, steps = index.queues[work.queue], work.steps or index.steps[work.home]
    inner = 0 if queue.ring_preference == "inner" and not queue.strict_switch else work.step
    return index.next_agent(work, steps, inner, skip)


def _give(world: World, work: Work, taker: Taker) -> None:
    if world.handling(work).accept_mode is not RING_ALL:
        _hand_over(world, work, taker[6], taker[0])
        return
    takers = [taker]
    while len(takers) < world.queue(work).ring_size:
        more = _taker(world, work, tuple(taken[5] for taken in takers))
        if more is None:
            break
        takers.append(more)
    reasons = [why(world, work, agent, rank) for rank, *_, agent in takers]
    waiting.leave(world, work)
    for (*_, agent), reason in zip(takers, reasons, strict=True):
        offers.create(world, work, agent, reason)


def _hand_over(world: World, work: Work, agent: Agent, rank: int) -> None:
    """Assign the work, or offer it, as its queue, its channel and the agent want it."""
    reason = why(world, work, agent, rank)
    waiting.leave(world, work)
    mode = world.handling(work).accept_mode
    if agent.accept and mode is not RING_ALL:
        mode = agent.accept.get(work.channel, mode)
    if mode is AUTO:
        begin(world, work, agent, None, reason)
    else:
        offers.create(world, work, agent, reason)
