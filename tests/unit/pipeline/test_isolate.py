"""What a hostile delivery costs: itself, and the reader that read it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.contract import InboundMessage, RawReply, RawRequest, Unauthentic, Unreadable
from gateway.pipeline.accounts import Account, make_account
from gateway.pipeline.isolate import MIB, Isolated, IsolationFailed
from tests.unit.pipeline.hostile_adapter import HostileAdapter, HostileSettings

ACCOUNT = make_account("mail", HostileAdapter, HostileSettings(greeting="你好"))
OTHER = make_account("other", HostileAdapter, HostileSettings(greeting="bonjour"))


def raw(body: bytes = b"fine") -> RawRequest:
    return RawRequest(account="mail", method="IMAP", path="/in/mail", body=body)


@pytest.fixture
async def isolated() -> AsyncIterator[Isolated]:
    pool = Isolated(readers=1, timeout_s=60.0, memory_bytes=512 * MIB)
    yield pool
    await pool.stop()


@pytest.fixture
async def hasty() -> AsyncIterator[Isolated]:
    pool = Isolated(readers=1, timeout_s=1.5)
    yield pool
    await pool.stop()


async def message_of(pool: Isolated, account: Account = ACCOUNT, body: bytes = b"fine"):
    events, reply = await pool.receive(account, raw(body))
    assert reply == RawReply(status=201)
    (message,) = events
    assert isinstance(message, InboundMessage)
    return message


def process_of(message: InboundMessage) -> int:
    return int(message.text.rpartition(" ")[2])


async def test_reads_elsewhere(isolated: Isolated) -> None:
    """A delivery is read in another process, which knows the account's settings."""
    message = await message_of(isolated)
    assert message.text.startswith("你好 from ")
    assert message.recipient == "hostile:mail"
    assert process_of(message) != os.getpid()


async def test_one_reader_for_many(isolated: Isolated) -> None:
    """A reader lives on, and learns of a further account when it needs to."""
    first = await message_of(isolated)
    second = await message_of(isolated, OTHER)
    assert second.text.startswith("bonjour")
    assert process_of(first) == process_of(second)


async def test_large(isolated: Isolated) -> None:
    """Fifty megabytes go in and come back byte for byte."""
    body = bytes(range(256)) * (50 * MIB // 256)
    message = await message_of(isolated, body=body)
    assert message.attachments[0].content == body


ENDLESS = [b"loop", b"hang"]


@pytest.mark.parametrize("deed", ENDLESS)
async def test_endless(hasty: Isolated, deed: bytes) -> None:
    """What does not come to an end is ended, and becomes Unreadable; the next has a fresh reader."""
    events, _ = await hasty.receive(ACCOUNT, raw(deed))
    assert events == (Unreadable(detail="reading it took longer than 1.5 s"),)
    assert await message_of(hasty)


FATAL = [
    (b"segfault", "SIGSEGV"),
    (b"exit", "exit 3"),
    (b"swell", "more memory than a reader may have"),
]


@pytest.mark.parametrize(("deed", "words"), FATAL, ids=str)
async def test_hostile(isolated: Isolated, deed: bytes, words: str) -> None:
    """It becomes Unreadable and says why; the next delivery finds a fresh reader."""
    before = process_of(await message_of(isolated))
    events, reply = await isolated.receive(ACCOUNT, raw(deed))
    assert isinstance(events[0], Unreadable)
    assert words in events[0].detail
    assert reply.status == 200
    assert process_of(await message_of(isolated)) != before


async def test_an_exception_costs_no_reader(isolated: Isolated) -> None:
    """What the adapter raises makes the delivery Unreadable, and the reader stays."""
    before = process_of(await message_of(isolated))
    events, _ = await isolated.receive(ACCOUNT, raw(b"raise"))
    assert events == (
        Unreadable(detail="the adapter could not read it: ValueError('what is that?')"),
    )
    assert process_of(await message_of(isolated)) == before


async def test_forged(isolated: Isolated) -> None:
    """A forged delivery is refused as the adapter refuses it."""
    with pytest.raises(Unauthentic, match="no proof"):
        await isolated.receive(ACCOUNT, raw(b"forged"))


async def test_a_print_is_no_answer(isolated: Isolated) -> None:
    """What a library writes to the standard output does not disturb the answers."""
    assert process_of(await message_of(isolated, body=b"print"))


async def test_innocent_of_an_earlier_death(isolated: Isolated) -> None:
    """A reader that was killed while it was idle is no fault of the next delivery."""
    before = process_of(await message_of(isolated))
    os.kill(before, signal.SIGKILL)
    assert process_of(await message_of(isolated)) != before


async def test_cancelled(isolated: Isolated) -> None:
    """A cancelled delivery ends its reader; the answer of one is never taken for another's."""
    before = process_of(await message_of(isolated))
    task = asyncio.create_task(isolated.receive(ACCOUNT, raw(b"hang")))
    done, _ = await asyncio.wait({task}, timeout=0.2)
    assert not done
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    message = await message_of(isolated, body=b"mine")
    assert message.attachments[0].content == b"mine"
    assert process_of(message) != before


async def test_side_by_side() -> None:
    """Two readers read at once, and never more than there may be."""
    pool = Isolated(readers=2)
    try:
        messages = await asyncio.gather(*(message_of(pool, body=b"%d" % n) for n in range(20)))
        assert [m.attachments[0].content for m in messages] == [b"%d" % n for n in range(20)]
        assert 1 <= len({process_of(message) for message in messages}) <= 2
    finally:
        await pool.stop()


async def test_stop_ends_the_readers(isolated: Isolated) -> None:
    """After stop no reader is left; stop may come twice, and without any."""
    process = process_of(await message_of(isolated))
    await isolated.stop()
    await isolated.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_knows_no_secrets_of_ours(
    isolated: Isolated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader does not inherit the environment, where the master key may stand."""
    monkeypatch.setenv("PARLEY_MASTER_KEY", "very secret")
    process = process_of(await message_of(isolated))
    environment = await asyncio.to_thread(Path(f"/proc/{process}/environ").read_bytes)
    assert b"PYTHONPATH" in environment
    assert b"very secret" not in environment


class Homeless(HostileAdapter):
    """No reader can find it: it has moved."""


Homeless.__module__ = "tests.unit.pipeline.nowhere"


async def test_an_adapter_that_cannot_be_built(isolated: Isolated) -> None:
    """Where the adapter itself is broken, no delivery is to blame: nothing is read at all."""
    lost = make_account("lost", Homeless, HostileSettings())
    with pytest.raises(IsolationFailed, match=r"lost.*nowhere"):
        await isolated.receive(lost, raw())
    assert await message_of(isolated)
