"""Telegram's words into ours. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from adapters._shared.document import BadJson, document, in_words
from adapters.telegram.wire.shapes import File, Moved, Pressed, Reacted, Said, User
from gateway.contract import (
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    Unreadable,
)
from gateway.domain.clock import SECOND_MS

# What no list names is told to a bot only when it asks for it (`chat_member`, `message_reaction`),
# so a poller asks; what we would not understand is left out.
# https://core.telegram.org/bots/api#getupdates
ALLOWED_UPDATES = (
    *("message", "edited_message", "channel_post", "edited_channel_post"),
    *("callback_query", "message_reaction", "my_chat_member", "chat_member", "chat_join_request"),
)


# What fields of ours hold; the rest of a message is kept as its payload.
_HELD = frozenset(
    {
        *("message_id", "chat", "date", "edit_date", "from", "text", "caption", "photo"),
        *("reply_to_message", "location", "animation", "document"),
    }
)

# https://core.telegram.org/bots/api#message: what a message may carry, and what kind that makes it.
# The first that is there counts: an animation has its document beside it, a venue its location.
KINDS: dict[str, MessageKind] = {
    "web_app_data": MessageKind.INTERACTIVE,
    "sticker": MessageKind.STICKER,
    "contact": MessageKind.CONTACT,
    "venue": MessageKind.LOCATION,
    "location": MessageKind.LOCATION,
    **dict.fromkeys(("photo", "animation", "audio", "document"), MessageKind.MEDIA),
    **dict.fromkeys(("video", "video_note", "voice"), MessageKind.MEDIA),
    "text": MessageKind.TEXT,
}

# The media type where Telegram names none.
MEDIA: dict[str, str] = {
    "animation": "video/mp4",
    "audio": "audio/mpeg",
    "document": "application/octet-stream",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "voice": "audio/ogg",
}


class Told(msgspec.Struct, frozen=True):
    """One update, opened: its id, which of its fields is there, and the bot it came to."""

    id: int
    kind: str
    item: dict[str, Any]
    bot: str

    def home(self, chat: User) -> str:
        """Where the customer wrote: to the bot itself, or into a group or channel."""
        return f"telegram:{self.bot}" if chat.type in ("private", "") else chat.urn


def decode(body: bytes, bot: str) -> tuple[InboundEvent | Unreadable, ...]:
    """One update. https://core.telegram.org/bots/api#update"""
    try:
        update = document(body)
    except BadJson as error:
        return (Unreadable(detail=f"no JSON: {in_words(error)}"[:300]),)
    number = update.get("update_id") if isinstance(update, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return (Unreadable(detail="no update_id: this is no update of Telegram's"),)
    there = [name for name, item in update.items() if isinstance(item, dict)]
    kind = next((name for name in there if name in READERS), there[0] if there else "")
    if not kind:
        return (Unreadable(detail=f"update {number} has no content"),)
    try:
        told = Told(number, kind, update[kind], bot)
        return tuple(READERS.get(kind, _unknown)(told))
    except (msgspec.ValidationError, ValueError) as error:
        return (Unreadable(detail=f"update {number}: {in_words(error)}"[:300]),)


def callback_of(body: bytes) -> str | None:
    """The id of a pressed button, which Telegram wants to be answered; None for all else."""
    try:
        update = document(body)
    except BadJson:
        return None
    found = update.get("callback_query") if isinstance(update, dict) else None
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) and name else None


def message_name(chat: User, number: int) -> str:
    """How we name a message: its number; in groups and channels, which each count anew, with the
    chat before it."""
    return str(number) if chat.id > 0 else f"{chat.id}:{number}"


# --- messages ------------------------------------------------------------------------------------


def _message(told: Told) -> Iterator[InboundEvent]:
    said = msgspec.convert(told.item, Said)
    moves = [("joined", user) for user in said.new_chat_members]
    moves += [("left", user) for user in [said.left_chat_member] if user is not None]
    for what, user in moves:
        yield PresenceEvent(
            key=f"presence:{told.id}:{user.id}:{what}",
            what=what,
            sender=user.urn,
            recipient=said.chat.urn,
        )
    if not moves:
        yield _worded(told, said)


def _worded(told: Told, said: Said) -> InboundMessage:
    author = said.sender_chat or said.sender or said.chat
    carried = next((name for name in KINDS if told.item.get(name) not in (None, "", [])), "")
    kind = KINDS.get(carried, MessageKind.UNKNOWN)
    edited = told.kind.startswith("edited_")
    answered = said.reply_to_message
    in_reply_to = message_name(answered.chat, answered.message_id) if answered else None
    if edited:
        kind, in_reply_to = MessageKind.EDITED, message_name(said.chat, said.message_id)
    date = said.edit_date or said.date
    return InboundMessage(
        key=f"message:{told.id}",
        sender=author.urn,
        recipient=told.home(said.chat),
        kind=kind,
        text=_words(said),
        sender_name=author.name,
        locale=said.sender.language_code if said.sender is not None else "",
        sent_at=date * SECOND_MS if date else None,
        attachments=tuple(_files(said)),
        in_reply_to=in_reply_to,
        provider_id="" if edited else message_name(said.chat, said.message_id),
        location=_location(said),
        automatic=_by_machine(said),
        payload=_payload(told, kind),
    )


def _by_machine(said: Said) -> bool:
    """Bots, posts of a channel, and what a channel forwards into its group. People who write in the
    name of a chat come from a bot of Telegram's own, and are people."""
    bot = said.sender is not None and said.sender.is_bot and said.sender_chat is None
    return bot or said.is_automatic_forward or said.chat.type == "channel"


def _words(said: Said) -> str:
    """The customer's words; of what has none, what a person can read in their place."""
    if said.web_app_data is not None:
        return said.web_app_data.button_text
    if said.venue is not None:
        return ", ".join(filter(None, (said.venue.title, said.venue.address)))
    if said.contact is not None:
        name = f"{said.contact.first_name} {said.contact.last_name}".strip()
        return f"{name} ({said.contact.phone_number})".strip()
    if said.location is not None:
        return f"{said.location.latitude:f},{said.location.longitude:f}"
    return said.text or said.caption or (said.sticker.emoji if said.sticker else "")


def _files(said: Said) -> Iterator[InboundAttachment]:
    """By file_id: the bytes are asked for with the bot's token."""
    if said.photo:
        largest = max(said.photo, key=lambda each: (each.width * each.height, each.file_size or 0))
        yield _file(largest, "image/jpeg")
    if said.sticker is not None:
        moving = "video/webm" if said.sticker.is_video else "image/webp"
        tgs = said.sticker.is_animated
        yield _file(said.sticker, "application/x-tgsticker" if tgs else moving)
    for name, media_type in MEDIA.items():
        found = getattr(said, name)
        if found is not None and not (name == "document" and said.animation is not None):
            yield _file(found, media_type)


def _file(found: File, media_type: str) -> InboundAttachment:
    return InboundAttachment(
        media_type=found.mime_type or media_type,
        filename=found.file_name,
        size_bytes=found.file_size,
        provider_media_id=found.file_id,
    )


def _location(said: Said) -> Location | None:
    if said.venue is not None:
        at = said.venue.location
        return Location(latitude=at.latitude, longitude=at.longitude, name=said.venue.title)
    if said.location is None:
        return None
    return Location(latitude=said.location.latitude, longitude=said.location.longitude)


def _payload(told: Told, kind: MessageKind) -> str:
    if kind is MessageKind.UNKNOWN:
        return _json({told.kind: told.item})
    extras = {name: value for name, value in told.item.items() if name not in _HELD}
    return _json(extras) if extras else ""


def _json(data: Any) -> str:
    return msgspec.json.encode(data).decode()


# --- buttons, reactions --------------------------------------------------------------------------


def _callback(told: Told) -> Iterator[InboundEvent]:
    pressed = msgspec.convert(told.item, Pressed)
    at = pressed.message
    extras = {name: value for name, value in told.item.items() if name not in ("from", "message")}
    yield InboundMessage(
        key=f"message:{told.id}",
        sender=pressed.sender.urn,
        recipient=told.home(at.chat) if at else f"telegram:{told.bot}",
        kind=MessageKind.INTERACTIVE,
        text=_label(at.reply_markup, pressed.data) if at else pressed.data,
        sender_name=pressed.sender.name,
        locale=pressed.sender.language_code,
        in_reply_to=message_name(at.chat, at.message_id) if at else None,
        automatic=pressed.sender.is_bot,
        choice=pressed.data,
        payload=_json(extras),
    )


def _label(markup: Any, data: str) -> str:
    """What stood on the button; its data when that is not told."""
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and button.get("callback_data") == data:
                return str(button.get("text") or data)
    return data


def _reaction(told: Told) -> Iterator[InboundEvent]:
    """The text is what stands now; none when the reaction was taken back."""
    reacted = msgspec.convert(told.item, Reacted)
    author = reacted.user or reacted.actor_chat or reacted.chat
    extras = {name: told.item.get(name) for name in ("old_reaction", "new_reaction")}
    yield InboundMessage(
        key=f"message:{told.id}",
        sender=author.urn,
        recipient=told.home(reacted.chat),
        kind=MessageKind.REACTION,
        text="".join(str(each.get("emoji") or "") for each in reacted.new_reaction),
        sender_name=author.name,
        sent_at=reacted.date * SECOND_MS if reacted.date else None,
        in_reply_to=message_name(reacted.chat, reacted.message_id),
        payload=_json(extras),
    )


# --- who is there --------------------------------------------------------------------------------


def _bot_moved(told: Told) -> Iterator[InboundEvent]:
    """In private a person blocked the bot, or let it in again; elsewhere the bot itself moved."""
    moved = msgspec.convert(told.item, Moved)
    if moved.chat.type == "private":
        what = "opted_in" if moved.new.within else "opted_out"
        yield _presence(told, what, moved.sender, f"telegram:{told.bot}")
    elif moved.old.within != moved.new.within:
        what = "joined" if moved.new.within else "left"
        yield _presence(told, what, moved.chat, f"telegram:{told.bot}")


def _member_moved(told: Told) -> Iterator[InboundEvent]:
    """Somebody else came or went. Other changes, as of rights, say nothing to us."""
    moved = msgspec.convert(told.item, Moved)
    if moved.old.within != moved.new.within:
        what = "joined" if moved.new.within else "left"
        yield _presence(told, what, moved.new.user, moved.chat.urn)


def _presence(told: Told, what: str, who: User, where: str) -> PresenceEvent:
    return PresenceEvent(
        key=f"presence:{told.id}:{what}", what=what, sender=who.urn, recipient=where
    )


# --- all else ------------------------------------------------------------------------------------

_AUTHORS = ("from", "user", "actor_chat", "voter_chat", "sender_chat", "chat")


def _unknown(told: Told) -> Iterator[InboundEvent]:
    """A kind that we do not know is kept whole. Raises ValueError when nobody sent it."""
    found = next((told.item[name] for name in _AUTHORS if name in told.item), None)
    if found is None:
        raise ValueError(f"the kind {told.kind[:50]!r} comes from nobody")
    author = msgspec.convert(found, User)
    yield InboundMessage(
        key=f"message:{told.id}",
        sender=author.urn,
        recipient=f"telegram:{told.bot}",
        kind=MessageKind.UNKNOWN,
        sender_name=author.name,
        automatic=author.is_bot,
        payload=_json({told.kind: told.item}),
    )


READERS: dict[str, Callable[[Told], Iterator[InboundEvent]]] = {
    **dict.fromkeys(("message", "edited_message"), _message),
    **dict.fromkeys(("channel_post", "edited_channel_post"), _message),
    "callback_query": _callback,
    "message_reaction": _reaction,
    "my_chat_member": _bot_moved,
    "chat_member": _member_moved,
}
