"""Many waiters, one timer: who takes too long hears so, and nobody else is disturbed."""

import asyncio

import pytest

from gateway.http import deadlines
from gateway.http.deadlines import Deadlines


def here() -> "asyncio.Task[object]":
    task = asyncio.current_task()
    assert task is not None
    return task


async def soon() -> str:
    await asyncio.sleep(0)
    return "answered"


@pytest.fixture(autouse=True)
def short_looks(monkeypatch) -> None:
    monkeypatch.setattr(deadlines, "LOOK_S", 0.01)


async def test_an_answer_in_time_is_passed_on() -> None:
    assert await Deadlines(30).within(here(), soon()) == "answered"


async def test_who_takes_too_long_is_told_so_and_goes_on() -> None:
    """The task that was told is not left cancelled."""
    with pytest.raises(TimeoutError):
        await Deadlines(0.02).within(here(), asyncio.Event().wait())
    await asyncio.sleep(0.01)
    assert here().cancelling() == 0


async def test_another_cancellation_stays_one() -> None:
    """The client has gone: that is no deadline."""
    waits = Deadlines(30)

    async def handler() -> None:
        await waits.within(here(), asyncio.Event().wait())

    task = asyncio.ensure_future(handler())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_each_of_many_is_told() -> None:
    """One of them is answered, the others are not."""
    waits = Deadlines(0.02)
    answered = asyncio.Event()

    async def handler(event: asyncio.Event) -> str:
        try:
            await waits.within(here(), event.wait())
        except TimeoutError:
            return "late"
        return "answered"

    tasks = [asyncio.ensure_future(handler(asyncio.Event())) for _ in range(3)]
    tasks.insert(1, asyncio.ensure_future(handler(answered)))
    await asyncio.sleep(0)
    answered.set()
    assert await asyncio.gather(*tasks) == ["late", "answered", "late", "late"]


async def test_it_begins_again_after_a_rest() -> None:
    """Nobody waits for a while; the next one is watched all the same."""
    waits = Deadlines(0.02)
    assert await waits.within(here(), soon()) == "answered"
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError):
        await waits.within(here(), asyncio.Event().wait())
