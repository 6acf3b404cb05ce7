"""P1c: between reading a delivery and answering 200 the kernel is told to put it on the disk."""

import asyncio
import re
import shutil
from collections import deque
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.faults.driver import Driver
from tests.faults.ledger import Ledger
from tests.faults.node import Node

REQUESTS = 1_000
AT_ONCE = 8
CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fdatasync,fsync"

# `1234 read(17, "POST /in/sms ...", 65536) = 700`, or split in `<unfinished ...>` and `resumed`
_BEGUN = re.compile(r"^(\d+) +(\w+)\((\d+)(.*)$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")


def unsynced(trace: str) -> tuple[int, list[str]]:
    """How many deliveries were answered 200, and those that no sync stood before.

    A sync counts for a delivery when it began after the delivery was read, and had ended before the
    answer was written.
    """
    read_at: dict[str, int] = {}  # by connection: line at which its delivery was read
    begun: dict[str, tuple[str, str, str, int]] = {}  # by thread: call, descriptor, words, line
    syncs: deque[tuple[int, int]] = deque(maxlen=1_000)
    answered, faults = 0, []
    for number, line in enumerate(trace.splitlines()):
        resumed = _RESUMED.match(line)
        if resumed is not None:
            thread, _, rest = resumed.groups()
            call, descriptor, words, since = begun.pop(thread, ("", "", "", 0))
            words += rest
        else:
            found = _BEGUN.match(line)
            if found is None:
                continue
            thread, call, descriptor, words = found.groups()
            since = number
            if "HTTP/1.1 200" in words and descriptor in read_at:  # it begins to be written here
                answered += 1
                read = read_at.pop(descriptor)
                if not any(start > read and end < number for start, end in syncs):
                    faults.append(line[:120])
            if words.endswith("<unfinished ...>"):
                begun[thread] = (call, descriptor, words, since)
                continue
        if call in ("fdatasync", "fsync"):
            syncs.append((since, number))
        elif "POST /in/sms" in words and not call.startswith(("write", "send")):
            read_at[descriptor] = number
    return answered, faults


@pytest.mark.faults
@needs_strace
@pytest.mark.timeout(300)
async def test_every_answer_follows_a_sync(node: Node, tmp_path: Path) -> None:
    """Each of a thousand deliveries that is answered 200 was synced after it had been read."""
    trace = tmp_path / "trace"
    await node.start(
        wrapper=("strace", "-D", "-f", "-s", "64", "-e", f"trace={CALLS}", "-o", str(trace))
    )
    driver = Driver(node, None, Random(0), Ledger())
    await driver.start(phones=0, visitors=0, letters=0, agents=())
    gate = asyncio.Semaphore(AT_ONCE)

    async def say(number: int) -> None:
        async with gate:
            sender = f"+4915300{number % 100:06d}"
            assert await driver.until(partial(driver.sms, sender, f"SM{number:032x}", "hello"))

    await asyncio.gather(*map(say, range(REQUESTS)))
    await driver.calm()
    await node.stop()
    answered, faults = unsynced(trace.read_text(errors="replace"))
    assert answered == REQUESTS
    assert faults == []


def test_the_reader_of_traces_can_fail() -> None:
    """A 200 whose only sync began before the delivery was read, or ended after it, is found."""
    early = '7 fdatasync(9) = 0\n5 read(11, "POST /in/sms", 9) = 9\n5 write(11, "HTTP/1.1 200 OK", 15) = 15\n'
    late = (
        '5 read(11, "POST /in/sms", 9) = 9\n7 fdatasync(9 <unfinished ...>\n'
        '5 write(11, "HTTP/1.1 200 OK", 15) = 15\n7 <... fdatasync resumed>) = 0\n'
    )
    right = (
        '5 read(11, "POST /in/sms", 9) = 9\n7 fdatasync(9 <unfinished ...>\n'
        '7 <... fdatasync resumed>) = 0\n5 write(11, "HTTP/1.1 200 OK", 15) = 15\n'
    )
    assert [len(unsynced(trace)[1]) for trace in (early, late, right)] == [1, 1, 0]
    assert unsynced(right)[0] == 1
