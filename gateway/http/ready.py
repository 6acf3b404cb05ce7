"""Answers whose bytes are ready: for the busiest path, where building one costs more than sending.

aiohttp asks four things of an answer: prepare, write_eof, keep_alive and status. This has no more.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Ready:
    """One answer, written to the connection in one piece."""

    __slots__ = ("_wire", "keep_alive", "prepared", "status")

    def __init__(self, status: int, wire: bytes, *, keep_alive: bool) -> None:
        self._wire = wire
        self.status = status
        self.keep_alive = keep_alive
        self.prepared = False

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write it."""
        self.prepared = True
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.write(self._wire)
        request.writer.output_size += len(self._wire)

    async def write_eof(self, _: bytes = b"") -> None:
        """It is written already."""


class Heads:
    """Makes answers from ready heads."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._common = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._heads: dict[tuple[int, str, bool], bytes] = {}

    def answer(
        self, request: web.BaseRequest, status: int, content_type: str, body: bytes
    ) -> web.StreamResponse:
        """An answer to this request, in the shape that aiohttp sends."""
        keep = request.keep_alive
        key = (status, content_type if body else "", keep)
        head = self._heads.get(key) or self._made(key)
        date = rfc822_formatted_time().encode()
        wire = b"%bDate: %b\r\nContent-Length: %d\r\n\r\n%b" % (head, date, len(body), body)
        return cast("web.StreamResponse", Ready(status, wire, keep_alive=keep))

    def _made(self, key: tuple[int, str, bool]) -> bytes:
        status, content_type, keep = key
        phrase = PHRASES.get(status, "")
        kind = f"Content-Type: {content_type}\r\n" if content_type else ""
        close = "" if keep else "Connection: close\r\n"
        head = f"HTTP/1.1 {status} {phrase}\r\n{self._common}{kind}{close}".encode("latin-1")
        self._heads[key] = head
        return head
