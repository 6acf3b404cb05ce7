"""What a visitor's idle socket costs in memory, against a bare aiohttp WebSocket."""

import asyncio
import gc

import aiohttp

from bench._desk import bare_server, desk, memory_kib
from bench._report import Report, main

AT_ONCE = 20
WARM = 100  # sockets that make the caches and arenas that the others share
MOST_OF_BARE = 1.5


async def run(report: Report) -> None:
    """Open them on both, and look at what the processes hold."""
    count = report.size(1_500, 300)
    async with desk(report, seeded=False) as made, bare_server() as bare:
        with report.progress("opening sockets", 2 * count) as advance:
            own = await cost(made.node.url, made.node.pid, count, advance)
            raw = await cost(bare.url, bare.process.pid, count, advance)
    report.figure("an idle visitor's socket", own, "kB", raw=raw)
    report.figure("of a bare one", own / raw, "of raw", most=MOST_OF_BARE)


async def cost(url: str, pid: int, count: int, advance) -> float:
    """kB of memory for each socket beyond the first hundred."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        sockets = [await opened(session, url, number) for number in range(WARM)]
        before = memory_kib(pid)
        for start in range(WARM, WARM + count, AT_ONCE):
            batch = range(start, start + AT_ONCE)
            sockets += await asyncio.gather(*(opened(session, url, n) for n in batch))
            advance(AT_ONCE)
        after = memory_kib(pid)
        for socket in sockets:
            await socket.close()
        gc.collect()
    return (after - before) * 1.024 / count


async def opened(session: aiohttp.ClientSession, url: str, number: int):
    """A visitor of an address of their own, who has been welcomed."""
    headers = {"X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
    socket = await session.ws_connect(f"{url}/chat/chat", headers=headers)
    await socket.send_json({"type": "hello", "token": None, "after": 0})
    assert (await socket.receive_json())["type"] == "welcome"
    return socket


if __name__ == "__main__":
    main(run)
