"""A TCP proxy whose connections can be cut, as a dying router does it."""

import asyncio

from tests.faults.node import HOST

CHUNK = 64 * 1024


class Proxy:
    """Stands before one server."""

    def __init__(self, port: int) -> None:
        """`port` is the server's."""
        self._target = port
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
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Reset every connection, on both sides, with whatever is on its way."""
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        try:
            back, forth = await asyncio.open_connection(HOST, self._target)
            self._writers.add(forth)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, forth))
                both.create_task(self._pump(back, writer))
            self._writers.discard(forth)
        except* OSError:
            pass  # cut
        finally:
            self._serving.discard(task)
            self._writers.discard(writer)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Bytes one way. When one side ends, so does the other."""
        try:
            while data := await source.read(CHUNK):
                sink.write(data)
                await sink.drain()
        finally:
            sink.close()
