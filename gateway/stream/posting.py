"""One signed POST to an integrator's endpoint, by the Standard Webhooks scheme, never led home.

Only https, and only to public addresses, unless the operator named the network. A name is resolved
once and connected to as resolved; no redirects, no cookies, no proxies of the environment; the
answer is read up to a cap and never kept.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

import aiohttp
import msgspec
from yarl import URL

from gateway.domain.clock import SECOND_MS, Clock
from gateway.domain.events import Event
from gateway.domain.outlet import GIVE_UP_MS
from gateway.outward import Network, OutOfReach, Reach, in_words, retry_after_ms

PREFIX = "whsec_"
VERSION = "v1"
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
USER_AGENT = "Parley-Webhooks/1"
CONNECT_TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 64 * 1024
CHUNK_BYTES = 16 * 1024
CONNECTIONS = 2  # one that works, one that is being closed
ID_LENGTH = 32
GONE = 410


class Taken(msgspec.Struct, frozen=True):
    """The endpoint has it."""


class NotTaken(msgspec.Struct, frozen=True, kw_only=True):
    """It does not, or nobody knows; the same again is safe, by its id."""

    detail: str
    retry_after_ms: int = 0
    gone: bool = False  # it wants no more


def webhook_id(event: Event, outlet: str) -> str:
    """The same for an event and an outlet however often it is sent, and no other's.

    The instant is in it because a store that was made anew counts its positions from 1 again.
    """
    what = f"{event.desk}/{outlet}/{event.position}/{event.at}"
    return "evt_" + hashlib.sha256(what.encode()).hexdigest()[:ID_LENGTH]


def signature(secret: str, message_id: str, at_s: int, body: bytes) -> str:
    """`v1,BASE64` of the id, the instant and the body under a `whsec_` secret."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b"%s.%d.%s" % (message_id.encode(), at_s, body)
    digest = hmac.digest(key, signed, "sha256")
    return f"{VERSION},{base64.b64encode(digest).decode()}"


class Poster:
    """POSTs to one endpoint. Open it in a running loop; close it when done."""

    def __init__(
        self,
        url: str,
        secrets: Sequence[str],
        *,
        timeout_ms: int,
        networks: Sequence[Network],
        clock: Clock,
    ) -> None:
        self._url = URL(url)
        self._secrets = tuple(secrets)
        total = timeout_ms / SECOND_MS
        self._timeout = aiohttp.ClientTimeout(total=total, connect=min(CONNECT_TIMEOUT_S, total))
        # Without TLS nothing goes to the internet, only into networks that were named.
        self._reach = Reach(networks, public=self._url.scheme == "https")
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def post(self, message_id: str, body: bytes) -> Taken | NotTaken:
        """One try. Cancellation passes through; every failure of the network is a value."""
        at_s = self._clock.now_ms() // SECOND_MS
        signatures = (signature(secret, message_id, at_s, body) for secret in self._secrets)
        headers = {
            "Content-Type": MEDIA_TYPE,
            "User-Agent": USER_AGENT,
            "webhook-id": message_id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": " ".join(signatures),
        }
        try:
            self._reach.check(self._url)
            async with self._opened().post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await _read_away(response)
                return self._judged(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return NotTaken(detail=_in_words(error))

    async def close(self) -> None:
        """Close its connections; twice is fine."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._reach.session(self._timeout, CONNECTIONS)
        return self._session

    def _judged(self, response: aiohttp.ClientResponse) -> Taken | NotTaken:
        if 200 <= response.status < 300:
            return Taken()
        asked = response.headers.get("Retry-After", "")
        wait = retry_after_ms(asked, self._clock.now_ms(), most=GIVE_UP_MS)
        return NotTaken(
            detail=f"HTTP {response.status}",
            retry_after_ms=wait or 0,
            gone=response.status == GONE,
        )


async def _read_away(response: aiohttp.ClientResponse) -> None:
    """What it says more is not kept. A connection that says too much, or tears, is closed."""
    total = 0
    try:
        while total <= MAX_ANSWER_BYTES:
            chunk = await response.content.read(CHUNK_BYTES)
            if not chunk:
                return
            total += len(chunk)
    except (aiohttp.ClientError, TimeoutError, OSError):
        pass  # the status is known already
    response.close()


def _in_words(error: Exception) -> str:
    """What failed, without the URL: people put secrets into paths."""
    said = in_words(error)
    if isinstance(error, OutOfReach):
        return f"{said}; name its network in security.allow_networks, or use https"
    return f"not connected: {said}" if isinstance(error, aiohttp.ClientConnectorError) else said
