"""Where work stands in its queue. A key changes by an explicit re-key only, never by itself."""

from routing.plan import AGING, EDF, STRICT, LateMode, QueuePlan, Step
from routing.records import Key, Work

IN_TIME, LATE, NO_DEADLINE = 0, 1, 2
FRONT = -(2**62)  # before every priority and every age


def order_key(queue: QueuePlan, steps: tuple[Step, ...], work: Work) -> Key:
    """The work's key in the queue; ties go by id. Smaller is sooner."""
    if work.front:
        return FRONT, work.enqueued_at
    priority = work.priority + steps[0].priority_delta
    if work.step:
        for step in steps[1 : work.step + 1]:
            priority += step.priority_delta
    if queue.order_mode is STRICT:
        return -priority, work.enqueued_at
    if queue.order_mode is AGING:
        return work.enqueued_at - priority * queue.boost_ms, 0
    if work.deadline is None:
        return NO_DEADLINE, work.enqueued_at
    return (LATE if work.late else IN_TIME), work.deadline


def late_instant(queue: QueuePlan, work: Work) -> int | None:
    """When the work falls behind what can still be saved; None when it never does."""
    if queue.order_mode is EDF and queue.late_mode is LateMode.AFTER_RESCUABLE:
        return work.deadline
    return None
