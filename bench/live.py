"""From a customer's SMS to the screen of the agent who has the conversation, at half load.

Measured from the first byte of Twilio's POST to the frame `message.received` with its words on the
agent's socket; what lies between is signature, commit, stream, rights and words. In rounds, of
which the median counts: a disk that others use too makes all wait now and then.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

import aiohttp
import msgspec

from bench._desk import Desk, desk
from bench._load import Result
from bench._report import Report, main, percentile
from tests.faults.node import AGENTS, until

CONNECTIONS = 64
MOST_P99_MS = 25.0
ARRIVED_S = 10.0
ROUND_S = 4


class Said(msgspec.Struct):
    """Of a message, its words."""

    text: str = ""


class Frame(msgspec.Struct):
    """Of a frame, what is asked of it here."""

    type: str
    kind: str = ""
    message: Said | None = None


class Screen:
    """An agent's socket, and when each message stood on it."""

    def __init__(self) -> None:
        self.arrived_at: dict[int, float] = {}
        self._decode = msgspec.json.Decoder(Frame).decode

    async def watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until it closes."""
        async for message in socket:
            now = time.perf_counter()
            frame = self._decode(message.data)
            if frame.kind == "message.received" and frame.message is not None:
                self.arrived_at[int(frame.message.text.split()[0])] = now


@asynccontextmanager
async def agents_screen(made: Desk) -> AsyncIterator[Screen]:
    """One agent's."""
    screen = Screen()
    headers = made.node.cookies(AGENTS[0])
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{made.node.url}/api/v1/live", headers=headers) as socket,
    ):
        await socket.send_json({"type": "hello", "after": None})
        watching = asyncio.create_task(screen.watch(socket))
        yield screen
        watching.cancel()


async def run(report: Report) -> None:
    """Find out what the node can, then ask half of it."""
    async with desk(report) as made, agents_screen(made) as screen:
        probe = await made.load(made.node.port, report.size(8_000, 2_000), CONNECTIONS)
        asked = range(made.next - len(probe.sent_at), made.next)
        await until(lambda: screen.arrived_at.keys() >= set(asked), ARRIVED_S)
        took_s = max(screen.arrived_at[number] for number in asked) - probe.sent_at[0]
        rate = len(asked) / took_s / 2
        await made.rests()  # half load is not half load and the rest of a flood
        rounds = report.size(5, 1)
        halves, worst_ms, answered_ms = [], [], []
        with report.progress("at half load", rounds) as advance:
            for _ in range(rounds):
                delays_ms, result = await half_load(made, screen, rate)
                halves.append(percentile(delays_ms, 0.5))
                worst_ms.append(percentile(delays_ms, 0.99))
                answered_ms.append(percentile(result.latencies_ms, 0.99))
                advance(1)
    report.figure("load", rate, "messages/s", note="half of what reaches the screen at saturation")
    report.figure("POST to the agent's screen, median", median(halves), "ms")
    note = f"in the median round of {rounds}; {min(worst_ms):.0f} to {max(worst_ms):.0f} ms"
    what = "POST to the agent's screen, 99 of 100"
    report.figure(what, median(worst_ms), "ms", most=MOST_P99_MS, note=note)
    report.figure("POST to 200, 99 of 100", median(answered_ms), "ms")


async def half_load(made: Desk, screen: Screen, rate: float) -> tuple[list[float], Result]:
    """From each POST to the screen, ms; and what the providers saw."""
    first, count = made.next, int(rate * ROUND_S)
    result = await made.load(made.node.port, count, CONNECTIONS, rate)
    wanted = range(first, first + count)
    await until(lambda: screen.arrived_at.keys() >= set(wanted), ARRIVED_S)
    arrived = zip(wanted, result.sent_at, strict=True)
    return [(screen.arrived_at[number] - sent) * 1e3 for number, sent in arrived], result


if __name__ == "__main__":
    main(run)
