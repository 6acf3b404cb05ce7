"""Downloading what somebody else's message points to, without being led home (SSRF).

Only the account's own provider (`home`) gets its credentials, and only it may live on a private
address: the operator named it. Every other host, and every hop of a redirect, must be https on the
usual port at a public address, resolved once and connected to as resolved.
"""

from collections.abc import AsyncIterator, Mapping

import aiohttp
from yarl import URL

from gateway.contract import FileReason, MediaRefused
from gateway.outward import OutOfReach, Reach

TOTAL_TIMEOUT_S = 60.0
CHUNK_BYTES = 64 * 1024
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTTPS_PORT = 443
PUBLIC = Reach()


# Not now, but perhaps later: LINE answers 202 while it still prepares a film, and a token that has
# expired may be replaced. Elsewhere than at home a 401 or 403 is an address that has expired.
LATER = frozenset({202, 408, 425, 429})
KEY_REFUSED = frozenset({401, 403})


class FetchRefused(MediaRefused):
    """The file is not downloaded: a forbidden address, too many bytes, or nothing there."""


async def fetch(
    url: str,
    *,
    home: str,
    headers: Mapping[str, str] | None = None,
    max_bytes: int,
    timeout_s: float = TOTAL_TIMEOUT_S,
) -> AsyncIterator[bytes]:
    """The bytes of a file in chunks. `headers` (credentials) go to `home` only.

    However slowly it drips, each hop ends within `timeout_s`.

    Raises FetchRefused, or ConnectionError, aiohttp.ClientError and TimeoutError when it may come
    another time.
    """
    own = URL(home).origin()
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    here = _parsed(url)
    for _ in range(MAX_REDIRECTS + 1):
        at_home = bool(here.scheme and here.host) and here.origin() == own
        try:
            if not at_home:
                _check(here)
            async with (
                aiohttp.ClientSession(
                    connector=None if at_home else PUBLIC.connector(),
                    timeout=timeout,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                ) as session,
                session.get(
                    here, headers=headers if at_home else None, allow_redirects=False
                ) as response,
            ):
                if response.status not in REDIRECTS:
                    _check_status(response.status, at_home=at_home)
                    async for chunk in _body(response, max_bytes):
                        yield chunk
                    return
                here = here.join(_parsed(response.headers.get("location", "")))
        except OutOfReach as error:
            raise FetchRefused(str(error)) from error
    raise FetchRefused(f"more than {MAX_REDIRECTS} redirects")


def _check_status(status: int, *, at_home: bool) -> None:
    if status == 200:
        return
    said = f"HTTP {status} instead of the file"
    if status in LATER or status >= 500 or (at_home and status in KEY_REFUSED):
        raise ConnectionError(said)
    raise FetchRefused(said)


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> AsyncIterator[bytes]:
    too_large = FetchRefused(f"the file is larger than {max_bytes} bytes", FileReason.TOO_LARGE)
    if (response.content_length or 0) > max_bytes:
        raise too_large
    total = 0
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        total += len(chunk)
        if total > max_bytes:
            raise too_large
        yield chunk


def _parsed(url: str) -> URL:
    try:
        return URL(url)
    except ValueError as error:
        raise FetchRefused("the file's address is no URL") from error


def _check(url: URL) -> None:
    if url.scheme != "https" or not url.host:
        raise FetchRefused("the file's address is no https URL")
    if url.user or url.password or url.port != HTTPS_PORT:
        raise FetchRefused("the file's address has a user or an unusual port")
    PUBLIC.check(url)
