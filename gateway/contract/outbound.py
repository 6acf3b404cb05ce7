"""What goes out: one message, fitted to the channel, ready to be worded for the provider."""

from pathlib import Path

import msgspec

from gateway.domain.message import ApprovedTemplate, Choice, MessageKind


class OutboundAttachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file to send; `path` is where its bytes are."""

    media_type: str
    filename: str
    size_bytes: int
    sha256: str
    path: Path
    url: str | None = None  # public and expiring, for providers that fetch


class MailThread(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a mail needs to stay in its thread."""

    subject: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message for one recipient."""

    id: str  # ours, stable over retries
    conversation: str
    account: str
    recipient: str  # URN
    sender: str = ""  # our own address that the customer wrote to; "" = the account's default
    sender_name: str = ""  # what the desk is called in the customer's language
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    choices: tuple[Choice, ...] = ()  # to be tapped; the channel can offer them
    attachments: tuple[OutboundAttachment, ...] = ()
    in_reply_to: str | None = None  # provider id
    answered: str = ""  # the payload of the message, theirs or ours, that it answers
    heard: str = ""  # payload of the customer's last message, while what it brought answers it
    thread: MailThread | None = None
    template: ApprovedTemplate | None = None  # goes instead of the words
    automatic: bool = False  # mail: marked by RFC 3834
    language: str = "en"
    written_at: int = 0  # ms
