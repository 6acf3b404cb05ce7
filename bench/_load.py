"""Load on a server, from a process of its own: raw sockets and ready-made requests, no library.

    python -m bench._load < plan > result      both JSON, see Plan and Result

On two cores this process and the server share them. A request costs it about 27 us, a quarter of
what it costs a bare server, and the same whichever server it loads.
"""

import asyncio
import sys
import time

import msgspec
import uvloop

from bench._twilio import delivery
from tests.ports import HOST

PACE_S = 0.001
OK = b"HTTP/1.1 2"
LENGTH = b"content-length: "


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages to bring, over how many connections, how fast."""

    port: int
    first: int  # number of the first message
    count: int
    connections: int
    rate: float = 0.0  # a second; 0: the next as soon as the last is answered


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Instants are of the machine's monotonic clock, in seconds."""

    seconds: float
    sent_at: list[float]  # by message
    latencies_ms: list[float]  # in the order of the answers
    bad: list[str]  # the first answers that were not 2xx


class Connection(asyncio.Protocol):
    """Keep-alive: a request goes out once the one before it is answered."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._transport: asyncio.WriteTransport
        self._buffer = b""
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for something to ask."""
        self._transport = transport  # type: ignore[assignment]
        self._load.rests(self)

    def ask(self, request: bytes) -> float:
        """Send one; when that was."""
        self._asked_at = time.perf_counter()
        self._transport.write(request)
        return self._asked_at

    def data_received(self, data: bytes) -> None:
        """Part of an answer, mostly all of it."""
        self._buffer = self._buffer + data if self._buffer else data
        if _is_whole(self._buffer):
            answer, self._buffer = self._buffer, b""
            self._load.answered((time.perf_counter() - self._asked_at) * 1e3, answer)
            self._load.rests(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody answers any more."""
        if not self._load.over.done():
            self._load.over.set_exception(exc or ConnectionError("the server hung up"))


def _is_whole(data: bytes) -> bool:
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    at = data[:head].lower().find(LENGTH)
    length = int(data[at + len(LENGTH) : data.find(b"\r", at)]) if at >= 0 else 0
    return len(data) >= head + 4 + length


class Load:
    """All connections together."""

    def __init__(self, plan: Plan) -> None:
        numbers = range(plan.first, plan.first + plan.count)
        self._requests = [delivery(plan.port, number) for number in numbers]
        self._rate = plan.rate
        self._next = 0
        self._due = 0 if plan.rate else plan.count
        self._resting: list[Connection] = []
        self._started = 0.0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent_at: list[float] = []
        self.latencies_ms: list[float] = []
        self.bad: list[str] = []

    def rests(self, connection: Connection) -> None:
        """A connection has nothing to do: it gets the next request that is due."""
        if self._started and self._next < self._due:
            request = self._requests[self._next]
            self._next += 1
            self.sent_at.append(connection.ask(request))
        else:
            self._resting.append(connection)

    def answered(self, latency_ms: float, answer: bytes) -> None:
        """One more."""
        self.latencies_ms.append(latency_ms)
        if not answer.startswith(OK) and len(self.bad) < 3:
            self.bad.append(answer[:200].decode("latin-1"))
        if len(self.latencies_ms) == len(self._requests) and not self.over.done():
            self.over.set_result(None)

    def begin(self) -> None:
        """All connections stand."""
        self._started = time.perf_counter()
        self._pace()

    def _pace(self) -> None:
        """Let as many be due as are by now, evenly spread."""
        if self._rate:
            by_now = int((time.perf_counter() - self._started) * self._rate) + 1
            self._due = min(by_now, len(self._requests))
        while self._resting and self._next < self._due:
            self.rests(self._resting.pop(0))
        if self._due < len(self._requests):
            asyncio.get_running_loop().call_later(PACE_S, self._pace)


async def run(plan: Plan) -> Result:
    """Carry out a plan."""
    load = Load(plan)
    loop = asyncio.get_running_loop()
    for _ in range(plan.connections):
        await loop.create_connection(lambda: Connection(load), HOST, plan.port)
    begun = time.perf_counter()
    load.begin()
    await load.over
    return Result(
        seconds=time.perf_counter() - begun,
        sent_at=load.sent_at,
        latencies_ms=load.latencies_ms,
        bad=load.bad,
    )


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))
