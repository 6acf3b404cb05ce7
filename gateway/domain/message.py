"""Messages: what was said, by whom, on which channel, and how far it got."""

from enum import StrEnum

import msgspec


class MessageKind(StrEnum):
    """What a message is. Kinds nobody knows are kept whole and shown as such, never dropped."""

    TEXT = "text"
    MEDIA = "media"
    LOCATION = "location"
    CONTACT = "contact"
    STICKER = "sticker"
    REACTION = "reaction"
    EDITED = "edited"
    DELETED = "deleted"
    INTERACTIVE = "interactive"
    CALL = "call"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Which way a message goes."""

    IN = "in"
    OUT = "out"


class MessageState(StrEnum):
    """How far a message got. Inbound ones are RECEIVED for ever."""

    RECEIVED = "received"
    HELD = "held"  # written while no window is open; waits for the customer
    QUEUED = "queued"
    SENT = "sent"  # the provider has it, and named it
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"  # may have been sent; a report or a person decides


# What a reply's state means to the customer who waits for it, wherever that is asked.
ON_ITS_WAY = frozenset({MessageState.QUEUED})
TOLD = frozenset({MessageState.SENT, MessageState.DELIVERED, MessageState.READ})
UNTOLD = frozenset({MessageState.FAILED, MessageState.UNKNOWN, MessageState.HELD})

# A report may come in any order; a state never goes back except to a truer failure.
RANK: dict[MessageState, int] = {
    MessageState.HELD: 0,
    MessageState.QUEUED: 1,
    MessageState.UNKNOWN: 2,
    MessageState.SENT: 3,
    MessageState.FAILED: 4,
    MessageState.DELIVERED: 5,
    MessageState.READ: 6,
    MessageState.RECEIVED: 7,
}


def later(old: MessageState, new: MessageState) -> MessageState:
    """The state after a report: the further of the two, whatever order they come in."""
    return new if RANK[new] > RANK[old] else old


class Location(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A place on earth, degrees WGS 84."""

    latitude: float
    longitude: float
    name: str = ""


class MailParts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What a mail has beyond any message. `text_full` keeps quotes and signature."""

    subject: str = ""
    text_full: str = ""
    html: str = ""  # already cleaned; render it in a sandbox all the same
    cc: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    message_id: str = ""
    reply_to: str = ""


class FileState(StrEnum):
    """How far a file is. Only what is READY is given to anybody."""

    PENDING = "pending"  # to be fetched, or to be looked at
    READY = "ready"
    REFUSED = "refused"  # kept out; `reason` says why


class FileReason(StrEnum):
    """Why a file is kept out, in our words."""

    UNREACHABLE = "unreachable"  # the provider did not give it, however often it was asked
    GONE = "gone"  # the provider does not have it, or not for us
    TOO_LARGE = "too_large"
    TYPE_REFUSED = "type_refused"
    INFECTED = "infected"
    UNSCANNABLE = "unscannable"


class Attachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a file that came or goes with a message, by content hash once its bytes are here."""

    id: str
    desk: str
    conversation: str
    message: str
    place: int  # 0, 1, ... within the message
    media_type: str
    filename: str
    size_bytes: int | None
    sha256: str | None  # hex; the file stands in the data directory under it
    url: str | None  # where the provider keeps it, until it is fetched
    provider_media_id: str | None
    content_id: str | None  # inline pictures of a mail
    state: FileState
    reason: str  # of REFUSED: a word of FileReason; else ""
    thumbnail: str | None  # hex; SHA-256 of a small picture of it, which stands beside it

    @property
    def is_ready(self) -> bool:
        """Whether it may be given to somebody."""
        return self.state is FileState.READY and self.sha256 is not None


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: one message of a conversation. Words live here, so that they can be erased."""

    id: str
    desk: str
    conversation: str
    seq: int  # the conversation's sequence number
    account: str
    direction: Direction
    kind: MessageKind
    author: str  # contact:<id> | agent:<login> | auto:<template>
    identity: str  # the customer's URN
    local: str  # our own address on the channel: a number, a mailbox
    text: str
    state: MessageState
    reason: str  # of FAILED, HELD, and QUEUED that must wait: a word of Reason, else ""
    detail: str  # of these and UNKNOWN: the provider's words; of HELD: what it waits for
    provider_id: str | None
    in_reply_to: str | None
    automatic: bool
    verified: bool  # False: the sender's claim to this conversation was not proved
    at: int
    provider_at: int | None
    key: str | None  # inbound: the dedupe key; outbound: the writer's idempotency key
    body: str  # JSON of MessageBody


class Choice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of the answers that a message offers. Its id comes back with the customer's tap."""

    id: str
    label: str


class TemplateButton(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The value of a template's button that has one, by the button's place from 0."""

    index: int
    kind: str  # quick_reply | url | copy_code
    value: str


class ApprovedTemplate(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A message that the provider approved before: it may go when no other may.

    Where its header is a picture, a film or a document, that is the message's one file.
    """

    name: str  # as the provider has it
    language: str
    parameters: tuple[str, ...] = ()  # of its body, in their order
    names: tuple[str, ...] = ()  # of the parameters, one each, where the template names them
    header: str = ""  # the parameter of a header of words
    buttons: tuple[TemplateButton, ...] = ()
    text: str = ""  # what it says, for the people of the desk


class KnownTemplate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A template that an account may send, as people choose it.

    `text` is its body as approved, with {{1}} or {{name}} where a value goes; `header` says what
    stands above it: "" | text | image | video | document.
    """

    name: str
    language: str
    text: str
    header: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The article from which a message was answered by itself, and how surely it did.

    Where a `model` wrote the words, it is the nearest of those that it was told.
    """

    article: str
    locale: str
    title: str
    certain_percent: int
    model: str = ""


class MessageBody(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The rarer parts of a message, kept as JSON in its row."""

    mail: MailParts | None = None
    location: Location | None = None
    template: str = ""
    payload: str = ""  # what an adapter understood but no field holds, as JSON
    attachments: int = 0
    sender_name: str = ""
    approved: ApprovedTemplate | None = None  # what goes instead of the words
    choices: tuple[Choice, ...] = ()  # what it offers to be tapped
    choice: str = ""  # the id of what the customer tapped
    answered: Answered | None = None  # by itself, from an article
    resent_as: str = ""  # the message that a person sent in its place


class Note(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: words between agents; no customer ever sees them."""

    id: str
    desk: str
    conversation: str
    seq: int
    author: str
    text: str
    at: int
