"""What Messenger and Instagram share: one form of webhooks, one Send API. Pure.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
"""

from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from adapters._shared import meta
from adapters._shared.document import is_number
from adapters._shared.meta import Item, NotUnderstood, inner, items, word
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    Unreadable,
)
from gateway.domain.message import MessageState

# --- what comes in -------------------------------------------------------------------------------

Events = Iterator[InboundEvent | Unreadable]

# Comments and the like; and what is said while another app has the conversation.
OTHER_NEWS = frozenset({"changes", "standby"})


def decode(body: bytes, kind: str, scheme: str, home: str) -> tuple[InboundEvent | Unreadable, ...]:
    """One webhook about objects of this kind; people are URNs of this scheme.

    Files lie at https addresses, or at `home`, where the account's API is.
    """
    try:
        return tuple(
            event for entry in meta.entries(body, kind) for event in _entry(entry, scheme, home)
        )
    except NotUnderstood as error:
        return (Unreadable(detail=str(error)),)


def _entry(entry: Item, scheme: str, home: str) -> Events:
    for item in items(entry, "messaging"):
        try:
            yield from _Reader(item, scheme, home).events()
        except NotUnderstood as error:
            yield Unreadable(detail=str(error))
    for name in sorted(OTHER_NEWS & entry.keys()):
        yield Unreadable(detail=f"{name} of the account, which are no messages to us")
    if not entry.keys() & {"messaging", *OTHER_NEWS}:
        yield Unreadable(detail=f"an entry of {', '.join(sorted(entry))[:100] or 'nothing'}")


# https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
# Meta tells a file's class, not its type: the ending of its address may.
DEFAULT_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mp4",
    "file": "application/octet-stream",
}
ENDINGS = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "doc": "application/msword",
    "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Posts, reels and stories: what they show is read at their address, when there is one.
SHOWN = frozenset({"share", "ig_post", "ig_reel", "reel", "story_mention", "ephemeral"})
HEART = "like_heart"
# What no field of ours holds.
EXTRAS = ("quick_reply", "referral", "reply_to", "attachments", "commands", "product")


class _Reader:
    """One item of `messaging`: who, to whom, when, and what."""

    def __init__(self, item: Item, scheme: str, home: str) -> None:
        self._item = item
        self._sender = word(inner(item, "sender"), "id")
        self._recipient = word(inner(item, "recipient"), "id")
        self._scheme = scheme
        self._web = ("https://", home.rstrip("/") + "/")
        self._at = meta.instant_ms(item, "timestamp", unit_ms=1)

    def events(self) -> Events:
        """What the item says."""
        for name, read in _READERS.items():
            if isinstance(self._item.get(name), dict):
                if not self._sender:
                    raise NotUnderstood(f"{name} from nobody")
                yield from read(self, inner(self._item, name))
                return
        names = sorted(self._item.keys() - {"sender", "recipient", "timestamp"})
        raise NotUnderstood(f"an item of the kind {', '.join(names)[:100] or 'none'}")

    def _urn(self, address: str) -> str:
        return f"{self._scheme}:{address or 'unknown'}"

    def _said(
        self,
        key: str,
        kind: MessageKind,
        text: str = "",
        *,
        extras: Item,
        attachments: tuple[InboundAttachment, ...] = (),
        about: str = "",
        choice: str = "",
        location: Location | None = None,
    ) -> InboundMessage:
        return InboundMessage(
            key=key,
            sender=self._urn(self._sender),
            recipient=self._urn(self._recipient),
            kind=kind,
            text=text,
            sent_at=self._at,
            attachments=attachments,
            in_reply_to=about or None,
            location=location,
            choice=choice,
            payload=meta.payload(extras),
        )

    def _key(self, name: str, *parts: str) -> str:
        """A key of something that has no id of its own: whose, of what, and when."""
        return meta.key("message", name, *parts, self._sender, str(self._at))

    def message(self, part: Item) -> Events:
        """A message, a deletion, or the echo of what somebody on our side sent."""
        mid = word(part, "mid")
        if not mid:
            raise NotUnderstood("a message without mid")
        if part.get("is_echo"):
            yield from self._echo(mid, part)
        elif part.get("is_deleted"):
            key = meta.key("message", mid, "deleted")
            yield self._said(key, MessageKind.DELETED, extras={}, about=mid)
        else:
            yield self._content(mid, part)

    def _echo(self, mid: str, part: Item) -> Events:
        """Ours when it carries our id: then it proves that the message went out."""
        ours = word(part, "metadata")
        if ours:
            yield DeliveryReport(
                key=meta.key("report", mid, "sent"),
                state=MessageState.SENT,
                provider_message=mid,
                message=ours,
                at=self._at,
                recipient=self._urn(self._recipient),
            )

    def _content(self, mid: str, part: Item) -> InboundMessage:
        told = list(items(part, "attachments"))
        files = tuple(file for each in told if (file := _file(each, self._web)) is not None)
        where = next((place for each in told if (place := _place(each)) is not None), None)
        kind = _kind(part, told, files, where)
        text = word(part, "text") or ("❤" if any(word(e, "type") == HEART for e in told) else "")
        extras = {name: part[name] for name in EXTRAS if part.get(name)}
        about = word(inner(part, "reply_to"), "mid")
        if about:
            extras.pop("reply_to")
        if told and all(word(each, "type") in DEFAULT_TYPES for each in told):
            extras.pop("attachments")
        return self._said(
            meta.key("message", mid),
            kind,
            text,
            extras=self._item if kind is MessageKind.UNKNOWN else extras,
            attachments=files,
            about=about,
            location=where,
            choice=word(inner(part, "quick_reply"), "payload"),
        )

    def postback(self, part: Item) -> Events:
        """A tapped button."""
        mid = word(part, "mid")
        key = meta.key("message", mid) if mid else self._key("postback", word(part, "payload"))
        yield self._said(
            key,
            MessageKind.INTERACTIVE,
            word(part, "title"),
            extras=part,
            choice=word(part, "payload"),
        )

    def reaction(self, part: Item) -> Events:
        """A reaction; without words when it is taken back."""
        mid, action = word(part, "mid"), word(part, "action")
        text = word(part, "emoji") if action != "unreact" else ""
        key = self._key("reaction", mid, action)
        yield self._said(key, MessageKind.REACTION, text, extras=part, about=mid)

    def edit(self, part: Item) -> Events:
        """New words for an earlier message."""
        mid = word(part, "mid")
        key = self._key("edit", mid, word(part, "num_edit"))
        yield self._said(key, MessageKind.EDITED, word(part, "text"), extras={}, about=mid)

    def referral(self, part: Item) -> Events:
        """Somebody came by a link or an advertisement into a conversation that was there."""
        key = self._key("referral", word(part, "ref"))
        yield self._said(key, MessageKind.UNKNOWN, extras=self._item)

    def delivery(self, part: Item) -> Events:
        """Messages of ours that arrived. A watermark alone names none."""
        told = part.get("mids")
        mids = told if isinstance(told, list) else [told] if told is not None else []
        named = [mid for mid in mids if isinstance(mid, str) and mid]
        for mid in dict.fromkeys(named):
            yield self._report(mid, MessageState.DELIVERED)
        if len(named) < len(mids):
            raise NotUnderstood("a delivery of messages that it does not name")

    def read(self, part: Item) -> Events:
        """Instagram names the message; Messenger only says until when."""
        mid = word(part, "mid")
        if mid:
            yield self._report(mid, MessageState.READ)
            return
        yield PresenceEvent(
            key=meta.key("presence", "seen", self._sender, word(part, "watermark")),
            what="seen",
            sender=self._urn(self._sender),
            recipient=self._urn(self._recipient),
        )

    def _report(self, mid: str, state: MessageState) -> DeliveryReport:
        return DeliveryReport(
            key=meta.key("report", mid, state),
            state=state,
            provider_message=mid,
            at=self._at,
            recipient=self._urn(self._sender),
        )


_READERS: dict[str, Callable[[_Reader, Item], Events]] = {
    "message": _Reader.message,
    "postback": _Reader.postback,
    "reaction": _Reader.reaction,
    "message_edit": _Reader.edit,
    "delivery": _Reader.delivery,
    "read": _Reader.read,
    "referral": _Reader.referral,
}


def _kind(
    part: Item,
    told: list[Item],
    files: tuple[InboundAttachment, ...],
    where: Location | None,
) -> MessageKind:
    if part.get("is_unsupported"):
        return MessageKind.UNKNOWN
    if part.get("quick_reply"):
        return MessageKind.INTERACTIVE
    if where is not None:
        return MessageKind.LOCATION
    if any(inner(e, "payload").get("sticker_id") or word(e, "type") == HEART for e in told):
        return MessageKind.STICKER
    if files:
        return MessageKind.MEDIA
    return MessageKind.TEXT if word(part, "text") else MessageKind.UNKNOWN


def _file(told: Item, web: tuple[str, ...]) -> InboundAttachment | None:
    """What stands at an address of the web, by how those begin; a reel's path is none."""
    type_, url = word(told, "type"), word(inner(told, "payload"), "url")
    if (type_ not in DEFAULT_TYPES and type_ not in SHOWN) or not url.startswith(web):
        return None
    try:
        filename = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return None
    known = ENDINGS.get(filename.rpartition(".")[2].lower())
    return InboundAttachment(
        media_type=known or DEFAULT_TYPES.get(type_, "application/octet-stream"),
        filename=filename[:200] if type_ == "file" else "",
        url=url,
    )


def _place(told: Item) -> Location | None:
    where = inner(inner(told, "payload"), "coordinates")
    latitude, longitude = where.get("lat"), where.get("long")
    if word(told, "type") != "location" or not where:
        return None
    if not (is_number(latitude) and is_number(longitude)):
        raise NotUnderstood("a place without numbers")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise NotUnderstood(f"no place on earth is at {latitude}, {longitude}")
    return Location(latitude=float(latitude), longitude=float(longitude), name=word(told, "title"))
