"""The endpoint whose model drafts replies: any that speaks OpenAI's chat completions.

https://platform.openai.com/docs/api-reference/chat/create. Only https and only public addresses,
unless the operator named the network; no redirects, no cookies, no proxies of the environment.
However it fails, one agent is told so, and nothing else waits for it.
"""

import asyncio
from collections.abc import Sequence

import aiohttp
import msgspec
import structlog
from yarl import URL

from config.drafts import Drafts
from gateway.domain.clock import HOUR_MS, SECOND_MS, Clock
from gateway.http.errors import Problem
from gateway.outward import Network, OutOfReach, Reach, in_words, retry_after_ms
from gateway.pipeline.drafting import MAX_ANSWER_BYTES, Asked, Chat, Unusable, reply_in

log = structlog.get_logger(__name__)

PATH = "/chat/completions"
USER_AGENT = "Parley-Drafts/1"
CHUNK_BYTES = 16 * 1_024
MOST_AT_ONCE = 8  # on this node
LONGEST_WAIT_MS = HOUR_MS  # of a Retry-After
LIMITED = (429, 503)  # that may say when to come again
MOST_TOLD = 200  # characters of an answer's fault, for the log


class Drafter:
    """Asks for drafts, one at a time for each person: a new wish ends the one before."""

    def __init__(self, settings: Drafts, networks: Sequence[Network], clock: Clock) -> None:
        self.settings = settings
        self._networks = networks
        self._clock = clock
        self._url = URL(settings.url + PATH)
        self._writing: dict[str, asyncio.Task[str]] = {}
        self._closed_until = 0

    def check(self) -> None:
        """Raise Problem when the model would not be asked now."""
        wait_ms = self._closed_until - self._clock.now_ms()
        if wait_ms > 0:
            raise _later(wait_ms)
        if len(self._writing) >= MOST_AT_ONCE:
            raise Problem("draft_busy", headers={"Retry-After": "5"})

    async def draft(self, who: str, chats: tuple[Chat, ...]) -> str:
        """The model's words. Every failure is a Problem."""
        before = self._writing.pop(who, None)
        if before is not None:
            before.cancel()
        task = self._writing[who] = asyncio.create_task(self._asked(chats))
        try:
            return await task
        except asyncio.CancelledError:
            if self._writing.get(who) is task:
                raise  # the request itself was given up
            raise Problem("draft_replaced") from None
        finally:
            if self._writing.get(who) is task:
                del self._writing[who]

    async def _asked(self, chats: tuple[Chat, ...]) -> str:
        asked = Asked(
            model=self.settings.model, messages=chats, max_tokens=self.settings.most_tokens
        )
        try:
            body = await self._called(msgspec.json.encode(asked))
            return reply_in(body, self.settings.most_out)
        except TimeoutError as error:
            raise _failed("draft_timeout", "timed out") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failed("draft_down", _in_words(error)) from error
        except Unusable as error:
            raise _failed("draft_unusable", str(error)) from error

    async def _called(self, body: bytes) -> bytes:
        reach = Reach(self._networks, public=self._url.scheme == "https")
        reach.check(self._url)
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout_ms / SECOND_MS)
        async with (
            aiohttp.ClientSession(
                connector=reach.connector(),
                timeout=timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            ) as session,
            session.post(
                self._url, data=body, headers=self._headers(), allow_redirects=False
            ) as response,
        ):
            if response.status in LIMITED:
                self._close(response)
            if response.status != 200:
                raise _failed("draft_down", f"HTTP {response.status}")
            return await _read(response)

    def _headers(self) -> dict[str, str]:
        key = self.settings.key.get_secret_value()
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        return headers | ({"Authorization": f"Bearer {key}"} if key else {})

    def _close(self, response: aiohttp.ClientResponse) -> None:
        """It says when to come again: nobody asks it before. Raises Problem."""
        now = self._clock.now_ms()
        told = response.headers.get("Retry-After", "")
        wait_ms = retry_after_ms(told, now, most=LONGEST_WAIT_MS)
        if wait_ms is None and response.status != 429:
            return
        log.warning("the model takes no more for now", status=response.status, wait_ms=wait_ms)
        self._closed_until = now + (wait_ms or 0)
        raise _later(wait_ms or SECOND_MS)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise Unusable("more than a reply by far")
    return body


def _later(wait_ms: int) -> Problem:
    wait_s = max(1, -(-wait_ms // SECOND_MS))
    return Problem(
        "draft_limited",
        what_to_do=f"Write the reply yourself, or try again in {wait_s} s.",
        headers={"Retry-After": str(wait_s)},
    )


def _failed(code: str, why: str) -> Problem:
    """What the agent is told, and for the log the reason; never the words."""
    log.warning("no draft", code=code, why=why[:MOST_TOLD])
    return Problem(code)


def _in_words(error: Exception) -> str:
    """Without the address: people put secrets into paths."""
    said = in_words(error)
    if isinstance(error, OutOfReach):
        return f"{said}; name its network in security.allow_networks, or use https"
    return said
