"""An IMAP server with one mailbox, in process: pymap behind four methods.

pymap calls itself alpha and wants to be configured by a command line; what it takes to run it on
the loop that is there, without threads and without asking for names in the DNS, stays in here. Of a
mail that ends with its headers, without a blank line, it gives out one byte too few.
"""

import asyncio
import contextlib
import logging
from argparse import Namespace
from collections import deque
from datetime import UTC, datetime
from typing import Self

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict import mailbox as backend
from pymap.backend.dict.mailbox import MailboxData
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.mime import MessageBody, MessageContent, MessageHeader
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

log = logging.getLogger("gateway.sandbox.imap")

INBOX = "INBOX"
PARTING_S = 2.0  # how long connections may take to notice that they are closed
LINE_BYTES = 64 * 1024


class _Whole(MessageContent):
    """A mail that nobody takes apart.

    pymap would: by calling itself for each part within a part, and by `email.policy.default`, which
    some headers keep busy for minutes. What is put into a mailbox may be anything; who reads it
    here asks for the bytes of the whole or of its header block, and for nothing within.
    """

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Where its header block ends, and no more."""
        head, body = cls._split_lines(data, cls._find_lines(data))
        plain = MessageBody.empty().content_type
        return cls(data, MessageHeader(data, head, []), MessageBody(data, body, plain, []))


setattr(backend, "MessageContent", _Whole)  # noqa: B010 - pymap has no door for it


class _Settings(Config):
    """What pymap asks for."""

    @property
    def greeting(self) -> bytes:
        """The first line of every connection."""
        return b"sandbox ready"


def _settings(username: str, password: str) -> _Settings:
    return _Settings(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host=None,
        port=0,
        tls_enabled=False,
        demo_data=False,
        demo_user=username,
        demo_password=password,
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        invalid_user_sleep=0.0,
    )


class ImapServer:
    """One account with one mailbox, which keeps the newest `max_mails`."""

    def __init__(self, username: str, password: str, *, max_mails: int = 1_000) -> None:
        self._config = _settings(username, password)
        self._login = Login(self._config)
        self._login.users_dict[username] = UserMetadata(self._config, username, password=password)
        self._serve = IMAPServer(self._login, self._config)
        self._server: asyncio.Server | None = None
        self.port = 0  # where it listens, or did
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._max_mails = max_mails
        self._mails: deque[tuple[int, int, bytes]] = deque()  # UID, instant, bytes

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 is any free one."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=LINE_BYTES)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection and forget none of the mails. Twice is fine."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.hang_up()
        if self._connections:
            _, slow = await asyncio.wait(self._connections, timeout=PARTING_S)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    def hang_up(self) -> None:
        """Cut every connection, as a failing network does."""
        for writer in self._connections.values():
            writer.transport.abort()

    async def append(self, raw: bytes, at_ms: int) -> int:
        """Put a mail into the mailbox; its UID. Clients that IDLE are told at once."""
        mailbox = await self._mailbox()
        when = datetime.fromtimestamp(at_ms / 1_000, UTC)
        message = await mailbox.append(AppendMessage(raw, when), recent=True)
        self._mails.append((message.uid, at_ms, raw))
        if len(self._mails) > self._max_mails:
            oldest, _, _ = self._mails.popleft()
            await mailbox.delete([oldest])
        return message.uid

    async def renumber(self, keep: int | None = None) -> None:
        """Give the mailbox another UIDVALIDITY, as a restored server has.

        The mails stay: all, or as many of the newest as it says.
        """
        self.hang_up()
        self._config.set_cache.clear()
        mails, self._mails = list(self._mails), deque()
        for _, at_ms, raw in mails if keep is None else mails[len(mails) - keep :]:
            await self.append(raw, at_ms)

    async def _mailbox(self) -> MailboxData:
        async with self._login.demo_user_identity.new_session() as session:
            return await session.mailbox_set.get_mailbox(INBOX)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            await self._serve(reader, writer, SocketInfoLocal(writer))
        except (ConnectionError, EOFError, asyncio.CancelledError):
            log.debug("a connection was cut")
        except Exception:  # a fault of one connection is no fault of the server
            log.debug("a connection failed", exc_info=True)
        finally:
            del self._connections[task]
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
