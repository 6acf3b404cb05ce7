"""What the floor's boards show of the last two hours."""

from gateway.domain.clock import DAY_MS, MINUTE_MS
from gateway.pipeline.recent import SPAN_MS, STEP_MS, STEPS, recent
from tests.unit.pipeline.desk import START_MS, Desk
from tests.unit.pipeline.test_report import put, turn

NOW = START_MS + DAY_MS


async def test_each_queue_by_itself(desk: Desk) -> None:
    """Questions by five minutes; of the promised answers those in time; who waits too long, too."""
    await put(
        desk,
        turn(1, NOW - SPAN_MS, 1_000, "emma"),
        turn(2, NOW - SPAN_MS + STEP_MS, 2 * MINUTE_MS, "emma"),
        turn(3, NOW - 1, None, None),
        turn(4, NOW - 10 * MINUTE_MS, None, None, metric="next_response"),
        turn(5, NOW - 9 * MINUTE_MS, 1_000, "emma", queue="other"),
        turn(6, NOW - 9 * MINUTE_MS, 1_000, None, queue="other", closed_by="resolved"),
        turn(7, NOW - 3 * MINUTE_MS, 1_000, "emma", queue="free", target_ms=None, due=None),
    )
    found = {each.queue: each for each in await desk.store.read(recent, "desk", NOW)}
    assert {queue: each.level for queue, each in found.items()} == {
        "main": 1 / 3,
        "other": 1.0,
        "free": None,
    }
    assert all(len(each.asked) == STEPS for each in found.values())
    assert {step: n for step, n in enumerate(found["main"].asked) if n} == {
        0: 1,
        1: 1,
        STEPS - 2: 1,
        STEPS - 1: 1,
    }
    assert sum(found["other"].asked) == 2


async def test_what_is_longer_ago_is_not_shown(desk: Desk) -> None:
    """But for who waits since then, and should have been answered in this time."""
    old = NOW - SPAN_MS - MINUTE_MS
    await put(
        desk,
        turn(1, old, 1_000, "emma"),
        turn(2, old, None, None, queue="other"),
        turn(3, old - 1, None, None, queue="forgotten"),
    )
    [found] = await desk.store.read(recent, "desk", NOW)
    assert (found.queue, found.level, sum(found.asked)) == ("other", 0.0, 0)
