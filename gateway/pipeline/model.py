"""The endpoint of a model: any that speaks OpenAI's chat completions.

https://platform.openai.com/docs/api-reference/chat/create. Only https and only public addresses,
unless the operator named the network; no redirects, no cookies, no proxies of the environment.
However it fails, whoever asked is told so, and nothing else waits for it.
"""

from collections.abc import Sequence
from typing import ClassVar

import aiohttp
import msgspec
import structlog
from yarl import URL

from config.drafts import Drafts
from config.settings import Security
from gateway.domain.clock import HOUR_MS, SECOND_MS, Clock
from gateway.outward import Network, OutOfReach, Reach, in_words, retry_after_ms
from gateway.pipeline.drafting import MAX_ANSWER_BYTES, Asked, Chat, Unusable, reply_in

log = structlog.get_logger(__name__)

PATH = "/chat/completions"
USER_AGENT = "Parley-Drafts/1"
CHUNK_BYTES = 16 * 1_024
LONGEST_WAIT_MS = HOUR_MS  # of a Retry-After
LIMITED = (429, 503)  # that may say when to come again
MOST_TOLD = 200  # characters of an answer's fault, for the log


class Unwritten(Exception):
    """The model wrote nothing that is of use."""

    code: ClassVar[str]


class Late(Unwritten):
    """It did not answer in time."""

    code = "draft_timeout"


class Down(Unwritten):
    """It is away, refuses, or leads elsewhere."""

    code = "draft_down"


class Nonsense(Unwritten):
    """What it answered is no reply."""

    code = "draft_unusable"


class Limited(Unwritten):
    """It takes no more for now, and is asked again after `wait_ms`."""

    code = "draft_limited"

    def __init__(self, wait_ms: int) -> None:
        super().__init__(f"{wait_ms} ms")
        self.wait_ms = wait_ms


class Model:
    """Writes what it is asked for, or says by an Unwritten why not."""

    def __init__(self, settings: Drafts, networks: Sequence[Network], clock: Clock) -> None:
        self.settings = settings
        self._networks = networks
        self._clock = clock
        self._url = URL(settings.url + PATH)
        self._closed_until = 0

    def check(self) -> None:
        """Raise Limited where it has said to come again later."""
        wait_ms = self._closed_until - self._clock.now_ms()
        if wait_ms > 0:
            raise Limited(wait_ms)

    async def write(self, chats: tuple[Chat, ...]) -> str:
        """Its words. Raises Unwritten; the log has the reason, and never the words."""
        asked = Asked(
            model=self.settings.model, messages=chats, max_tokens=self.settings.most_tokens
        )
        try:
            body = await self._called(msgspec.json.encode(asked))
            return reply_in(body, self.settings.most_out)
        except TimeoutError as error:
            raise _told(Late("timed out")) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _told(Down(_in_words(error))) from error
        except Unusable as error:
            raise _told(Nonsense(str(error))) from error

    async def _called(self, body: bytes) -> bytes:
        reach = Reach(self._networks, public=self._url.scheme == "https")
        reach.check(self._url)
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout_ms / SECOND_MS)
        async with (
            reach.session(timeout) as session,
            session.post(
                self._url, data=body, headers=self._headers(), allow_redirects=False
            ) as response,
        ):
            if response.status in LIMITED:
                self._close(response)
            if response.status != 200:
                raise _told(Down(f"HTTP {response.status}"))
            return await _read(response)

    def _headers(self) -> dict[str, str]:
        key = self.settings.key.get_secret_value()
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        return headers | ({"Authorization": f"Bearer {key}"} if key else {})

    def _close(self, response: aiohttp.ClientResponse) -> None:
        """It says when to come again: nobody asks it before. Raises Limited."""
        now = self._clock.now_ms()
        told = response.headers.get("Retry-After", "")
        wait_ms = retry_after_ms(told, now, most=LONGEST_WAIT_MS)
        if wait_ms is None and response.status != 429:
            return
        log.warning("the model takes no more for now", status=response.status, wait_ms=wait_ms)
        self._closed_until = now + (wait_ms or 0)
        raise Limited(wait_ms or SECOND_MS)


def model_of(security: Security, clock: Clock) -> Model | None:
    """The model of a node; None where its settings name no endpoint."""
    drafts = security.drafts
    return None if drafts is None else Model(drafts, security.allow_networks, clock)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise Unusable("more than a reply by far")
    return body


def _told(why: Unwritten) -> Unwritten:
    """The same, after the log was told the reason; never the words."""
    log.warning("no draft", code=why.code, why=str(why)[:MOST_TOLD])
    return why


def _in_words(error: Exception) -> str:
    """Without the address: people put secrets into paths."""
    said = in_words(error)
    if isinstance(error, OutOfReach):
        return f"{said}; name its network in security.allow_networks, or use https"
    return said
