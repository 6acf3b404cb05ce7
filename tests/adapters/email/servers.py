"""Mail servers for the tests: what the sandbox's real ones cannot do. Fakes speak the wire itself."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free port; its connections end with it."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, EOFError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, HOST, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def eventually(holds: Callable[[], bool], patience_s: float = 20.0) -> None:
    """As soon as something holds that nobody announces."""
    async with asyncio.timeout(patience_s):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


# --- SMTP ----------------------------------------------------------------------------------------

CUT = b"cut"  # instead of an answer: the end of the connection
SILENCE = b"silence"  # instead of an answer: nothing, for ever


class ScriptedSmtp:
    """Answers each command by a table; what is not in it gets 250. Keeps what it was told."""

    def __init__(self, greeting: bytes = b"220 ready", **answers: bytes) -> None:
        self.greeting = greeting
        self.answers = {"EHLO": b"250-mx\r\n250 8BITMIME", "DATA": b"354 go on", "QUIT": b"221 bye"}
        self.answers |= answers
        self.commands: list[bytes] = []
        self.mails: list[bytes] = []
        self.taken = asyncio.Event()  # the first final dot

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if not await self._answer(writer, self.greeting):
            return
        while line := await reader.readline():
            self.commands.append(line.rstrip())
            verb = line.split()[0].decode().upper()
            if not await self._answer(writer, self.answers.get(verb, b"250 OK")):
                return
            if verb == "DATA" and self.answers["DATA"].startswith(b"354"):
                if not await self._content(reader, writer):
                    return
            elif verb == "QUIT":
                return

    async def _content(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """The mail, to its final dot, or to where the script cuts it."""
        if "BODY" in self.answers:
            await reader.read(64 * 1024)
            writer.transport.abort()
            return False
        lines: list[bytes] = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b"."))
        self.mails.append(b"".join(lines))
        self.taken.set()
        return await self._answer(writer, self.answers.get("DOT", b"250 2.0.0 queued"))

    async def _answer(self, writer: asyncio.StreamWriter, answer: bytes) -> bool:
        if answer == CUT:
            writer.transport.abort()
            return False
        if answer == SILENCE:
            await asyncio.get_running_loop().create_future()
        writer.write(answer + b"\r\n")
        await writer.drain()
        return True


# --- IMAP ----------------------------------------------------------------------------------------


class Proxy:
    """Stands before an IMAP server; may cut what it says, or change it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cut_after: int | None = None  # bytes of the server's, over one connection
        self.replace: tuple[bytes, bytes] = (b"", b"")
        self.replaced = 0
        self.most_replaced = 1_000  # answers
        self.heard: list[bytes] = []  # what clients said
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        up_reader, up_writer = await asyncio.open_connection(HOST, self._port)
        up = asyncio.create_task(self._upwards(reader, up_writer))
        try:
            await self._downwards(up_reader, writer)
        finally:
            up.cancel()
            up_writer.close()
            await asyncio.gather(up, return_exceptions=True)

    async def _upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(64 * 1024):
            self.heard.append(data)
            writer.write(data)
        writer.close()  # whoever hangs up has hung up on the server, too

    async def _downwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self.cut_after
        while data := await reader.read(64 * 1024):
            if self.replace[0] and self.replace[0] in data and self.replaced < self.most_replaced:
                data = data.replace(*self.replace)
                self.replaced += 1
            if left is not None and len(data) >= left:
                writer.write(data[:left])
                with contextlib.suppress(ConnectionError):
                    await writer.drain()
                return
            left = None if left is None else left - len(data)
            writer.write(data)
            await writer.drain()


class TlsFront:
    """Speaks STARTTLS for an IMAP server that cannot, then hands on."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._proxy = Proxy(port)
        self._context = context
        self.plain: list[bytes] = []  # what was said before the encryption

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            self.plain.append(line)
            tag, verb = line.split()[:2]
            if verb.upper() == b"CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n")
            elif verb.upper() == b"STARTTLS":
                writer.write(tag + b" OK begin\r\n")
                await writer.drain()
                await writer.start_tls(self._context)
                await self._hand_on(reader, writer)
                return

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The server's greeting was told already."""
        up_reader, up_writer = await asyncio.open_connection(HOST, self._proxy._port)
        await up_reader.readline()
        up = asyncio.create_task(self._proxy._upwards(reader, up_writer))
        try:
            await self._proxy._downwards(up_reader, writer)
        finally:
            up.cancel()
            up_writer.close()


# --- certificates --------------------------------------------------------------------------------


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """A server's context and the authority's certificate that clients must know to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=4_000))
        .not_valid_after(now + dt.timedelta(days=30_000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
