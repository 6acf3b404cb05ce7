"""TCP proxies whose connections can be cut, as a dying router does it."""

import asyncio
from pathlib import Path

from tests.ports import HOST

CHUNK = 64 * 1024
QUERY_COMMIT = b"Q\0\0\0\x0bCOMMIT\0"  # a message of PostgreSQL's


class Proxy:
    """Stands before one server."""

    def __init__(self, server: int | Path) -> None:
        """`server` is its port or its socket."""
        self._target = server
        self._refusing = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._connected, HOST, 0)

    async def stop(self) -> None:
        """Cut everything."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """The same, for clients of HTTP."""
        return f"http://{HOST}:{self.port}"

    def cut(self) -> None:
        """Reset every connection, on both sides, with whatever is on its way."""
        for writer in self._writers:
            writer.transport.abort()

    def refuse(self) -> None:
        """Cut everything, and whoever comes until `resume`."""
        self._refusing = True
        self.cut()

    def stall(self) -> None:
        """Let no byte through until `resume`; the connections stand."""
        self._flowing.clear()

    def resume(self) -> None:
        """All is well again; what was held up goes on, as TCP sends it again."""
        self._refusing = False
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        try:
            back, forth = await self._open()
            self._writers.add(forth)
            await self._carry(reader, writer, back, forth)
            self._writers.discard(forth)
        except* OSError:
            pass  # cut
        finally:
            self._serving.discard(task)
            self._writers.discard(writer)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the server."""
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(HOST, self._target)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> None:
        """Both ways at once: what the client says goes `forth`, what the server says comes `back`."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pump(reader, forth))
            both.create_task(self._pump(back, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Bytes one way. When one side ends, so does the other."""
        try:
            while data := await source.read(CHUNK):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        finally:
            sink.close()


class Robber(Proxy):
    """Stands before PostgreSQL, and keeps the answer to a COMMIT of its choice to itself.

    Of the wire it knows two things: words that are written travel as they are, and a transaction
    ends with the simple query COMMIT, after which the client waits.
    """

    def __init__(self, socket: Path) -> None:
        """`socket` is the server's."""
        super().__init__(socket)
        self._word = b""
        self.hold_s = 0.0  # how long the next client hears nothing before it is cut off
        self.robbed: list[str] = []

    def lie_in_wait(self, word: str) -> None:
        """For the next transaction that writes this word."""
        self._word = word.encode()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> None:
        seen = robbing = False

        async def there() -> None:
            nonlocal seen, robbing
            try:
                while data := await reader.read(CHUNK):
                    if self._word and self._word in data:
                        seen, self._word = True, b""
                    robbing = seen and data.endswith(QUERY_COMMIT)
                    forth.write(data)
                    await forth.drain()
            finally:
                forth.close()

        async def home() -> None:
            try:
                while data := await back.read(CHUNK):
                    if robbing:
                        await self._rob(data)
                        return
                    writer.write(data)
                    await writer.drain()
            finally:
                writer.transport.abort()

        async with asyncio.TaskGroup() as both:
            both.create_task(there())
            both.create_task(home())

    async def _rob(self, answer: bytes) -> None:
        """The server has committed; nobody will hear of it."""
        assert b"COMMIT" in answer, answer
        self.robbed.append(answer.decode("ascii", "replace"))
        hold_s, self.hold_s = self.hold_s, 0.0
        await asyncio.sleep(hold_s)
