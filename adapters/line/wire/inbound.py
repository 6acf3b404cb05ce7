"""LINE's words into ours. Pure."""

import hashlib
import mimetypes
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from adapters._shared.document import BadJson, document, in_words
from gateway.contract import (
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    Unreadable,
)

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Instant = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]  # ms, to the end of the year 9999


class Source(msgspec.Struct, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#source-user"""

    user_id: str = ""
    group_id: str = ""
    room_id: str = ""

    @property
    def chat(self) -> str:
        """The group or multi-person chat; "" when the customer writes to us alone."""
        return self.group_id or self.room_id


class Provider(msgspec.Struct, rename="camel"):
    """Who keeps a file: LINE itself, or somebody at an address."""

    original_content_url: str | None = None


class Content(msgspec.Struct, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#message-event"""

    id: Name
    type: str
    text: str = ""
    quoted_message_id: str | None = None
    content_provider: Provider | None = None
    file_name: str = ""
    file_size: int | None = None
    title: str = ""
    address: str = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class Unsent(msgspec.Struct, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#unsend-event"""

    message_id: Name


class Members(msgspec.Struct):
    """https://developers.line.biz/en/reference/messaging-api/#member-joined-event"""

    members: tuple[Source, ...]


class Postback(msgspec.Struct):
    """https://developers.line.biz/en/reference/messaging-api/#postback-event"""

    data: str


class Event(msgspec.Struct, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#common-properties"""

    type: str
    timestamp: Instant | None = None
    webhook_event_id: Annotated[str, Meta(max_length=200)] = ""
    source: Source = msgspec.field(default_factory=Source)
    message: Content | None = None
    unsend: Unsent | None = None
    joined: Members | None = None
    left: Members | None = None
    postback: Postback | None = None


class Told(msgspec.Struct, frozen=True):
    """One event: as we read it, as it came, and the account that it came to."""

    event: Event
    item: dict[str, Any]
    bot: str

    @property
    def author(self) -> str:
        """Who did it. In a chat LINE names the person only where they agreed to it.

        Raises ValueError when it names nobody.
        """
        source = self.event.source
        name = source.user_id or source.chat
        if not name:
            raise ValueError(f"the event {self.event.type[:50]!r} comes from nobody")
        return f"line:{name}"

    @property
    def home(self) -> str:
        """Where it was done: in a group, or with us alone; "" when LINE does not say."""
        name = self.event.source.chat or self.bot
        return f"line:{name}" if name else ""

    @property
    def id(self) -> str:
        """LINE's id of the event, which a redelivery repeats; else a hash of what it repeats."""
        if self.event.webhook_event_id:
            return self.event.webhook_event_id
        changing = ("deliveryContext", "replyToken")
        lasting = {name: value for name, value in self.item.items() if name not in changing}
        return hashlib.sha256(msgspec.json.encode(lasting, order="sorted")).hexdigest()


# https://developers.line.biz/en/reference/messaging-api/#wh-text and below. LINE names no types of
# media: these are what its apps send.
KINDS: dict[str, MessageKind] = {
    "text": MessageKind.TEXT,
    "location": MessageKind.LOCATION,
    "sticker": MessageKind.STICKER,
    **dict.fromkeys(("image", "video", "audio", "file"), MessageKind.MEDIA),
}
MEDIA = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/x-m4a"}
UNKNOWN_MEDIA = "application/octet-stream"

# What fields of ours hold, and what changes with a redelivery; the rest is kept as the payload.
_HELD = frozenset({"type", "timestamp", "webhookEventId", "deliveryContext", "source", "message"})
_CONTENT_HELD = frozenset(
    {
        *("id", "type", "text", "quotedMessageId", "fileName", "fileSize"),
        *("title", "latitude", "longitude", "contentProvider"),
    }
)
# Events that no person's word caused: kept, and never answered by themselves.
MACHINES = frozenset({"beacon", "delivery", "videoPlayComplete"})


def decode(body: bytes) -> tuple[InboundEvent | Unreadable, ...]:
    """One POST: any number of events, each for itself.

    https://developers.line.biz/en/reference/messaging-api/#request-body
    """
    try:
        told = document(body)
    except BadJson as error:
        return (Unreadable(detail=f"no JSON: {in_words(error)}"[:300]),)
    items = told.get("events") if isinstance(told, dict) else None
    if not isinstance(items, list):
        return (Unreadable(detail="no list of events: this is no webhook of LINE's"),)
    bot = told.get("destination")
    home = bot if isinstance(bot, str) else ""
    found: dict[str, InboundEvent | Unreadable] = {}
    for place, item in enumerate(items):
        for event in _read(item, home):
            found.setdefault(getattr(event, "key", f"unreadable:{place}"), event)
    return tuple(found.values())


def _read(item: Any, bot: str) -> tuple[InboundEvent | Unreadable, ...]:
    try:
        told = Told(msgspec.convert(item, Event), item, bot)
        return tuple(READERS.get(told.event.type, _unknown)(told))
    except (msgspec.ValidationError, ValueError) as error:
        return (Unreadable(detail=f"an event: {in_words(error)}"[:300]),)


def _message(told: Told) -> Iterator[InboundEvent]:
    content = told.event.message
    if content is None:
        raise ValueError("a message event without its message")
    kind = KINDS.get(content.type, MessageKind.UNKNOWN)
    yield InboundMessage(
        key=f"message:{content.id}",
        sender=told.author,
        recipient=told.home,
        kind=kind,
        text=content.text or content.title,
        sent_at=told.event.timestamp,
        attachments=tuple(_files(content)),
        in_reply_to=content.quoted_message_id or None,
        location=_location(content),
        payload=_payload(told, kind),
    )


def _files(content: Content) -> Iterator[InboundAttachment]:
    """By the message's id: the bytes are asked for with the channel's token."""
    if KINDS.get(content.type) is not MessageKind.MEDIA:
        return
    guessed = mimetypes.guess_type(content.file_name)[0] or UNKNOWN_MEDIA
    elsewhere = content.content_provider.original_content_url if content.content_provider else None
    yield InboundAttachment(
        media_type=MEDIA.get(content.type, guessed),
        filename=content.file_name,
        size_bytes=content.file_size,
        url=elsewhere,
        provider_media_id=None if elsewhere else content.id,
    )


def _location(content: Content) -> Location | None:
    if content.type != "location":
        return None
    if content.latitude is None or content.longitude is None:
        raise ValueError("a location without its latitude and longitude")
    name = content.title or content.address
    return Location(latitude=content.latitude, longitude=content.longitude, name=name)


def _payload(told: Told, kind: MessageKind) -> str:
    """What no field holds: reply and quote tokens, emojis, mentions, the sticker's numbers."""
    if kind is MessageKind.UNKNOWN:
        return _json(told.item)
    extras = {name: value for name, value in told.item.items() if name not in _HELD}
    content = told.item.get("message") or {}
    more = {name: value for name, value in content.items() if name not in _CONTENT_HELD}
    extras |= {"message": more} if more else {}
    return _json(extras) if extras else ""


def _json(data: Any) -> str:
    return msgspec.json.encode(data).decode()


def _unsent(told: Told) -> Iterator[InboundEvent]:
    if told.event.unsend is None:
        raise ValueError("an unsend event without its message")
    yield _done(told, MessageKind.DELETED, in_reply_to=told.event.unsend.message_id)


def _pressed(told: Told) -> Iterator[InboundEvent]:
    if told.event.postback is None:
        raise ValueError("a postback event without its postback")
    data = told.event.postback.data
    choice, label = _choice(data)
    yield _done(told, MessageKind.INTERACTIVE, text=label or data, choice=choice)


def _choice(data: str) -> tuple[str, str]:
    """The id and the label of a choice of ours; nothing of what others put into a button."""
    try:
        fields = dict(parse_qsl(data, strict_parsing=True))
    except ValueError:
        return "", ""
    ours = fields.keys() == {"choice", "label"}
    return (fields["choice"], fields["label"]) if ours else ("", "")


def _unknown(told: Told) -> Iterator[InboundEvent]:
    """A kind that we do not know is kept whole. Raises ValueError when nobody sent it."""
    yield _done(told, MessageKind.UNKNOWN)


def _done(
    told: Told,
    kind: MessageKind,
    text: str = "",
    in_reply_to: str | None = None,
    choice: str = "",
) -> InboundMessage:
    return InboundMessage(
        key=f"message:{told.id}",
        sender=told.author,
        recipient=told.home,
        kind=kind,
        text=text,
        sent_at=told.event.timestamp,
        in_reply_to=in_reply_to,
        automatic=told.event.type in MACHINES,
        choice=choice,
        payload=_payload(told, kind),
    )


# https://developers.line.biz/en/reference/messaging-api/#follow-event and below. Who blocks an
# account is told as having unfollowed it, and gets nothing any more.
SIGNS = {"follow": "opted_in", "unfollow": "opted_out", "join": "joined", "leave": "left"}


def _sign(told: Told) -> Iterator[InboundEvent]:
    """A person befriends or blocks us; a group takes us in or puts us out."""
    what = SIGNS[told.event.type]
    home = f"line:{told.bot}" if told.bot else ""
    yield PresenceEvent(
        key=f"presence:{told.id}:{what}", what=what, sender=told.author, recipient=home
    )


def _members(told: Told) -> Iterator[InboundEvent]:
    """Others came or went in a group where we are."""
    for what, moved in (("joined", told.event.joined), ("left", told.event.left)):
        for member in moved.members if moved is not None else ():
            if member.user_id:
                yield PresenceEvent(
                    key=f"presence:{told.id}:{member.user_id}:{what}",
                    what=what,
                    sender=f"line:{member.user_id}",
                    recipient=told.home,
                )


READERS: dict[str, Callable[[Told], Iterator[InboundEvent]]] = {
    "message": _message,
    "unsend": _unsent,
    "postback": _pressed,
    **dict.fromkeys(SIGNS, _sign),
    **dict.fromkeys(("memberJoined", "memberLeft"), _members),
}
