"""The virus scanner: clamd's INSTREAM over TCP or a Unix socket.

https://docs.clamav.net/manual/Usage/Scanning.html#clamd; a length of four bytes before each piece,
a length of zero behind the last, and one line as the answer.
"""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

PIECE_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4_096
DEFAULT_PORT = 3310
_LENGTH = struct.Struct(">I")


class ScannerAway(Exception):
    """Nobody looked at the file: the scanner is away, or failed. It is asked again."""


class TooLargeToScan(Exception):
    """The scanner takes no files of this size."""


class Scanner(Protocol):
    """Looks at a file."""

    async def scan(self, path: Path) -> str | None:
        """What is bad in it; None when nothing is. Raises ScannerAway and TooLargeToScan."""
        ...


class Clamd:
    """A clamd at `tcp://host:port` or `unix:///path`."""

    def __init__(self, address: str, *, timeout_s: float, max_bytes: int) -> None:
        self._address = urlsplit(address)
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes

    async def scan(self, path: Path) -> str | None:
        """What clamd found in it; None when it found nothing."""
        size = (await asyncio.to_thread(path.stat)).st_size
        if size > self._max_bytes:
            raise TooLargeToScan(f"{size} bytes; the scanner is given {self._max_bytes}")
        try:
            async with asyncio.timeout(self._timeout_s):
                said = await self._ask(path)
        except (OSError, EOFError, TimeoutError) as error:
            raise ScannerAway(f"the scanner does not answer: {type(error).__name__}") from error
        return _verdict(said)

    async def _ask(self, path: Path) -> str:
        reader, writer = await self._connect()
        try:
            # It may answer, and hang up, before it was told all: what it said counts.
            feeding = asyncio.create_task(_feed(writer, path))
            try:
                said = await reader.readuntil(b"\0")
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
            return said[:-1].decode("utf-8", "replace").strip()
        except asyncio.LimitOverrunError as error:
            raise ScannerAway("the scanner's answer has no end") from error
        finally:
            writer.close()

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        where = self._address
        if where.scheme == "unix":
            return await asyncio.open_unix_connection(where.path, limit=MAX_ANSWER_BYTES)
        host, port = where.hostname or "127.0.0.1", where.port or DEFAULT_PORT
        return await asyncio.open_connection(host, port, limit=MAX_ANSWER_BYTES)


async def _feed(writer: StreamWriter, path: Path) -> None:
    writer.write(b"zINSTREAM\0")
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            writer.write(_LENGTH.pack(len(piece)) + piece)
            await writer.drain()
    writer.write(_LENGTH.pack(0))
    await writer.drain()


def _verdict(said: str) -> str | None:
    """`stream: OK`, `stream: NAME FOUND`, or `... ERROR`."""
    if said == "stream: OK":
        return None
    if said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    if "size limit exceeded" in said:
        raise TooLargeToScan(said)
    raise ScannerAway(f"the scanner said: {said[:200]}")
