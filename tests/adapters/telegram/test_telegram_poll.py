"""Fetching updates: nothing is forgotten before it is committed."""

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from gateway.contract import InboundMessage, Polls, RawRequest
from gateway.testing import FakeProvider, ProviderAnswer, json_answer
from gateway.testing.cases import Fault
from tests.adapters.telegram.updates import ADA, TEXT, TOKEN, build

API = f"/bot{TOKEN}"
STILL = ProviderAnswer(fault=Fault.HOLD)


def page(*updates: dict) -> ProviderAnswer:
    return json_answer(200, {"ok": True, "result": list(updates)})


def said(number: int, text: str = "yes") -> dict:
    return {"update_id": number, "message": TEXT | {"text": text}}


class Taken:
    """An inlet that keeps what it is given, and is away from the n-th on."""

    def __init__(self, away_from: int = 1_000) -> None:
        self.raws: list[RawRequest] = []
        self.away_from = away_from

    async def __call__(self, raw: RawRequest) -> None:
        if len(self.raws) >= self.away_from:
            raise ConnectionError("the store is away")
        self.raws.append(raw)


async def polled(
    provider: FakeProvider, inlet: Taken, requests: int, cursors: Mapping[str, str] = {}
) -> None:
    """Poll until the provider was asked so often."""
    adapter = build(provider.url, mode="poll")
    await adapter.start()
    polling = asyncio.create_task(adapter.poll(cursors, inlet))
    arriving = asyncio.create_task(provider.arrived(requests))
    await asyncio.wait([polling, arriving], return_when=asyncio.FIRST_COMPLETED)
    ended = polling.done()
    for task in (polling, arriving):
        task.cancel()
    await asyncio.gather(arriving, return_exceptions=True)
    try:
        await polling
    except asyncio.CancelledError:
        assert not ended
    finally:
        await adapter.stop()


def offsets(provider: FakeProvider) -> list[int | None]:
    asked = [r for r in provider.requests if r.path == f"{API}/getUpdates"]
    return [request.json().get("offset") for request in asked]


async def test_each_update_commits_with_its_cursor() -> None:
    """Updates go in one by one in order, each with the cursor that covers it; only then the next are asked for."""
    async with FakeProvider([page(said(7), said(8)), page(said(9)), STILL]) as provider:
        inlet = Taken()
        await polled(provider, inlet, 3)
        assert [raw.cursor for raw in inlet.raws] == [("updates", n) for n in "789"]
        assert offsets(provider) == [None, 9, 10]
        events = [build("http://x", mode="poll").receive(raw)[0] for raw in inlet.raws]
    assert [e.key for (e,) in events] == ["message:7", "message:8", "message:9"]
    assert all(isinstance(e, InboundMessage) and e.text == "yes" for (e,) in events)


async def test_begins_after_the_committed_cursor() -> None:
    """A node that starts again goes on where the store says."""
    async with FakeProvider([STILL]) as provider:
        await polled(provider, Taken(), 1, {"updates": "41"})
        assert offsets(provider) == [42]
        wanted = provider.requests[0].json()
    assert "message_reaction" in wanted["allowed_updates"]


async def test_what_is_not_committed_is_not_passed_over() -> None:
    """When the store is away polling ends at once: Telegram is not told that it may forget."""
    async with FakeProvider([page(said(7), said(8))]) as provider:
        inlet = Taken(away_from=1)
        with pytest.raises(ConnectionError, match="the store is away"):
            await polled(provider, inlet, 9)
        assert [raw.cursor for raw in inlet.raws] == [("updates", "7")]
        assert offsets(provider) == [None]


async def test_what_cannot_be_read_goes_in_all_the_same() -> None:
    """An update of a kind nobody knows is committed whole, byte for byte."""
    strange = {"update_id": 7, "hologram": {"x": [1, None]}}
    async with FakeProvider([page(strange), STILL]) as provider:
        inlet = Taken()
        await polled(provider, inlet, 2)
    assert msgspec.json.decode(inlet.raws[0].body) == strange


async def test_a_pressed_button_is_released() -> None:
    """Once it is committed the customer's app need not wait for its button."""
    pressed = {"update_id": 7, "callback_query": {"id": "77", "from": ADA, "data": "x"}}
    async with FakeProvider([page(pressed), json_answer(200, {"ok": True}), STILL]) as provider:
        await polled(provider, Taken(), 3)
        assert provider.requests[1].path == f"{API}/answerCallbackQuery"
        assert provider.requests[1].json() == {"callback_query_id": "77"}


AWAY = [
    ("refused", json_answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}), "HTTP 401: Unauthorized"),
    ("a second poller", json_answer(409, {"ok": False, "error_code": 409, "description": "Conflict: terminated by other getUpdates request"}), "Conflict"),
    ("swallowed", ProviderAnswer(fault=Fault.SWALLOW), "does not answer"),
    ("no JSON", ProviderAnswer(body=b"<html>"), "no list of updates"),
    ("deep", ProviderAnswer(body=b'{"ok":true,"result":' + b"[" * 10_000), "no list of updates"),
    ("an update without a number", page({"message": TEXT}), "no list of updates"),
]  # fmt: skip


@pytest.mark.parametrize(("scripted", "words"), [r[1:] for r in AWAY], ids=[r[0] for r in AWAY])
async def test_when_telegram_is_away_polling_says_so(scripted, words) -> None:
    """Whoever started the poll hears why it ended, never the token, and starts it again later."""
    async with FakeProvider([scripted]) as provider:
        with pytest.raises(OSError, match=words) as caught:
            await polled(provider, Taken(), 9)
    assert TOKEN not in str(caught.value)


def test_only_who_is_told_to_polls() -> None:
    """The core polls what can poll, so a bot with a webhook must not be able to."""
    assert isinstance(build("http://x", mode="poll"), Polls)
    assert not isinstance(build("http://x"), Polls)
