"""What a queue cannot know alone: whose agents help, and where its work goes on."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from config.faults import ANY, Path, Problem, unknown
from config.rulebook import Action, Queue, Rulebook, Step

EVERYBODY = "*"
NEEDED = {"add_pool": "pool", "move_queue": "queue", "message": "template"}
"""What an action must say to be carried out."""


def queue_problems(rulebook: Rulebook) -> Iterator[Problem]:
    """Everything that is wrong with queues."""
    for name, queue in rulebook.queues.items():
        path = ("queues", name)
        if queue.hours:
            yield from unknown((*path, "hours"), [queue.hours], rulebook.hours, "calendar")
        for n, step in enumerate(queue.steps):
            place = (*path, "steps", n)
            yield from unknown((*place, "need"), step.need, rulebook.skills, "skill")
            yield from _pool((*place, "pool"), step.pool, rulebook)
            yield from unknown((*place, "prefer"), step.prefer, rulebook.agents, "agent")
            override = [step.queue_override] if step.queue_override else []
            yield from unknown((*place, "queue_override"), override, rulebook.queues, "queue")
        yield from _steps(name, queue, path)
        yield from _limits(queue, path)
        for where, action in queue.actions:
            yield from _action((*path, *where), action, rulebook)
    yield from _circles(rulebook.queues)


def _pool(path: Path, pool: Iterable[str], rulebook: Rulebook) -> Iterator[Problem]:
    yield from unknown(path, (each for each in pool if each != EVERYBODY), rulebook.queues, "queue")


def _steps(name: str, queue: Queue, path: Path) -> Iterator[Problem]:
    """The first step holds at once; each later one comes later and excludes nobody new."""
    if queue.steps[0].after_ms:
        yield Problem((*path, "steps", 0, "after"), "the first step must hold at once", "remove it")
    stands = queue.steps[0].queue_override or name
    for n, (inner, outer) in enumerate(pairwise(queue.steps), 1):
        place, before = (*path, "steps", n), (*path, "steps", n - 1)
        stood, stands = stands, outer.queue_override or stands
        if outer.after_ms <= (inner.after_ms if n > 1 else 0):
            after = ((*place, "after"), (*before, "after"))
            what, cure = "is not later than the step before", "make it later"
            yield Problem((*place, "after"), what, cure, after)
        if not queue.strict_switch and not _relaxes({stood, *inner.pool}, inner, stands, outer):
            what = "excludes agents whom the step before allows"
            cure = "relax it, or set strict_switch: true on the queue"
            rests = tuple((*path, "steps", ANY, key) for key in ("need", "pool", "queue_override"))
            yield Problem(place, what, cure, (*rests, (*path, "strict_switch")))


def _relaxes(before: set[str], inner: Step, queue: str, outer: Step) -> bool:
    pools = EVERYBODY in outer.pool or before <= {queue, *outer.pool}
    return pools and all(level <= inner.need.get(skill, 0) for skill, level in outer.need.items())


# --- what becomes of work that waits in vain ---


def _limits(queue: Queue, path: Path) -> Iterator[Problem]:
    limited = queue.max_waiting is not None or queue.max_wait_ms is not None
    if limited and queue.at_limit is None:
        cure = "say what is done then, as {do: message, template: NAME} or {do: close}"
        yield Problem((*path, "at_limit"), "is missing beside max_waiting or max_wait", cure)
    if queue.at_limit is not None and not limited:
        rests = ((*path, "max_waiting"), (*path, "max_wait"))
        yield Problem((*path, "at_limit"), "has no limit", "set max_waiting or max_wait", rests)
    if queue.closed is not None and not queue.hours:
        what, cure = "the queue is always open", "give it hours"
        yield Problem((*path, "closed"), what, cure, ((*path, "hours"),))


def _action(path: Path, action: Action, rulebook: Rulebook) -> Iterator[Problem]:
    needed = NEEDED.get(action.do)
    if needed and not getattr(action, needed):
        rests = ((*path, "do"), (*path, needed))
        yield Problem(path, f"{action.do} lacks {needed}", f"add {needed}", rests)
    yield from _pool((*path, "pool"), action.pool, rulebook)
    if action.queue:
        yield from unknown((*path, "queue"), [action.queue], rulebook.queues, "queue")


def _circles(queues: Mapping[str, Queue]) -> Iterator[Problem]:
    """Work that overflows must not come back to where it was."""
    leads = {
        name: [action.queue for _, action in queue.actions if action.do == "move_queue"]
        for name, queue in queues.items()
    }
    for name, queue in queues.items():
        for where, action in queue.actions:
            if action.do == "move_queue" and name in reached([action.queue], leads):
                what = f"leads in a circle, from {action.queue} back to {name}"
                cure = "let one of these queues end it"
                yield Problem(("queues", name, *where), what, cure, ())


def reached(starts: Iterable[str], leads: Mapping[str, list[str]]) -> set[str]:
    """Every queue to which work may come from these, and they themselves."""
    found, ahead = set[str](), [*starts]
    while ahead:
        queue = ahead.pop()
        if queue not in found:
            found.add(queue)
            ahead += leads.get(queue, [])
    return found
