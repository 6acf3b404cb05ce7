"""SIGTERM: what was begun is finished, what follows is told to come back, and the node goes."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from random import Random

import aiohttp
import pytest

from tests.faults.driver import ANSWER_S, Driver
from tests.faults.ledger import Ledger, proof_faults, settled
from tests.faults.node import AGENTS, STOP_S, Node, until
from tests.faults.providers import Providers, Trouble, doubles

GOING_AWAY = 1012
SPREAD_MS = 10_000
RESTARTS = 3
SLOW_S = 1.5  # an answer of Twilio's that keeps a send under way


def under_way(node: Node) -> list[tuple[str, str]]:
    """Jobs that a process has claimed, and tries that never ended."""
    with closing(sqlite3.connect(node.database)) as db:
        jobs = db.execute("SELECT 'job', key FROM job WHERE state = 'sending'").fetchall()
        return jobs + db.execute("SELECT 'try', key FROM attempt WHERE outcome = ''").fetchall()


@asynccontextmanager
async def joined(
    node: Node, path: str, hello: dict[str, object], headers: Mapping[str, str]
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket that was welcomed."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{node.url}{path}", headers=headers) as socket,
    ):
        await socket.send_json({"type": "hello", **hello})
        assert (await socket.receive_json())["type"] == "welcome"
        yield socket


async def closing_words(socket: aiohttp.ClientWebSocketResponse) -> tuple[int | None, str]:
    """The code and the reason that a socket is closed with."""
    async with asyncio.timeout(ANSWER_S):
        while True:
            message = await socket.receive()
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                return socket.close_code, str(message.extra or "")


async def is_away(node: Node) -> bool:
    """Whether a balancer would send nobody here any more."""
    try:
        async with aiohttp.request("GET", f"{node.url}/readyz") as answer:
            return answer.status != 200
    except aiohttp.ClientError:
        return True


async def test_sockets_are_told_to_come_back(node: Node) -> None:
    """Agents' and visitors' sockets close with 1012 and a moment of their own to come back at."""
    await node.start()
    async with (
        joined(node, "/api/v1/live", {"after": None}, node.cookies(AGENTS[0])) as agent,
        joined(node, "/chat/chat", {"token": None, "after": 0}, {}) as visitor,
    ):
        words = asyncio.gather(closing_words(agent), closing_words(visitor))
        took_s = await node.stop()
        for code, reason in await words:
            assert code == GOING_AWAY
            assert 0 <= int(reason.partition("retry_ms=")[2]) < SPREAD_MS
    assert took_s <= STOP_S


async def test_a_send_under_way_is_finished(node: Node, providers: Providers) -> None:
    """A send that Twilio has not answered yet is waited for and settled, not left in sending."""
    providers.slow_s = SLOW_S
    driver = Driver(node, None, Random(0), Ledger())
    await node.start()
    await driver.start(phones=1, visitors=0, letters=0)
    await until(lambda: providers.asked_to_send)
    took_s = await node.stop()
    assert under_way(node) == []
    assert took_s <= STOP_S
    providers.slow_s = 0
    await node.start()
    await driver.calm()
    assert await settled(driver.ledger, node) == []
    await node.stop()
    assert await doubles(driver.ledger, providers, deaths=0) == []


@pytest.mark.slow
async def test_a_send_that_hangs_is_in_doubt(node: Node, providers: Providers) -> None:
    """A send that Twilio never answers is not waited for beyond the time there is to go.

    It is settled as in doubt; the next life asks Twilio, and does not send it again.
    """
    await providers.hold_reports()
    ledger = Ledger()
    driver = Driver(node, None, Random(0), ledger)
    await node.start()
    await driver.start(phones=0, visitors=0, letters=0, agents=())
    word = ledger.offer("phone0", 1)
    assert await driver.sms("+4915212345678", word, word)
    ledger.ack(word)
    conversation = await driver.until(lambda: driver.look(AGENTS[0]))
    providers.plans["out-emma-1"] = [Trouble.SILENCE]
    assert await driver.reply(AGENTS[0], conversation[0], "out-emma-1")
    await until(lambda: providers.asked_to_send)
    took_s = await node.stop()
    assert took_s <= STOP_S
    assert under_way(node) == []
    await node.start()
    await driver.calm()
    assert await settled(ledger, node) == []
    await node.stop()
    assert await providers.sms_sent() == ["out-emma-1"]


@pytest.mark.slow
async def test_restarts_under_load(node: Node, providers: Providers) -> None:
    """Whoever asks again finds everything as it was: nothing lost, nothing doubled."""
    random, ledger = Random(3), Ledger()
    driver = Driver(node, providers.mail, random, ledger)
    await node.start()
    await driver.start()
    for number in range(RESTARTS):
        ledger.life = f"life {number}"
        await asyncio.sleep(random.uniform(0.5, 1.5))
        took_s = await node.stop()
        assert took_s <= STOP_S
        assert under_way(node) == []
        assert proof_faults(node) == []
        await node.start()
    await driver.calm()
    assert await settled(ledger, node) == []
    await node.stop()
    assert await doubles(ledger, providers, deaths=0) == []


async def test_a_second_signal_ends_it_at_once(node: Node) -> None:
    """Whoever says SIGTERM twice means it."""
    await node.start()
    # A request whose body never comes keeps the first SIGTERM waiting.
    _, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(b"POST /in/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
    await writer.drain()
    assert node.process is not None
    node.process.send_signal(signal.SIGTERM)
    await until(lambda: is_away(node))
    assert node.running, "it waits for the body"
    node.process.send_signal(signal.SIGTERM)
    await node.ended(2.0)
    writer.close()
