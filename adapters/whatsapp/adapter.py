"""One number of WhatsApp's Cloud API."""

import re
from collections.abc import AsyncIterator
from typing import ClassVar

from yarl import URL

from adapters._shared import meta
from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.http import Answer
from adapters._shared.meta_adapter import MetaAdapter
from adapters.whatsapp.settings import WhatsappSettings
from adapters.whatsapp.wire import inbound, outbound
from gateway.contract import (
    ApprovedTemplate,
    AttachmentRule,
    Capabilities,
    ChoiceRule,
    DedupKey,
    Doubt,
    InboundEvent,
    KnownTemplate,
    MessageKind,
    OutboundMessage,
    Outcome,
    Unreadable,
)
from gateway.domain.clock import DAY_MS
from gateway.domain.message import MessageState

MEGABYTE = 1024 * 1024
DOCUMENT_BYTES = 100 * MEGABYTE

# https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
MAX_BYTES = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "sticker": 100 * 1024,
}
# Where Meta keeps customers' files; only these, over https, are shown the token.
MEDIA_HOSTS = re.compile(r"([a-z0-9-]+\.)*(fbsbx\.com|whatsapp\.net|facebook\.com)")
MEDIA_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")


class WhatsappAdapter(MetaAdapter[WhatsappSettings]):
    """Text, files, places and taps; reports up to read."""

    name: ClassVar[str] = "whatsapp"
    channel: ClassVar[str] = "whatsapp"
    settings_type: ClassVar[type[WhatsappSettings]] = WhatsappSettings
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"whatsapp"}),
        max_text=4_096,
        attachments=(
            *(
                AttachmentRule(media_type=t, max_bytes=MAX_BYTES[k])
                for t, k in outbound.TYPES.items()
            ),
            AttachmentRule(media_type="", max_bytes=DOCUMENT_BYTES),
        ),
        max_attachments=1,
        choices=ChoiceRule(
            most=outbound.MOST_ROWS,
            max_label=outbound.ROW_CHARACTERS,
            max_text=outbound.LIST_CHARACTERS,
        ),
        threading=True,
        max_delivery_bytes=meta.DELIVERY_BYTES,
        reports=frozenset(
            {MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED}
        ),
        in_doubt=Doubt.WAIT,  # every status brings our own id back
        doubt_wait_ms=120_000,
        window_ms=DAY_MS,
    )

    @property
    def node(self) -> str:
        """The number."""
        return self._settings.phone_number_id

    def decode(self, body: bytes) -> tuple[InboundEvent | Unreadable, ...]:
        """What an authentic webhook tells."""
        return inbound.decode(body)

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Send one message. Meta knows no key for repeats; its statuses name ours."""
        refused = outbound.refusal(message)
        if refused is not None:
            return refused
        path = f"{meta.VERSION}/{self.node}/messages"
        reply = await self._client.request("POST", path, json=outbound.encode(message))
        return meta.outcome(reply, outbound.id_in)

    def nudge(self) -> ApprovedTemplate | None:
        """The template that the account names."""
        named = self._settings.nudge
        if named is None:
            return None
        return ApprovedTemplate(
            name=named.name,
            language=named.language,
            parameters=named.parameters,
            text=named.text,
        )

    def templates(self) -> tuple[KnownTemplate, ...]:
        """Those that the account names for its agents."""
        return tuple(
            KnownTemplate(name=t.name, language=t.language, text=t.text, header=t.header)
            for t in self._settings.templates
        )

    async def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A customer's file; Meta is asked for its address, which lives for five minutes.

        Raises FetchRefused for addresses that lead elsewhere, ConnectionError without an answer.
        """
        where = await self._address(provider_media_id or "")
        own = self._settings.api_url
        known = where.scheme == "https" and MEDIA_HOSTS.fullmatch(where.host or "")
        home = str(where.origin()) if known else own
        bearer = {"Authorization": f"Bearer {self._settings.access_token.get_secret_value()}"}
        async for chunk in fetch(str(where), home=home, headers=bearer, max_bytes=DOCUMENT_BYTES):
            yield chunk

    async def _address(self, name: str) -> URL:
        """https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#get-media-url"""
        if not MEDIA_ID.fullmatch(name):
            raise FetchRefused("the message names no file of Meta's")
        reply = await self._client.request("GET", f"{meta.VERSION}/{name}")
        if not isinstance(reply, Answer):
            raise ConnectionError(f"cannot ask Meta: {reply.detail}")
        address = meta.word(meta.answered(reply), "url")
        if reply.status != 200 or not address:
            raise FetchRefused(f"HTTP {reply.status} instead of the file's address")
        try:
            return URL(address)
        except ValueError as error:
            raise FetchRefused("the file's address is no URL") from error
