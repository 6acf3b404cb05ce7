"""One professional account on Instagram."""

from typing import ClassVar

from adapters._shared import meta
from adapters._shared.meta_adapter import MessagingAdapter
from adapters._shared.meta_sending import PERSON_WINDOW_MS, choices
from adapters.instagram.settings import InstagramSettings
from gateway.contract import (
    AttachmentRule,
    Capabilities,
    Doubt,
    MessageKind,
    TextUnit,
)
from gateway.domain.clock import DAY_MS
from gateway.domain.message import MessageState

MEGABYTE = 1024 * 1024
IMAGE_BYTES = 8 * MEGABYTE
FILE_BYTES = 25 * MEGABYTE
MAX_BYTES = 1_000  # of words
IMAGES = ("image/png", "image/jpeg", "image/gif")
FILES = ("audio/", "video/", "application/pdf")


class InstagramAdapter(MessagingAdapter[InstagramSettings]):
    """Text, files, stories and taps; reports of reading."""

    name: ClassVar[str] = "instagram"
    channel: ClassVar[str] = "instagram"
    settings_type: ClassVar[type[InstagramSettings]] = InstagramSettings
    # https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"instagram"}),
        max_text=MAX_BYTES,
        choices=choices(MAX_BYTES),
        text_unit=TextUnit.BYTES,
        attachments=(
            *(AttachmentRule(media_type=t, max_bytes=IMAGE_BYTES) for t in IMAGES),
            *(AttachmentRule(media_type=t, max_bytes=FILE_BYTES) for t in FILES),
        ),
        max_attachments=1,
        threading=True,
        max_delivery_bytes=meta.DELIVERY_BYTES,
        reports=frozenset({MessageState.SENT, MessageState.READ}),
        in_doubt=Doubt.HOLD,  # nothing that comes back names our message
        window_ms=DAY_MS,
        person_window_ms=PERSON_WINDOW_MS,
    )

    scheme: ClassVar[str] = "instagram"
    kind: ClassVar[str] = "instagram"
    echoes: ClassVar[bool] = False
    max_file_bytes: ClassVar[int] = FILE_BYTES

    @property
    def node(self) -> str:
        """The account that the token belongs to: a Page's and the account's own both know it."""
        return "me"
