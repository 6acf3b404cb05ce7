"""What comes in: a raw delivery, and the events an adapter reads from it."""

import msgspec

from gateway.contract.capabilities import SendBudget
from gateway.domain.call import LegState
from gateway.domain.message import Location, MailParts, MessageKind, MessageState
from gateway.domain.outcome import Reason


class RawRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One delivery as it came, byte for byte. Names and values keep their order and duplicates."""

    account: str
    method: str
    path: str  # as requested, with the raw query: /in/sms?a=1
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    received_at: int = 0  # ms since 1970 UTC: an adapter's only clock
    cursor: tuple[str, str] | None = None  # a poller's (name, value); commits with its events

    def header(self, name: str) -> str | None:
        """The first header of this name, any case; None when absent."""
        wanted = name.lower()
        for given, value in self.headers:
            if given == name or given.lower() == wanted:
                return value
        return None

    @property
    def query(self) -> str:
        """The raw query, without the question mark."""
        return self.path.partition("?")[2]


class RawReply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the provider is answered once the delivery is committed."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


class InboundAttachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file of a message: its bytes (`content`), or a reference to fetch later."""

    media_type: str
    filename: str = ""
    content: bytes | None = None
    size_bytes: int | None = None
    sha256: str | None = None  # hex, of content
    url: str | None = None
    provider_media_id: str | None = None
    content_id: str | None = None


class InboundMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="message"):
    """A customer's message.

    `key` is the provider's event id prefixed by kind (`message:SM...`); `sender` and `recipient`
    are URNs. `conversation` is set only when a keyed MAC proved that the message belongs to it.
    `text` is the new part only.
    """

    key: str
    sender: str
    recipient: str
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    sender_name: str = ""
    locale: str = ""  # of the page or app they write in, where it is told; words are stronger
    sent_at: int | None = None  # ms, the provider's word
    attachments: tuple[InboundAttachment, ...] = ()
    in_reply_to: str | None = None  # the provider's id of the message it answers
    provider_id: str = ""  # what others name when they answer it, where its key does not say so
    location: Location | None = None
    automatic: bool = False  # auto-replies, lists, bounces, machines: never answered by themselves
    mail: MailParts | None = None
    conversation: str | None = None
    payload: str = ""  # JSON of what no field holds; for UNKNOWN the whole item
    verified: bool = True  # False: the sender's address proves nothing (mail)
    choice: str = ""  # the id of the choice that the customer tapped
    opens: SendBudget | None = None  # less than the channel's own window, where it is no words


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="report"):
    """What became of a message of ours. Reports come in any order and more than once."""

    key: str
    state: MessageState  # sent | delivered | read | failed
    provider_message: str | None
    message: str | None = None  # our own id where the provider echoes it
    opted_out: bool = False  # failed because the customer wants no messages
    reason: Reason | None = None
    code: str | None = None
    detail: str = ""
    at: int | None = None
    recipient: str | None = None  # URN, where the provider says it


class CallEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="call"):
    """A leg of a call changed, or its caller answered a question.

    state: ringing | menu | queued | connected | voicemail | ended | callback_requested, as far as
    the provider's words tell; what the customer is to hear next the core knows better.
    """

    key: str
    call: str  # the provider's id of this leg
    state: str
    sender: str
    recipient: str
    digits: str | None = None
    recording_url: str | None = None
    transcript: str | None = None
    leg: str | None = None  # our own id of the leg, of one that we dialled
    leg_state: LegState | None = None
    speech: str | None = None  # what was said instead of a key
    step: int | None = None  # of the question that this answers
    machine: str | None = None  # who answered: human | machine | fax | unknown
    recording_s: int | None = None
    asks: bool = False  # the provider waits to be told what the leg hears next


class PresenceEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="presence"):
    """A sign that is no message: typing | seen | joined | left | opted_in | opted_out."""

    key: str
    what: str
    sender: str
    recipient: str = ""
    text: str = ""
    opens: SendBudget | None = None  # the window that this opens, where it opens one
    elsewhere: bool | None = None  # a person at the provider took the conversation, or ended it


class Unreadable(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="unreadable"):
    """An item of an authentic delivery that could not be read; it waits for a person."""

    detail: str


InboundEvent = InboundMessage | DeliveryReport | CallEvent | PresenceEvent
