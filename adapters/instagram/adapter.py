"""One professional account on Instagram."""

from collections.abc import AsyncIterator
from typing import ClassVar, Self

from adapters._shared import meta, meta_messaging
from adapters._shared.fetch import FetchRefused, fetch
from adapters.instagram.settings import InstagramSettings
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
    TextUnit,
    Unreadable,
)
from gateway.domain.clock import DAY_MS
from gateway.domain.message import MessageState

SCHEME = "instagram"
MEGABYTE = 1024 * 1024
IMAGE_BYTES = 8 * MEGABYTE
FILE_BYTES = 25 * MEGABYTE
IMAGES = ("image/png", "image/jpeg", "image/gif")
FILES = ("audio/", "video/", "application/pdf")

# The account that the token belongs to: a Page's token and the account's own both know it.
NODE = "me"


class InstagramAdapter:
    """Text, files, stories and taps; reports of reading."""

    name: ClassVar[str] = "instagram"
    channel: ClassVar[str] = "instagram"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[InstagramSettings]] = InstagramSettings
    isolated: ClassVar[bool] = False
    # https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        max_text=1_000,
        text_unit=TextUnit.BYTES,
        attachments=(
            *(AttachmentRule(media_type=t, max_bytes=IMAGE_BYTES) for t in IMAGES),
            *(AttachmentRule(media_type=t, max_bytes=FILE_BYTES) for t in FILES),
        ),
        max_attachments=1,
        threading=True,
        reports=frozenset({MessageState.SENT, MessageState.READ}),
        in_doubt=Doubt.HOLD,  # nothing that comes back names our message
        window_ms=DAY_MS,
    )

    def __init__(self, settings: InstagramSettings) -> None:
        self._settings = settings
        self._client = meta.client(settings)

    @classmethod
    def build(cls, account: AccountId, settings: InstagramSettings) -> Self:  # noqa: ARG003
        """Make the adapter of one account. No I/O."""
        return cls(settings)

    async def start(self) -> None:
        """Open the HTTP client."""
        await self._client.open()

    async def stop(self) -> None:
        """Close it."""
        await self._client.close()

    async def check(self) -> Health:
        """Ask Meta who the token belongs to."""
        return await meta.health(self._client, self._settings, NODE)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Answer the handshake, or read what happened on the account."""
        handshake = meta.opened(raw, self._settings)
        if handshake is not None:
            return (), handshake
        home = self._settings.api_url
        return meta_messaging.decode(raw.body, "instagram", SCHEME, home), RawReply()

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Send one message; a file and its words are two to Meta, which knows no key."""
        refused = meta_messaging.refusal(message)
        if refused is not None:
            return refused
        path = f"{meta.VERSION}/{NODE}/messages"
        last: Outcome = InDoubt(detail="nothing was asked")
        bodies = meta_messaging.encode(message, SCHEME, echoes=False)
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
