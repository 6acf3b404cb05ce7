"""Fetching what came: by callback, by cursor, page by page."""

import asyncio

import pytest

from gateway.contract import InboundMessage, Polls, RawRequest
from gateway.testing import FakeProvider, Fault, ProviderAnswer, json_answer
from tests.adapters.wecom.deliveries import (
    ACCESS,
    KFID,
    build,
    callback_raw,
    holding_a_token,
    page,
    said,
    told,
)

SYNC = f"/cgi-bin/kf/sync_msg?access_token={ACCESS}"
CURSOR = f"kf:{KFID}"


def text(msgid: str) -> dict:
    return said(msgid, "text", {"content": msgid})


def answer(*items: object, **more) -> ProviderAnswer:
    return ProviderAnswer(
        headers=(("Content-Type", "application/json"),), body=page(*items, **more)
    )


class Store:
    """Takes deliveries as the core does, and reads them with the adapter."""

    def __init__(self, adapter) -> None:
        self.adapter = adapter
        self.cursors: list[tuple[str, str] | None] = []
        self.keys: list[str] = []
        self.taken: asyncio.Queue[None] = asyncio.Queue()
        self.refuse = False

    async def take(self, raw: RawRequest) -> None:
        if self.refuse:
            raise ConnectionError("the store is away")
        events, _ = self.adapter.receive(raw)
        assert all(isinstance(event, InboundMessage) for event in events)
        self.cursors.append(raw.cursor)
        self.keys += [event.key for event in events]
        self.taken.put_nowait(None)


async def polled(adapter, provider, cursors, pages: int, ring: bytes = b"") -> Store:
    """Poll until so many pages are committed; ring once the first request has been made."""
    store = Store(adapter)
    assert isinstance(adapter, Polls)
    async with asyncio.timeout(20):
        task = asyncio.ensure_future(adapter.poll(cursors, store.take))
        await provider.arrived(1)
        if ring:
            adapter.receive(callback_raw(ring))
        for _ in range(pages):
            await store.taken.get()
        task.cancel()
        await asyncio.wait([task])
    await adapter.stop()
    assert task.cancelled()
    assert (provider.unscripted, provider.unused) == (0, 0)
    return store


async def test_from_the_committed_cursor() -> None:
    """It begins where the store stands, and each page commits with the cursor behind it."""
    pages = [answer(text("m1"), text("m2"), next_cursor="c-1", has_more=1), answer(text("m3"), next_cursor="c-2")]  # fmt: skip
    async with FakeProvider(pages) as provider:
        store = await polled(holding_a_token(provider.url), provider, {CURSOR: "c-0"}, 2)
        assert store.keys == ["message:m1", "message:m2", "message:m3"]
        assert store.cursors == [(CURSOR, "c-1"), (CURSOR, "c-2")]
        assert [r.path for r in provider.requests] == [SYNC, SYNC]
        assert [r.json() for r in provider.requests] == [
            {"cursor": "c-0", "token": "", "limit": 100, "open_kfid": KFID},
            {"cursor": "c-1", "token": "", "limit": 100, "open_kfid": KFID},
        ]


async def test_a_callback_wakes_it() -> None:
    """A callback is followed by a fetch with its token; one for another account is not."""
    pages = [answer(next_cursor="c-0"), answer(text("m1"), next_cursor="c-1")]
    async with FakeProvider(pages) as provider:
        adapter = holding_a_token(provider.url)
        adapter.receive(callback_raw(told(open_kfid="wk-other")))
        store = await polled(adapter, provider, {}, 1, told(token="SYNC-7"))
        assert store.keys == ["message:m1"]
        assert provider.requests[1].json()["token"] == "SYNC-7"
        assert provider.requests[1].json()["cursor"] == "c-0"


async def test_a_stale_callback() -> None:
    """A callback's token that has ended is left out, and the page is fetched all the same."""
    stale = json_answer(200, {"errcode": 95007, "errmsg": "invalid msg token"})
    pages = [answer(next_cursor="c-0"), stale, answer(text("m1"), next_cursor="c-1")]
    async with FakeProvider(pages) as provider:
        adapter = holding_a_token(provider.url)
        store = await polled(adapter, provider, {}, 1, told())
        assert store.keys == ["message:m1"]
        assert [r.json()["token"] for r in provider.requests] == ["", "SYNC-1", ""]


async def test_a_cursor_that_stands_still() -> None:
    """A page that leads nowhere is not asked for again until something calls."""
    pages = [answer(text("m1"), next_cursor="c-1", has_more=1), answer(next_cursor="c-1", has_more=1), answer(text("m2"), next_cursor="c-2")]  # fmt: skip
    async with FakeProvider(pages) as provider:
        store = await polled(holding_a_token(provider.url), provider, {}, 2, told())
        assert store.keys == ["message:m1", "message:m2"]
        assert [r.json()["token"] for r in provider.requests] == ["", "", "SYNC-1"]


async def test_all_accounts_of_the_secret() -> None:
    """Without open_kfid the accounts are asked for, and each has a cursor of its own."""
    listed = {"errcode": 0, "account_list": [{"open_kfid": "wk-a", "name": "A"}, {"open_kfid": "wk-b"}, None]}  # fmt: skip
    pages = [json_answer(200, listed), answer(text("m1"), next_cursor="a-1"), answer(text("m2"), next_cursor="b-1")]  # fmt: skip
    async with FakeProvider(pages) as provider:
        adapter = holding_a_token(provider.url, open_kfid="")
        store = await polled(adapter, provider, {"kf:wk-b": "b-0"}, 2)
        assert store.cursors == [("kf:wk-a", "a-1"), ("kf:wk-b", "b-1")]
        assert [r.json().get("cursor") for r in provider.requests] == [None, "", "b-0"]


async def test_what_is_not_committed_is_fetched_again() -> None:
    """When the store refuses a page the poll ends, and its cursor has not moved."""
    async with FakeProvider([answer(text("m1"), next_cursor="c-1")]) as provider:
        adapter = holding_a_token(provider.url)
        store = Store(adapter)
        store.refuse = True
        with pytest.raises(ConnectionError, match="the store is away"):
            await adapter.poll({}, store.take)
        await adapter.stop()
        assert store.cursors == []


SICK = [
    ("lost", ProviderAnswer(fault=Fault.SWALLOW)),
    ("broken", ProviderAnswer(status=500)),
    ("babble", ProviderAnswer(body=b"<html>")),
    ("refused", json_answer(200, {"errcode": 45009, "errmsg": "api freq out of limit"})),
    ("messages without a cursor", answer(text("m1"), next_cursor="")),
]


@pytest.mark.parametrize("scripted", [s[1] for s in SICK], ids=[s[0] for s in SICK])
async def test_a_provider_that_is_away(scripted: ProviderAnswer) -> None:
    """The core is told by an OSError, and starts it again less and less often."""
    async with FakeProvider([scripted]) as provider:
        adapter = holding_a_token(provider.url)
        store = Store(adapter)
        with pytest.raises(ConnectionError):
            await adapter.poll({}, store.take)
        await adapter.stop()
        assert store.keys == []


async def test_an_empty_secret_asks_nothing() -> None:
    """A channel without its secret is closed in both directions."""
    async with FakeProvider() as provider:
        adapter = build(provider.url, secret="")
        with pytest.raises(ConnectionError, match="secret is empty"):
            await adapter.poll({}, Store(adapter).take)
        assert provider.requests == []
