"""Virtual hold: a customer who will be called back keeps the place in line, and hangs up.

The work stays where it stands, with its key and age, and counts for those behind it; nobody gets it
until the host says that the telephone may ring. When that is, is not a timer of the engine: whether
a number may be dialled must be looked at when the hour has come.
"""

from routing import events, waiting
from routing.assignments import detach
from routing.events import Refused
from routing.inputs import CallbackPending, CallbackReady
from routing.records import Work
from routing.rows import CALLBACK_PENDING, OFFERED, WAITING
from routing.world import World


def defer(world: World, request: CallbackPending) -> None:
    """Nobody gets the work for now."""
    work = world.works.get(request.work)
    if work is None or work.phase not in (WAITING, OFFERED):
        world.refuse(request, Refused.UNKNOWN_WORK if work is None else Refused.WRONG_STATE)
        return
    offered = work.phase is OFFERED
    detach(world, work, "callback")
    if offered:  # meanwhile its steps stood still; who waited keeps the very step and key
        work.step = waiting.current_step(world, work)
    waiting.unpin(work)
    if request.channel is not None:
        work.channel = request.channel
    stand(world, work)


def stand(world: World, work: Work) -> None:
    """The work has its place in line, and nobody gets it."""
    work.phase = CALLBACK_PENDING
    waiting.seat(world, work)
    world.touch(work)
    world.out.append(
        events.WorkDeferred(
            at=world.now, work=work.id, queue=work.queue, step=work.step, key=work.key
        )
    )


def recall(world: World, request: CallbackReady) -> None:
    """Somebody gets the work when its turn comes, or at once when that is past."""
    work = world.works.get(request.work)
    if work is None or work.phase is not CALLBACK_PENDING:
        world.refuse(request, Refused.UNKNOWN_WORK if work is None else Refused.WRONG_STATE)
        return
    waiting.leave(world, work)
    if request.channel is not None:
        work.channel = request.channel
    work.front = request.front
    waiting.enter(world, work, "callback")
