"""The node's providers on loopback, in the test's own process: they outlive every kill."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from enum import StrEnum
from random import SystemRandom
from typing import NamedTuple

import aiohttp
from aiohttp import web

from gateway.domain.clock import SystemClock
from gateway.domain.ids import IdMaker
from gateway.sandbox.mail import MailSandbox
from gateway.sandbox.twilio import TwilioSandbox
from tests.faults.ledger import Ledger
from tests.faults.node import MAIL_PASSWORD, MAIL_USER, NUMBER, SID, TOKEN, Mailbox
from tests.ports import HOST

REPLY = re.compile(rb"\bout-[a-z]+-\d+\b")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Trouble(StrEnum):
    """What befalls one request to send an SMS."""

    REQUEST_LOST = "request lost"  # the connection is cut before Twilio acts
    THROTTLED = "throttled"  # 429, Retry-After in seconds
    THROTTLED_UNTIL = "throttled until"  # 429, Retry-After as a date
    UNAVAILABLE = "unavailable"  # 503, nothing done
    ANSWER_LOST = "answer lost"  # done, and the connection is cut
    ANSWER_TORN = "answer torn"  # done, and it is cut in the middle of the answer
    ERROR_AFTER = "error after"  # done, then 500
    SILENCE = "silence"  # done, and no answer ever comes


MAIL_LETTERS = 100_000  # a mail server that forgets none, however long the node is away
RETRY_AFTER_S = 4  # longer than Parley's own patience after the first try


def _refusal(status: int, retry_after: str) -> web.Response:
    problem = {"code": 20_000 + status, "message": "not now", "status": status}
    return web.json_response(problem, status=status, headers={"Retry-After": retry_after})


def _date() -> str:
    """The next whole second that is RETRY_AFTER_S away, as HTTP writes it."""
    return formatdate(int(time.time()) + RETRY_AFTER_S + 1, usegmt=True)


REFUSALS: dict[Trouble | None, Callable[[], web.Response]] = {
    Trouble.THROTTLED: lambda: _refusal(429, str(RETRY_AFTER_S)),
    Trouble.THROTTLED_UNTIL: lambda: _refusal(429, _date()),
    Trouble.UNAVAILABLE: lambda: _refusal(503, "1"),
}


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _broken(
    trouble: Trouble | None, request: web.Request, answer: web.StreamResponse
) -> web.StreamResponse:
    """What comes of an answer on its way."""
    match trouble:
        case Trouble.ERROR_AFTER:
            return _refusal(500, "1")
        case Trouble.ANSWER_LOST:
            return _cut(request)
        case Trouble.ANSWER_TORN:
            torn = web.StreamResponse(headers={"Content-Length": "500"})
            await torn.prepare(request)
            await torn.write(b'{"sid": "SM')
            return _cut(request)
        case Trouble.SILENCE:
            await asyncio.get_running_loop().create_future()
    return answer


class Seen(NamedTuple):
    """One request that reached the stand-in for Twilio."""

    at: float  # time.monotonic()
    method: str
    path: str
    text: str  # of the SMS that was asked for


class Providers:
    """Twilio and a mail server."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.mail = MailSandbox(
            username=MAIL_USER,
            password=MAIL_PASSWORD,
            clock=clock,
            max_letters=MAIL_LETTERS,
        )
        self.twilio = TwilioSandbox(
            account_sid=SID,
            auth_token=TOKEN,
            numbers=(NUMBER,),
            webhook_url=f"http://{HOST}:9/unused",  # the customers of these tests post themselves
            session=aiohttp.ClientSession,
            make_id=IdMaker(clock, SystemRandom()),
            clock=clock,
        )
        self.seen: list[Seen] = []
        self.plans: dict[str, list[Trouble]] = {}  # words of an SMS -> what befalls its tries
        self.slow_s = 0.0  # how long Twilio takes to answer what it has done
        self.sms_port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        await self.mail.start()
        app = self.twilio.app()
        app.middlewares.append(self._between)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0)
        await site.start()
        self.sms_port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close everything."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self.mail.stop()

    @property
    def sms_api(self) -> str:
        """Where Twilio is."""
        return f"http://{HOST}:{self.sms_port}"

    @property
    def mailbox(self) -> Mailbox:
        """Where the mail server is."""
        return Mailbox(self.mail.address, self.mail.imap_port, self.mail.smtp_port)

    @web.middleware
    async def _between(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note each request with the instant at which it came, and break what is to be broken."""
        text = ""
        if request.method == "POST" and request.path.endswith("/Messages.json"):
            text = str((await request.post()).get("Body", ""))
        self.seen.append(Seen(time.monotonic(), request.method, request.path, text))
        planned = self.plans.get(text)
        trouble = planned.pop(0) if planned else None
        if trouble in REFUSALS:
            return REFUSALS[trouble]()
        if trouble is Trouble.REQUEST_LOST:
            return _cut(request)
        answer = await handler(request)
        await asyncio.sleep(self.slow_s)
        return await _broken(trouble, request, answer)

    @property
    def asked_to_send(self) -> int:
        """How often Twilio was asked to send something."""
        return sum(bool(each.text) for each in self.seen)

    # --- what the customers got ------------------------------------------------------------------

    async def sms_sent(self) -> list[str]:
        """The words of every SMS that Twilio took from us, in the order in which it took them."""
        async with aiohttp.request("GET", f"{self.sms_api}/sandbox/sms/messages") as answer:
            found = (await answer.json())["messages"]
        return [each["body"] for each in found if each["direction"] == "outbound-api"]

    async def hold_reports(self) -> None:
        """Twilio's reports of what became of an SMS wait until they are released."""
        await self._sandbox("faults", {"fault": "late_webhook", "times": 1_000})

    async def release_reports(self) -> None:
        """They come, late."""
        await self._sandbox("faults", {"fault": "late_webhook", "times": 0})
        await self._sandbox("release", None)

    async def _sandbox(self, what: str, body: object) -> None:
        url = f"{self.sms_api}/sandbox/sms/{what}"
        async with aiohttp.request("POST", url, json=body) as answer:
            assert answer.status == 200, await answer.text()

    def tries(self, text: str) -> list[float]:
        """When Twilio was asked to send this."""
        return [each.at for each in self.seen if each.text == text]


async def doubles(ledger: Ledger, providers: Providers, deaths: int) -> list[str]:
    """Who got the same twice: never by SMS; by mail only as the same mail, once a death at most."""
    counted = Counter(await providers.sms_sent())
    faults = [f"the SMS {text!r} was sent {n} times" for text, n in counted.items() if n > 1]
    mail = providers.mail
    letters = [letter for address in mail.addresses() for letter in mail.sent_to(address)]
    ids: dict[str, set[str]] = {}
    for letter in letters:
        found = REPLY.search(letter.raw)
        if found is not None:
            ids.setdefault(found.group().decode(), set()).add(letter.message_id)
    faults += [f"{word} went out as {of_word}" for word, of_word in ids.items() if len(of_word) > 1]
    again = sum(letter.again for letter in letters)
    if again > deaths:
        faults.append(f"{again} mails came twice in {deaths} deaths")
    return faults
