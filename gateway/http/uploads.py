"""Uploads: files that wait to be named by a message, remembered for a day by who sent them."""

import asyncio
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from gateway.domain.filename import safe_filename
from gateway.http.errors import Problem
from gateway.http.headers import sniffed_image
from gateway.http.house import House
from gateway.store.queries import http_people
from gateway.verbs.idempotent import Once
from gateway.verbs.message import File
from gateway.verbs.remember import Remember

CHUNK_BYTES = 64 * 1024
_UNKNOWN = "application/octet-stream"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded. Its name for messages is its SHA-256."""

    sha256: str
    filename: str
    media_type: str
    size_bytes: int


def _key(sha256: str) -> str:
    return f"upload:{sha256}"


async def take_in(house: House, owner: str, request: web.Request, limit: int) -> Upload:
    """Store the body of a request, and remember whose it is. Raises Problem."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem("unsupported_media_type", "The body is compressed; send it as it is.")
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
    sha256, size, head = await _stream(house, request, limit)
    upload = Upload(
        sha256=sha256,
        filename=safe_filename(unquote(request.headers.get("X-Filename", ""))) or "file",
        media_type=sniffed_image(head) or _declared(request),
        size_bytes=size,
    )
    await house.store.submit(
        Once(
            desk=house.store.desk,
            actor=owner,
            key=_key(sha256),
            fingerprint="",
            command=Remember(value=msgspec.to_builtins(upload)),
        )
    )
    return upload


async def _stream(house: House, request: web.Request, limit: int) -> tuple[str, int, bytes]:
    """Write it down as it comes; its hash, its size, its first bytes."""
    part = await asyncio.to_thread(house.store.files.begin)
    head = b""
    try:
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            head = head or bytes(chunk[:16])
            if part.size + len(chunk) > limit:
                raise web.HTTPRequestEntityTooLarge(limit, part.size + len(chunk))
            await asyncio.to_thread(part.write, chunk)
        if not part.size:
            raise Problem(
                "empty", "The file has no bytes.", status=422, what_to_do="Choose it anew."
            )
        size = part.size
        return await asyncio.to_thread(part.keep), size, head
    finally:
        part.drop()


def _declared(request: web.Request) -> str:
    """The type as the browser says it; pictures must prove themselves by their bytes."""
    declared = request.content_type.lower()
    return _UNKNOWN if declared.startswith(("image/", "text/html")) else declared


async def uploaded(house: House, owner: str, sha256: str) -> File:
    """A file that this owner uploaded within a day. Raises Problem for any other."""
    row: Any = await house.store.read(
        http_people.idempotency, house.store.desk, owner, _key(sha256)
    )
    if row is None or row.expires_at <= house.clock.now_ms():
        raise Problem(
            "unknown_upload",
            f"There is no upload {sha256[:12]}… of yours.",
            status=422,
            what_to_do="Upload the file again, then send the message.",
        )
    upload = msgspec.json.decode(row.body, type=Upload)
    return File(
        sha256=upload.sha256,
        media_type=upload.media_type,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
    )
