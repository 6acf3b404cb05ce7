"""What goes wrong with the webhooks of every messenger in a box."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.domain.clock import SystemClock
from gateway.sandbox.people import PEOPLE
from gateway.sandbox.providers.said import Keys, Trouble
from gateway.sandbox.providers.telegram import TelegramBox

LI_LEI = PEOPLE[0]


class Door:
    """Takes webhooks, and keeps what they say."""

    def __init__(self) -> None:
        self.said: list[str] = []
        app = web.Application()
        app.add_routes([web.post("/in/telegram", self._take)])
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.said.append((await request.json())["message"]["text"])
        return web.Response()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    found = Door()
    async with found.server:
        yield found


@pytest.fixture
async def box(door: Door) -> AsyncIterator[TelegramBox]:
    ids = count()
    found = TelegramBox(
        webhook_url=str(door.server.make_url("/in/telegram")),
        keys=Keys(access_token="t", secret="00", aes_key=""),
        people=PEOPLE,
        make_id=lambda: f"{next(ids):032x}",
        clock=SystemClock(),
        ring=lambda: None,
    )
    await found.open()
    yield found
    await found.close()


async def test_late_and_twice(door: Door, box: TelegramBox) -> None:
    """What is late waits until that is mended, and comes in its order; each twice while it is so."""
    box.faults |= {Trouble.LATE, Trouble.DOUBLE}
    for text in "ab":
        assert (await box.say(LI_LEI, text)).state == "waiting"
    assert door.said == []
    box.mend(Trouble.LATE)
    await box.settled()
    assert [said.state for said in box.thread(LI_LEI)] == ["received"] * 2
    assert door.said == ["a", "a", "b", "b"]
    box.mend(Trouble.DOUBLE)
    await box.say(LI_LEI, "c")
    assert door.said[4:] == ["c"]
