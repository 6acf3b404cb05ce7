"""What is done with work that waits too long, in too long a line, for nobody, or after hours."""

from routing import events, waiting
from routing.expression import Facts, Value, holds
from routing.lines import Line
from routing.plan import AtClosing, Do, Overflow
from routing.records import Work
from routing.rows import CANCELLED, WAITING
from routing.timers import HOURS
from routing.world import World

NOBODY_MS = 10 * 365 * 86_400_000
"""The wait to expect where nobody is signed in."""


def look_at_fresh(world: World) -> None:
    """Apply the rules to work that has come, or to which something has happened."""
    fresh, world.fresh = world.fresh, {}
    for work in fresh.values():
        if work.phase is WAITING:
            _look(world, work)


def look_due(world: World, work: Work) -> None:
    """The work's wait has passed a time that a rule of its queue names."""
    waiting.look_again(world, work)


def _look(world: World, work: Work) -> None:
    line = world.lines[work.queue]
    facts = _facts(world, line, work)
    for rule, condition in line.rules:
        if rule.name not in work.overflowed and holds(condition, facts):
            moved = _carry_out(world, work, rule)
            if moved or work.phase is not WAITING:
                return


def _facts(world: World, line: Line, work: Work) -> Facts:
    def fact(name: str) -> Value:
        match name:
            case "wait_ms":
                return world.now - work.enqueued_at
            case "waiting":
                return line.waiting
            case "longest_wait":
                return line.longest_wait(world.now)
            case "staffed":
                return len(line.staffed)
            case "ewt":
                return expected_ms(line)
            case "closed":
                return work.after_hours
            case "live":
                return world.channel(work).live
            case "channel":
                return work.channel
            case _:
                return work.priority

    return fact


def expected_ms(line: Line) -> int:
    """How long the last in the line will wait, by what the plan says a piece takes."""
    if not line.staffed:
        return NOBODY_MS
    return line.waiting * line.plan.handle_ms // len(line.staffed)


def _carry_out(world: World, work: Work, rule: Overflow) -> bool:
    """Whether the work has moved: agents have a look before any more rules, even if it is back."""
    work.overflowed += (rule.name,)
    world.touch(work)
    turned_back = rule.do is Do.MOVE_QUEUE and (
        rule.queue not in world.lines or rule.queue in (*work.visited, work.queue, work.home)
    )
    world.out.append(
        events.WorkOverflowed(
            at=world.now,
            work=work.id,
            queue=work.queue,
            do="stay" if turned_back else rule.do,
            target=rule.queue or rule.template or ",".join(rule.pool),
            rule=rule.name,
        )
    )
    if turned_back:
        return False
    match rule.do:
        case Do.ADD_POOL:
            work.pool = tuple(dict.fromkeys((*work.pool, *rule.pool)))
            waiting.reseat(world, work)
        case Do.MOVE_QUEUE:
            waiting.leave(world, work)
            work.visited += (work.queue,)
            waiting.admit(world, work, rule.queue)
            waiting.enter(world, work, "overflow")
        case Do.CLOSE:
            waiting.leave(world, work)
            work.ended_reason = "overflow"
            world.out.append(events.WorkCancelled(at=world.now, work=work.id, reason="overflow"))
            world.forget(work, CANCELLED)
    return rule.do is Do.MOVE_QUEUE


# --- hours ---


def arm(world: World, since: int) -> None:
    """Set the timers of all queues with hours, for what happens from an instant on."""
    for queue, line in world.lines.items():
        _arm(world, queue, line, since - 1)


def _arm(world: World, queue: str, line: Line, after: int) -> None:
    turn = line.next_turn(after)
    if turn is None:
        world.timers.clear(HOURS, queue)
    else:
        world.timers.set(HOURS, queue, turn)


def hours_due(world: World, queue: str) -> None:
    """The queue opens or closes."""
    turn(world, queue, world.in_lines()[queue])


def turn(world: World, queue: str, in_line: list[Work]) -> None:
    """The queue opens, and what has come meanwhile is served; or closes, and may turn work out."""
    line = world.lines[queue]
    _arm(world, queue, line, world.now)
    is_open = line.is_open(world.now)
    if not is_open and line.plan.at_closing is AtClosing.DRAIN:
        return
    for work in in_line:
        if work.after_hours == is_open:
            before = work.queue, work.step, work.key
            waiting.leave(world, work)
            work.after_hours = not is_open
            work.step = waiting.current_step(world, work)
            waiting.seat(world, work)
            waiting.look_again(world, work)
            world.touch(work)
            if before != (work.queue, work.step, work.key):
                waiting.tell_rekeyed(world, work)
