"""A whole mail world on loopback: the shop's mailbox, the customers' inboxes, and what goes wrong.

    mail = MailSandbox(address="support@shop.example", username="support", password="...")
    await mail.start()                          # free ports: mail.smtp_port, mail.imap_port
    await mail.deliver(raw)                     # byte for byte into the shop's mailbox
    letters = await mail.wait_for("li@example.com")     # what has been sent to a customer
    mail.faults.set(MailFault.REJECT, "li@example.com", times=1)
    await mail.stop()

Whatever is for the shop's domain lies in its mailbox, to be read by IMAP (IDLE works); what is for
any other address lies in that customer's inbox, bounded. Both directions pass the SMTP server.
"""

import asyncio
from collections import Counter, deque
from enum import StrEnum

import msgspec

from gateway.domain.clock import Clock, SystemClock
from gateway.sandbox import letters
from gateway.sandbox.bell import Bell
from gateway.sandbox.imap import ImapServer
from gateway.sandbox.smtp import HOSTNAME, CutConnection, SmtpServer

HOST = "127.0.0.1"
ALWAYS = -1  # of a fault: until it is cleared
MAX_LETTERS = 2_000
MAX_LETTER_BYTES = 64 * 1024 * 1024  # of all letters together


class MailFault(StrEnum):
    """What can go wrong with a mail to a customer."""

    REJECT = "reject"  # 550 at RCPT: there is no such person
    DEFER = "defer"  # 451 at RCPT: try again later
    LOST_ANSWER = "lost_answer"  # taken, and the connection cut after the final dot
    LOST_MAIL = "lost_mail"  # the same to the sender's eyes, but not taken
    BOUNCE = "bounce"  # taken, and returned by a delivery status notification
    AWAY = "away"  # taken, and answered by an auto-responder


AT_RCPT = {
    MailFault.REJECT: "550 5.1.1 <{}>: there is no such mailbox here",
    MailFault.DEFER: "451 4.3.0 <{}>: try again later",
}
AFTER_DATA = frozenset(MailFault) - frozenset(AT_RCPT)


class Faults:
    """Which faults are switched on, for whom, and how often yet. No address: for everybody."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._left: dict[tuple[MailFault, str], int] = {}

    def set(self, kind: MailFault, address: str = "", times: int = ALWAYS) -> None:
        """Switch one on for the next `times` mails."""
        assert times == ALWAYS or times > 0
        self._left[kind, address.lower()] = times
        self._bell.ring()

    def clear(self, kind: MailFault | None = None, address: str | None = None) -> None:
        """Switch off: all of a kind, of an address, or everything."""
        self._left = {
            (k, a): times
            for (k, a), times in self._left.items()
            if (kind is not None and k is not kind)
            or (address is not None and a != address.lower())
        }
        self._bell.ring()

    def listed(self) -> list[tuple[MailFault, str, int]]:
        """What is on: kind, address, how often yet."""
        return [(kind, address, times) for (kind, address), times in self._left.items()]

    def take(self, kinds: frozenset[MailFault], address: str) -> MailFault | None:
        """The fault that befalls a mail to this address now."""
        for (kind, who), times in self._left.items():
            if kind in kinds and who in {"", address.lower()}:
                if times == 1:
                    del self._left[kind, who]
                elif times != ALWAYS:
                    self._left[kind, who] = times - 1
                return kind
        return None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail in a customer's inbox. `again`: its Message-ID has come before."""

    number: int
    at: int  # ms
    sender: str  # of the envelope
    recipient: str
    raw: bytes
    message_id: str
    again: bool


class MailSandbox:
    """The servers and the mailboxes."""

    def __init__(
        self,
        *,
        address: str = "support@shop.example",
        username: str = "support",
        password: str = "demo",  # noqa: S107 -- of a sandbox on loopback
        login_required: bool = False,
        clock: Clock | None = None,
        bell: Bell | None = None,
        max_letters: int = MAX_LETTERS,
    ) -> None:
        """`login_required`: mails to customers are taken only from who has logged in."""
        self.host = HOST
        self.address = address
        self.username = username
        self.password = password
        self.bell = bell or Bell()
        self.faults = Faults(self.bell)
        self._login_required = login_required
        self._clock = clock or SystemClock()
        self._imap = ImapServer(username, password)
        self._smtp = SmtpServer(self)
        self._letters: deque[Letter] = deque()
        self._most = max_letters
        self._bytes = 0
        self._seen: Counter[tuple[str, str]] = Counter()
        self._numbers = 0

    # --- the servers ---------------------------------------------------------------------------

    async def start(self, smtp_port: int = 0, imap_port: int = 0) -> None:
        """Listen on loopback; port 0 is any free one."""
        try:
            await self._smtp.start(self.host, smtp_port)
            await self._imap.start(self.host, imap_port)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close everything; the mails stay readable by `sent_to`. Twice is fine."""
        await asyncio.gather(self._smtp.stop(), self._imap.stop())

    @property
    def smtp_port(self) -> int:
        """Where mails are taken."""
        return self._smtp.port

    @property
    def imap_port(self) -> int:
        """Where the shop's mailbox is read."""
        return self._imap.port

    @property
    def readers(self) -> int:
        """How many clients are connected to the shop's mailbox."""
        return self._imap.connections

    def hang_up(self) -> None:
        """Cut every connection to the shop's mailbox."""
        self._imap.hang_up()

    async def renumber(self, keep: int | None = None) -> None:
        """Give the shop's mailbox another UIDVALIDITY; its mails stay, or the newest of them."""
        await self._imap.renumber(keep)

    # --- the mailboxes -------------------------------------------------------------------------

    async def deliver(self, raw: bytes, to: str = "") -> None:
        """Put a mail, byte for byte, where it belongs; without `to` that is the shop's mailbox."""
        if not to or self.is_shop(to):
            await self._imap.append(raw, self._clock.now_ms())
        else:
            self._keep("", to, raw)
        self.bell.ring()

    def sent_to(self, address: str) -> list[Letter]:
        """What has come for this customer, oldest first."""
        return [letter for letter in self._letters if letter.recipient == address.lower()]

    def addresses(self) -> list[str]:
        """Every customer for whom something has come; the newest first."""
        return list(dict.fromkeys(letter.recipient for letter in reversed(self._letters)))

    def letter(self, number: int) -> Letter | None:
        """One of them by its number."""
        return next((letter for letter in self._letters if letter.number == number), None)

    async def wait_for(self, address: str, count: int = 1) -> list[Letter]:
        """`sent_to`, as soon as there are so many. Give it a timeout."""
        while True:
            heard = self.bell.count
            found = self.sent_to(address)
            if len(found) >= count:
                return found
            await self.bell.wait(heard)

    def is_shop(self, address: str) -> bool:
        """Whether mails to this address lie in the shop's mailbox: all of its domain do."""
        domain = self.address.rpartition("@")[2].lower()
        return address.rpartition("@")[2].lower() == domain

    def _keep(self, sender: str, recipient: str, raw: bytes) -> Letter:
        self._numbers += 1
        recipient, message_id = recipient.lower(), letters.message_id_of(raw)
        letter = Letter(
            number=self._numbers,
            at=self._clock.now_ms(),
            sender=sender,
            recipient=recipient,
            raw=raw,
            message_id=message_id,
            again=bool(message_id) and self._seen[recipient, message_id] > 0,
        )
        self._seen[recipient, message_id] += 1
        self._letters.append(letter)
        self._bytes += len(raw)
        while len(self._letters) > self._most or self._bytes > MAX_LETTER_BYTES:
            gone = self._letters.popleft()
            self._bytes -= len(gone.raw)
            self._seen[gone.recipient, gone.message_id] -= 1
        return letter

    # --- what the SMTP server asks -------------------------------------------------------------

    def may_log_in(self, username: str, password: str) -> bool:
        """Whether these credentials are right."""
        return (username, password) == (self.username, self.password)

    async def recipient(self, address: str, *, authenticated: bool) -> str:
        """The answer to RCPT TO."""
        if self.is_shop(address):
            return "250 OK"
        if self._login_required and not authenticated:
            return "530 5.7.0 Authentication required"
        fault = self.faults.take(frozenset(AT_RCPT), address)
        if fault is None:
            return "250 OK"
        self.bell.ring()
        return AT_RCPT[fault].format(address)

    async def data(self, sender: str, recipients: list[str], raw: bytes) -> str:
        """Put the mail where it belongs; the answer to the final dot."""
        cut = False
        for address in recipients:
            if self.is_shop(address):
                await self._imap.append(self._traced(sender, address, raw), self._clock.now_ms())
                continue
            fault = self.faults.take(AFTER_DATA, address)
            cut = cut or fault in {MailFault.LOST_ANSWER, MailFault.LOST_MAIL}
            if fault is not MailFault.LOST_MAIL:
                letter = self._keep(sender, address, raw)
                await self._answer(letter, fault)
        self.bell.ring()
        if cut:
            raise CutConnection
        return f"250 2.0.0 OK: queued as {self._numbers}"

    def _traced(self, sender: str, recipient: str, raw: bytes) -> bytes:
        """The mail with what a mail server writes on top of it."""
        trace = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        return trace.encode("utf-8", "surrogateescape") + raw

    async def _answer(self, letter: Letter, fault: MailFault | None) -> None:
        """What the customer's side sends back by itself."""
        at_ms = self._clock.now_ms()
        message_id = f"<{fault}.{letter.number}.{at_ms}@{HOSTNAME}>"
        if fault is MailFault.BOUNCE and letter.sender:
            raw = letters.bounce(
                letter.raw,
                recipient=letter.recipient,
                server=HOSTNAME,
                to=letter.sender,
                message_id=message_id,
                at_ms=at_ms,
            )
            await self._imap.append(self._traced("", letter.sender, raw), at_ms)
        elif fault is MailFault.AWAY and letter.sender:
            reading = letters.read(letter.raw)
            raw = letters.away(reading, of=letter.recipient, message_id=message_id, at_ms=at_ms)
            await self._imap.append(self._traced("", letter.sender, raw), at_ms)
