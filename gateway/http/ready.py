"""Answers whose bytes are ready: for the busiest path, where building one costs more than sending.

aiohttp asks four things of an answer: prepare, write_eof, keep_alive and status. This has no more.
"""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from gateway.http.errors import CONTENT_TYPE, Problem, body_of, status_of

PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Ready:
    """One answer, written to the connection in one piece."""

    __slots__ = ("keep_alive", "prepared", "status", "wire")

    def __init__(self, status: int, wire: bytes, *, keep_alive: bool) -> None:
        self.wire = wire
        self.status = status
        self.keep_alive = keep_alive
        self.prepared = False

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write it."""
        self.prepared = True
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.write(self.wire)
        request.writer.output_size += len(self.wire)

    async def write_eof(self, _: bytes = b"") -> None:
        """It is written already."""


class Heads:
    """Makes answers from ready heads."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._common = headers
        self._heads: dict[tuple[int, str, bool], bytes] = {}

    def answer(self, status: int, content_type: str, body: bytes, *, keep: bool) -> Ready:
        """An answer; `keep`: the connection stays."""
        key = (status, content_type if body else "", keep)
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = self._made(*key, {})
        return Ready(status, _wire(head, body), keep_alive=keep)

    def problem(self, problem: Problem, *, keep: bool) -> Ready:
        """A problem document."""
        status = status_of(problem)
        own = {"Cache-Control": "no-store"} | problem.headers
        head = self._made(status, CONTENT_TYPE, keep, own)
        return Ready(status, _wire(head, body_of(problem)), keep_alive=keep)

    def _made(self, status: int, content_type: str, keep: bool, own: Mapping[str, str]) -> bytes:
        headers = {**self._common, **own}
        if content_type:
            headers["Content-Type"] = content_type
        if not keep:
            headers["Connection"] = "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {status} {PHRASES.get(status, '')}\r\n{lines}".encode("latin-1")


def _wire(head: bytes, body: bytes) -> bytes:
    date = rfc822_formatted_time().encode()
    return b"%bDate: %b\r\nContent-Length: %d\r\n\r\n%b" % (head, date, len(body), body)
