"""One mail through our SMTP server: one try, and what is certain about it.

Until the final dot is written the server cannot have taken the mail, so every failure before it is
certain. After the dot only the server's answer counts; without one nobody knows.
"""

import asyncio
import ssl
from contextlib import suppress
from enum import IntEnum

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)
from aiosmtplib.response import SMTPResponse

from adapters.email.failures import in_words
from adapters.email.settings import SmtpSettings
from adapters.email.wire.addresses import ascii_domain
from adapters.email.wire.bounce import shortened
from adapters.email.wire.charsets import clean
from adapters.email.wire.reasons import find_status, reason_for
from gateway.contract import Accepted, Deferred, InDoubt, Outcome, Reason, Rejected

TOTAL_TIMEOUT_S = 50.0
COMMAND_TIMEOUT_S = 20.0
QUIT_TIMEOUT_S = 1.0
CHUNK_BYTES = 256 * 1024

# RFC 4954 and RFC 5321: what an answer to authentication, or the want of it, looks like.
_CREDENTIALS = frozenset((454, 530, 534, 535, 538))


class _Stage(IntEnum):
    """How far a try came."""

    CONNECTING = 0
    SENDER = 1
    RECIPIENT = 2
    CONTENT = 3
    DOT = 4


class _Refused(Exception):
    """The server answered no; the outcome is known."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


class Delivery:
    """One try."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext | None, helo: str) -> None:
        self._settings = settings
        self._stage = _Stage.CONNECTING
        self._client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            local_hostname=helo,
            tls_context=context,
            timeout=COMMAND_TIMEOUT_S,
        )

    async def check(self) -> None:
        """Connect and log in, no more. Raises OSError or SMTPException."""
        try:
            await self._client.connect()
            await self._part()
        finally:
            self._client.close()

    async def run(self, sender: str, recipient: str, data: bytes, message_id: str) -> Outcome:
        """Try once."""
        try:
            outcome = await self._outcome(sender, recipient, data, message_id)
            await self._part()
            return outcome
        finally:
            self._client.close()

    async def _outcome(self, sender: str, recipient: str, data: bytes, message_id: str) -> Outcome:
        try:
            async with asyncio.timeout(TOTAL_TIMEOUT_S):
                response = await self._speak(sender, recipient, data)
        except _Refused as refused:
            return refused.outcome
        except (SMTPException, OSError, ValueError) as error:
            self._client.close()  # there is nobody to say good-bye to
            return self._broken(error)
        if 200 <= response.code < 300:
            return Accepted(provider_id=message_id)
        return self._answer(response)

    async def _speak(self, sender: str, recipient: str, data: bytes) -> SMTPResponse:
        """The dialogue up to the answer to the final dot."""
        client = self._client
        await client.connect()
        if client.is_ehlo_or_helo_needed:  # neither TLS nor a log-in has made it introduce itself
            try:
                await client.ehlo()
            except SMTPHeloError:
                await client.helo()
        self._stage = _Stage.SENDER
        await self._expect(b"MAIL", b"FROM:<%s>" % _wire(sender), *self._options(recipient, data))
        self._stage = _Stage.RECIPIENT
        await self._expect(b"RCPT", b"TO:<%s>" % _wire(recipient))
        self._stage = _Stage.CONTENT
        response = await client.execute_command(b"DATA")
        if response.code != 354:
            raise _Refused(self._answer(response))
        await self._write(_stuffed(data))
        self._stage = _Stage.DOT
        return await client.execute_command(b".", timeout=TOTAL_TIMEOUT_S)

    async def _expect(self, *command: bytes) -> None:
        response = await self._client.execute_command(*command)
        if not 200 <= response.code < 300:
            raise _Refused(self._answer(response))

    def _options(self, recipient: str, data: bytes) -> list[bytes]:
        options: list[bytes] = []
        if self._client.supports_extension("size"):
            allowed = self._client.esmtp_extensions.get("size", "").strip()
            if allowed.isdigit() and 0 < int(allowed) < len(data):
                detail = f"the mail has {len(data)} bytes, the server takes {allowed}"
                raise _Refused(Rejected(reason=Reason.TOO_LARGE, detail=detail))
            options.append(b"SIZE=%d" % len(data))
        if not ascii_domain(recipient).isascii():
            if not self._client.supports_extension("smtputf8"):
                detail = "the server takes no addresses beyond ASCII (SMTPUTF8)"
                raise _Refused(Rejected(reason=Reason.UNSUPPORTED, detail=detail))
            options.append(b"SMTPUTF8")
        return options

    async def _write(self, data: bytes) -> None:
        """The content, waiting for the network, so that a loss is noticed before the dot."""
        for start in range(0, len(data), CHUNK_BYTES):
            protocol = self._client.protocol
            if protocol is None:
                raise ConnectionResetError("connection lost")
            protocol.write(data[start : start + CHUNK_BYTES])
            await protocol._drain_helper()
        if not self._client.is_connected:
            raise ConnectionResetError("connection lost")

    def _answer(self, response: SMTPResponse) -> Outcome:
        """What an unfriendly answer means at this stage."""
        words = shortened(
            clean(f"{response.code} {response.message}".encode("utf-8", "replace").decode())
        )
        status = find_status(words)
        reason = reason_for(status, response.message)
        if response.code in _CREDENTIALS:
            # The password can be mended while the mail waits; the message is not at fault.
            return Deferred(reason=Reason.CREDENTIALS, detail=words)
        if 400 <= response.code < 500:
            deferred = Reason.UNAVAILABLE if reason is Reason.OTHER else reason
            return Deferred(reason=deferred, detail=words)
        if 500 <= response.code < 600:
            if reason is Reason.OTHER and self._stage is _Stage.RECIPIENT:
                reason = Reason.INVALID_RECIPIENT
            return Rejected(reason=reason, detail=words, code=status or str(response.code))
        if self._stage is _Stage.DOT:
            return InDoubt(detail=f"an answer nobody understands: {words}")
        return Deferred(reason=Reason.UNAVAILABLE, detail=words)

    def _broken(self, error: Exception) -> Outcome:
        """The dialogue ended without an answer to what was asked."""
        detail = shortened(clean(in_words(error)))
        if self._stage is _Stage.DOT:
            return InDoubt(detail=f"the server's answer to the mail was lost ({detail})")
        if isinstance(error, SMTPAuthenticationError):
            return Deferred(reason=Reason.CREDENTIALS, detail=detail)
        if isinstance(error, SMTPResponseException) and error.code in _CREDENTIALS:
            return Deferred(reason=Reason.CREDENTIALS, detail=detail)
        return Deferred(reason=Reason.UNAVAILABLE, detail=detail)

    async def _part(self) -> None:
        """Say good-bye; whether it is heard changes nothing."""
        with suppress(SMTPException, OSError):
            async with asyncio.timeout(QUIT_TIMEOUT_S):
                await self._client.quit()


def _wire(address: str) -> bytes:
    return ascii_domain(address).encode("utf-8")


def _stuffed(data: bytes) -> bytes:
    """With a dot before every line that begins with one (RFC 5321, 4.5.2)."""
    whole = data if data.endswith(b"\r\n") else data + b"\r\n"
    whole = whole.replace(b"\r\n.", b"\r\n..")
    return b"." + whole if whole.startswith(b".") else whole
