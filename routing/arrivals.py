"""Work comes in, becomes better known, and is called off."""

import msgspec

from routing import events, virtualhold, waiting
from routing.assignments import detach, finish_wrapup
from routing.events import Refused
from routing.inputs import WorkArrived, WorkCancelled, WorkRekeyed
from routing.plan import carried
from routing.records import NO_NEEDS, Work
from routing.rows import IN_LINE, WorkPhase
from routing.world import World


def arrive(world: World, request: WorkArrived) -> None:
    """Something waits for an agent. A conversation has at most one live piece of work."""
    if request.work in world.works:
        world.refuse(request, Refused.DUPLICATE)
        return
    sibling = world.conversations.get(request.conversation)
    if sibling is not None:
        if sibling.phase is not WorkPhase.WRAPUP:
            world.refuse(request, Refused.CONVERSATION_HAS_WORK)
            return
        finish_wrapup(world, sibling, "customer_back")
    queue = request.queue if request.queue in world.lines else world.plan.default_queue
    since = world.now if request.enqueued_at is None else request.enqueued_at
    work = Work(request.work, request.conversation, request.channel, queue, since)
    if request.origin_at is not None:
        work.origin_at = request.origin_at
    work.priority = request.priority
    work.deadline = request.deadline
    work.needs = request.needs or NO_NEEDS
    if request.steps:
        work.steps = carried(request.steps)
    work.last_agent = request.last_agent
    world.works[request.work] = world.conversations[request.conversation] = work
    line = world.lines[queue]
    work.after_hours = line.calendar is not None and not line.is_open(world.now)
    if request.callback_pending:
        work.step = waiting.current_step(world, work)
        virtualhold.stand(world, work)
        return
    if request.owner is not None and request.owner in world.agents:
        waiting.pin(work, request.owner, request.owner_until or world.now, hard=True)
    elif work.last_agent is not None:
        waiting.stick(world, work)
    waiting.enter(world, work, "arrived")


def rekey(world: World, request: WorkRekeyed) -> None:
    """More is known of the work. It keeps its age, and whom it has."""
    work = world.works.get(request.work)
    if work is None:
        world.refuse(request, Refused.UNKNOWN_WORK)
        return
    if request.queue is not None and request.queue not in world.index.queues:
        world.refuse(request, Refused.UNKNOWN_QUEUE)
        return
    before = work.queue, work.step, work.key
    waits = work.phase in IN_LINE
    if waits:
        waiting.leave(world, work)
    moved = learn(world, work, request)
    world.touch(work)
    if not waits:
        _weigh_anew(world, work)
        return
    work.step = waiting.current_step(world, work)
    waiting.seat(world, work)
    if moved:
        waiting.look_again(world, work)
    if before != (work.queue, work.step, work.key) or request.needs is not None:
        waiting.tell_rekeyed(world, work)


def learn(world: World, work: Work, request: WorkRekeyed) -> bool:
    """Whether the work is in another queue now."""
    moved = False
    if request.queue is not None and request.queue != work.queue:
        work.visited = ()
        waiting.admit(world, work, request.queue)
        moved = True
    if request.channel is not None:
        work.channel = request.channel
    if request.priority is not None:
        work.priority = request.priority
    if request.needs is not None:
        work.needs = request.needs
    if request.deadline is not msgspec.UNSET:
        work.deadline, work.late = request.deadline, False
    return moved


def _weigh_anew(world: World, work: Work) -> None:
    """A channel of another weight, under the hands of whoever has the work."""
    for agent in [agent for agent in world.agents.values() if work.id in agent.held]:
        if agent.held[work.id].id != work.channel:
            world.weigh_anew(agent)
            world.freed(agent)
            world.tell_overload(agent)


def cancel(world: World, request: WorkCancelled) -> None:
    """Nobody need answer any more, wherever the work is."""
    work = world.works.get(request.work)
    if work is None:
        world.refuse(request, Refused.UNKNOWN_WORK)
        return
    detach(world, work, request.reason)
    work.ended_reason = request.reason
    world.out.append(events.WorkCancelled(at=world.now, work=work.id, reason=request.reason))
    world.forget(work, WorkPhase.CANCELLED)
