"""One folder of a mailbox over IMAP: what is new in it, read without marking anything.

The folder is opened read-only (EXAMINE) and mails are fetched by BODY.PEEK[], so nothing of the
mailbox changes; how far we came is the cursor `UIDVALIDITY:UID`, committed with each mail.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import aioimaplib
from aioimaplib.aioimaplib import AUTH, SELECTED, Command, CommandTimeout

from adapters.email.failures import LATE, in_words
from adapters.email.settings import ImapSettings
from gateway.domain.clock import SECOND_MS

T = TypeVar("T")

CONNECT_TIMEOUT_S = 15.0
COMMAND_TIMEOUT_S = 60.0  # without a byte of progress
BATCH = 20  # mails whose sizes are asked at once
ASKED_AGAIN = 3  # times, for a mail that is there and was not handed out
BATCH_BYTES = 2 * 1024 * 1024  # and that are fetched at once when they are together this small
# RFC 2177 allows 29 minutes. But home routers forget a silent connection after five, and some
# servers forget to tell of a mail that came just before IDLE: a look now and then costs little.
IDLE_RENEWAL_S = 25.0

# It would write every byte of every mail into a debug log.
logging.getLogger("aioimaplib.aioimaplib").setLevel(logging.WARNING)

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_FETCH = re.compile(rb"\d+ FETCH \(")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]", re.IGNORECASE)
_EXISTS = re.compile(rb"^\d+ (?:EXISTS|RECENT)", re.IGNORECASE)


class MailboxUnavailable(ConnectionError):
    """The mail server cannot be reached, refuses us, or fell silent; the message says which."""


class Session:
    """A connection that is logged in. Every wait on the server ends when the connection does."""

    def __init__(self, client: Any, lost: asyncio.Future[None]) -> None:
        self._client = client
        self._lost = lost

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: ImapSettings, context: ssl.SSLContext | None
    ) -> AsyncIterator["Session"]:
        """Connect and log in; hang up at the end, whatever happens."""
        if not settings.password.get_secret_value():
            raise MailboxUnavailable("imap.password is empty, so no mail is fetched; set it")
        loop = asyncio.get_running_loop()
        lost: asyncio.Future[None] = loop.create_future()
        client = aioimaplib.IMAP4(
            host=settings.host,
            port=settings.port,
            timeout=COMMAND_TIMEOUT_S,
            conn_lost_cb=lambda _error: _end(lost),
            ssl_context=context if settings.tls == "implicit" else None,
        )
        session = cls(client, lost)
        try:
            await session._run(client.wait_hello_from_server(), CONNECT_TIMEOUT_S)
            if settings.tls == "starttls":
                assert context is not None
                await session._run(session._start_tls(settings.host, context), CONNECT_TIMEOUT_S)
            await session._login(settings)
            yield session
        finally:
            session._hang_up()

    async def _start_tls(self, host: str, context: ssl.SSLContext) -> None:
        protocol = self._client.protocol
        command = Command("STARTTLS", protocol.new_tag(), loop=protocol.loop)
        response = await protocol.execute(command)
        if response.result != "OK" or protocol.incomplete_line:
            raise MailboxUnavailable("the server refuses STARTTLS")
        protocol.transport = await protocol.loop.start_tls(
            protocol.transport, protocol, context, server_hostname=host
        )
        await protocol.capability()

    async def _login(self, settings: ImapSettings) -> None:
        user = aioimaplib.aioimaplib.quoted(settings.username)
        password = settings.password.get_secret_value()
        response = await self._run(self._client.login(user, password), COMMAND_TIMEOUT_S)
        if response.result != "OK":
            raise MailboxUnavailable(f"the server refuses the log-in: {_words(response)}")
        await self._run(self._client.protocol.capability(), COMMAND_TIMEOUT_S)
        if self._client.has_capability("ID"):
            # RFC 2971. NetEase (163, 126, yeah.net) opens no folder to who has not told a name.
            await self._run(self._client.id(name="Parley", vendor="Parley"), COMMAND_TIMEOUT_S)

    async def examine(self, folder: str) -> int:
        """Open a folder read-only; its UIDVALIDITY."""
        name = aioimaplib.aioimaplib.quoted(_modified_utf7(folder))
        self._client.protocol.state = AUTH  # whence the library lets us open another one
        response = await self._run(self._client.examine(name), COMMAND_TIMEOUT_S)
        found = next((m for line in response.lines if (m := _VALIDITY.search(line))), None)
        if response.result != "OK" or found is None:
            raise MailboxUnavailable(f"the folder {folder!r} cannot be read: {_words(response)}")
        self._client.protocol.state = SELECTED
        return int(found.group(1))

    async def uids_after(self, uid: int, since_ms: int | None) -> tuple[list[int], bool]:
        """The UIDs above this one, ascending; and whether the folder changed meanwhile.

        NOOP goes out behind the search, for whatever the server tells until it is answered is
        heard: no mail can slip in between the search and the wait that follows.
        """
        criteria = f"UID {uid + 1}:*" + (f" SINCE {_day(since_ms)}" if since_ms else "")
        search = self._client.uid_search(criteria, charset=None)
        found, told = await self._run(
            asyncio.gather(search, self._client.noop()), COMMAND_TIMEOUT_S
        )
        changed = any(_EXISTS.match(line) for line in told.lines)
        return sorted(number for number in _numbers(found) if number > uid), changed

    async def listed(self, uids: Sequence[int]) -> list[int]:
        """Those of these mails that are in the folder."""
        search = self._client.uid_search(f"UID {_joined(uids)}", charset=None)
        found = _numbers(await self._run(search, COMMAND_TIMEOUT_S))
        return [uid for uid in uids if uid in found]

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How many bytes each mail has; what is gone is absent."""
        return await self._insisting(self._sizes, uids)

    async def mails(self, uids: Sequence[int], part: str = "") -> dict[int, bytes]:
        """The mails, or only their `HEADER`; unmarked. What is gone is absent."""

        async def fetch(asked: Sequence[int]) -> dict[int, bytes]:
            return await self._mails(asked, part)

        return await self._insisting(fetch, uids)

    async def _insisting(
        self, fetch: Callable[[Sequence[int]], Awaitable[dict[int, T]]], uids: Sequence[int]
    ) -> dict[int, T]:
        """Ask again for what was not handed out and is there all the same.

        While somebody deletes other mails, some servers (pymap 0.36) answer with the next one.
        """
        found = await fetch(uids)
        for _ in range(ASKED_AGAIN):
            missing = [uid for uid in uids if uid not in found]
            if not missing or not (missing := await self.listed(missing)):
                break
            found |= await fetch(missing)
        return found

    async def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        sizes: dict[int, int] = {}
        for head, _ in await self._fetch(uids, "(UID RFC822.SIZE)"):
            uid, size = _UID.search(head), _SIZE.search(head)
            if uid and size:
                sizes[int(uid.group(1))] = int(size.group(1))
        return sizes

    async def _mails(self, uids: Sequence[int], part: str) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for head, literal in await self._fetch(uids, f"(UID BODY.PEEK[{part}])"):
            uid = _UID.search(head)
            if uid:
                found[int(uid.group(1))] = literal or b""
        return {uid: data for uid, data in found.items() if uid in uids}

    async def _fetch(self, uids: Sequence[int], what: str) -> list[tuple[bytes, bytes | None]]:
        """Each answer's line without its literal, and the literal."""
        response = await self._run(self._client.uid("FETCH", _joined(uids), what), None)
        if response.result != "OK":
            raise MailboxUnavailable(f"the server does not hand out mails: {_words(response)}")
        answers: list[tuple[bytes, bytes | None]] = []
        for line in response.lines[:-1]:
            if isinstance(line, bytearray):
                if answers:
                    answers[-1] = (answers[-1][0], bytes(line))
            elif _FETCH.match(line):
                answers.append((line, None))
            elif answers:
                answers[-1] = (answers[-1][0] + b" " + line, answers[-1][1])
        return answers

    async def wait(self, poll_interval_s: float) -> None:
        """Until the server says that something came, or it is time to look."""
        if not self._client.has_capability("IDLE"):
            await asyncio.wait({self._lost}, timeout=poll_interval_s)
            self._check()
            return
        idle = await self._run(self._client.idle_start(IDLE_RENEWAL_S * 2), COMMAND_TIMEOUT_S)
        try:
            async with asyncio.timeout(IDLE_RENEWAL_S):
                while True:
                    push = await self._run(self._client.wait_server_push(IDLE_RENEWAL_S), None)
                    if any(_EXISTS.match(line) for line in push if isinstance(line, bytes)):
                        break
        except TimeoutError:
            pass  # time to renew, and to look
        finally:
            if not self._lost.done():
                self._client.idle_done()
        await self._run(asyncio.shield(idle), COMMAND_TIMEOUT_S)

    async def _run(self, awaitable: Awaitable[Any], timeout_s: float | None) -> Any:
        """Await the server's answer, but no longer than the connection lives."""
        task = asyncio.ensure_future(awaitable)
        try:
            await asyncio.wait(
                {task, self._lost}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if task.done():
                return task.result()
        except MailboxUnavailable:
            raise
        except (aioimaplib.AioImapException, OSError, RuntimeError) as error:
            # A RuntimeError is uvloop's word for writing to a connection that is gone.
            if isinstance(error, TimeoutError) and not self._lost.done():
                raise
            raise MailboxUnavailable(_said(error)) from error
        finally:
            if not task.done():
                task.cancel()
        self._check()
        raise MailboxUnavailable("the server does not answer in time")

    def _check(self) -> None:
        if self._lost.done():
            raise MailboxUnavailable("the connection was lost")

    def _hang_up(self) -> None:
        client = self._client
        client._client_task.cancel()
        for task in (*client.tasks, *client.protocol.tasks):
            task.cancel()
        if client._idle_waiter is not None:
            client._idle_waiter.cancel()
        if client.protocol.transport is not None:
            client.protocol.transport.close()


def _end(lost: asyncio.Future[None]) -> None:
    if not lost.done():
        lost.set_result(None)


def _joined(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _numbers(found: Any) -> set[int]:
    """What a search found."""
    if found.result != "OK":
        raise MailboxUnavailable(f"the server does not search: {_words(found)}")
    return {int(word) for line in found.lines[:-1] for word in line.split() if word.isdigit()}


def _words(response: Any) -> str:
    last = response.lines[-1] if response.lines else b""
    return f"{response.result} {bytes(last).decode('utf-8', 'replace')}"[:300]


def _said(error: BaseException) -> str:
    return LATE if isinstance(error, CommandTimeout) else in_words(error)[:300]


def _day(at_ms: int) -> str:
    """A date as IMAP writes it, whatever the machine's language: 05-Jan-2026."""
    day = datetime.fromtimestamp(at_ms / SECOND_MS, UTC)
    return f"{day.day:02}-{_MONTHS[day.month * 3 - 3 : day.month * 3]}-{day.year}"


def _modified_utf7(name: str) -> str:
    """A folder's name as RFC 3501 (5.1.3) writes it: `垃圾邮件` is `&V4NXPpCuTvY-`."""
    out: list[str] = []
    for ascii_run, other_run in re.findall(r"([ -~]+)|([^ -~]+)", name):
        if ascii_run:
            out.append(ascii_run.replace("&", "&-"))
        else:
            coded = other_run.encode("utf-7").decode("ascii")
            out.append("&" + coded[1:].rstrip("-").replace("/", ",") + "-")
    return "".join(out)
