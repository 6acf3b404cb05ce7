"""Overflow rules as customers meet them: words, an end, another queue, the opening hour."""

from pathlib import Path
from typing import Any

from gateway.domain.job import JobKind
from tests.unit.pipeline.desk import BOOK, Desk, opened

SAID = "SELECT text, author FROM message WHERE direction='out' ORDER BY rowid"
MINUTE_MS = 60_000


def book(**queue: Any) -> dict[str, Any]:
    """One queue and another, and nobody who acknowledges."""
    queues = {"main": queue, "other": {}}
    return BOOK | {"desk": {"default_queue": "main"}, "queues": queues, "templates": {}}


async def carry_out(desk: Desk) -> str:
    """Do the job that the rule has made; what came of it."""
    claimed = await desk.claim(JobKind.AUTO_REPLY)
    assert claimed is not None, "none is due"
    settle = await desk.automatic.answer(claimed)
    await desk.store.submit(settle)
    await desk.decide()
    return str(settle.outcome)


async def test_who_waits_too_long_is_told_so_once(tmp_path: Path) -> None:
    """Words go out by themselves, also where a first answer has gone out before."""
    rule = {"when": "wait_ms >= 2m", "do": "message", "template": "holding"}
    async with opened(tmp_path, book=book(overflow=[rule])) as desk:
        await desk.ask_in("你好")
        await desk.wait(MINUTE_MS)
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        await desk.wait(2 * MINUTE_MS)
        assert await carry_out(desk) == "written"
        ((_, author),) = await desk.rows(SAID)
        assert author == "auto:holding"
        told = [body for body in await desk.told("work.changed") if body.what == "overflowed"]
        assert [(body.action, body.target, body.queue) for body in told] == [
            ("message", "holding", "main")
        ]
        await desk.wait(60 * MINUTE_MS)
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        assert await desk.one("SELECT state FROM work") == "waiting"


async def test_a_full_queue_closes_what_comes(tmp_path: Path) -> None:
    """The conversation is resolved, so that no restart finds it waiting; the next word opens it."""
    limits = {"max_waiting": 1, "at_limit": {"do": "close", "template": "holding"}}
    async with opened(tmp_path, book=book(**limits)) as desk:
        await desk.ask_in("first", "1")
        second = await desk.ask_in("second", "2", sender="tel:+492")
        await desk.wait(MINUTE_MS)
        assert await carry_out(desk) == "written"
        status = "SELECT status FROM conversation WHERE id = :id"
        assert await desk.one(status, id=second) == "resolved"
        states = await desk.rows("SELECT state FROM work ORDER BY state")
        assert states == [("cancelled",), ("waiting",)]


async def test_nobody_there_means_another_queue(tmp_path: Path) -> None:
    """The work goes on there with its age."""
    rule = {"when": "staffed == 0", "do": "move_queue", "queue": "other"}
    async with opened(tmp_path, book=book(overflow=[rule])) as desk:
        await desk.ask_in()
        await desk.wait(MINUTE_MS)
        assert await desk.one("SELECT queue, state FROM work") == ("other", "waiting")


async def test_after_hours_nothing_is_handed_out_before_the_opening(tmp_path: Path) -> None:
    """Sunday's letter is Monday's work: who is there on Sunday is asked when the queue opens."""
    hours = {"office": {"weekly": {"mon": "09:00-17:00"}}}
    async with opened(tmp_path, book=book(hours="office") | {"hours": hours}) as desk:
        await desk.asks("emma", "presence", presence="available")
        await desk.ask_in()
        await desk.wait(MINUTE_MS)
        assert await desk.one("SELECT state FROM work") == "waiting"
        await desk.wait(33 * 60 * MINUTE_MS)  # from Sunday 00:00 to Monday, a minute past nine
        assert await desk.one("SELECT state FROM work") == "waiting"
        assert await desk.whats("offer.changed") == ["created", "expired"]
