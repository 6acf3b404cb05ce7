"""Two nodes on one PostgreSQL: whatever lands on one is seen on the other."""

from contextlib import asynccontextmanager

import pytest

from gateway.http.limits import Limits
from gateway.verbs.work import LoseNode
from tests.http.conftest import CONFIG, open_desk
from tests.http.test_chat import hello as visitor_hello
from tests.http.test_chat import say, some, visit
from tests.http.test_desk import offer_of, working
from tests.http.test_live import asked_of, frames, hello, log_of, quiet


@pytest.fixture
async def nodes(server, tmp_path):
    """Two nodes of one desk."""
    async with two_of(server, tmp_path) as both:
        yield both


@asynccontextmanager
async def two_of(server, tmp_path, limits: Limits | None = None):
    """They share nothing but PostgreSQL."""
    uri = server.empty()

    def config(node: str) -> str:
        return CONFIG.replace("host: {port: 0}", f"host: {{port: 0, node: {node}}}").replace(
            "store: {data: DATA}", f"store: {{data: DATA, database: '{uri}'}}"
        )

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with (
        open_desk(tmp_path / "a", config=config("a"), limits=limits) as one,
        open_desk(tmp_path / "b", config=config("b"), limits=limits) as two,
    ):
        yield one, two


async def test_everything_is_everywhere(nodes) -> None:
    """A day over two nodes: sessions, lists, offers, sockets, visitors."""
    one, two = nodes
    sue = await one.person("sue")
    sue_there = type(sue)(two, {**sue.headers, "Origin": two.url})
    assert (await sue_there("GET", "/api/v1/session")).json["login"] == "sue"
    async with sue_there.socket() as live:
        await hello(live)
        await one.receive("m1", "Good morning")
        seen = await frames(live, "event", 2)
        assert seen[1]["message"]["text"] == "Good morning"
    for path in (
        "/api/v1/conversations",
        "/api/v1/conversations?view=waiting",
        "/api/v1/conversations?view=mine",
        "/api/v1/conversations?q=49",
        "/api/v1/contacts?q=49",
        "/api/v1/search?q=morning",
        "/api/v1/queues",
        "/api/v1/agents",
        "/api/v1/channels",
        "/api/v1/offers",
    ):
        assert (await sue_there("GET", path)).status == 200, path
    otto = await two.person("otto")
    assert (await otto("GET", "/api/v1/conversations")).json["items"] == []
    assert (await otto("GET", "/api/v1/contacts")).json["items"] == []
    assert (await otto("GET", "/api/v1/search?q=morning")).json["items"] == []
    conversation = (await sue("GET", "/api/v1/conversations")).json["items"][0]["id"]
    emma = await working(two)
    offer = await offer_of(two, emma, conversation)
    assert (await emma("POST", f"/api/v1/offers/{offer}/accept")).status in (200, 202)
    sent = await emma("POST", f"/api/v1/conversations/{conversation}/reply", {"text": "Hi."})
    assert sent.status == 202
    await one.until(lambda: one.hook.sent or two.hook.sent)
    for path in (
        f"/api/v1/conversations/{conversation}",
        f"/api/v1/conversations/{conversation}/timeline?limit=3",
        f"/api/v1/conversations/{conversation}/explain",
    ):
        assert (await sue_there("GET", path)).status == 200, path


async def test_a_visitor_and_an_agent_apart(nodes) -> None:
    """A visitor on one node talks with an agent on the other."""
    one, two = nodes
    sue = await two.person("sue")
    async with visit(one) as ws:
        await visitor_hello(ws)
        await say(ws, "c-1", "hello")
        rows = (await sue("GET", "/api/v1/conversations")).json["items"]
        path = f"/api/v1/conversations/{rows[0]['id']}/reply"
        assert (await sue("POST", path, {"text": "Good day."})).status == 202
        said = await some(ws, "message", 2)
        assert [m["text"] for m in said] == ["hello", "Good day."]


async def test_a_nodes_end_is_not_the_other_nodes(nodes) -> None:
    """Agents whose pages are on a node that lives are there, whichever node is lost."""
    one, two = nodes
    emma = await working(one)
    async with emma.socket() as ws:
        await hello(ws)
        await two.store.submit(LoseNode(node="b"))

        async def back() -> bool:
            return await asked_of(two) == ["presence", "back", "back", "there"]

        await one.until(back)


async def test_who_goes_over_to_the_other_node_stays(tmp_path, server) -> None:
    """The node that they left misses them a moment later; the one that they are on knows better."""
    async with two_of(server, tmp_path, Limits(lost_after_s=0.1)) as (one, two):
        emma = await working(one)
        async with emma.socket() as ws:
            await hello(ws)
        emma_there = type(emma)(two, {**emma.headers, "Origin": two.url})
        async with emma_there.socket() as ws:
            await hello(ws)

            async def there() -> bool:
                told = await asked_of(one)
                return "lost" in told and told[-2:] == ["back", "there"]

            await one.until(there)


async def test_one_log(nodes) -> None:
    """Sockets on both nodes see the same log, whoever committed what."""
    one, two = nodes
    sue, other = await one.person("sue"), await two.person("sue")
    async with sue.socket() as here, other.socket() as there:
        await hello(here, 0)
        await hello(there, 0)
        for n in range(20):
            await (one, two)[n % 2].receive(f"k{n}", f"text {n}", sender=f"+49{n % 5}")
        await quiet(one, two)
        positions = await log_of(one)
        for ws in (here, there):
            seen = [f["position"] for f in await frames(ws, "event", len(positions))]
            assert seen == positions
