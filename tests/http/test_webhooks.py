"""The providers' door: 200 means committed, and nothing else does."""

import asyncio
import hashlib
import hmac
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.contract import RawReply
from gateway.http import make_app, serve
from gateway.http.limits import Limits
from gateway.store.schema import metadata
from tests.faults.node import until
from tests.http.conftest import CONFIG, open_desk
from tests.http.hook import SIGNATURE, delivery, sign


async def count(desk, table: str) -> int:
    """Rows of a table."""
    return await desk.store.read(
        lambda connection: connection.execute(
            select(func.count()).select_from(metadata.tables[table])
        ).scalar_one()
    )


async def test_committed_then_thanked(desk) -> None:
    """A delivery is answered with the adapter's words once it is in the store."""
    answer = await desk.receive("m1", "hello")
    assert (answer.status, answer.body) == (200, b"thanks")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert await count(desk, "message") == 1
    assert await count(desk, "delivery") == 1


async def test_again_is_the_same(desk) -> None:
    """Copies, even at the same instant, are thanked and stored once."""
    answers = await asyncio.gather(*(desk.receive("m1", "hello") for _ in range(20)))
    assert {a.status for a in answers} == {200}
    assert await count(desk, "message") == 1
    assert await count(desk, "conversation") == 1


async def test_byte_for_byte(desk) -> None:
    """Path, query, headers with duplicates and body reach the adapter as they came."""
    body = delivery("m1", "h\u00e9llo \U0001f600")
    port = desk.url.rpartition(":")[2]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(
        b"POST /in/hook/a%2Fb/../c?x=1&x=%20&y HTTP/1.1\r\nHost: h\r\nX-Twice: one\r\nx-twice: two\r\n"
        b"X-Odd: caf\xe9\r\n"
        + f"{SIGNATURE}: {sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    raw = desk.hook.seen[0]
    assert raw.path == "/in/hook/a%2Fb/../c?x=1&x=%20&y"
    assert raw.query == "x=1&x=%20&y"
    assert raw.method == "POST"
    assert raw.body == body
    assert [v for k, v in raw.headers if k.lower() == "x-twice"] == ["one", "two"]
    assert raw.header("X-Odd") == "caf\u00e9"


REFUSED = [
    ("forged", "/in/hook", delivery("f", "x"), {SIGNATURE: "00"}, 403, "unauthentic"),
    ("not signed", "/in/hook", delivery("f", "x"), {}, 403, "unauthentic"),
    (
        "a signature that is no ASCII",
        "/in/hook",
        delivery("f", "x"),
        {SIGNATURE: "é"},
        403,
        "unauthentic",
    ),
    ("to nobody", "/in/nobody", b"{}", {}, 404, "not_found"),
    (
        "compressed",
        "/in/hook",
        b"\x1f\x8b",
        {"Content-Encoding": "gzip"},
        415,
        "unsupported_media_type",
    ),
    (
        "of a type that its provider does not send",
        "/in/hook",
        delivery("f", "x"),
        {"Content-Type": "text/xml", SIGNATURE: sign(delivery("f", "x"))},
        415,
        "unsupported_media_type",
    ),
    ("too large", "/in/hook", b"x" * (1024**2 + 1), {}, 413, "too_large"),
    (
        "as a chat frame",
        "/in/shop",
        b'{"type":"message","id":"1","text":"x"}',
        {"X-Parley-Visitor": "webchat:1"},
        403,
        "unauthentic",
    ),
]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [r[1:] for r in REFUSED],
    ids=[r[0] for r in REFUSED],
)
async def test_refused(desk, path, body, headers, status, code) -> None:
    """What is not proved to come from the provider, or cannot be taken, is refused and not stored."""
    answer = await desk.nobody("POST", path, data=io.BytesIO(body), headers=headers)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["what_to_do"]
    assert "application/json" not in answer.json["what_to_do"], "a provider sends what it sends"
    assert await count(desk, "delivery") == 0


@pytest.mark.parametrize("asked", ["OPTIONS *", "CONNECT parley.example:443"])
async def test_what_is_no_path(desk, asked) -> None:
    """What asks for no path of ours is told so in a problem document too."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(desk.url.rpartition(":")[2]))
    writer.write(f"{asked} HTTP/1.1\r\nHost: parley.example\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b" 404 " in head.partition(b"\r\n")[0]
    assert b"application/problem+json" in head
    assert json.loads(body)["what_to_do"]


async def test_a_large_body_that_hides_its_size(desk) -> None:
    """A chunked body is cut off at the limit too."""

    async def chunks():
        for _ in range(20):
            yield b"x" * 100_000

    answer = await desk.nobody("POST", "/in/hook", data=chunks())
    assert (answer.status, answer.code) == (413, "too_large")


META = """
  wa: {adapter: whatsapp, phone_number_id: '1', access_token: t, app_secret: s, verify_token: v}
"""
LARGE = [(1_200_000, 200), (3 * 1024**2 + 1, 413)]


@pytest.mark.parametrize("hidden", [False, True], ids=["sized", "chunked"])
@pytest.mark.parametrize(("size", "status"), LARGE)
async def test_what_a_provider_may_bring_at_once(
    tmp_path: Path, size: int, status: int, hidden: bool
) -> None:
    """Meta's batches have up to 3 MiB, of which not one byte more is taken."""
    text = {"from": "491", "id": "wamid.1", "timestamp": "1790000000", "type": "text"}
    value = {"messages": [text | {"text": {"body": "hello"}}], "metadata": {"phone_number_id": "1"}}
    change = {"field": "messages", "value": value | {"messaging_product": "whatsapp"}}
    told = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    body = json.dumps(told).encode().ljust(size)
    made = hmac.new(b"s", body, hashlib.sha256).hexdigest()

    async def chunks():
        yield body

    async with open_desk(tmp_path, config=CONFIG + META) as desk:
        answer = await desk.nobody(
            "POST",
            "/in/wa",
            data=chunks() if hidden else io.BytesIO(body),
            headers={"X-Hub-Signature-256": f"sha256={made}", "Content-Type": "application/json"},
        )
        assert answer.status == status
        assert await count(desk, "message") == (status == 200)
        answer = await desk.nobody("POST", "/in/hook", data=io.BytesIO(b"x" * 1_200_000))
        assert answer.status == 413, "of others no more than ever"


async def test_our_own_mistake(desk) -> None:
    """A mistake inside gives an error id and nothing else: no trace, no secret."""
    body = json.dumps({"break": True}).encode()
    answer = await desk.nobody("POST", "/in/hook", data=body, headers={SIGNATURE: sign(body)})
    assert (answer.status, answer.code) == (500, "internal")
    assert len(answer.json["error_id"]) == 12
    assert b"hunter2" not in answer.body
    assert b"Traceback" not in answer.body


async def test_store_away(desk) -> None:
    """When nothing can be committed the answer is 503 with a time to come back."""
    await desk.parley._rooms.worker.stop()
    await desk.store.close()
    answer = await desk.receive("m1", "hello")
    assert (answer.status, answer.code) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


class Never:
    """An intake that never comes back."""

    async def receive(self, _):
        await asyncio.Event().wait()


async def test_no_provider_waits_for_ever(desk) -> None:
    """A provider is answered in time, whatever the store does."""
    house = replace(desk.house, inbound=Never(), limits=Limits(answer_s=0.1))
    runner = await serve(make_app(house), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with desk.client.post(f"{url}/in/hook", data=b"{}") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"]
    await runner.cleanup()


async def test_expect_continue(desk) -> None:
    """A client that asks first is told to go on."""
    body = delivery("m1", "hello")
    headers = {SIGNATURE: sign(body), "Expect": "100-continue"}
    assert (await desk.nobody("POST", "/in/hook", data=body, headers=headers)).status == 200
    odd = await desk.nobody("POST", "/in/hook", data=body, headers=headers | {"Expect": "coffee"})
    assert (odd.status, odd.code) == (417, "expectation_failed")


async def test_http_1_0_and_pipelining(desk) -> None:
    """Old clients are closed after their answer; several requests at once are answered in order."""
    port = int(desk.url.rpartition(":")[2])
    requests = []
    for key in ("a", "b", "c"):
        body = delivery(key, key)
        requests.append(
            f"POST /in/hook HTTP/1.1\r\nHost: h\r\n{SIGNATURE}: {sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
    body = delivery("d", "d")
    last = (
        f"POST /in/hook HTTP/1.0\r\n{SIGNATURE}: {sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests) + last)
    async with asyncio.timeout(5):
        heard = await reader.read()
    writer.close()
    assert heard.count(b"HTTP/1.1 200 OK") == 4
    assert heard.count(b"thanks") == 4
    assert heard.count(b"Connection: close") == 1
    assert await count(desk, "message") == 4


async def say(desk, *parts: bytes, answers: int) -> bytes:
    """Send parts on one connection, each once the node has had time to read the one before it; what
    is heard until so many answers have come, or the node hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(desk.url.rpartition(":")[2]))
    heard = b""
    async with asyncio.timeout(10):
        for part in parts:
            writer.write(part)
            await desk.nobody("GET", "/livez")
        while heard.count(b"HTTP/1.1 ") < answers or not heard.endswith(END):
            more = await reader.read(65_536)
            if not more:
                break
            heard += more
    writer.close()
    return heard


END = (b"thanks", b"}", b"pong")


def posted(key: str, path: str = "/in/hook", more: str = "", signed: bool = True) -> bytes:
    """A delivery as bytes on the wire."""
    body = delivery(key, key)
    signature = sign(body) if signed else "00"
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\n{SIGNATURE}: {signature}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


ASKED = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"


def chunked(key: str) -> bytes:
    """A delivery whose size nobody says beforehand."""
    body = delivery(key, key)
    head = f"POST /in/hook HTTP/1.1\r\nHost: h\r\n{SIGNATURE}: {sign(body)}\r\n"
    size = f"{len(body):x}\r\n".encode()
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + size + body + b"\r\n0\r\n\r\n"


TOGETHER = [
    ("deliveries alone", [posted("a"), posted("b")], [200, 200]),
    ("at once", [posted("a") + posted("b") + posted("c")], [200, 200, 200]),
    ("and something else", [posted("a"), ASKED, posted("b")], [200, 200, 200]),
    ("all at once", [posted("a") + ASKED + posted("b")], [200, 200, 200]),
    ("in pieces", [posted("a"), posted("b")[:-9], posted("b")[-9:], posted("c")], [200] * 3),
    ("cut in its head", [posted("a")[:40], posted("a")[40:], posted("b")], [200, 200]),
    ("of unknown size", [posted("a"), chunked("b"), posted("c")], [200, 200, 200]),
    ("a forged one between", [posted("a") + posted("f", signed=False) + posted("b")], [200, 403, 200]),
    ("to nobody", [posted("f", "/in/nobody") + posted("b")], [404, 200]),
    ("waiting for a word", [posted("a") + posted("b", more="Expect: 100-continue\r\n")], [200, 100, 200]),
    ("compressed", [posted("a") + posted("f", more="Content-Encoding: gzip\r\n")], [200, 415]),
    ("and no HTTP", [posted("a"), b"\x16\x03\x01 nonsense\r\n\r\n"], [200]),
    ("and the last", [posted("a"), posted("b", more="Connection: close\r\n")], [200, 200]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "statuses"), [t[1:] for t in TOGETHER], ids=[t[0] for t in TOGETHER]
)
async def test_what_comes_on_one_connection(desk, parts, statuses) -> None:
    """Deliveries and other things by turns are answered each, in their order, and kept once each."""
    heard = await say(desk, *parts, answers=len(statuses))
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", heard)] == statuses
    brought = sum(b"".join(parts).count(delivery(key, key)) for key in "abc")
    assert await count(desk, "message") == heard.count(b"thanks") == brought


async def test_who_goes_in_the_middle_of_a_delivery(desk) -> None:
    """Nothing is kept of it, and nobody waits for the rest."""
    runner = await serve(make_app(desk.house), "127.0.0.1", 0)
    _, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
    writer.write(posted("a")[:-9])
    await until(lambda: runner.door.connections)
    (connection,) = runner.server.connections
    await until(lambda: connection._awaited is not None)
    task = connection._task_handler
    writer.close()
    async with asyncio.timeout(10):
        await asyncio.wait([task])
    assert (runner.door.connections, task.exception()) == (0, None)
    assert await count(desk, "delivery") == 0
    await runner.cleanup()


async def test_a_long_line_on_one_connection(desk) -> None:
    """Who sends a hundred at once, more than are kept in line, is answered a hundred times."""
    heard = await say(desk, b"".join(posted(str(number)) for number in range(100)), answers=100)
    assert heard.count(b"thanks") == await count(desk, "message") == 100


class Patient:
    """An intake that takes its time."""

    def __init__(self) -> None:
        self.asked, self.may_go = asyncio.Event(), asyncio.Event()

    async def receive(self, _):
        self.asked.set()
        await self.may_go.wait()
        return RawReply(body=b"thanks")


async def test_the_end_waits_for_a_delivery(desk) -> None:
    """What is being taken in when the node stops is answered; then its connection is closed."""
    inbound = Patient()
    runner = await serve(make_app(replace(desk.house, inbound=inbound)), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
    writer.write(posted("a"))
    async with asyncio.timeout(10):
        await inbound.asked.wait()
        end = asyncio.create_task(runner.cleanup())
        await until(lambda: not runner.sites)
        inbound.may_go.set()
        heard = await reader.read()
        await end
    writer.close()
    assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert heard.endswith(b"thanks")
