"""Load on an HTTP server from a process of its own: raw sockets, ready-made requests, no library.

    python -m bench._load < plan.json > result.json

plan: {"port", "connections", "requests": [base64], "rate"?: per second, else as fast as answered}
result: {"seconds", "answered", "bad", "latencies_us": []}
"""

import asyncio
import base64
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvloop

HOST = "127.0.0.1"
OK = b"HTTP/1.1 2"


class Connection(asyncio.Protocol):
    """One keep-alive connection: the next request goes out once the last one was answered."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._asked_at = 0.0
        self.idle = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        self._transport = transport  # type: ignore[assignment]
        self.next()

    def next(self) -> None:
        """Send the next request, if there is one and it is time."""
        request = self._load.take(self)
        self.idle = request is None
        if request is not None and self._transport is not None:
            self._asked_at = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Part of an answer, mostly all of it."""
        self._buffer = self._buffer + data if self._buffer else data
        if _is_whole(self._buffer):
            answer, self._buffer = self._buffer, b""
            self._load.answered(time.perf_counter() - self._asked_at, answer.startswith(OK), answer)
            self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody answers any more."""
        if not self._load.over.done():
            self._load.over.set_exception(exc or ConnectionError("the server closed a connection"))


def _is_whole(data: bytes) -> bool:
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    at = data.find(b"Content-Length: ", 0, head)
    length = int(data[at + 16 : data.find(b"\r", at)]) if at >= 0 else 0
    return len(data) >= head + 4 + length


class Load:
    """All connections together."""

    def __init__(self, requests: list[bytes], rate: float) -> None:
        self._requests: Iterator[bytes] = iter(requests)
        self._wanted = len(requests)
        self._rate = rate
        self._credit = 0 if rate else len(requests)
        self._idle: list[Connection] = []
        self._started = 0.0
        self._granted = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[int] = []
        self.bad: list[str] = []

    def start(self) -> None:
        """Begin."""
        self._started = time.perf_counter()
        if self._rate:
            self._pace()

    def _pace(self) -> None:
        """Grant as many requests as are due by now, evenly."""
        due = min(int((time.perf_counter() - self._started) * self._rate), self._wanted)
        self._credit += due - self._granted
        self._granted = due
        while self._idle and self._credit:
            self._idle.pop().next()
        if self._granted < self._wanted:
            asyncio.get_running_loop().call_later(0.001, self._pace)

    def take(self, connection: Connection) -> bytes | None:
        """The next request; None when there is none for now."""
        if not self._credit:
            self._idle.append(connection)
            return None
        self._credit -= 1
        return next(self._requests, None)

    def answered(self, seconds: float, fine: bool, answer: bytes) -> None:
        """One more."""
        self.latencies.append(round(seconds * 1e6))
        if not fine:
            self.bad.append(answer[:200].decode("latin-1"))
        if len(self.latencies) == self._wanted and not self.over.done():
            self.over.set_result(None)


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Carry out a plan."""
    requests = [base64.b64decode(each) for each in plan["requests"]]
    load = Load(requests, plan.get("rate", 0))
    loop = asyncio.get_running_loop()
    connections = min(plan["connections"], len(requests))
    load.start()
    begun = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(load), HOST, plan["port"])
        for _ in range(connections)
    ]
    await load.over
    seconds = time.perf_counter() - begun
    for transport, _ in made:
        transport.abort()
    return {
        "seconds": seconds,
        "answered": len(load.latencies),
        "bad": load.bad[:3],
        "latencies_us": load.latencies,
    }


if __name__ == "__main__":
    json.dump(uvloop.run(run(json.load(sys.stdin))), sys.stdout)
