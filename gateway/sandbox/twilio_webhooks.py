"""The sandbox's webhooks: signed as Twilio signs, brought once, and broken on demand. Bounded."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from twilio.request_validator import RequestValidator

MAX_KEPT = 500
ALWAYS = 1_000_000  # times; a fault that is on stays on
MAX_REPLY = 16_000  # characters; what a caller hears is in it
TIMEOUT_S = 15.0  # Twilio's own


class Fault(StrEnum):
    """What goes wrong next, so many times."""

    THROTTLE = "throttle"  # 429 with Retry-After, nothing sent
    UNAVAILABLE = "unavailable"  # 503, nothing sent
    ERROR_AFTER = "error_after"  # sent, then 500
    LOST_ANSWER = "lost_answer"  # sent, then the connection breaks
    UNDELIVERED = "undelivered"  # accepted, then reported undelivered
    DOUBLE_WEBHOOK = "double_webhook"  # a webhook comes twice
    LATE_WEBHOOK = "late_webhook"  # a webhook waits for release
    REVERSED_WEBHOOKS = "reversed_webhooks"  # delivered is told before queued


class Faults:
    """What is to go wrong; each fault is used up as it strikes."""

    def __init__(self) -> None:
        self._left: Counter[Fault] = Counter()

    def set(self, fault: Fault, times: int) -> None:
        """Let it happen so many times from now on."""
        self._left[fault] = max(times, 0)

    def strikes(self, fault: Fault) -> bool:
        """Whether it happens now."""
        if self._left[fault] <= 0:
            return False
        self._left[fault] -= 1
        return True

    def left(self) -> dict[str, int]:
        """What is still to come."""
        return {fault: times for fault, times in self._left.items() if times}


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook and its answer; status 0 when nobody answered."""

    url: str
    fields: dict[str, str]
    status: int
    reply: str


class Webhooks:
    """Brings webhooks to Parley, and remembers the newest with their answers."""

    def __init__(
        self,
        auth_token: str,
        session: Callable[[], aiohttp.ClientSession],
        make_id: Callable[[], str],
        faults: Faults,
    ) -> None:
        self._validator = RequestValidator(auth_token)
        self._new_session = session
        self._make_id = make_id
        self._faults = faults
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: deque[tuple[str, dict[str, str]]] = deque(maxlen=MAX_KEPT)
        self.newest: deque[Webhook] = deque(maxlen=MAX_KEPT)

    async def open(self) -> None:
        """Make the session."""
        self._session = self._new_session()

    async def close(self) -> None:
        """Drop what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on in the background, as Twilio does after its answer."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def held(self) -> int:
        """How many wait for release."""
        return len(self._held)

    async def bring(self, url: str, fields: dict[str, str]) -> Webhook | None:
        """Post one; None when it is held. Twilio tries once."""
        if self._faults.strikes(Fault.LATE_WEBHOOK):
            self._held.append((url, fields))
            return None
        return await self.ask(url, fields)

    async def ask(self, url: str, fields: dict[str, str]) -> Webhook:
        """Post one whose answer somebody waits for: it is never held."""
        if self._faults.strikes(Fault.DOUBLE_WEBHOOK):
            await self._post(url, fields)
        return await self._post(url, fields)

    async def release(self) -> int:
        """Post what is held, oldest first; how many that were."""
        count = 0
        while self._held:
            await self._post(*self._held.popleft())
            count += 1
        return count

    async def _post(self, url: str, fields: dict[str, str]) -> Webhook:
        assert self._session is not None, "the sandbox has not been started"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": self._validator.compute_signature(url, fields),
            "I-Twilio-Idempotency-Token": self._make_id(),
        }
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.post(
                url, data=urlencode(fields).encode(), headers=headers, timeout=timeout
            ) as response:
                status, reply = response.status, await response.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            status, reply = 0, f"{type(error).__name__}: {error}"
        webhook = Webhook(url=url, fields=fields, status=status, reply=reply[:MAX_REPLY])
        self.newest.append(webhook)
        return webhook
