"""What the why-card says comes next, against what then happens."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.domain.clock import MINUTE_MS, rfc3339
from gateway.http.card import card, told
from routing.rows import WorkState
from tests.unit.pipeline.desk import BOOK, Desk, opened

STEPS: dict[str, Any] = {
    **BOOK,
    "skills": {"post": {}},
    "queues": {
        "main": {
            "steps": [
                {"need": {"post": 2}},
                {"after": "1m", "queue_override": "other", "need": {"post": 1}},
                {"after": "9m"},
            ],
            "strict_switch": True,
        },
        "other": {"steps": [{"need": {"post": 1}}, {"after": "30m"}]},
    },
    "agents": {
        "emma": {"queues": ["main"], "skills": {"post": 2}},
        "lin": {"queues": ["other"], "skills": {"post": 1}},
    },
}
KEPT: dict[str, Any] = {
    **BOOK,
    "desk": {
        **BOOK["desk"],
        "channels": {"toy": {"accept": "auto", "on_lost": {"requeue_after": "5m"}}},
    },
}
PASSED_ON: dict[str, Any] = {
    **BOOK,
    "desk": {**BOOK["desk"], "channels": {"toy": {"accept": "auto", "weight": 100}}},
    "queues": {"main": {"returns_after": "3m"}},
    "agents": {"emma": {"queues": ["main"]}, "lin": {"queues": ["main"]}},
}
CLOSED: dict[str, Any] = {
    **BOOK,
    "hours": {"day": {"tz": "UTC", "weekly": {"mon-sun": "03:00-03:30"}}},
    "queues": {"main": {"hours": "day"}},
    "agents": {"emma": {"queues": ["main"]}},
    "sla": {"targets": [{"first_response": "1m", "resolution": "4h"}]},
}


async def _next(desk: Desk, conversation: str) -> dict[str, str]:
    """What comes next, and when."""
    found = await desk.store.read(told, conversation)
    return {each.what: each.at for each in card(found, desk.dispatch.inforce, None).next}


@pytest.fixture
async def stepped(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path, book=STEPS) as desk:
        yield desk


async def test_a_step_after_another_queue(stepped: Desk) -> None:
    """Work that stands in another queue goes on through the steps of its own."""
    conversation = await stepped.ask_in("Where is my parcel?")
    await stepped.decide()
    begun = stepped.clock.now
    await stepped.wait(MINUTE_MS + 1_000)
    found = await stepped.store.read(told, conversation)
    assert found.bundle is not None
    assert found.bundle.work is not None
    assert found.bundle.work.queue == "other"
    promised = (await _next(stepped, conversation))["step_relaxes"]
    assert promised == rfc3339(begun + 9 * MINUTE_MS)
    await stepped.wait(8 * MINUTE_MS)
    found = await stepped.store.read(told, conversation)
    assert found.bundle is not None
    assert found.bundle.work is not None
    assert msgspec.json.decode(found.bundle.work.body, type=WorkState).step == 2


async def test_work_that_is_kept_for_who_went(tmp_path: Path) -> None:
    """Until when, and for whom; also after another node has taken over, and then it is done."""
    async with opened(tmp_path, book=KEPT) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in("Where is my parcel?")
        await desk.decide()
        await desk.asks("emma", "presence", presence="offline")
        gone = desk.clock.now
        assert (await _next(desk, conversation))["agent_lost"] == rfc3339(gone + 5 * MINUTE_MS)
        await desk.wait(4 * MINUTE_MS)
        assert await desk.one("SELECT agent, state FROM work") == ("emma", "assigned")
        desk.clock.now += 10 * MINUTE_MS
        await desk.decide(desk.new_dispatch())
        assert await desk.one("SELECT agent, state FROM work") == (None, "waiting")
        assert "agent_lost" not in await _next(desk, conversation)


async def test_work_that_was_passed_on(tmp_path: Path) -> None:
    """Until when its giver is passed over, also by another node; and then it is theirs."""
    async with opened(tmp_path, book=PASSED_ON) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in("Where is my parcel?")
        await desk.asks("lin", "presence", presence="available")
        await desk.ask_in("And mine?", "2", sender="tel:+492")
        await desk.decide()
        await desk.asks("emma", "transfer", on=conversation, target="queue:main")
        passed_on = desk.clock.now
        assert (await _next(desk, conversation))["returnable"] == rfc3339(passed_on + 3 * MINUTE_MS)
        await desk.asks("emma", "presence", presence="busy")
        await desk.asks("emma", "presence", presence="available")
        await desk.wait(2 * MINUTE_MS)
        whose = "SELECT agent, state FROM work WHERE conversation = :id"
        assert await desk.one(whose, id=conversation) == (None, "waiting")
        desk.clock.now += 2 * MINUTE_MS
        await desk.decide(desk.new_dispatch())
        assert await desk.one(whose, id=conversation) == ("emma", "assigned")
        (told,) = [body for body in await desk.told("work.changed") if body.what == "returnable"]
        assert (told.target, told.action) == ("emma", "time")
        assert "returnable" not in await _next(desk, conversation)


async def test_work_that_is_kept_for_one_agent_goes_back_to_nobody_before(tmp_path: Path) -> None:
    """Lin has five minutes for it; that others would have had it after three, says nothing yet."""
    book = {**PASSED_ON, "queues": {"main": {"returns_after": "3m", "agent_wait": "5m"}}}
    async with opened(tmp_path, book=book) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in("Where is my parcel?")
        await desk.decide()
        await desk.asks("lin", "presence", presence="busy")
        await desk.asks("emma", "transfer", on=conversation, target="agent:lin")
        upcoming, at = await _next(desk, conversation), rfc3339(desk.clock.now + 5 * MINUTE_MS)
        assert (upcoming["pin_ends"], upcoming["returnable"]) == (at, at)
        await desk.wait(4 * MINUTE_MS)
        assert "returnable" not in [body.what for body in await desk.told("work.changed")]
        await desk.wait(2 * MINUTE_MS)
        (told,) = [body for body in await desk.told("work.changed") if body.what == "returnable"]
        assert (told.target, told.action) == ("emma", "time")


async def test_a_queue_that_is_closed(tmp_path: Path) -> None:
    """Whoever comes after hours is told when the queue opens; the resolution has its time too."""
    async with opened(tmp_path, book=CLOSED) as desk:
        conversation = await desk.ask_in("Where is my parcel?")
        await desk.decide()
        upcoming = await _next(desk, conversation)
        assert upcoming["queue_opens"].endswith("T03:00:00.000Z")
        assert upcoming["queue_opens"] > rfc3339(desk.clock.now)
        assert {"resolution_warned", "resolution_due"} <= upcoming.keys()
