"""How work comes to wait, steps on to more agents, and stops waiting."""

from bisect import bisect_right

from routing import events
from routing.keys import late_instant, order_key
from routing.lines import Line
from routing.plan import PULL, QueuePlan, Step, Sticky
from routing.records import Agent, Key, Work
from routing.rows import WAITING
from routing.timers import DELAY, LATE, OVERFLOW, PIN, STEP, Timer
from routing.world import World, staffed


def enter(world: World, work: Work, reason: str) -> None:
    """The work waits, under the key that its age gives it, at the step that its age gives it."""
    work.phase = WAITING
    work.agent = None
    line = world.lines[work.queue]
    if work.after_hours or line.ejects:
        work.after_hours = not line.is_open(world.now)
    steps = work.steps or world.index.steps[work.home]
    if len(steps) > 1:
        work.step = current_step(world, work)
    line = _sit(world, work, steps)
    if line.rules:
        look_again(world, work)
    world.touched_works[work.id] = work
    world.out.append(
        events.WorkWaiting(
            at=world.now,
            work=work.id,
            queue=work.queue,
            step=work.step,
            key=work.key,
            reason=reason,
            pinned=work.pin,
        )
    )


def admit(world: World, work: Work, queue: str) -> None:
    """The work is new to a queue: its steps and rules begin anew, its age does not."""
    work.home, work.step, work.pool = queue, 0, ()
    _stand_in(world, work, queue)


def _stand_in(world: World, work: Work, queue: str) -> None:
    work.queue, work.late, work.overflowed = queue, False, ()
    work.after_hours = not world.lines[queue].is_open(world.now)


def look_again(world: World, work: Work) -> None:
    """Let the overflow rules look at the work at the end of this input, as long as it waits."""
    line = world.lines[work.queue]
    if line.rules:
        world.fresh[work.id] = work
        looks = bisect_right(line.instants, world.now - work.enqueued_at)
        if looks != work.looks:
            work.looks = looks
            world.touch(work)
        _await_look(world, work, line)


def _await_look(world: World, work: Work, line: Line) -> None:
    if work.looks < len(line.instants):
        _await(world, work, OVERFLOW, work.enqueued_at + line.instants[work.looks])
    else:
        world.timers.clear(OVERFLOW, work.id)


def seat(world: World, work: Work) -> None:
    """Give waiting work its place, as this instant sees it."""
    _sit(world, work, work.steps or world.index.steps[work.home])


def _sit(world: World, work: Work, steps: tuple[Step, ...]) -> Line:
    index = world.index
    queue = steps[work.step].queue_override or work.home
    if queue != work.queue:
        _stand_in(world, work, queue)
        look_again(world, work)
    if queue in index.delays:
        seen_ms = index.seen_ms(queue, world.now - work.enqueued_at)
        if seen_ms != work.seen_ms:
            work.seen_ms = seen_ms
            world.touch(work)
    if work.pin is not None and not pinnable(world, work):
        unpin(work)
        world.touch(work)
    if work.excluded:
        world.doubtful[work.id] = work
    line = world.lines[queue]
    if line.rescues or work.late:
        _look_at_deadline(world, line, work)
    _place(world, work, line, steps)
    return line


def _look_at_deadline(world: World, line: Line, work: Work) -> None:
    late = line.rescues and is_late(world, line.plan, work)
    if late != work.late:
        work.late = late
        world.touch(work)


def is_late(world: World, queue: QueuePlan, work: Work) -> bool:
    """Whether the deadline is past, now or when the work was looked at before."""
    late_at = late_instant(queue, work)
    return late_at is not None and (work.late or world.now >= late_at)


def place(world: World, work: Work) -> None:
    """Give waiting work its key, its place in the index and its timers, as its row says."""
    _place(world, work, world.lines[work.queue], world.steps(work))


def _place(world: World, work: Work, line: Line, steps: tuple[Step, ...]) -> None:
    index = world.index
    work.key = order_key(line.plan, steps, work)
    line.join(work)
    if (
        work.phase is WAITING
        and not work.after_hours
        and world.handling(work).accept_mode is not PULL
        and index.enqueue(work, steps)
    ):
        world.dirty_works[work.id] = work
    if work.step + 1 < len(steps):
        _await(world, work, STEP, work.enqueued_at + steps[work.step + 1].after_ms)
    if line.rescues and not work.late:
        late_at = late_instant(line.plan, work)
        if late_at is not None:
            _await(world, work, LATE, late_at)
    if line.instants:
        _await_look(world, work, line)
    if index.delays:
        seen_at = index.seen_next(work)
        if seen_at is not None:
            _await(world, work, DELAY, seen_at)
    if work.pin is not None and work.pin_until is not None:
        _await(world, work, PIN, work.pin_until)


def _await(world: World, work: Work, kind: Timer, due: int) -> None:
    work.timed = True
    world.timers.set(kind, work.id, due)


def key_of(world: World, work: Work) -> Key:
    """Where the work stands in its queue, or would stand if it waited."""
    return order_key(world.queue(work), world.steps(work), work)


def leave(world: World, work: Work) -> None:
    """The work waits no longer, or not here."""
    if work.seat:
        world.index.withdraw(work)
    if world.dirty_works:
        world.dirty_works.pop(work.id, None)
    world.lines[work.queue].part(work)
    if work.timed:
        work.timed = False
        world.timers.clear_waits(work.id)


def reseat(world: World, work: Work) -> None:
    """Something that decides the work's place has changed: an explicit re-key."""
    before = work.queue, work.step, work.key
    leave(world, work)
    seat(world, work)
    world.touch(work)
    if before != (work.queue, work.step, work.key):
        tell_rekeyed(world, work)


def tell_rekeyed(world: World, work: Work) -> None:
    """Say where the work stands now."""
    world.out.append(
        events.WorkRekeyed(
            at=world.now, work=work.id, queue=work.queue, step=work.step, key=work.key
        )
    )


# --- steps ---


def current_step(world: World, work: Work) -> int:
    """The step that the work's age has reached; never an earlier one than it had."""
    steps = work.steps or world.index.steps[work.home]
    if len(steps) == 1:
        return 0
    waited = world.now - work.enqueued_at
    reached = work.step
    for number in range(reached + 1, len(steps)):
        if steps[number].after_ms <= waited:
            reached = number
    return settle(world, work, reached)


def settle(world: World, work: Work, number: int) -> int:
    """Go past steps that ask to be skipped because nobody is there for them."""
    steps = work.steps or world.index.steps[work.home]
    last = len(steps) - 1
    while number < last and _nobody(world, work, steps[number]):
        number += 1
    return min(number, last)


def _nobody(world: World, work: Work, step: Step) -> bool:
    if not step.skip_if:
        return False
    signature = world.index.signature(work, step, world.now - work.enqueued_at)
    return not any(
        step.skip_if == "no_staffed" or agent.routable()
        for profile in signature.profiles
        for agent in profile.staffed.values()
    )


def step_on(world: World, work: Work, number: int, reason: str) -> None:
    """The work is at a later step from now on."""
    leave(world, work)
    work.step = settle(world, work, number)
    seat(world, work)
    world.touch(work)
    world.out.append(events.WorkStepped(at=world.now, work=work.id, step=work.step, reason=reason))


def step_due(world: World, work: Work) -> None:
    """The step timer has gone off."""
    step_on(world, work, work.step + 1, "time")


def staff_left(world: World, agent: Agent) -> None:
    """Somebody who was there has gone: steps that should be skipped now, are."""
    if agent.profile is None:
        return
    leaving: dict[str, Work] = {}
    for signature in agent.profile.cover_of:
        if signature.skips:
            for lane in signature.lanes.values():
                leaving |= {work.id: work for work in lane.works()}
    for ident in sorted(leaving):
        work = leaving[ident]
        if settle(world, work, work.step) != work.step:
            step_on(world, work, work.step, "nobody")


def understaffed(world: World, agent: Agent) -> None:
    """Somebody who was there has gone: rules that ask how many are there look again."""
    if agent.profile is None:
        return
    left = agent.profile.queues
    lines = (line for queue, line in world.lines.items() if queue in left)
    asking = [line.plan.id for line in lines if len(line.staffed) in line.marks]
    if not asking:
        return
    in_lines = world.in_lines()
    for queue in asking:
        for work in in_lines[queue]:
            look_again(world, work)


def seen_due(world: World, work: Work) -> None:
    """The work has waited long enough for agents of other queues to see it."""
    reseat(world, work)


def late_due(world: World, work: Work) -> None:
    """The deadline is past: what can still be saved goes first."""
    reseat(world, work)


# --- one named agent first ---


def pin(work: Work, agent: str, until: int, hard: bool) -> None:
    """Let the work wait for one agent until an instant."""
    work.pin, work.pin_until, work.pin_hard = agent, until, hard


def unpin(work: Work) -> None:
    """Let the work wait for anybody."""
    work.pin, work.pin_until, work.pin_hard = None, None, False


def pinnable(world: World, work: Work) -> bool:
    """Whether waiting for the named agent still makes sense."""
    over = work.pin_until is not None and world.now > work.pin_until
    return not over and can_have(world, work)


def can_have(world: World, work: Work) -> bool:
    """Whether the agent for whom the work waits by name can get it at all."""
    agent = world.agents.get(work.pin) if work.pin is not None else None
    if agent is None or agent.profile is None or agent.id in work.excluded:
        return False
    if world.handling(work).accept_mode is PULL:
        return False
    return work.pin_hard or staffed(agent)


def stick(world: World, work: Work) -> None:
    """Let new work wait for the last agent of its conversation, if its queue wants that."""
    agent = world.agents.get(work.last_agent) if work.last_agent is not None else None
    if agent is None or agent.profile is None:
        return
    queue = world.queue(work)
    if queue.sticky is Sticky.OFF:
        return
    if work.queue in agent.profile.queues:
        hard = queue.sticky is Sticky.HARD
        pin(work, agent.id, world.now + queue.sticky_ms, hard)


def pin_due(world: World, work: Work) -> None:
    """The wait for one agent is over."""
    leave(world, work)
    unpin(work)
    seat(world, work)
    world.touch(work)
    world.out.append(
        events.WorkStepped(at=world.now, work=work.id, step=work.step, reason="unpinned")
    )


def release_pins(world: World, agent: Agent) -> None:
    """The agent has gone: work that waited for them softly waits for anybody."""
    for ident in sorted(agent.pins):
        work = agent.pins[ident]
        if not pinnable(world, work):
            pin_due(world, work)
