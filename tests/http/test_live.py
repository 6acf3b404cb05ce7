"""The agents' socket and the stream: the log as it is, resumed without gaps, for eyes that may."""

import asyncio
import json
import random
from dataclasses import replace
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET

import aiohttp
import pytest

from gateway.domain.clock import DAY_MS, rfc3339
from gateway.domain.events import AgentAsked
from gateway.domain.work import AgentState
from gateway.http.limits import Limits
from gateway.http.server import SOCKETS
from gateway.store.queries.http_rows import one
from gateway.stream import hub
from gateway.verbs.access import EditUser
from gateway.verbs.work import LoseNode
from tests.http.conftest import Visit, open_desk

WAIT_S = 10.0


async def hello(ws, after: int | None = None) -> dict:
    """Say hello; the welcome."""
    await ws.send_json({"type": "hello", "after": after})
    return await ws.receive_json(timeout=WAIT_S)


async def frames(ws, kind: str, count: int) -> list[dict]:
    """The next frames of a kind."""
    out = []
    while len(out) < count:
        frame = await ws.receive_json(timeout=WAIT_S)
        if frame["type"] == kind:
            out.append(frame)
    return out


async def quiet(*desks) -> int:
    """The head, once routing has nothing more to say: it answers in the order of the log."""
    nonsense = AgentAsked(agent="nobody", verb="accept", offer="none")
    owner = await desks[0].until(lambda: [d for d in desks if d.house.dispatch._decider])
    for _ in range(2):  # what is due at once when the first is answered comes before the second
        while await owner[0].house.dispatch.ask(nonsense, "system") is None:
            continue  # not within its two seconds
    return desks[0].store.head()


async def log_of(desk) -> list[int]:
    """Every position."""
    return [e.position for e in await desk.store.follow(0, 100_000)]


async def test_only_a_socket(desk) -> None:
    """Whoever asks for no upgrade is told of it."""
    sue = await desk.person("sue")
    plain = await sue("GET", "/api/v1/live")
    assert (plain.status, plain.code) == (426, "upgrade_required")
    assert plain.headers["Upgrade"] == "websocket"


async def test_events_with_words(desk) -> None:
    """What a customer writes is on the screen as it commits, with its words."""
    sue = await desk.person("sue")
    async with sue.socket() as ws:
        welcome = await hello(ws)
        assert welcome["type"] == "welcome"
        assert welcome["position"] == desk.store.head()
        assert welcome["me"]["login"] == "sue"
        await desk.receive("m1", "Good morning")
        opened, received = await frames(ws, "event", 2)
        assert (opened["kind"], received["kind"]) == ("conversation.opened", "message.received")
        assert received["position"] == opened["position"] + 1
        assert received["message"]["text"] == "Good morning"
        assert received["row"]["preview"]["text"] == "Good morning"
        assert received["body"]["message"] == received["message"]["id"]
        conversation = received["conversation"]
        await sue("POST", f"/api/v1/conversations/{conversation}/notes", {"text": "mind this"})
        async with asyncio.timeout(WAIT_S):
            while True:
                event = (await frames(ws, "event", 1))[0]
                if event["kind"] == "note.written":
                    break
        assert event["note"]["text"] == "mind this"
        assert event["actor"] == "agent:sue"
        await ws.send_json({"type": "ping"})
        (pong,) = await frames(ws, "pong", 1)
        assert welcome["at"] <= pong["at"] <= rfc3339(desk.house.clock.now_ms())


async def test_resume(desk) -> None:
    """A socket that comes back with its cursor misses nothing and sees nothing twice."""
    for n in range(20):
        await desk.receive(f"k{n}", f"text {n}", sender=f"+49{n}")
    head = await quiet(desk)
    sue = await desk.person("sue")
    async with sue.socket() as ws:
        assert (await hello(ws, 0))["position"] == 0
        seen = [f["position"] for f in await frames(ws, "event", head)]
    assert seen == await log_of(desk)
    async with sue.socket() as ws:
        await hello(ws, head - 3)
        assert [f["position"] for f in await frames(ws, "event", 3)] == [head - 2, head - 1, head]


async def test_cut_at_random(desk) -> None:
    """P15: however a socket is cut while customers write, the client's log is the desk's."""
    chance = random.Random(15)
    sue = await desk.person("sue")
    seen: list[int] = []
    writing = True

    async def write() -> None:
        for n in range(60):
            await desk.receive(f"k{n}", f"text {n}", sender=f"+49{n % 7}")
            await asyncio.sleep(chance.random() * 0.01)

    async def read() -> None:
        while writing or seen[-1] < desk.store.head():
            async with sue.socket() as ws:
                await hello(ws, seen[-1] if seen else 0)
                for _ in range(chance.randrange(1, 30)):
                    if not writing and seen and seen[-1] >= desk.store.head():
                        return
                    try:
                        frame = await ws.receive_json(timeout=0.3)
                    except (TimeoutError, TypeError):
                        break
                    if frame["type"] == "event":
                        seen.append(frame["position"])
                # Cut: not closed, cut.
                ws._response.connection.transport.abort()

    reading = asyncio.create_task(read())
    await write()
    await quiet(desk)
    writing = False
    async with asyncio.timeout(30):
        await reading
    assert seen == await log_of(desk)


async def test_gap(desk) -> None:
    """A cursor that cannot be resumed is told so; the client loads its lists and follows on."""
    await desk.receive("m1", "hello")
    head = await quiet(desk)
    sue = await desk.person("sue")
    async with sue.socket() as ws:
        welcome = await hello(ws, 1_000_000)
        assert welcome["position"] == head
        assert (await ws.receive_json(timeout=WAIT_S)) == {"type": "gap", "oldest": head}
        await desk.receive("m2", "again")
        assert (await frames(ws, "event", 1))[0]["position"] == head + 1


async def test_only_what_one_may_see(desk) -> None:
    """An agent's socket tells of their queues alone; what leaves their sight says so, wordless."""
    otto, emma = await desk.person("otto"), await desk.person("emma")
    sue = await desk.person("sue")
    async with otto.socket() as theirs, emma.socket() as ours:
        await hello(theirs)
        await hello(ours)
        conversation = await desk.conversation("private words")
        got = (await frames(ours, "event", 1))[0]
        assert (got["conversation"], got["kind"]) == (conversation, "work.changed")
        assert got["row"]["preview"]["text"] == "private words"
        await emma("PUT", "/api/v1/me/presence", {"presence": "available"})
        await emma("POST", f"/api/v1/conversations/{conversation}/take")
        moved = await sue(
            "POST", f"/api/v1/conversations/{conversation}/transfer", {"to": "queue:other"}
        )
        assert moved.status == 200
        await quiet(desk)
        seen = []
        with pytest.raises(TimeoutError):
            while True:
                seen.append(await theirs.receive_json(timeout=0.5))
        of_it = [f for f in seen if f.get("conversation") == conversation]
        assert of_it, "now it is in Otto's queue"
        assert all(f["kind"] != "message.received" for f in of_it)
        assert not any(
            "private" in json.dumps(f) for f in seen if f["conversation"] != conversation
        )


async def test_ops_see_no_words(desk) -> None:
    """Who may not read conversations hears of none of them."""
    olga = await desk.person("olga")
    async with olga.socket() as ws:
        await hello(ws)
        await desk.conversation("private words")
        await ws.send_json({"type": "ping"})
        frame = await ws.receive_json(timeout=WAIT_S)
        while frame["type"] != "pong":
            assert frame["conversation"] is None
            frame = await ws.receive_json(timeout=WAIT_S)


REFUSED = [
    ("nobody", {}, 401),
    ("another page with our cookie", {"Origin": "https://evil.example"}, 403),
    ("a page of nowhere", {"Origin": "null"}, 403),
    ("a borrowed name", {"Origin": "http://evil.example", "Host": "evil.example"}, 403),
]


@pytest.mark.parametrize(
    ("headers", "status"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_foreign_pages_get_no_socket(desk, headers, status) -> None:
    """A page of another site opens no socket with our agent's cookie."""
    who = await desk.person("sue") if headers else desk.nobody
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with who.socket(headers=headers):
            pass
    assert refused.value.status == status


async def test_collision(desk) -> None:
    """Two who look at the same conversation know of each other, and who types."""
    conversation = await desk.conversation("hello")
    emma, sue, otto = [await desk.person(login) for login in ("emma", "sue", "otto")]
    async with emma.socket() as one, sue.socket() as two, otto.socket() as three:
        for ws in (one, two, three):
            await hello(ws)
        await three.send_json({"type": "watch", "conversation": conversation})
        await one.send_json({"type": "watch", "conversation": conversation})
        assert (await frames(one, "viewers", 1))[0]["logins"] == ["emma"]
        await two.send_json({"type": "watch", "conversation": conversation})
        assert (await frames(one, "viewers", 1))[0]["logins"] == ["emma", "sue"]
        await two.send_json({"type": "typing", "conversation": conversation})
        typing = (await frames(one, "typing", 1))[0]
        assert (typing["conversation"], typing["who"]) == (
            conversation,
            {"kind": "agent", "name": "sue"},
        )
        await two.send_json({"type": "watch", "conversation": None})
        assert (await frames(one, "viewers", 1))[0]["logins"] == ["emma"]
        await emma("POST", f"/api/v1/conversations/{conversation}/typing")
        with pytest.raises(TimeoutError):
            while True:
                frame = await three.receive_json(timeout=0.2)
                assert frame["type"] not in ("typing", "viewers"), "it is out of Otto's sight"


WRONG = [
    ("no hello", [{"type": "ping"}], 1002),
    ("not JSON", ["{"], 1002),
    ("a frame of nobody's", [{"type": "hello", "after": 0}, {"type": "dance"}], 1002),
    ("bytes", [{"type": "hello", "after": None}, b"\x00"], 1003),
]


@pytest.mark.parametrize(("said", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
async def test_wrong_frames(desk, said, code) -> None:
    """A client that breaks the protocol is closed."""
    sue = await desk.person("sue")
    async with sue.socket() as ws:
        for frame in said:
            if isinstance(frame, bytes):
                await ws.send_bytes(frame)
            else:
                await ws.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        async with asyncio.timeout(WAIT_S):
            async for _ in ws:
                pass
        assert ws.close_code == code


async def test_huge_frames(desk) -> None:
    """A frame of more than 64 kB ends the socket, not the node."""
    sue = await desk.person("sue")
    async with sue.socket() as ws:
        await hello(ws)
        await ws.send_str("x" * 70_000)
        async with asyncio.timeout(WAIT_S):
            async for _ in ws:
                pass
        assert ws.close_code == 1009


async def test_who_never_says_hello(tmp_path) -> None:
    """A socket that says nothing is closed in time."""
    async with open_desk(tmp_path, limits=Limits(hello_s=0.2)) as desk:
        sue = await desk.person("sue")
        async with sue.socket() as ws:
            message = await ws.receive(timeout=WAIT_S)
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert ws.close_code == 1002


async def test_signed_out(desk) -> None:
    """Signing out, being disabled or getting another role closes the sockets at once."""
    ada = await desk.person("ada")
    for login, end in (
        ("emma", lambda who: who("DELETE", "/api/v1/session")),
        ("otto", lambda _: ada("PATCH", "/api/v1/users/otto", {"disabled": True})),
        ("sue", lambda _: ada("PATCH", "/api/v1/users/sue", {"role": "agent"})),
    ):
        who = await desk.person(login)
        async with who.socket() as ws:
            await hello(ws)
            assert (await end(who)).status in (200, 204)
            async with asyncio.timeout(WAIT_S):
                async for _ in ws:
                    pass
            assert ws.close_code == 4401, login


async def all_of(ws: aiohttp.ClientWebSocketResponse) -> bytes:
    """What a socket says until it is closed."""
    return b"".join([str(message.data).encode() async for message in ws])


async def test_access_ends_everywhere(desk) -> None:
    """A token that is revoked, and a person whom the command line lets in no more, hear no word."""
    ada = await desk.person("ada")
    scopes = ["conversation:read", "stream:read"]
    made = await ada("POST", "/api/v1/tokens", {"name": "x", "scopes": scopes})
    program = Visit(desk, {"Authorization": f"Bearer {made.json['secret']}"})
    otto = await desk.person("otto")
    async with (
        program.socket() as theirs,
        otto.socket() as his,
        desk.client.get(f"{desk.url}/api/v1/stream", headers=program.headers) as stream,
    ):
        await hello(theirs)
        await hello(his)
        assert (await stream.content.readline()).startswith(b":")
        hearing = asyncio.gather(all_of(theirs), all_of(his), stream.read())
        assert (await ada("DELETE", f"/api/v1/tokens/{made.json['token']['id']}")).status == 204
        await desk.store.submit(
            EditUser(desk=desk.store.desk, login="otto", by="cli:root", disabled=True)
        )
        await desk.receive("1", "said in confidence")
        async with asyncio.timeout(WAIT_S):
            heard = await hearing
        assert (theirs.close_code, his.close_code) == (4401, 4401)
        assert b"confidence" not in b"".join(heard)


async def test_restart(desk) -> None:
    """A node that stops says so to every socket, each with its own moment to come back at."""
    sue = await desk.person("sue")
    async with sue.socket() as one, sue.socket() as two:
        for ws in (one, two):
            await hello(ws)
        stopping = asyncio.create_task(desk.runner.cleanup())
        closes = [await ws.receive(timeout=WAIT_S) for ws in (one, two)]
        assert [c.data for c in closes] == [1012, 1012]
        waits = [int(c.extra.removeprefix("retry_ms=")) for c in closes]
        assert all(0 <= w < 10_000 for w in waits)
        async with asyncio.timeout(WAIT_S):
            await stopping


async def test_too_slow(tmp_path) -> None:
    """A client that takes nothing while the log runs on is told to come back, and resumes."""
    limits = replace(Limits(), socket_queue=32, socket_stall_s=0.1)
    async with open_desk(tmp_path, limits=limits) as desk:
        sue = await desk.person("sue")
        start = await quiet(desk)
        async with sue.socket(max_msg_size=0) as ws:
            await hello(ws)
            ours = next(iter(desk.runner.app[SOCKETS]._open))
            ours.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 16_384)
            theirs = ws._response.connection.transport
            theirs.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 16_384)
            theirs.pause_reading()
            for n in range(100):
                await asyncio.gather(
                    *(desk.receive(f"k{n}-{m}", "x" * 150, sender=f"+49{m}") for m in range(10))
                )
                if ours.closing:
                    break
            assert ours.closing, "a socket that takes nothing is closed"
            theirs.resume_reading()
            seen = []
            async with asyncio.timeout(WAIT_S):
                async for message in ws:
                    frame = json.loads(message.data)
                    if frame["type"] == "event":
                        seen.append(frame["position"])
            assert ws.close_code == 1013
        head = await quiet(desk)
        assert seen == list(range(start + 1, start + len(seen) + 1))
        assert len(seen) < head - start
        async with sue.socket() as ws:
            await hello(ws, seen[-1])
            rest = [f["position"] for f in await frames(ws, "event", head - seen[-1])]
        assert seen + rest == list(range(start + 1, head + 1))


async def test_routing_hears_of_lost_agents(tmp_path) -> None:
    """An agent whose last socket is gone for a moment gets no work; one who reloads keeps it."""
    async with open_desk(tmp_path, limits=Limits(lost_after_s=0.1)) as desk:
        await lost_and_back(desk)


async def lost_and_back(desk) -> None:
    """The day of an agent whose line is bad."""
    emma = await desk.person("emma")
    async with emma.socket() as ws:
        await hello(ws)
        await emma("PUT", "/api/v1/me/presence", {"presence": "available"})
    async with emma.socket() as ws:
        await hello(ws)
        await asyncio.sleep(0.2)
        asked = [e for e in await desk.store.follow(0, 10_000) if e.kind == "agent.asked"]
        assert [json.loads(e.body)["verb"] for e in asked] == ["presence"]

    async def verbs() -> list[str]:
        found = [e for e in await desk.store.follow(0, 10_000) if e.kind == "agent.asked"]
        return [json.loads(e.body)["verb"] for e in found]

    async def lost() -> bool:
        return await verbs() == ["presence", "lost"]

    await desk.until(lost)
    async with emma.socket() as ws:
        await hello(ws)

        async def back() -> bool:
            return await verbs() == ["presence", "lost", "back"]

        await desk.until(back)


async def asked_of(desk, login: str = "emma") -> list[str]:
    """What routing was told of agents, and whether it knows one to be there."""
    events = await desk.store.follow(0, 10_000)
    asked = [json.loads(e.body)["verb"] for e in events if e.kind == "agent.asked"]
    state = await desk.store.read(one, AgentState, "test", login)
    gone = state is None or json.loads(state.body).get("lost_until") is not None
    return [*asked, "gone" if gone else "there"]


async def test_who_comes_back_after_a_restart_is_there(tmp_path) -> None:
    """A node that starts anew knows nobody; whose page finds it again in time keeps their place."""
    async with open_desk(tmp_path) as desk:
        emma = await desk.person("emma")
        await emma("PUT", "/api/v1/me/presence", {"presence": "available"})
        await desk.store.submit(LoseNode(node="test"))

        async def lost() -> bool:
            return await asked_of(desk) == ["presence", "gone"]

        await desk.until(lost)
        async with emma.socket() as ws, emma.socket() as another:
            await hello(ws)
            await hello(another)

            async def back() -> bool:
                return await asked_of(desk) == ["presence", "back", "there"]

            await desk.until(back)


async def sse(desk, who, path: str, count: int, headers=None) -> list[tuple[int, dict]]:
    """Events of the stream: id and data."""
    out: list[tuple[int, dict]] = []
    async with desk.client.get(desk.url + path, headers=who.headers | (headers or {})) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        position = 0
        async with asyncio.timeout(WAIT_S):
            while len(out) < count:
                line = (await response.content.readline()).decode().rstrip("\n")
                if line.startswith("id: "):
                    position = int(line[4:])
                elif line.startswith("data: "):
                    out.append((position, json.loads(line[6:])))
    return out


async def test_the_stream(desk) -> None:
    """Programs follow the log as CloudEvents, from a position, and resume by Last-Event-ID."""
    await desk.receive("m1", "Good morning")
    head = await quiet(desk)
    sue, olga = await desk.person("sue"), await desk.person("olga")
    events = await sse(desk, sue, "/api/v1/stream?after=0", head)
    assert [p for p, _ in events] == list(range(1, head + 1))
    received = next(e for _, e in events if e["type"] == "parley.message.received.v1")
    assert received["id"] == f"test/{events[[e for _, e in events].index(received)][0]}"
    assert received["specversion"] == "1.0"
    assert received["source"] == "/desks/test"
    assert received["data"]["words"]["message"]["text"] == "Good morning"
    resumed = await sse(desk, sue, "/api/v1/stream?after=0", 1, {"Last-Event-ID": str(head - 1)})
    assert resumed == events[-1:]
    wordless = await sse(desk, olga, "/api/v1/stream?after=0", head)
    assert [p for p, _ in wordless] == list(range(1, head + 1))
    assert "Good morning" not in json.dumps(wordless)
    # What an event is called inside goes as well as what stands before it.
    named = {"Last-Event-ID": events[-2][1]["id"]}
    assert await sse(desk, sue, "/api/v1/stream", 1, named) == events[-1:]
    foreign = await sue("GET", "/api/v1/stream", headers={"Last-Event-ID": f"other/{head}"})
    assert (foreign.status, foreign.code) == (400, "invalid_query")
    assert "another desk" in foreign.json["detail"]


async def test_where_nobody_can_follow_from(desk, monkeypatch) -> None:
    """What has not happened yet is not said to be too old, and the other way round."""
    await desk.receive("m1", "Good morning")
    head, sue = await quiet(desk), await desk.person("sue")
    ahead = await sue("GET", f"/api/v1/stream?after={head + 1}")
    assert (ahead.status, ahead.code) == (409, "cursor_ahead")
    assert ahead.json["detail"] == (
        f"Position {head + 1} has not been written yet: the log ends at {head}."
    )
    assert ahead.json["head"] == head
    assert "Follow from head" in ahead.json["what_to_do"]
    restored = await sue("GET", "/api/v1/stream", headers={"Last-Event-ID": f"test/{head + 1}"})
    assert (restored.status, restored.code) == (409, "cursor_ahead")
    monkeypatch.setattr(hub, "KEEP_MS", -DAY_MS)
    old = await sue("GET", "/api/v1/stream?after=0")
    assert (old.status, old.code) == (410, "cursor_too_old")


async def test_the_stream_ends_with_the_node(desk) -> None:
    """A node that stops ends its streams."""
    sue = await desk.person("sue")
    async with desk.client.get(f"{desk.url}/api/v1/stream", headers=sue.headers) as response:
        await response.content.readline()
        async with asyncio.timeout(WAIT_S):
            await desk.runner.cleanup()
            await response.content.read()
