"""Customers on three channels and agents who answer them, through every crash, into a ledger.

Whoever was not answered 2xx says the same again, as providers and browsers do, and says nothing
new before it was. So what was acknowledged in an order must be stored in that order.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from email.message import EmailMessage
from functools import partial
from random import Random
from typing import Any

import aiohttp
from twilio.request_validator import RequestValidator

from gateway.sandbox.mail import MailSandbox
from tests.faults.ledger import Ledger
from tests.faults.node import ADMIN, AGENTS, NUMBER, SID, TOKEN, Node

AGAIN_S = 0.2  # who tries more often takes from the node the time to start
ANSWER_S = 10.0
VISITORS_PAUSE_S = 1.6  # a visitor may say 40 things a minute
MISSING = (aiohttp.ClientError, OSError, TimeoutError)

_sign = RequestValidator(TOKEN).compute_signature


class Driver:
    """All of them. `url` may be a proxy's in front of the node."""

    def __init__(
        self, node: Node, mail: MailSandbox | None, random: Random, ledger: Ledger
    ) -> None:
        self.node = node
        self.ledger = ledger
        self.random = random
        self.mail = mail
        self.rate = 30.0  # events a second, all channels together
        self._client: aiohttp.ClientSession
        self._tasks: list[asyncio.Task[None]] = []
        self._quiet = asyncio.Event()

    async def start(
        self,
        *,
        phones: int = 8,
        visitors: int = 8,
        letters: int = 3,
        agents: tuple[str, ...] = AGENTS,
    ) -> None:
        """Everybody begins."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        self._client = aiohttp.ClientSession(
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0),
        )
        self._quiet.clear()
        chat_rate = visitors / VISITORS_PAUSE_S
        mail_rate = float(letters)
        pause = phones / max(1.0, self.rate - chat_rate - mail_rate - 5)
        people: list[Coroutine[Any, Any, None]] = [
            *(self._phone(f"phone{i}", pause) for i in range(phones)),
            *(self._visitor(f"visitor{i}") for i in range(visitors)),
            *(self._writer(f"writer{i}") for i in range(letters if self.mail else 0)),
            *(self._agent(login) for login in agents),
        ]
        self._tasks = [asyncio.create_task(each) for each in people]

    async def calm(self, within_s: float = 30.0) -> None:
        """Nobody begins anything new; what was begun is brought to its end."""
        self._quiet.set()
        try:
            async with asyncio.timeout(within_s):
                await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._client.close()

    def check(self) -> None:
        """Raise what made one of them stop."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                raise task.exception()  # type: ignore[misc]

    async def _pause(self, mean_s: float) -> None:
        """A while, of no regular length; short once it is to be quiet."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.random.uniform(0.2, 1.8) * mean_s):
                await self._quiet.wait()

    async def until(self, attempt: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What it returns once it is something; the node may be away meanwhile."""
        while True:
            try:
                found = await attempt()
            except MISSING:
                found = None
            if found is not None:
                return found
            await asyncio.sleep(AGAIN_S)

    # --- customers -------------------------------------------------------------------------------

    async def _phone(self, name: str, pause_s: float) -> None:
        number = 0
        sender = f"+49151{int.from_bytes(name.encode(), 'big') % 10**8:08d}"
        while not self._quiet.is_set():
            number += 1
            word = self.ledger.offer(name, number)
            await self.until(partial(self.sms, sender, word, f"{word} where is my order?"))
            self.ledger.ack(word)
            await self._pause(pause_s)

    async def sms(self, sender: str, sid: str, text: str) -> bool | None:
        """Post one as Twilio does; True once it is acknowledged."""
        fields = {
            "MessageSid": sid,
            "AccountSid": SID,
            "From": sender,
            "To": NUMBER,
            "Body": text,
            "NumMedia": "0",
        }
        url = f"{self.node.url}/in/sms"
        headers = {"X-Twilio-Signature": _sign(url, fields)}
        async with self._client.post(url, data=fields, headers=headers) as answer:
            assert answer.status in (200, 503), f"{answer.status}: {await answer.text()}"
            return True if answer.status == 200 else None

    async def _writer(self, name: str) -> None:
        """Writes mails. The mail server keeps them, whatever becomes of us."""
        assert self.mail is not None
        number = 0
        while not self._quiet.is_set():
            number += 1
            word = self.ledger.offer(name, number)
            await self.mail.deliver(letter(name, word, self.mail.address))
            self.ledger.ack(word)
            await self._pause(1.0)

    async def _visitor(self, name: str) -> None:
        visitor = Visitor(self._client, self.node.url, name)
        number = 0
        try:
            while not self._quiet.is_set():
                number += 1
                word = self.ledger.offer(name, number)
                await self.until(partial(visitor.say, word, f"{word} is it in stock?"))
                self.ledger.ack(word)
                await self._pause(VISITORS_PAUSE_S)
        finally:
            await visitor.close()

    # --- agents ----------------------------------------------------------------------------------

    async def _agent(self, login: str) -> None:
        """Answers now one, now another."""
        number = 0
        await self.until(lambda: self.present(login))
        while not self._quiet.is_set():
            await self._pause(0.4)
            number += 1
            seen = await self.until(lambda: self.look(login))
            conversation = self.random.choice(seen)
            await self.until(partial(self.reply, login, conversation, f"out-{login}-{number}"))

    async def present(self, login: str) -> bool | None:
        """Be there."""
        url, headers = f"{self.node.url}/api/v1/me/presence", self.node.cookies(login)
        async with self._client.put(url, json={"presence": "available"}, headers=headers) as answer:
            return True if answer.status in (200, 202) else None

    async def look(self, login: str) -> list[str] | None:
        """The newest conversations; None while there are none."""
        url, headers = f"{self.node.url}/api/v1/conversations", self.node.cookies(login)
        async with self._client.get(url, headers=headers) as answer:
            items = (await answer.json())["items"] if answer.status == 200 else []
            return [item["id"] for item in items] or None

    async def reply(self, login: str, conversation: str, word: str) -> str | None:
        """Answer, under the same key however often it takes; the message's id."""
        self.ledger.asked.add(word)
        url = f"{self.node.url}/api/v1/conversations/{conversation}/reply"
        headers = {**self.node.cookies(login), "Idempotency-Key": word}
        async with self._client.post(url, json={"text": word}, headers=headers) as answer:
            assert answer.status in (202, 503), f"{answer.status}: {await answer.text()}"
            if answer.status != 202:
                return None
            ident = str((await answer.json())["message"]["id"])
        known = self.ledger.replies.setdefault(word, ident)
        assert known == ident, f"{word} was written as {known} and as {ident}"
        return ident

    async def apply_rulebook(self) -> int | None:
        """Put the rulebook in force that is in force already, as a version of its own."""
        url, headers = f"{self.node.url}/api/v1/rulebook", self.node.cookies(ADMIN)
        async with self._client.get(url, headers=headers) as answer:
            if answer.status != 200:
                return None
            rulebook = (await answer.json())["rulebook"]
        body = {"rulebook": rulebook}
        async with self._client.post(f"{url}/apply", json=body, headers=headers) as answer:
            return int((await answer.json())["version"]) if answer.status == 200 else None


class Visitor:
    """A browser with a chat window: it reconnects, resumes, and keeps what it was shown."""

    def __init__(self, client: aiohttp.ClientSession, url: str, name: str) -> None:
        self._client = client
        self._url = url
        self._from = f"10.1.2.{sum(name.encode()) % 250}"
        self._token: str | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.shown: list[tuple[int, str]] = []  # seq and text of what the window shows

    async def say(self, word: str, text: str) -> bool | None:
        """Send it; True once it is acknowledged, None when the connection broke first."""
        socket = await self._joined()
        try:
            await socket.send_json({"type": "message", "id": word, "text": text})
            async with asyncio.timeout(ANSWER_S):
                while True:
                    frame = await self._hear(socket)
                    if frame is None or (frame["type"] == "error" and frame.get("id") == word):
                        return None
                    if frame["type"] == "ack" and frame["id"] == word:
                        return True
        except MISSING:
            self._socket = None
            raise

    async def catch_up(self, seq: int) -> bool | None:
        """Take what comes; True once it has been shown everything up to there."""
        socket = await self._joined()
        while not self.shown or self.shown[-1][0] < seq:
            if await self._hear(socket) is None:
                return None
        return True

    async def close(self) -> None:
        """Shut the window."""
        if self._socket is not None:
            await self._socket.close()

    async def _joined(self) -> aiohttp.ClientWebSocketResponse:
        if self._socket is not None and not self._socket.closed:
            return self._socket
        headers = {"X-Forwarded-For": self._from}
        socket = await self._client.ws_connect(f"{self._url}/chat/chat", headers=headers)
        after = self.shown[-1][0] if self.shown else 0
        await socket.send_json({"type": "hello", "token": self._token, "after": after})
        async with asyncio.timeout(ANSWER_S):
            frame = await self._hear(socket)
        if frame is None:
            raise ConnectionResetError("cut before the welcome")
        assert frame["type"] == "welcome", frame
        self._token = frame.get("token", self._token)
        self._socket = socket
        return socket

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any] | None:
        """The next frame; None when there are no more."""
        message = await socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            self._socket = None
            return None
        frame: dict[str, Any] = message.json()
        if frame["type"] == "message":
            self.shown.append((frame["seq"], frame["text"]))
        return frame


def letter(name: str, word: str, to: str) -> bytes:
    """A customer's mail, with a file."""
    mail = EmailMessage()
    mail["From"] = f"{name.title()} <{name}@example.com>"
    mail["To"] = to
    mail["Subject"] = "My order"
    mail["Message-ID"] = f"<{word}@example.com>"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    mail.set_content(f"{word} is what I write about.\n\nKind regards\n{name}\n")
    mail.add_attachment(f"The bill of {word}.\n", filename="bill.txt")
    return mail.as_bytes()
