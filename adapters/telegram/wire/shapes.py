"""What Telegram's updates hold, as far as we read them. Fields that we do not name are ignored."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]  # to the end of the year 9999
FileId = Annotated[str, Meta(min_length=1)]


class User(msgspec.Struct):
    """https://core.telegram.org/bots/api#user and #chat, as far as we read them."""

    id: int
    is_bot: bool = False
    type: str = ""  # of a chat: private, group, supergroup, channel
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""  # of a person's app, an IETF tag; not always told

    @property
    def urn(self) -> str:
        """Chats have negative numbers, so that one scheme names people and chats."""
        return f"telegram:{self.id}"

    @property
    def name(self) -> str:
        """As Telegram's own apps show it."""
        return f"{self.first_name} {self.last_name}".strip() or self.title or self.username


class File(msgspec.Struct):
    """Photos, documents and all the others: https://core.telegram.org/bots/api#photosize."""

    file_id: FileId
    file_size: int | None = None
    file_name: str = ""
    mime_type: str = ""
    width: int = 0
    height: int = 0
    emoji: str = ""
    is_animated: bool = False
    is_video: bool = False


class Place(msgspec.Struct):
    """https://core.telegram.org/bots/api#location"""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class Venue(msgspec.Struct):
    """https://core.telegram.org/bots/api#venue"""

    location: Place
    title: str = ""
    address: str = ""


class Card(msgspec.Struct):
    """https://core.telegram.org/bots/api#contact"""

    phone_number: str
    first_name: str = ""
    last_name: str = ""


class WebAppData(msgspec.Struct):
    """https://core.telegram.org/bots/api#webappdata"""

    data: str
    button_text: str = ""


class Answered(msgspec.Struct):
    """The message that one answers, or whose button was pressed."""

    message_id: int
    chat: User
    reply_markup: Any = None


class Said(msgspec.Struct):
    """https://core.telegram.org/bots/api#message"""

    message_id: int
    chat: User
    date: Seconds = 0
    edit_date: Seconds = 0
    sender: User | None = msgspec.field(name="from", default=None)
    sender_chat: User | None = None
    is_automatic_forward: bool = False
    text: str = ""
    caption: str = ""
    reply_to_message: Answered | None = None
    photo: tuple[File, ...] = ()
    animation: File | None = None
    audio: File | None = None
    document: File | None = None
    video: File | None = None
    video_note: File | None = None
    voice: File | None = None
    sticker: File | None = None
    location: Place | None = None
    venue: Venue | None = None
    contact: Card | None = None
    web_app_data: WebAppData | None = None
    new_chat_members: tuple[User, ...] = ()
    left_chat_member: User | None = None


class Pressed(msgspec.Struct):
    """https://core.telegram.org/bots/api#callbackquery"""

    id: str
    sender: User = msgspec.field(name="from")
    data: str = ""
    message: Answered | None = None


class Reacted(msgspec.Struct):
    """https://core.telegram.org/bots/api#messagereactionupdated"""

    chat: User
    message_id: int
    date: Seconds = 0
    user: User | None = None
    actor_chat: User | None = None
    new_reaction: tuple[dict[str, Any], ...] = ()


class Membership(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatmember"""

    status: str
    user: User
    is_member: bool = True

    @property
    def within(self) -> bool:
        """`restricted` may be either."""
        return self.status not in ("left", "kicked") and self.is_member


class Moved(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatmemberupdated"""

    chat: User
    sender: User = msgspec.field(name="from")
    old: Membership = msgspec.field(name="old_chat_member")
    new: Membership = msgspec.field(name="new_chat_member")
