"""The files of a provider in a box: what is kept of them, and how they are fetched."""

import base64
import binascii
from collections import OrderedDict

import aiohttp

from gateway.sandbox.phone import Picture
from gateway.sandbox.providers.said import File

MAX_FILES = 40
MAX_FILE_BYTES = 20 * 1024 * 1024  # the most that a desk takes, unless it is set otherwise
MAX_KEPT_BYTES = 160 * 1024 * 1024  # of all of them
FETCH_TIMEOUT_S = 10.0


def keep(files: OrderedDict[str, File], file: File) -> None:
    """Remember one more; the oldest are forgotten."""
    files[file.id] = file
    while len(files) > MAX_FILES or sum(len(f.content) for f in files.values()) > MAX_KEPT_BYTES:
        files.popitem(last=False)


async def fetch(session: aiohttp.ClientSession, url: str) -> tuple[str, bytes] | None:
    """The media type and the whole content of what lies there; None when it cannot be had."""
    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    content = bytearray()
    try:
        async with session.get(url, timeout=timeout) as response:
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > MAX_FILE_BYTES:
                    return None
            return (response.content_type, bytes(content)) if response.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None


def decoded(picture: Picture) -> bytes:
    """What a page has sent; nothing, where that is no base64."""
    try:
        return base64.b64decode(picture.base64, validate=True)
    except (binascii.Error, ValueError):
        return b""
