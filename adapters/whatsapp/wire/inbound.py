"""The Cloud API's words into ours. Pure."""

import re
from collections.abc import Callable, Iterator

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
    Unreadable,
)
from gateway.domain.message import MessageState

SCHEME = "whatsapp:"
OBJECT = "whatsapp_business_account"
SECOND_MS = 1_000

# https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
STATES: dict[str, MessageState] = {
    "accepted": MessageState.SENT,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "played": MessageState.READ,
    "failed": MessageState.FAILED,
}

# What our own people wrote in the WhatsApp Business app: not the customer's words.
ECHOES = frozenset({"smb_message_echoes", "message_echoes"})

NEWS = frozenset({"messages", "statuses", "errors"})

Events = Iterator[InboundEvent | Unreadable]


def decode(body: bytes) -> tuple[InboundEvent | Unreadable, ...]:
    """One webhook, which may tell of many messages and statuses. Each stands on its own."""
    try:
        return tuple(event for entry in meta.entries(body, OBJECT) for event in _entry(entry))
    except NotUnderstood as error:
        return (Unreadable(detail=str(error)),)


def _entry(entry: Item) -> Events:
    if entry.get("changes") is None:
        yield Unreadable(detail=f"an entry of {', '.join(sorted(entry))[:100] or 'nothing'}")
    for change in items(entry, "changes"):
        yield from _change(change)


def _change(change: Item) -> Events:
    field = word(change, "field")
    if field in ECHOES:
        return
    if field != "messages":
        yield Unreadable(detail=f"news of the field {field[:50]!r}, which is no message")
        return
    value = inner(change, "value")
    if not value.keys() & NEWS:
        yield Unreadable(detail=f"news of {', '.join(sorted(value))[:100] or 'nothing'}")
    about = inner(value, "metadata")
    home = _digits(word(about, "display_phone_number")) or word(about, "phone_number_id")
    names = _names(value)
    for item in items(value, "messages"):
        yield _alone(item, lambda item: _message(item, home, names))
    for status in items(value, "statuses"):
        yield _alone(status, _report)
    for error in items(value, "errors"):
        code, words = word(error, "code"), meta.error_words(error)
        yield Unreadable(detail=f"Meta reports the error {code}: {words}")


def _alone(item: Item, read: Callable[[Item], InboundEvent]) -> InboundEvent | Unreadable:
    try:
        return read(item)
    except NotUnderstood as error:
        return Unreadable(detail=f"{word(item, 'id')[:100] or 'an item without an id'}: {error}")


def _names(value: Item) -> dict[str, str]:
    """What people call themselves, by number and by business-scoped user id."""
    return {
        address: word(inner(contact, "profile"), "name")
        for contact in items(value, "contacts")
        for address in (word(contact, "wa_id"), word(contact, "user_id"))
        if address
    }


def _digits(number: str) -> str:
    """+250 788 123 200 and 250788123200 are one."""
    return re.sub(r"[^0-9]", "", number)


def _message(item: Item, home: str, names: dict[str, str]) -> InboundMessage:
    name, sender = word(item, "id"), word(item, "from") or word(item, "from_user_id")
    if not name or not sender:
        raise NotUnderstood("no id" if not name else "from nobody")
    content = _content(item)
    return InboundMessage(
        key=meta.key("message", name),
        sender=SCHEME + sender.removeprefix("+"),
        recipient=SCHEME + (home or "unknown"),
        kind=content.kind,
        text=content.text,
        sender_name=names.get(sender, ""),
        sent_at=meta.instant_ms(item, "timestamp", unit_ms=SECOND_MS),
        attachments=content.attachments,
        in_reply_to=content.about or word(inner(item, "context"), "id") or None,
        location=content.location,
        automatic=word(item, "type") == "system",
        choice=content.choice,
        payload=meta.payload(item if content.kind is MessageKind.UNKNOWN else _extras(item)),
    )


# https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
MEDIA = ("image", "video", "audio", "voice", "document", "sticker")
# What no field of ours holds, kept whole. The context's id is `in_reply_to`.
EXTRAS = ("referral", "button", "interactive", "order", "contacts", "edit", "group_id", "errors")


def _extras(item: Item) -> Item:
    extras = {name: item[name] for name in EXTRAS if item.get(name)}
    context = {k: v for k, v in inner(item, "context").items() if k not in ("id", "from")}
    return extras | ({"context": context} if context else {})


class _Content:
    """What a message says, by its type."""

    def __init__(
        self,
        kind: MessageKind,
        text: str = "",
        *,
        attachments: tuple[InboundAttachment, ...] = (),
        about: str = "",
        choice: str = "",
        location: Location | None = None,
    ) -> None:
        self.kind = kind
        self.text = text
        self.attachments = attachments
        self.about = about
        self.choice = choice
        self.location = location


def _content(item: Item) -> _Content:
    type_ = word(item, "type")
    part = inner(item, type_)
    if type_ in MEDIA:
        return _media(type_, part)
    read = READERS.get(type_)
    if read is not None:
        return read(part)
    if type_ == "contacts":
        cards = [_card(each) for each in items(item, "contacts")]
        return _Content(MessageKind.CONTACT, "\n".join(cards))
    return _Content(MessageKind.UNKNOWN, word(part, "body"))


def _media(type_: str, part: Item) -> _Content:
    name = word(part, "id")
    if not name:
        raise NotUnderstood(f"{type_} without an id")
    file = InboundAttachment(
        media_type=word(part, "mime_type") or "application/octet-stream",
        filename=word(part, "filename"),
        url=word(part, "url") or None,
        provider_media_id=name,
    )
    kind = MessageKind.STICKER if type_ == "sticker" else MessageKind.MEDIA
    return _Content(kind, word(part, "caption"), attachments=(file,))


def _place(part: Item) -> _Content:
    latitude, longitude = part.get("latitude"), part.get("longitude")
    if not (is_number(latitude) and is_number(longitude)):
        raise NotUnderstood("a place without numbers")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise NotUnderstood(f"no place on earth is at {latitude}, {longitude}")
    name = ", ".join(filter(None, (word(part, "name"), word(part, "address"))))
    where = Location(latitude=float(latitude), longitude=float(longitude), name=name)
    return _Content(MessageKind.LOCATION, location=where)


def _card(contact: Item) -> str:
    """A card of the address book in a line."""
    numbers = [word(phone, "phone") or word(phone, "wa_id") for phone in items(contact, "phones")]
    mails = [word(mail, "email") for mail in items(contact, "emails")]
    name = word(inner(contact, "name"), "formatted_name")
    return " ".join(filter(None, (name, *numbers, *mails)))


def _text(part: Item) -> _Content:
    text = word(part, "body")
    if not text:
        raise NotUnderstood("a text without words")
    return _Content(MessageKind.TEXT, text)


def _interactive(part: Item) -> _Content:
    """A tapped button or row, or a filled form."""
    reply = inner(part, word(part, "type"))
    text = word(reply, "title") or word(reply, "body")
    return _Content(MessageKind.INTERACTIVE, text, choice=word(reply, "id"))


def _edit(part: Item) -> _Content:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/edit"""
    message = inner(part, "message")
    body = inner(message, word(message, "type"))
    text = word(body, "body") or word(body, "caption")
    return _Content(MessageKind.EDITED, text, about=word(part, "original_message_id"))


def _revoke(part: Item) -> _Content:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/revoke"""
    return _Content(MessageKind.DELETED, about=word(part, "original_message_id"))


READERS: dict[str, Callable[[Item], _Content]] = {
    "text": _text,
    "location": _place,
    "button": lambda part: _Content(
        MessageKind.INTERACTIVE, word(part, "text"), choice=word(part, "payload")
    ),
    "interactive": _interactive,
    "order": lambda part: _Content(MessageKind.INTERACTIVE, word(part, "text")),
    "reaction": lambda part: _Content(
        MessageKind.REACTION, word(part, "emoji"), about=word(part, "message_id")
    ),
    "edit": _edit,
    "revoke": _revoke,
}


def _report(status: Item) -> DeliveryReport:
    name, said = word(status, "id"), word(status, "status").lower()
    if not name or said not in STATES:
        raise NotUnderstood("no id" if not name else f"unknown status {said[:50]!r}")
    failed = STATES[said] is MessageState.FAILED
    error = next(items(status, "errors"), {})
    code, recipient = word(error, "code"), word(status, "recipient_id")
    return DeliveryReport(
        key=meta.key("report", name, said),
        state=STATES[said],
        provider_message=name,
        message=word(status, "biz_opaque_callback_data") or None,
        reason=meta.reason_of(code) if failed else None,
        code=code or None,
        detail=meta.error_words(error),
        at=meta.instant_ms(status, "timestamp", unit_ms=SECOND_MS),
        recipient=SCHEME + recipient.removeprefix("+") if recipient else None,
    )
