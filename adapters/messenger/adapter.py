"""One Page on Messenger."""

from collections.abc import AsyncIterator
from typing import ClassVar, Self

from adapters._shared import meta, meta_messaging
from adapters._shared.fetch import FetchRefused, fetch
from adapters.messenger.settings import MessengerSettings
from gateway.contract import (
    CONTRACT_VERSION,
    Accepted,
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Doubt,
    Health,
    InboundEvent,
    InDoubt,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Unreadable,
)
from gateway.domain.clock import DAY_MS
from gateway.domain.message import MessageState

SCHEME = "messenger"
MEGABYTE = 1024 * 1024
FILE_BYTES = 25 * MEGABYTE


class MessengerAdapter:
    """Text, files, places and taps; reports of delivery."""

    name: ClassVar[str] = "messenger"
    channel: ClassVar[str] = "messenger"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[MessengerSettings]] = MessengerSettings
    isolated: ClassVar[bool] = False
    # https://developers.facebook.com/docs/messenger-platform/reference/send-api
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        max_text=2_000,
        attachments=(
            AttachmentRule(media_type="image/", max_bytes=8 * MEGABYTE),
            AttachmentRule(media_type="", max_bytes=FILE_BYTES),
        ),
        max_attachments=1,
        threading=True,
        reports=frozenset({MessageState.SENT, MessageState.DELIVERED}),
        in_doubt=Doubt.WAIT,  # the echo of a message brings our own id back
        doubt_wait_ms=120_000,
        window_ms=DAY_MS,
    )

    def __init__(self, settings: MessengerSettings) -> None:
        self._settings = settings
        self._client = meta.client(settings)

    @classmethod
    def build(cls, account: AccountId, settings: MessengerSettings) -> Self:  # noqa: ARG003
        """Make the adapter of one account. No I/O."""
        return cls(settings)

    async def start(self) -> None:
        """Open the HTTP client."""
        await self._client.open()

    async def stop(self) -> None:
        """Close it."""
        await self._client.close()

    async def check(self) -> Health:
        """Ask Meta for the Page."""
        return await meta.health(self._client, self._settings, self._settings.page_id)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Answer the handshake, or read what happened on the Page."""
        handshake = meta.opened(raw, self._settings)
        if handshake is not None:
            return (), handshake
        home = self._settings.api_url
        return meta_messaging.decode(raw.body, "page", SCHEME, home), RawReply()

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Send one message; a file and its words are two to Meta, which knows no key."""
        refused = meta_messaging.refusal(message)
        if refused is not None:
            return refused
        path = f"{meta.VERSION}/{self._settings.page_id}/messages"
        last: Outcome = InDoubt(detail="nothing was asked")
        bodies = meta_messaging.encode(message, SCHEME, echoes=True)
        for number, body in enumerate(bodies):
            reply = await self._client.request("POST", path, json=body)
            last = meta_messaging.together(number, meta.outcome(reply, meta_messaging.id_in))
            if not isinstance(last, Accepted):
                break
        return last

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A customer's file. Raises FetchRefused for addresses that lead elsewhere."""
        if not url:
            raise FetchRefused("the message names no address for its file")
        return fetch(url, home=self._settings.api_url, max_bytes=FILE_BYTES)
