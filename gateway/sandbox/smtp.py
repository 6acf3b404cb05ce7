"""An SMTP server on the loop that is there: aiosmtpd behind start and stop."""

import asyncio
import logging
from typing import Any, Protocol, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

IDENT = "sandbox"
HOSTNAME = "mx.sandbox.example"
MAX_MAIL_BYTES = 50 * 1024 * 1024
PARTING_S = 2.0

# It would tell the log every command of every connection.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class CutConnection(Exception):  # an answer too: none
    """The connection is to be cut without an answer."""


class Postmaster(Protocol):
    """Who decides about mails. Each answer is a line of SMTP."""

    def may_log_in(self, username: str, password: str) -> bool:
        """Whether these credentials are right."""
        ...

    async def recipient(self, address: str, *, authenticated: bool) -> str:
        """The answer to RCPT TO."""
        ...

    async def data(self, sender: str, recipients: list[str], raw: bytes) -> str:
        """The answer to the final dot; raises CutConnection instead of answering."""
        ...


class _Handler:
    """aiosmtpd's hooks, by its names."""

    def __init__(self, postmaster: Postmaster) -> None:
        self._postmaster = postmaster

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._postmaster.recipient(
            address, authenticated=bool(session.authenticated)
        )
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        sender = envelope.mail_from or ""
        try:
            return await self._postmaster.data(sender, envelope.rcpt_tos, raw)
        except CutConnection:
            _abort(server)
            # The loss of the connection cancels this task before it can answer.
            await asyncio.get_running_loop().create_future()
            raise


def _abort(connection: SMTP) -> None:
    """Cut a connection. uvloop's transports are asyncio's by their methods only."""
    transport = connection.transport
    if transport is not None:
        cast("asyncio.Transport", transport).abort()


class _Connection(SMTP):
    """One connection, which the server knows of while it stands."""

    def __init__(self, open_ones: set["_Connection"], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_ones = open_ones

    @property
    def task(self) -> "asyncio.Task[None] | None":
        """What serves it."""
        return self._handler_coroutine

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note it."""
        super().connection_made(transport)
        self._open_ones.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(error)
        self._open_ones.discard(self)


class SmtpServer:
    """Takes mails for a postmaster."""

    def __init__(self, postmaster: Postmaster) -> None:
        self._postmaster = postmaster
        self._server: asyncio.Server | None = None
        self.port = 0  # where it listens, or did
        self._open_ones: set[_Connection] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 is any free one."""
        loop = asyncio.get_running_loop()
        handler = _Handler(self._postmaster)

        def connection() -> _Connection:
            return _Connection(
                self._open_ones,
                handler,
                data_size_limit=MAX_MAIL_BYTES,
                enable_SMTPUTF8=True,
                hostname=HOSTNAME,
                ident=IDENT,
                authenticator=self._authenticate,
                auth_require_tls=False,
                loop=loop,
            )

        self._server = await loop.create_server(connection, host, port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection. Twice is fine."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        tasks = [each.task for each in self._open_ones if each.task is not None]
        for each in list(self._open_ones):
            _abort(each)
        if tasks:
            await asyncio.wait(tasks, timeout=PARTING_S)

    def _authenticate(
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        _mechanism: str,
        auth_data: Any,
    ) -> AuthResult:
        known = isinstance(auth_data, LoginPassword) and self._postmaster.may_log_in(
            auth_data.login.decode("utf-8", "replace"),
            auth_data.password.decode("utf-8", "replace"),
        )
        return AuthResult(success=known, handled=False)
