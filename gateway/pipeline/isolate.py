"""Reading what may be hostile in a process of its own, with limits on time, memory and files.

A mail that makes its reader loop, swell or crash costs that reader and becomes Unreadable, for a
person; the next mail finds a fresh one. Readers start when they are first needed and live long.
"""

import asyncio
import io
import os
import pickle
import resource
import signal
import struct
import sys
from asyncio.subprocess import Process
from importlib import import_module
from typing import Any

import msgspec

from gateway.contract import (
    AccountId,
    Adapter,
    InboundEvent,
    RawReply,
    RawRequest,
    Unauthentic,
    Unreadable,
)
from gateway.pipeline import apart
from gateway.pipeline.accounts import Account

Events = tuple[InboundEvent | Unreadable, ...]

MIB = 1024 * 1024
MEMORY_BYTES = 1024 * MIB  # address space of one reader
TIMEOUT_S = 10.0  # for one delivery, by the clock on the wall and by that of the processor
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
READERS = 2
DELIVERIES_PER_READER = 5_000  # then a fresh one takes over, with whatever leaked
MAX_ANSWER_BYTES = 256 * MIB
_LENGTH = struct.Struct(">I")


class IsolationFailed(Exception):
    """No reader process could be started; nothing can be read until that is mended."""


class _Learn(msgspec.Struct, frozen=True, tag="learn"):
    """From now on the reader knows this account."""

    account: str
    path: str  # module:Class
    settings: bytes  # pickled


class _Read(msgspec.Struct, frozen=True, tag="read"):
    """Read this delivery."""

    account: str
    raw: RawRequest


class _Begun(msgspec.Struct, frozen=True, tag="begun"):
    """It listens, knows the account, or begins to read: what happens now is that mail's fault."""


class _Done(msgspec.Struct, frozen=True, tag="done"):
    events: Events
    reply: RawReply


class _Forged(msgspec.Struct, frozen=True, tag="forged"):
    detail: str


class _Failed(msgspec.Struct, frozen=True, tag="failed"):
    """`receive` raised. `dying`: the reader had better be replaced."""

    detail: str
    dying: bool = False


_Ask = _Learn | _Read
_Answer = _Begun | _Done | _Forged | _Failed


class _Died(Exception):
    """The reader ended. `begun` tells whether it was reading the delivery by then."""

    def __init__(self, how: str, *, begun: bool) -> None:
        super().__init__(how)
        self.begun = begun


class Isolated:
    """Runs `receive` of isolated adapters in reader processes."""

    def __init__(
        self,
        *,
        readers: int = READERS,
        timeout_s: float = TIMEOUT_S,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._free = asyncio.Semaphore(readers)
        self._idle: list[_Reader] = []
        self._alive: set[_Reader] = set()

    async def receive(self, account: Account, raw: RawRequest) -> tuple[Events, RawReply]:
        """What the adapter reads in a delivery; Unreadable when that cannot be survived.

        Raises Unauthentic as the adapter does, and IsolationFailed when no reader starts.
        """
        async with self._free:
            answer = await self._ask(account, raw)
        match answer:
            case _Done(events=events, reply=reply):
                return events, reply
            case _Forged(detail=detail):
                raise Unauthentic(detail)
            case _Failed(detail=detail):
                return (Unreadable(detail=detail),), RawReply()
            case _:
                return (Unreadable(detail="the reader gave no answer"),), RawReply()

    async def _ask(self, account: Account, raw: RawRequest) -> "_Answer":
        """Ask a reader; and a second one when the first had ended before it was asked."""
        for again in (True, False):
            reader = await self._take()
            try:
                return await reader.ask(account, raw, self._timeout_s)
            except _Died as death:
                if death.begun or not again:
                    return _Failed(str(death))
            finally:
                self._give_back(reader)
        raise AssertionError("a reader is asked at most twice")

    async def stop(self) -> None:
        """End all readers. Twice is fine; a later `receive` starts new ones."""
        readers, self._idle = list(self._alive), []
        self._alive.clear()
        for reader in readers:
            reader.kill()
        for reader in readers:
            await reader.ended()

    async def _take(self) -> "_Reader":
        while self._idle:
            reader = self._idle.pop()
            if reader.is_alive:
                return reader
            self._alive.discard(reader)
        reader = await _Reader.start(self._memory_bytes, self._timeout_s)
        self._alive.add(reader)
        return reader

    def _give_back(self, reader: "_Reader") -> None:
        if reader.is_fit and reader in self._alive:
            self._idle.append(reader)
            return
        reader.kill()
        self._alive.discard(reader)


class _Reader:
    """The parent's end of one reader process."""

    _decoder = msgspec.msgpack.Decoder(_Answer)

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._in, self._out = process.stdin, process.stdout
        self._known: set[str] = set()
        self._served = 0
        self._busy = False
        self._broken = False

    @classmethod
    async def start(cls, memory_bytes: int, timeout_s: float) -> "_Reader":
        """Start a process and wait until it has said that it listens."""
        try:
            process = await apart.started(__name__, str(memory_bytes), str(timeout_s))
        except OSError as error:
            raise IsolationFailed(f"no reader process can be started: {error}") from error
        reader = cls(process)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await reader._hear()
        except (TimeoutError, EOFError, OSError) as error:
            reader.kill()
            raise IsolationFailed("a reader process ended before it could listen") from error
        except BaseException:
            reader.kill()
            raise
        return reader

    @property
    def is_alive(self) -> bool:
        """As far as we know."""
        return self._process.returncode is None and not self._broken

    @property
    def is_fit(self) -> bool:
        """Whether it may be asked again: it answered what it was asked, and is not too old."""
        return self.is_alive and not self._busy and self._served < DELIVERIES_PER_READER

    async def ask(self, account: Account, raw: RawRequest, timeout_s: float) -> _Answer:
        """One delivery. Raises _Died, or IsolationFailed when the adapter cannot be built there."""
        self._busy, begun = True, False
        try:
            if account.id not in self._known:
                await self._introduce(account)
            async with asyncio.timeout(timeout_s):
                await self._say(_Read(account.id, raw))
                answer = await self._hear()
                if isinstance(answer, _Begun):
                    begun = True
                    answer = await self._hear()
        except TimeoutError:
            raise _Died(f"reading it took longer than {timeout_s:g} s", begun=True) from None
        except (EOFError, OSError) as error:
            raise _Died(await self._how_it_ended(), begun=begun) from error
        self._busy = isinstance(answer, _Failed) and answer.dying
        self._served += 1
        return answer

    async def _introduce(self, account: Account) -> None:
        """Import and build its adapter there, which takes its time only once."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._say(_introduction(account))
                answer = await self._hear()
        except TimeoutError:
            answer = _Failed("it takes too long")
        if isinstance(answer, _Failed):
            raise IsolationFailed(f"account {account.id} in a reader: {answer.detail}")
        self._known.add(account.id)

    async def _say(self, ask: _Ask) -> None:
        data = msgspec.msgpack.encode(ask)
        self._in.write(_LENGTH.pack(len(data)))
        self._in.write(data)
        await self._in.drain()

    async def _hear(self) -> _Answer:
        (length,) = _LENGTH.unpack(await self._out.readexactly(_LENGTH.size))
        if length > MAX_ANSWER_BYTES:
            raise EOFError(f"an answer of {length} bytes")
        answer: _Answer = self._decoder.decode(await self._out.readexactly(length))
        return answer

    async def _how_it_ended(self) -> str:
        self.kill()
        await self.ended()
        code = self._process.returncode or 0
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return f"the reader ended while reading it ({name})"

    def kill(self) -> None:
        """End it at once."""
        self._broken = True
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                return

    async def ended(self) -> None:
        """Wait until it is gone."""
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            return


def _introduction(account: Account) -> _Learn:
    kind = type(account.adapter)
    path = f"{kind.__module__}:{kind.__qualname__}"
    return _Learn(account.id, path, pickle.dumps(account.settings))


# --- the reader's side -----------------------------------------------------------------------


def main() -> None:
    """Answer until the parent closes the pipe."""
    memory_bytes, timeout_s = int(sys.argv[1]), float(sys.argv[2])
    source = io.FileIO(os.dup(0), "rb")
    sink = io.FileIO(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not look like an answer
    apart.confine(memory_bytes=memory_bytes, file_bytes=0)
    _serve(io.BufferedReader(source, MIB), io.BufferedWriter(sink, MIB), timeout_s)


def _serve(source: io.BufferedReader, sink: io.BufferedWriter, timeout_s: float) -> None:
    adapters: dict[str, Adapter] = {}
    decoder = msgspec.msgpack.Decoder(_Ask)
    _answer(sink, _Begun())
    while head := source.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        ask = decoder.decode(source.read(length))
        if isinstance(ask, _Learn):
            _answer(sink, _learn(adapters, ask))
            continue
        _answer(sink, _Begun())
        _renew_cpu(timeout_s)
        answer = _read(adapters[ask.account], ask.raw)
        del ask
        _answer(sink, answer)
        if isinstance(answer, _Failed) and answer.dying:
            return


def _learn(adapters: dict[str, Adapter], learn: _Learn) -> _Answer:
    module, _, name = learn.path.partition(":")
    try:
        kind: Any = import_module(module)
        for part in name.split("."):
            kind = getattr(kind, part)
        settings = pickle.loads(learn.settings)  # noqa: S301 - our parent made it
        adapters[learn.account] = kind.build(AccountId(learn.account), settings)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from being built
        return _Failed(f"{learn.path} cannot be built: {error!r}"[:500])
    return _Begun()


def _renew_cpu(timeout_s: float) -> None:
    """What was used before counts for nothing; the kernel ends us when this one takes too long."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(usage.ru_utime + usage.ru_stime + timeout_s) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def _read(adapter: Adapter, raw: RawRequest) -> _Answer:
    try:
        events, reply = adapter.receive(raw)
    except Unauthentic as error:
        return _Forged(str(error))
    except MemoryError:
        return _Failed("reading it took more memory than a reader may have", dying=True)
    except Exception as error:  # noqa: BLE001 - whatever a delivery makes it raise
        return _Failed(f"the adapter could not read it: {error!r}"[:500])
    return _Done(events, reply)


def _answer(sink: io.BufferedWriter, answer: _Answer) -> None:
    try:
        data = msgspec.msgpack.encode(answer)
    except (MemoryError, ValueError, TypeError) as error:
        data = msgspec.msgpack.encode(_Failed(f"what it says cannot be told: {error!r}"[:500]))
    sink.write(_LENGTH.pack(len(data)))
    sink.write(data)
    sink.flush()
