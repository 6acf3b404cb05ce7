"""Verification and decoding of one delivery by each social adapter; 1,000 updates in one request.

The deliveries are those of the adapters' own tables. The raw limit takes a digest of the body and
takes its JSON apart, which is the least that anybody must do; for XML the digest alone. The crowd
comes as Meta sends it when it has been away: one POST, through the real door, to the commit.
"""

import hashlib
import hmac
import json
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import msgspec

from bench._desk import at_rest
from bench._report import Report, main, percentile
from gateway.contract import Adapter, RawRequest, Unauthentic, Unreadable
from gateway.testing import InboundCase
from tests.adapters.instagram import test_instagram
from tests.adapters.line import test_line_inbound, webhooks
from tests.adapters.messenger import test_messenger_inbound
from tests.adapters.shared.metas import SETTINGS, signature
from tests.adapters.telegram import test_telegram_inbound, updates
from tests.adapters.wechat import deliveries as wechat
from tests.adapters.wechat import test_wechat_inbound
from tests.adapters.wecom import deliveries as wecom
from tests.adapters.wecom import test_wecom_inbound
from tests.adapters.whatsapp import deliveries as whatsapp
from tests.adapters.whatsapp import test_whatsapp_inbound
from tests.faults.node import Node, make_store, prepared

MOST_US = 60.0
MOST_MS = 300.0
# https://developers.facebook.com/docs/graph-api/webhooks/getting-started: at most so many at once
CROWD = 1_000
NOWHERE = "http://127.0.0.1:9"

TABLES: dict[str, tuple[Callable[[str], Any], list[InboundCase]]] = {
    "whatsapp": (whatsapp.build, test_whatsapp_inbound.INBOUND),
    "messenger": (test_messenger_inbound.build, test_messenger_inbound.INBOUND),
    "instagram": (test_instagram.build, test_instagram.INBOUND),
    "telegram": (updates.build, test_telegram_inbound.INBOUND),
    "line": (webhooks.build, test_line_inbound.INBOUND),
    "wechat": (wechat.build, test_wechat_inbound.INBOUND),
    "wechat, enciphered": (partial(wechat.build, mode="safe"), test_wechat_inbound.SAFE),
    "wecom": (wecom.build, test_wecom_inbound.CALLBACKS + test_wecom_inbound.PAGES),
}


async def run(report: Report) -> None:
    """Each adapter alone, then the crowd."""
    rounds = report.size(400, 40)
    with report.progress("decoding", len(TABLES)) as advance:
        for name, (build, cases) in TABLES.items():
            adapter, raws = build(NOWHERE), [case.raw() for case in cases]
            readable = [raw for raw in raws if _is_readable(adapter, raw)]
            own = [_usual_us(adapter.receive, raw, rounds) for raw in readable]
            raw_us = [_usual_us(_least, raw, rounds) for raw in readable]
            note = f"{len(own)} deliveries, the slowest {max(own):.0f} us"
            report.figure(
                f"{name}: verified and decoded", median(own), "us", raw=median(raw_us),
                most=MOST_US, note=note,
            )  # fmt: skip
            advance(1)
    await crowd(report)


def _is_readable(adapter: Adapter, raw: RawRequest) -> bool:
    """Whether a delivery is read to its end, so that its whole way is measured."""
    try:
        events, _ = adapter.receive(raw)
    except Unauthentic:
        return False
    return bool(raw.body) and not any(isinstance(event, Unreadable) for event in events)


def _usual_us(read: Callable[[RawRequest], object], raw: RawRequest, rounds: int) -> float:
    """The median of many readings: others use this machine too."""
    spans = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        read(raw)
        spans.append(time.perf_counter_ns() - begun)
    return median(spans) / 1e3


def _least(raw: RawRequest) -> object:
    hmac.new(b"key", raw.body, hashlib.sha256).hexdigest()
    if not raw.body.startswith(b"{"):
        return None
    try:
        return msgspec.json.decode(raw.body)
    except msgspec.DecodeError:
        return None  # spoilt, and mended by the adapter alone


# --- the crowd ---------------------------------------------------------------------------------


async def crowd(report: Report) -> None:
    """1,000 messages of 1,000 customers in one request: to a node at rest, then without a pause."""
    rounds = report.size(10, 3)
    spans: list[float] = []
    async with _node() as node, aiohttp.ClientSession() as session:
        with report.progress("1,000 updates at once", 2 * rounds) as advance:
            for number in range(2 * rounds):
                if number < rounds:
                    await at_rest(node.pid)
                body = _posted(number)
                headers = {"X-Hub-Signature-256": signature(body)}
                begun = time.perf_counter()
                async with session.post(f"{node.url}/in/wa", data=body, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
                spans.append((time.perf_counter() - begun) * 1e3)
                advance(1)
        with closing(sqlite3.connect(node.database)) as db:
            (kept,) = db.execute("SELECT count(*) FROM message").fetchone()
        assert kept == 2 * rounds * CROWD, f"{kept} messages are kept"
    strangers, known, pressed = spans[0], spans[1:rounds], spans[rounds:]
    note = f"{len(body) / 1e3:.0f} kB; the slowest {percentile(known, 1):.0f} ms"
    report.figure(
        "1,000 updates in one POST, committed", median(known), "ms", most=MOST_MS, note=note
    )
    report.figure("the same, all of them strangers", strangers, "ms")
    note = f"the slowest {percentile(pressed, 1):.0f} ms"
    report.figure("the same, one POST on the heels of another", median(pressed), "ms", note=note)


@asynccontextmanager
async def _node() -> AsyncIterator[Node]:
    """A node with an account of WhatsApp."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as directory:
        blank = Path(directory) / "blank"
        blank.mkdir()
        await make_store(blank)
        node = await prepared(blank, Path(directory) / "node", forked=False)
        file = node.config / "desk.yaml"
        document = json.loads(file.read_text())
        document["channels"]["wa"] = {"adapter": "whatsapp", "phone_number_id": whatsapp.NUMBER_ID}
        document["channels"]["wa"] |= {k: v.get_secret_value() for k, v in SETTINGS.items()}
        file.write_text(json.dumps(document, indent=1))
        await node.start()
        try:
            yield node
        finally:
            await node.kill()


def _posted(number: int) -> bytes:
    """https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples"""
    updates = []
    for place in range(CROWD):
        who = f"4915{place:08d}"
        name, update = (
            f"wamid.{number:06d}{place:06d}",
            "where is my order? It was to come last week.",
        )
        message = whatsapp.item("text", {"body": update}, **{"from": who, "id": name})
        contacts = [{"profile": {"name": f"Customer {place}"}, "wa_id": who}]
        updates.append(whatsapp.change(contacts=contacts, messages=[message]))
    return msgspec.json.encode(whatsapp.delivery(*updates))


if __name__ == "__main__":
    main(run)
