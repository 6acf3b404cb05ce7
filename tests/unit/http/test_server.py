"""Slow and hostile clients are closed in time; the honest ones notice nothing."""

import asyncio
import json
from dataclasses import replace
from ipaddress import ip_network

import pytest
from aiohttp import ClientSession, web

from gateway.http.limits import Limits, crowd_of, inside
from gateway.http.server import GuardedRunner, serve

QUICK = Limits(
    idle_s=0.3,
    header_s=0.3,
    body_s=0.3,
    body_rate=1_000,
    keep_alive_s=1.0,
    stall_s=0.4,
    sweep_s=0.02,
    linger_s=0.1,
)
WAIT_S = 30.0  # no test waits so long: it is only there to fail


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def flood(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 65_536)


async def socket(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data)
    return ws


@pytest.fixture
async def start():
    """Starts guarded servers, and stops them after the test."""
    runners: list[GuardedRunner] = []

    async def begin(limits: Limits = QUICK, **kw) -> tuple[GuardedRunner, int]:
        app = web.Application()
        app.router.add_post("/", echo)
        app.router.add_get("/", echo)
        app.router.add_get("/flood", flood)
        app.router.add_get("/socket", socket)
        runner = await serve(app, "127.0.0.1", 0, limits=limits, **kw)
        runners.append(runner)
        return runner, runner.addresses[0][1]

    yield begin
    for runner in runners:
        await runner.cleanup()


async def until(found) -> None:
    """Wait for something to be true."""
    async with asyncio.timeout(WAIT_S):
        while True:
            if found():
                return
            await asyncio.sleep(0.01)


async def test_the_end_waits_for_a_body(start) -> None:
    """A request whose body is on its way when the server stops is answered; idle ones go at once."""
    runner, port = await start(Limits(sweep_s=0.02))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    idle, idle_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Content-Length: 6\r\n\r\nabc")
    await until(lambda: any(who._body is not None for who in runner.door._inside))
    stopping = asyncio.create_task(runner.cleanup())
    assert await asyncio.wait_for(idle.read(), WAIT_S) == b""
    assert not stopping.done()
    writer.write(b"de")
    await asyncio.wait({stopping}, timeout=0.1)
    assert not stopping.done()
    writer.write(b"f")
    heard = await asyncio.wait_for(reader.read(), WAIT_S)
    assert heard.startswith(b"HTTP/1.1 200")
    assert heard.endswith(b"\r\n\r\nabcdef")
    await asyncio.wait_for(stopping, WAIT_S)
    writer.close()
    idle_writer.close()


async def test_the_end_waits_only_so_long(start) -> None:
    """A body that never comes is cut off."""
    runner, port = await start(Limits(sweep_s=0.02))
    runner._shutdown_timeout = 0.1
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Content-Length: 6\r\n\r\nabc")
    await until(lambda: any(who._body is not None for who in runner.door._inside))
    await asyncio.wait_for(runner.cleanup(), WAIT_S)
    assert b"200" not in await asyncio.wait_for(reader.read(), WAIT_S)
    writer.close()


async def drip(port: int, first: bytes, more: bytes = b"", every_s: float = 0.05) -> bytes:
    """Send bytes, then a few more again and again, until the server closes; what it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    heard = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(WAIT_S):
            while not heard.done():
                await asyncio.wait({heard}, timeout=every_s)
                if more and not heard.done():
                    writer.write(more)
            return await heard
    except ConnectionError:
        return b""
    finally:
        writer.close()


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
SLOW = [
    ("sends nothing", b"", b"", "idle", b""),
    ("drips a request line", b"GET /", b"a", "header", b"408"),
    ("drips headers", HEAD, b"X-A: b\r\n", "header", b"408"),
    ("stops within the headers", HEAD, b"", "header", b"408"),
    ("drips a body", HEAD + b"Content-Length: 5000\r\n\r\n", b"x", "body", b"408"),
    ("stops within a body", HEAD + b"Content-Length: 5000\r\n\r\nabc", b"", "body", b"408"),
    ("drips chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "body", b"408"),
    (
        "drips a second request",
        HEAD + b"Content-Length: 1\r\n\r\nx" + b"POST /",
        b"a",
        "header",
        b"200",
    ),
]


@pytest.mark.parametrize(
    ("first", "more", "why", "said"), [s[1:] for s in SLOW], ids=[s[0] for s in SLOW]
)
async def test_the_slow_are_closed(start, first, more, why, said) -> None:
    """Who owes us bytes for too long is closed, and told so where they may still listen."""
    runner, port = await start()
    heard = await drip(port, first, more)
    if not more or not said:
        assert heard.startswith(b"HTTP/1.1 " + said) if said else heard == b""
    else:
        # Who still sends when we close is reset by TCP, and may not hear why.
        assert heard == b"" or heard.startswith((b"HTTP/1.1 408", b"HTTP/1.1 200"))
    assert runner.door.timed_out == {why: 1}
    assert runner.door.connections == 0


async def test_idle_between_requests(start) -> None:
    """A connection that is kept alive is closed when no next request comes."""
    _, port = await start()
    heard = await drip(port, HEAD + b"Content-Length: 2\r\n\r\nhi")
    assert heard.startswith(b"HTTP/1.1 200")
    assert heard.endswith(b"hi"), heard


async def test_a_large_body_may_take_longer(start) -> None:
    """A body that keeps coming at the least rate may take longer than the deadline."""
    runner, port = await start(replace(QUICK, body_rate=1_000))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Content-Length: 4000\r\n\r\n")
    for _ in range(20):
        writer.write(b"x" * 200)
        await asyncio.sleep(0.03)
    async with asyncio.timeout(WAIT_S):
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200")
    assert not runner.door.timed_out


async def test_who_takes_no_bytes_is_cut(start) -> None:
    """A client that asks for much and reads nothing is cut off."""
    runner, port = await start()
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n")
    await until(lambda: runner.door.timed_out)
    assert runner.door.timed_out == {"stalled": 1}
    writer.close()


async def test_sockets_may_be_silent(start) -> None:
    """An open WebSocket owes us no bytes."""
    runner, port = await start()
    async with (
        ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{port}/socket") as ws,
    ):
        await asyncio.sleep(0.8)
        await ws.send_str("still here")
        assert (await ws.receive(timeout=WAIT_S)).data == "still here"
    assert not runner.door.timed_out


async def test_the_healthy_pass_between_the_slow(start) -> None:
    """Three hundred slow clients of three kinds neither stop an honest one nor stay."""
    runner, port = await start(
        replace(QUICK, idle_s=4.0, header_s=4.0, body_s=4.0, keep_alive_s=9.0)
    )
    slow = [
        asyncio.create_task(drip(port, first, more, every_s=0.2))
        for first, more in (
            (b"", b""),
            (HEAD, b"X-A: b\r\n"),
            (HEAD + b"Content-Length: 5000\r\n\r\n", b"x"),
        )
        for _ in range(100)
    ]
    # On a slow machine the first are already out again when the last come in.
    door = runner.door
    await until(lambda: door.connections + door.timed_out.total() >= 300)
    async with ClientSession() as client:
        for _ in range(20):
            async with client.post(f"http://127.0.0.1:{port}/", data=b"hello") as answer:
                assert await answer.read() == b"hello"
        async with asyncio.timeout(2 * WAIT_S):
            await asyncio.gather(*slow)
        assert door.timed_out.total() == 300
    await until(lambda: not door.connections)


@pytest.mark.parametrize(
    ("limits", "trusted", "admitted"),
    [
        (replace(QUICK, per_address=3, idle_s=5), False, 3),
        (replace(QUICK, connections=4, idle_s=5), False, 4),
        (replace(QUICK, per_address=3, connections=6, idle_s=5), True, 6),
    ],
    ids=["per address", "all together", "a trusted proxy speaks for many"],
)
async def test_too_many(start, limits, trusted, admitted) -> None:
    """Connections beyond the cap are refused with a problem document, and make room again."""
    proxies = (ip_network("127.0.0.0/8"),) if trusted else ()
    runner, port = await start(limits, trusted_proxies=proxies)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(admitted)]
    await until(lambda: runner.door.connections >= admitted)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        refused = await reader.read()
    writer.close()
    head, _, body = refused.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert b"Retry-After" in head
    assert json.loads(body)["code"] == "too_many_connections"
    assert runner.door.refused == 1
    held[0][1].close()
    await until(lambda: runner.door.connections < admitted)
    heard = await drip(port, HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi")
    assert heard.startswith(b"HTTP/1.1 200")
    for _, other in held:
        other.close()


async def test_garbage_is_a_problem(start) -> None:
    """What is no HTTP gets a problem document, and no stack trace."""
    _, port = await start()
    heard = await drip(port, b"\x16\x03\x01 not http\r\n\r\n")
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.split()[1] == b"400"
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "bad_request"


@pytest.mark.parametrize(
    ("address", "crowd"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_crowds(address, crowd) -> None:
    """An IPv6 customer has a whole /64, and counts as one."""
    assert crowd_of(address) == crowd


def test_inside() -> None:
    """No address, and no nonsense, lies in a network."""
    nets = (ip_network("10.0.0.0/8"),)
    assert inside("10.1.2.3", nets)
    assert inside("::ffff:10.1.2.3", nets)
    assert not inside("11.0.0.1", nets)
    assert not inside("", nets)
    assert not inside("fe80::1", nets)
