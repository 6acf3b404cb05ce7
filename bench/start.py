"""How long a node takes to be ready, and what it holds in memory when nothing happens.

The raw limit is a bare aiohttp server on uvloop: the interpreter, the loop, one socket.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import median

from bench._desk import Bare, memory_kib
from bench._report import Report, main
from tests.faults.node import Mailbox, Node, make_store, prepared

MOST_READY_S = 2.5
MOST_IDLE_MB = 120.0
CALM_S = 2.0  # after which what the start made has been let go of
API = {"api_url": "http://127.0.0.1:9"}
META = {"access_token": "a", "app_secret": "b", "verify_token": "c", **API}
# One account of every adapter that a node for the fault tests does not have.
OTHERS = {
    "wa": {"adapter": "whatsapp", "phone_number_id": "1", **META},
    "fb": {"adapter": "messenger", "page_id": "2", **META},
    "ig": {"adapter": "instagram", "account_id": "3", **META},
    "tg": {"adapter": "telegram", "bot_token": "1:a", "secret_token": "s", **API},
    "ln": {"adapter": "line", "channel_secret": "a", "channel_access_token": "b", **API},
    "wc": {"adapter": "wechat", "app_id": "a", "app_secret": "b", "token": "c", "mode": "plain"},
    "wx": {
        "adapter": "wecom",
        "corp_id": "a",
        "secret": "b",
        "token": "c",
        "encoding_aes_key": "A" * 43,
        **API,
    },
}
NOWHERE = Mailbox("support@shop.example", imap_port=9, smtp_port=9)


async def run(report: Report) -> None:
    """Start each a few times."""
    own_s, own_mb, raw_s, raw_mb = [], [], [], []
    starts = report.size(7, 3)
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as directory:
        blank = Path(directory) / "blank"
        blank.mkdir()
        await make_store(blank)
        with report.progress("starting", starts) as advance:
            for number in range(starts):
                own = Path(directory) / str(number)
                node = await prepared(blank, own, mailbox=NOWHERE, forked=False)
                with_all_adapters(node)
                own_s.append(await node.start())
                bare, begun = Bare(), time.monotonic()
                await bare.start()
                raw_s.append(time.monotonic() - begun)
                await asyncio.sleep(CALM_S)
                own_mb.append(memory_kib(node.pid) * 1024 / 1e6)
                raw_mb.append(memory_kib(bare.process.pid) * 1024 / 1e6)
                await bare.stop()
                await node.stop()
                advance(1)
    report.figure("ready after", median(own_s), "s", raw=median(raw_s), most=MOST_READY_S)
    report.figure(
        "memory, idle, all adapters", median(own_mb), "MB", raw=median(raw_mb), most=MOST_IDLE_MB
    )


def with_all_adapters(node: Node) -> None:
    """Give a node an account of each."""
    file = node.config / "desk.yaml"
    document = json.loads(file.read_text())
    document["channels"] |= OTHERS
    file.write_text(json.dumps(document))


if __name__ == "__main__":
    main(run)
