"""A stand-in for a provider: a real HTTP server on loopback that follows a script and records."""

import asyncio
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from gateway.testing.cases import Fault, ProviderAnswer

HOST = "127.0.0.1"


class RecordedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter asked."""

    method: str
    path: str  # with the raw query
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name, any case; None when absent."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), None)

    def form(self) -> tuple[tuple[str, str], ...]:
        """The body as a form, in order, duplicates and empty values kept."""
        return tuple(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; raises msgspec.DecodeError."""
        return msgspec.json.decode(self.body)


class FakeProvider:
    """Use it with `async with`; `url` is its address while it lives."""

    def __init__(self, answers: Iterable[ProviderAnswer] = ()) -> None:
        self.requests: list[RecordedRequest] = []
        self.unscripted = 0  # requests beyond the script; they are answered 500
        self._answers = deque(answers)
        self._arrived = asyncio.Condition()
        self._released = asyncio.Event()
        self._runner = web.ServerRunner(
            web.Server(self._answer, access_log=None), shutdown_timeout=0
        )
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{HOST}:{self._port}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return HOST, self._port

    @property
    def unused(self) -> int:
        """How many scripted answers nobody asked for."""
        return len(self._answers)

    def script(self, *answers: ProviderAnswer) -> None:
        """Add answers."""
        self._answers.extend(answers)

    def release(self) -> None:
        """Let go of all answers that are held."""
        self._released.set()

    async def arrived(self, count: int) -> None:
        """Wait until so many requests have been read whole."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        recorded = RecordedRequest(
            method=request.method,
            path=request.raw_path,
            headers=tuple(request.headers.items()),
            body=await request.read(),
        )
        async with self._arrived:
            self.requests.append(recorded)
            self._arrived.notify_all()
        if not self._answers:
            self.unscripted += 1
            return web.Response(status=500, text="the script is over")
        answer = self._answers.popleft()
        if answer.fault is Fault.HOLD:
            await self._released.wait()
        elif answer.fault is not Fault.NONE:
            return _broken_off(request, answer)
        return web.Response(status=answer.status, headers=list(answer.headers), body=answer.body)


def _broken_off(request: web.BaseRequest, answer: ProviderAnswer) -> web.Response:
    """Write what the fault lets through, and close the connection under the client."""
    head = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {max(len(answer.body), 2)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    written = {
        Fault.SWALLOW: b"",
        Fault.CUT_FIRST_BYTE: b"H",
        Fault.CUT_BODY: f"{head}\r\n".encode() + answer.body[: len(answer.body) // 2],
    }[answer.fault]
    if request.transport is not None:
        if written:
            request.transport.write(written)
        request.transport.close()
    return web.Response()
