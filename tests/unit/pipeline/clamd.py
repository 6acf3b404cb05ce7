"""A small clamd: INSTREAM as the real one speaks it, and its ways to fail."""

import asyncio
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """Finds EICAR; `answer` is said instead, b"" hangs up."""

    def __init__(self, *, max_bytes: int = 1_000_000, path: Path | None = None) -> None:
        self.seen: list[bytes] = []
        self.answer: bytes | None = None
        self.max_bytes = max_bytes
        self._path = path
        self.address = ""

    async def __aenter__(self) -> Self:
        if self._path is not None:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
            self.address = f"unix://{self._path}"
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            port = self._server.sockets[0].getsockname()[1]
            self.address = f"tcp://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await self._said(reader))
            await writer.drain()
        finally:
            writer.close()

    async def _said(self, reader: asyncio.StreamReader) -> bytes:
        if await reader.readuntil(b"\0") != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        got = bytearray()
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            got += await reader.readexactly(length)
            if len(got) > self.max_bytes:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(bytes(got))
        if self.answer is not None:
            return self.answer
        return b"stream: Eicar-Signature FOUND\0" if EICAR in got else b"stream: OK\0"
