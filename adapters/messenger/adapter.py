"""One Page on Messenger."""

from typing import ClassVar

from adapters._shared import meta
from adapters._shared.meta_adapter import MessagingAdapter
from adapters._shared.meta_sending import PERSON_WINDOW_MS, choices
from adapters.messenger.settings import MessengerSettings
from gateway.contract import (
    AttachmentRule,
    Capabilities,
    Doubt,
    MessageKind,
)
from gateway.domain.clock import DAY_MS
from gateway.domain.message import MessageState

MEGABYTE = 1024 * 1024
FILE_BYTES = 25 * MEGABYTE
MAX_TEXT = 2_000


class MessengerAdapter(MessagingAdapter[MessengerSettings]):
    """Text, files, places and taps; reports of delivery."""

    name: ClassVar[str] = "messenger"
    channel: ClassVar[str] = "messenger"
    settings_type: ClassVar[type[MessengerSettings]] = MessengerSettings
    # https://developers.facebook.com/docs/messenger-platform/reference/send-api
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"messenger"}),
        max_text=MAX_TEXT,
        choices=choices(MAX_TEXT),
        attachments=(
            AttachmentRule(media_type="image/", max_bytes=8 * MEGABYTE),
            AttachmentRule(media_type="", max_bytes=FILE_BYTES),
        ),
        max_attachments=1,
        threading=True,
        max_delivery_bytes=meta.DELIVERY_BYTES,
        reports=frozenset({MessageState.SENT, MessageState.DELIVERED}),
        in_doubt=Doubt.WAIT,  # the echo of a message brings our own id back
        doubt_wait_ms=120_000,
        window_ms=DAY_MS,
        person_window_ms=PERSON_WINDOW_MS,
    )

    scheme: ClassVar[str] = "messenger"
    kind: ClassVar[str] = "page"
    echoes: ClassVar[bool] = True
    max_file_bytes: ClassVar[int] = FILE_BYTES

    @property
    def node(self) -> str:
        """The Page."""
        return self._settings.page_id
