"""One mailbox: mail in by IMAP, out by SMTP."""

import asyncio
import ssl
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import ClassVar, Self

from aiosmtplib import SMTPException

from adapters.email.failures import in_words
from adapters.email.imap import BATCH, BATCH_BYTES, MailboxUnavailable, Session
from adapters.email.settings import EmailSettings
from adapters.email.smtp import Delivery
from adapters.email.tls import client_context
from adapters.email.wire.identity import Own, own_message_id
from adapters.email.wire.inbound import decode_mail
from adapters.email.wire.limits import MAX_MAIL_BYTES
from adapters.email.wire.outbound import HeaderRefused, compose, is_sendable
from gateway.contract import (
    CONTRACT_VERSION,
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Deferred,
    Doubt,
    Health,
    InboundEvent,
    Inlet,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
    Unreadable,
)
from gateway.domain.clock import DAY_MS, HOUR_MS, Clock, SystemClock
from gateway.domain.message import MessageState

MIB = 1024 * 1024
CHECK_TIMEOUT_S = 4.5
METHOD = "IMAP"
WITHHELD = "x-parley-withheld"  # of a raw delivery: the server lists the mail, and that is all
OVERSIZE = "x-parley-oversize"  # of a raw delivery: how large the mail is that was left behind
NEW_MS = DAY_MS  # how old a mail may be that `first_sync: new` still takes


class EmailAdapter:
    """E-mail."""

    name: ClassVar[str] = "email"
    channel: ClassVar[str] = "email"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[EmailSettings]] = EmailSettings
    isolated: ClassVar[bool] = True
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"mailto"}),
        max_text=200_000,
        attachments=(AttachmentRule(media_type="", max_bytes=18 * MIB),),
        max_attachments=20,
        max_total_bytes=18 * MIB,  # 25 MB on the wire, which most servers take
        formatting="html",
        threading=True,
        subjects=True,
        reports=frozenset({MessageState.FAILED}),
        in_doubt=Doubt.RETRY,
        retry_for_ms=5 * 24 * HOUR_MS,
        send_timeout_ms=55_000,
        concurrency=4,
    )

    def __init__(self, account: AccountId, settings: EmailSettings, clock: Clock) -> None:
        self._account = account
        self._settings = settings
        self._clock = clock
        self._context: ssl.SSLContext | None = None
        self._own = Own(
            account=account,
            address=settings.address,
            key=settings.reply_key.get_secret_value().encode(),
            separator=settings.reply_tag,
            authserv_id=settings.authserv_id,
        )

    @classmethod
    def build(cls, account: AccountId, settings: EmailSettings) -> Self:
        """Make the adapter of one account. No I/O."""
        return cls(account, settings, SystemClock())

    async def start(self) -> None:
        """Read the machine's certificate authorities."""
        if {self._settings.imap.tls, self._settings.smtp.tls} != {"none"}:
            self._context = await asyncio.to_thread(client_context)

    async def stop(self) -> None:
        """Nothing is kept open between mails."""
        self._context = None

    # --- in ----------------------------------------------------------------------------------

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one mail. Nobody but our own poller may hand one in."""
        if raw.method != METHOD:
            raise Unauthentic("mail comes by IMAP only")
        if raw.header(WITHHELD):
            detail = "the mail server lists this mail and does not hand it out; see the mailbox"
            return (Unreadable(detail=detail),), RawReply()
        oversize = raw.header(OVERSIZE)
        if oversize:
            detail = (
                f"the mail has {oversize[:20]} bytes, at most {MAX_MAIL_BYTES} are fetched; "
                "its header is kept here, the mail itself is in the mailbox only: read it there,"
                " before anybody empties it, and ask the sender for smaller files"
            )
            return (Unreadable(detail=detail),), RawReply()
        return decode_mail(raw.body, self._own), RawReply()

    async def poll(self, cursors: Mapping[str, str], inlet: Inlet) -> None:
        """Fetch from every folder until cancelled. Raises when a connection is lost."""
        try:
            async with asyncio.TaskGroup() as group:
                for folder in self._settings.imap.folders:
                    group.create_task(self._follow(folder, cursors.get(_cursor(folder)), inlet))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None  # the first folder's fault is reason enough

    async def _follow(self, folder: str, cursor: str | None, inlet: Inlet) -> None:
        """One folder over one connection."""
        settings = self._settings.imap
        async with Session.open(settings, await self._tls()) as session:
            while True:
                validity = await session.examine(folder)
                last, changed = _after(cursor, validity), True
                while changed:
                    uids, changed = await session.uids_after(last, self._since(cursor))
                    for start in range(0, len(uids), BATCH):
                        batch = uids[start : start + BATCH]
                        await self._take(session, folder, validity, batch, inlet)
                    if uids:
                        last, cursor, changed = uids[-1], f"{validity}:{uids[-1]}", True
                await session.wait(settings.poll_interval_s)

    def _since(self, cursor: str | None) -> int | None:
        """From which instant on mails count while nothing was taken yet; None for all."""
        if cursor is not None or self._settings.imap.first_sync == "all":
            return None
        return self._clock.now_ms() - NEW_MS

    async def _take(
        self, session: Session, folder: str, validity: int, uids: list[int], inlet: Inlet
    ) -> None:
        """Hand a batch to the core in ascending order; each mail commits with its cursor."""
        sizes = await session.sizes(uids)
        small = [uid for uid in uids if sizes.get(uid, MAX_MAIL_BYTES) <= BATCH_BYTES // BATCH]
        mails = await session.mails(small) if small else {}
        for uid in uids:
            size = sizes.get(uid)
            headers = [("x-imap-folder", folder), ("x-imap-uid", f"{validity}:{uid}")]
            data: bytes | None = None
            if size is not None and size > MAX_MAIL_BYTES:
                headers.append((OVERSIZE, str(size)))
                data = (await session.mails([uid], "HEADER")).get(uid)
            elif size is not None:
                data = mails.pop(uid, None) or (await session.mails([uid])).get(uid)
            if data is None:
                if not await session.listed([uid]):
                    continue  # it was deleted meanwhile
                headers.append((WITHHELD, "1"))
                data = b""
            raw = RawRequest(
                account=self._account,
                method=METHOD,
                path=f"/in/{self._account}",
                headers=tuple(headers),
                body=data,
                received_at=self._clock.now_ms(),
                cursor=(_cursor(folder), f"{validity}:{uid}"),
            )
            await inlet(raw)

    # --- out ---------------------------------------------------------------------------------

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Try once. The Message-ID is made of the message's id, so every try is the same mail."""
        if not self._settings.imap.password.get_secret_value():
            return Deferred(reason=Reason.CREDENTIALS, detail="imap.password is empty; set it")
        recipient = message.recipient.removeprefix("mailto:")
        if not message.recipient.startswith("mailto:") or not is_sendable(recipient):
            detail = f"{recipient[:100]!r} is no address a mail can be sent to"
            return Rejected(reason=Reason.INVALID_RECIPIENT, detail=detail)
        try:
            mail = await asyncio.to_thread(self._composed, message)
        except HeaderRefused as error:
            return Rejected(reason=Reason.CONTENT_REFUSED, detail=str(error))
        except FileNotFoundError:
            return Rejected(reason=Reason.OTHER, detail="a file of the message is gone")
        except OSError as error:
            detail = f"a file of the message cannot be read: {error.strerror}"
            return Deferred(reason=Reason.UNAVAILABLE, detail=detail)
        delivery = Delivery(self._settings.smtp, await self._tls(), self._helo)
        message_id = own_message_id(message.id, self._own)
        return await delivery.run(self._own.address, recipient, mail, message_id)

    def _composed(self, message: OutboundMessage) -> bytes:
        files = [(file, Path(file.path).read_bytes()) for file in message.attachments]
        name = self._settings.display_name or message.sender_name
        return compose(message, self._own, name, files)

    @property
    def _helo(self) -> str:
        return self._own.domain

    # --- health ------------------------------------------------------------------------------

    async def check(self) -> Health:
        """Log in to both servers."""
        imap, smtp = await asyncio.gather(
            self._trial(self._check_imap()), self._trial(self._check_smtp())
        )
        if not imap and not smtp:
            return Health(ok=True)
        where = [(name, fault) for name, fault in (("IMAP", imap), ("SMTP", smtp)) if fault]
        return Health(
            ok=False,
            detail="; ".join(f"{name}: {fault}" for name, fault in where),
            what_to_do="check host, port, tls, username and password of "
            + " and ".join(name.lower() for name, _ in where),
        )

    async def _trial(self, attempt: Awaitable[None]) -> str:
        """What is wrong; "" when nothing is."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await attempt
        except TimeoutError:
            return f"no answer within {CHECK_TIMEOUT_S:g} s"
        except (MailboxUnavailable, SMTPException, OSError, ValueError) as error:
            return in_words(error)[:300]
        return ""

    async def _check_imap(self) -> None:
        async with Session.open(self._settings.imap, await self._tls()) as session:
            for folder in self._settings.imap.folders:
                await session.examine(folder)

    async def _check_smtp(self) -> None:
        await Delivery(self._settings.smtp, await self._tls(), self._helo).check()

    async def _tls(self) -> ssl.SSLContext | None:
        if self._context is None:
            await self.start()
        return self._context


def _cursor(folder: str) -> str:
    return f"imap:{folder}"


def _after(cursor: str | None, validity: int) -> int:
    """The last UID that was taken; 0 when the folder was made anew, for then all UIDs are new.

    Mails that were taken before are known by their keys.
    """
    known, _, uid = (cursor or "").partition(":")
    return int(uid) if known == str(validity) and uid.isdigit() else 0
