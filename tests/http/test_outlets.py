"""Outgoing webhooks on a whole node: isolation, words, and what operators can do and see."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack

import pytest

from gateway.domain.job import JobKind
from tests.endpoint import SECRET, Endpoint
from tests.http.conftest import CONFIG, open_desk
from tests.store.toys import Tell

EVENTS = 1_000
ALLOWED = 'security: {allow_networks: ["127.0.0.0/8"]}\n'


def config(**webhooks: str) -> str:
    """The configuration with these webhooks."""
    lines = "".join(f"  {name}: {{{fields}}}\n" for name, fields in webhooks.items())
    return f"{CONFIG}{ALLOWED}webhooks:\n{lines}"


def to(endpoint: Endpoint, more: str = "") -> str:
    return f"url: '{endpoint.url}', secret: {SECRET}{more}"


async def ready(desk, *names: str) -> None:
    """Until the outlets have begun to follow: what happens then is told."""
    olga = await desk.person("olga")

    async def there() -> bool:
        items = (await olga("GET", "/api/v1/webhooks")).json["items"]
        return {item["name"] for item in items} >= set(names)

    await desk.until(there)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_one_dead_one_slow_eight_healthy(tmp_path) -> None:
    """The healthy ones have all 1,000 in order while the slow one has taken none."""
    async with AsyncExitStack() as stack:
        healthy = [await stack.enter_async_context(Endpoint()) for _ in range(8)]
        slow, dead = await stack.enter_async_context(Endpoint()), Endpoint()
        async with dead:
            nowhere = to(dead)
        thinks = asyncio.Event()
        slow.always = thinks
        names = {f"h{n}": to(each) for n, each in enumerate(healthy)}
        text = config(**names, slow=to(slow, ", timeout: 30s"), dead=nowhere)
        desk = await stack.enter_async_context(open_desk(tmp_path, config=text))
        await ready(desk, *names, "slow", "dead")
        told = []
        for _ in range(20):
            told += await desk.store.submit(Tell(count=EVENTS // 20))
        await desk.until(lambda: all(len(e.taken) >= EVENTS for e in healthy), 240)
        for each in healthy:
            assert [p for p in each.positions if p in set(told)] == told
        assert set(slow.taken) == set()
        assert len(set(slow.positions)) == 1  # it is still at its first
        olga = await desk.person("olga")
        items = {i["name"]: i for i in (await olga("GET", "/api/v1/webhooks")).json["items"]}
        assert items["dead"]["state"] == "retrying"
        assert items["dead"]["why"].startswith("not connected")
        assert items["dead"]["lag"] >= EVENTS
        assert {items[name]["state"] for name in names} == {"active"}
        thinks.set()


async def test_words_where_they_are_wanted(tmp_path) -> None:
    """An endpoint has ids only unless it is configured with words; what was erased is not told again."""
    async with Endpoint() as plain, Endpoint() as worded:
        kinds = ", events: [message.*]"
        text = config(plain=to(plain, kinds), worded=to(worded, f"{kinds}, words: true"))
        async with open_desk(tmp_path, config=text) as desk:
            await ready(desk, "plain", "worded")
            await desk.receive("k1", "my secret garden")
            await plain.has(1)
            await worded.has(1)
            (mine,), (theirs,) = plain.events(), worded.events()
            assert mine["type"] == theirs["type"] == "parley.message.received.v1"
            assert "words" not in mine["data"]
            assert theirs["data"]["words"]["message"]["text"] == "my secret garden"
            with sqlite3.connect(tmp_path / "data" / "parley.sqlite3") as erasing:
                erasing.execute("UPDATE message SET text='', body=''")
            erasing.close()
            olga = await desk.person("olga")
            await olga("POST", "/api/v1/webhooks/worded/replay", {"after": 0})
            await worded.has(2)
            assert b"garden" not in worded.bodies[1]
            assert worded.ids[0] == worded.ids[1]


async def test_what_operators_can_do(tmp_path) -> None:
    """Off, on, back; unknown names and positions are refused; the figures are there."""
    async with Endpoint() as endpoint, open_desk(tmp_path, config=config(crm=to(endpoint))) as desk:
        await ready(desk, "crm")
        olga = await desk.person("olga")
        off = await olga("POST", "/api/v1/webhooks/crm/disable")
        assert (off.json["state"], off.json["why"]) == ("disabled", "disabled by agent:olga")
        told = await desk.store.submit(Tell(count=3))
        on = await olga("POST", "/api/v1/webhooks/crm/enable")
        assert on.json["state"] == "active"
        await desk.until(lambda: set(told) <= set(endpoint.taken))
        assert (await olga("POST", "/api/v1/webhooks/x/enable")).status == 404
        answer = await olga("POST", "/api/v1/webhooks/crm/replay", {"after": 10**6})
        assert (answer.status, answer.code) == (422, "no_such_position")
        figures = (await desk.nobody("GET", "/metrics")).body.decode()
        assert 'parley_webhook_disabled{webhook="crm"} 0.0' in figures
        assert 'parley_webhook_taken_total{webhook="crm"}' in figures
        entries = (await olga("GET", "/api/v1/audit")).json["items"]
        assert {"webhook.disable", "webhook.enable"} <= {e["action"] for e in entries}


async def test_a_retry_comes_by_itself(tmp_path) -> None:
    """The worker carries out the job; then the rest follows, over a restart too."""
    async with Endpoint() as endpoint:
        text = config(crm=to(endpoint, ", events: [node.lost]"))
        async with open_desk(tmp_path, config=text) as desk:
            await ready(desk, "crm")
            endpoint.answers += [500]
            told = await desk.store.submit(Tell(count=2))
            await desk.until(lambda: endpoint.taken == told, 30)
            assert await desk.store.claim((JobKind.WEBHOOK,), limit=1, hold_ms=1) == []
            olga = await desk.person("olga")
            await olga("POST", "/api/v1/webhooks/crm/disable")
            told += await desk.store.submit(Tell(count=2))
            await olga("POST", "/api/v1/webhooks/crm/enable")
        async with open_desk(tmp_path, config=text):
            await desk_has(endpoint, told)


async def desk_has(endpoint: Endpoint, told: list[int]) -> None:
    async with asyncio.timeout(10):
        while set(endpoint.taken) < set(told):
            await endpoint.has(len(endpoint.came) + 1)
