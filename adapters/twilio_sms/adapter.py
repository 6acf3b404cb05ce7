"""One account of Twilio's Messaging: SMS, MMS and Twilio's WhatsApp.

Speaks HTTP by aiohttp directly: the twilio package's own asynchronous client cannot tell a
connection that never stood from an answer that was lost, and on that difference rests whether a
message may be tried again (Deferred) or must first be looked for (InDoubt).
"""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import quote, urlencode

from adapters._shared import form
from adapters._shared.http import Answer
from adapters._shared.twilio import address_of, of_another_account, verified
from adapters._shared.twilio_adapter import TwilioAdapter
from adapters.twilio_sms import wire
from adapters.twilio_sms.settings import TwilioSmsSettings
from gateway.contract import (
    AttachmentRule,
    Capabilities,
    DedupKey,
    DeliveryReport,
    Doubt,
    InboundEvent,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    TextUnit,
    Unreadable,
)
from gateway.domain.message import MessageState

TWIML = RawReply(content_type="text/xml", body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
NO_CONTENT = RawReply(status=204)

OUR_ID = "message"  # parameter of the status address, so that a report finds its message
PAGE_SIZE = 50
MAX_PAGES = 4

# https://www.twilio.com/docs/messaging/guides/accepted-mime-types: 5 MB for message and media
MMS_BYTES = 5 * 1024 * 1024
MMS_TYPES = ("image/", "audio/", "video/", "text/vcard", "text/calendar", "application/pdf")


class TwilioSmsAdapter(TwilioAdapter[TwilioSmsSettings]):
    """SMS through Twilio."""

    name: ClassVar[str] = "twilio_sms"
    channel: ClassVar[str] = "sms"
    settings_type: ClassVar[type[TwilioSmsSettings]] = TwilioSmsSettings
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"tel", "whatsapp"}),
        max_text=10,  # segments: 1,530 characters of GSM-7; Twilio itself stops at 1,600
        text_unit=TextUnit.SMS,
        attachments=tuple(AttachmentRule(media_type=t, max_bytes=MMS_BYTES) for t in MMS_TYPES),
        max_attachments=10,
        max_total_bytes=MMS_BYTES,
        reports=frozenset(
            {MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED}
        ),
        in_doubt=Doubt.FIND,
        doubt_wait_ms=5_000,
    )

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one webhook: a customer's message, or a status of ours."""
        settings = self._settings
        told = verified(raw, settings.public_url, settings.auth_token)
        fields, our_id = form.first(told.fields), form.first(told.query).get(OUR_ID)
        stray = of_another_account(fields, settings.account_sid)
        events = (stray,) if stray is not None else wire.decode(fields, our_id)
        reported = all(isinstance(event, DeliveryReport) for event in events)
        return events, NO_CONTENT if reported else TWIML

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Create one Message. Twilio takes no key for repeats; `find` looks for it instead."""
        if not self._token:
            return Rejected(reason=Reason.CREDENTIALS, detail="auth_token is empty")
        nowhere = ", ".join(each.filename for each in message.attachments if not each.url)
        if nowhere:
            detail = f"Twilio fetches files itself, and these have no public address: {nowhere}"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        body = wire.encode(
            message,
            sender=self._sender(message),
            service=self._settings.messaging_service_sid,
            status_url=self._status_url(message),
        )
        return wire.outcome(
            await self._client.request("POST", f"{self._api}/Messages.json", form=body)
        )

    async def find(self, message: OutboundMessage, key: DedupKey, started_at: int) -> Sequence[str]:
        """Look through the newest messages to this person. Raises when Twilio gives no list."""
        query = wire.search(message, sender=self._sender(message), page_size=PAGE_SIZE)
        path: str | None = f"{self._api}/Messages.json?{urlencode(query)}"
        found: list[str] = []
        for _ in range(MAX_PAGES):
            if path is None:
                break
            reply = await self._client.request("GET", path)
            if not isinstance(reply, Answer):
                raise ConnectionError(f"cannot ask Twilio: {reply.detail}")
            found += wire.find_in(reply, message, started_at)
            path = wire.next_page(reply, started_at)
        return found

    def _sender(self, message: OutboundMessage) -> str:
        """The number the customer wrote to; else "" for the messaging service, or our first."""
        if message.sender:
            return address_of(message.sender)
        if self._settings.messaging_service_sid:
            return ""
        prefix = "whatsapp:" if message.recipient.startswith("whatsapp:") else ""
        numbers = self._settings.numbers
        alike = [n for n in numbers if n.startswith("whatsapp:") == bool(prefix)]
        return alike[0] if alike else prefix + numbers[0].removeprefix("whatsapp:")

    def _status_url(self, message: OutboundMessage) -> str:
        """Where Twilio reports: our webhook, and which message of ours it is about."""
        base = self._settings.public_url.rstrip("/")
        if not base:
            return ""
        return f"{base}/in/{quote(self._account)}?{OUR_ID}={quote(message.id)}"
