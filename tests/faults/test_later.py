"""What was written for later is said once, whenever the node dies on the way to it."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from tests.faults.driver import Driver
from tests.faults.ledger import proof_faults
from tests.faults.node import AGENTS, KILLED, Node, until
from tests.faults.providers import Providers
from tests.faults.test_once import opened

EMMA = AGENTS[0]
AHEAD_S = 5.5
HIT_S = 30.0
DEATHS = {  # each before the customer has it; the next life begins where that one ended
    "claim.before_commit": "waiting",
    "claim.after_commit": "waiting",
    "settle.before_commit": "waiting",
    "settle.after_commit": "sent",
}


async def waiting(node: Node, driver: Driver) -> str:
    """Words for later, that the desk has acknowledged; what they say."""
    assert await driver.sms("+4915112345678", f"SM{1:032x}", "where is my order?")
    ((conversation,),) = node.rows("SELECT id FROM conversation")
    words = "It comes tomorrow."
    body = {"text": words, "send_at": (datetime.now(UTC) + timedelta(seconds=AHEAD_S)).isoformat()}
    url = f"{node.url}/api/v1/conversations/{conversation}/reply"
    async with aiohttp.request("POST", url, json=body, headers=node.cookies(EMMA)) as answer:
        assert answer.status == 202, await answer.text()
    return words


@pytest.mark.timeout(200)
async def test_whenever_it_dies(node: Node, providers: Providers) -> None:
    """Killed while it waits, and at each step of going: it goes, and once."""
    driver = await opened(node)
    words = await waiting(node, driver)
    await driver.calm()
    await node.kill()
    assert proof_faults(node) == []
    for death, stands in DEATHS.items():
        await node.start(f"{death}=exit")
        assert await node.ended(HIT_S) in KILLED, death
        assert node.rows("SELECT state FROM scheduled") == [(stands,)], death
        assert proof_faults(node) == [], death
    await node.start()

    async def gone() -> bool:
        return words in await providers.sms_sent()

    await until(gone, HIT_S)
    await node.stop()
    assert Counter(await providers.sms_sent())[words] == 1
    assert node.rows("SELECT count(*) FROM message WHERE direction='out'") == [(1,)]
    assert node.rows("SELECT state FROM scheduled") == [("sent",)]
    assert proof_faults(node) == []
    await node.audit()
