"""Whoever reads a message that its provider has not taken is told why, and what comes next."""

from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Deferred, Doubt, InDoubt, Outcome, Reason
from gateway.domain.clock import SECOND_MS, rfc3339
from gateway.domain.message import Message
from gateway.store.queries import http_rows, http_timeline
from gateway.stream.shapes import MessageItem, message_item
from gateway.verbs.resend import Resend
from tests.unit.pipeline.desk import START_MS, Desk, opened
from tests.unit.pipeline.toy import Finder, Toy

AWAY = Deferred(reason=Reason.UNAVAILABLE, detail="HTTP 503", retry_after_ms=40 * SECOND_MS)
CUT = InDoubt(detail="cut off")


async def shown(desk: Desk, message_id: str) -> MessageItem:
    """As the console has it."""
    message = await desk.store.read(http_rows.one, Message, message_id)
    slice_ = await desk.store.read(http_timeline.dressed, "desk", [message], [], [])
    return message_item(message, slice_, lambda account: account)


WAITS: list[tuple[str, dict[str, Any], Outcome, tuple[str, str], str]] = [
    ("the provider is away", {}, AWAY, ("unavailable", "HTTP 503"), "try"),
    ("it may be asked", {"in_doubt": Doubt.FIND}, CUT, ("", "cut off"), "ask"),
    (
        "a report may tell",
        {"in_doubt": Doubt.WAIT, "doubt_wait_ms": 9},
        CUT,
        ("", "cut off"),
        "report",
    ),
    ("the same key again", {"in_doubt": Doubt.RETRY}, CUT, ("unavailable", "cut off"), "try"),
]


@pytest.mark.parametrize(
    ("label", "caps", "answer", "why", "then"), WAITS, ids=[case[0] for case in WAITS]
)
async def test_why_it_waits(
    tmp_path: Path,
    label: str,
    caps: dict[str, Any],
    answer: Outcome,
    why: tuple[str, str],
    then: str,
) -> None:
    """The reason in the provider's words, and when it goes on; the log has no words of it."""
    async with opened(tmp_path, toy=Toy(**caps)) as desk:
        message = await desk.reply(await desk.ask_in())
        fresh = await shown(desk, message.id)
        assert (fresh.detail, fresh.waiting) == ("", None), (
            "what was not tried yet waits for nothing"
        )
        settle = await desk.send(answer)
        item = await shown(desk, message.id)
        assert (item.state, item.reason, item.detail) == ("queued", *why)
        assert item.waiting is not None
        assert (item.waiting.next, item.waiting.at) == (then, rfc3339(settle.due_at))
        (told,) = await desk.told("message.changed")
        assert (told.message, told.state) == (message.id, "waiting")
        assert not any(why[1] in event.body for event in await desk.log())


async def test_once_sent_it_waits_no_more(tmp_path: Path) -> None:
    """What was said of the wait is gone with it."""
    async with opened(tmp_path, toy=Toy()) as desk:
        message = await desk.reply(await desk.ask_in())
        desk.clock.now = (await desk.send(AWAY)).due_at
        await desk.send()
        item = await shown(desk, message.id)
        assert (item.state, item.reason, item.detail, item.waiting) == ("sent", "", "", None)


async def test_the_unknown_that_is_asked_about(tmp_path: Path) -> None:
    """Who follows is told that the provider is asked, and that it did not answer."""
    finder = Finder(in_doubt=Doubt.HOLD)
    async with opened(tmp_path, toy=finder) as desk:
        message = await desk.reply(await desk.ask_in())
        await desk.send(CUT)
        await desk.store.submit(
            Resend(desk="desk", message=message.id, by="agent:emma", finds=True)
        )
        item = await shown(desk, message.id)
        assert item.state == "unknown"
        assert item.waiting is not None
        assert (item.waiting.next, item.waiting.at) == ("ask", rfc3339(START_MS))
        assert [body.state for body in await desk.told("message.changed")] == ["waiting"]
