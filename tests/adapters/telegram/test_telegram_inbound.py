"""What Telegram delivers, and what it is to us."""

import msgspec
import pytest

from adapters.telegram.wire import inbound
from gateway.contract import (
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    RawReply,
    Unauthentic,
    Unreadable,
)
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.telegram.updates import (
    ADA,
    BOT,
    CHANNEL,
    GROUP,
    HEADER,
    HOME,
    MESSAGE,
    PRIVATE,
    SECRET,
    TEXT,
    TOKEN,
    body,
    build,
    sign,
    update,
)

FRIENDS = "telegram:-1001234567890"
AT = 1493843318000


# Of an edit, a reaction, and what we do not know, nobody names anything; of a message, its number.
NAMELESS = (MessageKind.EDITED, MessageKind.REACTION, MessageKind.UNKNOWN)

UNTOLD = (MessageKind.REACTION,)  # of whom Telegram does not say in which language their app is


def message(**changes) -> InboundMessage:
    fields = {
        "key": "message:900946525",
        "sender": "telegram:3527065",
        "recipient": HOME,
        "sender_name": "Ada 李",
        "locale": "" if "sender" in changes or changes.get("kind") in UNTOLD else "zh-hans",
        "sent_at": AT,
        "provider_id": "" if changes.get("kind") in NAMELESS else "85",
    }
    return InboundMessage(**(fields | changes))


def media(*files: InboundAttachment, **changes) -> InboundMessage:
    return message(kind=MessageKind.MEDIA, attachments=files, **changes)


def file(media_type: str, name: str = "AgAD", **more) -> InboundAttachment:
    return InboundAttachment(media_type=media_type, provider_media_id=name, **more)


def kept(**extras) -> str:
    return msgspec.json.encode(extras).decode()


def unknown(kind: str, item: dict, **changes) -> InboundMessage:
    return message(kind=MessageKind.UNKNOWN, payload=kept(**{kind: item}), **changes)


def moved(what: str, who: str = "telegram:3527065", where: str = HOME) -> PresenceEvent:
    return PresenceEvent(key=f"presence:900946525:{what}", what=what, sender=who, recipient=where)


def membership(chat: dict, user: dict, old: str, new: str, **more) -> dict:
    return {
        "chat": chat,
        "from": ADA,
        "date": 1493843318,
        "old_chat_member": {"user": user, "status": old},
        "new_chat_member": {"user": user, "status": new} | more,
    }


def carrying(**fields) -> dict:
    return MESSAGE | fields


PHOTO = [
    {"file_id": "small", "file_size": 1140, "width": 51, "height": 90},
    {"file_id": "large", "file_size": 104737, "width": 720, "height": 1280},
    {"file_id": "middle", "file_size": 57833, "width": 450, "height": 800},
]
STICKER = {"file_id": "AgAD", "width": 512, "height": 512, "emoji": "👍", "set_name": "cats"}
VOICE = {"file_id": "AgAD", "duration": 3, "mime_type": "audio/ogg", "file_size": 7}
PLACE = {"latitude": 31.2304, "longitude": 121.4737}
CARD = {"phone_number": "+4915112345678", "first_name": "Ada", "last_name": "李", "user_id": 7}
POLL = {"id": "1", "question": "Tea?", "options": []}
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": "confirm-7"}, {"text": "Site", "url": "https://x"}]
    ]
}
OURS = {"message_id": 84, "from": BOT, "chat": PRIVATE, "date": 1493843300, "text": "Shall we?"}
PRESSED = {
    "id": "4382bfdwdsb323b2d9",
    "from": ADA,
    "chat_instance": "77",
    "data": "confirm-7",
    "message": OURS | {"reply_markup": KEYBOARD},
}
THUMB = [{"type": "emoji", "emoji": "👍"}]
REACTED = {
    "chat": PRIVATE,
    "message_id": 84,
    "user": ADA,
    "date": 1493843318,
    "old_reaction": [],
    "new_reaction": THUMB,
}
RELEASED = RawReply(
    content_type="application/json",
    body=b'{"method": "answerCallbackQuery", "callback_query_id": "4382bfdwdsb323b2d9"}',
)
WEB_APP = {"data": '{"first_name": "Bob"}', "button_text": "Register"}

INBOUND = [
    update("text", "message", TEXT, (message(text="您好 😀"),), reply=RawReply()),
    update("text with a link", "message", TEXT | {"entities": [{"type": "url", "offset": 0, "length": 2}]}, (message(text="您好 😀", payload=kept(entities=[{"type": "url", "offset": 0, "length": 2}])),)),
    update("answering ours", "message", TEXT | {"reply_to_message": OURS}, (message(text="您好 😀", in_reply_to="84"),)),
    update("edited", "edited_message", TEXT | {"edit_date": 1493843399}, (message(text="您好 😀", kind=MessageKind.EDITED, in_reply_to="85", sent_at=1493843399000),)),
    update("photo: the largest counts", "message", carrying(photo=PHOTO, caption="see"), (media(file("image/jpeg", "large", size_bytes=104737), text="see"),)),
    update("document", "message", carrying(document={"file_id": "AgAD", "file_name": "发票.pdf", "mime_type": "application/pdf", "file_size": 9}), (media(file("application/pdf", filename="发票.pdf", size_bytes=9)),)),
    update("document of no type", "message", carrying(document={"file_id": "AgAD"}), (media(file("application/octet-stream")),)),
    update("video", "message", carrying(video={"file_id": "AgAD"}), (media(file("video/mp4"), payload=kept(video={"file_id": "AgAD"})),)),
    update("video note", "message", carrying(video_note={"file_id": "AgAD", "length": 240}), (media(file("video/mp4"), payload=kept(video_note={"file_id": "AgAD", "length": 240})),)),
    update("voice", "message", carrying(voice=VOICE), (media(file("audio/ogg", size_bytes=7), payload=kept(voice=VOICE)),)),
    update("audio", "message", carrying(audio={"file_id": "AgAD", "title": "x"}), (media(file("audio/mpeg"), payload=kept(audio={"file_id": "AgAD", "title": "x"})),)),
    update("animation, which has its document beside it", "message", carrying(animation={"file_id": "AgAD", "mime_type": "video/mp4"}, document={"file_id": "AgAD", "mime_type": "video/mp4"}), (media(file("video/mp4")),)),
    update("sticker", "message", carrying(sticker=STICKER), (message(kind=MessageKind.STICKER, text="👍", attachments=(file("image/webp"),), payload=kept(sticker=STICKER)),)),
    update("sticker that moves", "message", carrying(sticker={"file_id": "AgAD", "is_animated": True}), (message(kind=MessageKind.STICKER, attachments=(file("application/x-tgsticker"),), payload=kept(sticker={"file_id": "AgAD", "is_animated": True})),)),
    update("sticker as a video", "message", carrying(sticker={"file_id": "AgAD", "is_video": True}), (message(kind=MessageKind.STICKER, attachments=(file("video/webm"),), payload=kept(sticker={"file_id": "AgAD", "is_video": True})),)),
    update("place", "message", carrying(location=PLACE), (message(kind=MessageKind.LOCATION, text="31.230400,121.473700", location=Location(**PLACE)),)),
    update("venue", "message", carrying(location=PLACE, venue={"location": PLACE, "title": "外滩", "address": "Shanghai"}), (message(kind=MessageKind.LOCATION, text="外滩, Shanghai", location=Location(**PLACE, name="外滩"), payload=kept(venue={"location": PLACE, "title": "外滩", "address": "Shanghai"})),)),
    update("nowhere on earth", "message", carrying(location={"latitude": 91, "longitude": 0}), Unreadable),
    update("contact", "message", carrying(contact=CARD), (message(kind=MessageKind.CONTACT, text="Ada 李 (+4915112345678)", payload=kept(contact=CARD)),)),
    update("a web app's words", "message", carrying(web_app_data=WEB_APP), (message(kind=MessageKind.INTERACTIVE, text="Register", payload=kept(web_app_data=WEB_APP)),)),
    update("a poll, kept whole", "message", carrying(poll=POLL), (unknown("message", carrying(poll=POLL), provider_id="85"),)),
    update("in a group", "message", TEXT | {"chat": GROUP}, (message(text="您好 😀", recipient=FRIENDS, provider_id="-1001234567890:85"),)),
    update("in a group, answering ours", "message", TEXT | {"chat": GROUP, "reply_to_message": OURS | {"chat": GROUP}}, (message(text="您好 😀", recipient=FRIENDS, provider_id="-1001234567890:85", in_reply_to="-1001234567890:84"),)),
    update("in a group, in its name", "message", TEXT | {"chat": GROUP, "sender_chat": GROUP, "from": BOT}, (message(text="您好 😀", sender=FRIENDS, sender_name="Friends", recipient=FRIENDS, provider_id="-1001234567890:85", payload=kept(sender_chat=GROUP)),)),
    update("by another bot", "message", TEXT | {"chat": GROUP, "from": BOT}, (message(provider_id="-1001234567890:85", text="您好 😀", sender=HOME, sender_name="Shop", recipient=FRIENDS, automatic=True),)),
    update("in a channel", "channel_post", {"message_id": 7, "chat": CHANNEL, "date": 1493843318, "text": "News!"}, (message(provider_id="-1009999999999:7", text="News!", sender="telegram:-1009999999999", sender_name="News", recipient="telegram:-1009999999999", automatic=True),)),
    update("a pressed button", "callback_query", PRESSED, (message(kind=MessageKind.INTERACTIVE, provider_id="", text="Yes", choice="confirm-7", in_reply_to="84", sent_at=None, payload=kept(id="4382bfdwdsb323b2d9", chat_instance="77", data="confirm-7")),), reply=RELEASED),
    update("a button of a message long gone", "callback_query", {"id": "4382bfdwdsb323b2d9", "from": ADA, "data": "x"}, (message(kind=MessageKind.INTERACTIVE, provider_id="", text="x", choice="x", sent_at=None, payload=kept(id="4382bfdwdsb323b2d9", data="x")),), reply=RELEASED),
    update("reaction", "message_reaction", REACTED, (message(kind=MessageKind.REACTION, text="👍", in_reply_to="84", payload=kept(old_reaction=[], new_reaction=THUMB)),)),
    update("reaction taken back", "message_reaction", REACTED | {"old_reaction": THUMB, "new_reaction": []}, (message(kind=MessageKind.REACTION, in_reply_to="84", payload=kept(old_reaction=THUMB, new_reaction=[])),)),
    update("blocked by the customer", "my_chat_member", membership(PRIVATE, BOT, "member", "kicked"), (moved("opted_out"),)),
    update("let in again", "my_chat_member", membership(PRIVATE, BOT, "kicked", "member"), (moved("opted_in"),)),
    update("added to a group", "my_chat_member", membership(GROUP, BOT, "left", "member"), (moved("joined", FRIENDS),)),
    update("removed from a group", "my_chat_member", membership(GROUP, BOT, "administrator", "kicked"), (moved("left", FRIENDS),)),
    update("made an administrator", "my_chat_member", membership(GROUP, BOT, "member", "administrator"), ()),
    update("somebody joined a group", "chat_member", membership(GROUP, ADA, "left", "member"), (moved("joined", where=FRIENDS),)),
    update("somebody was restricted out", "chat_member", membership(GROUP, ADA, "member", "restricted", is_member=False), (moved("left", where=FRIENDS),)),
    update(
        "joined and left, as messages tell it",
        "message",
        carrying(chat=GROUP, new_chat_members=[ADA, BOT], left_chat_member=ADA),
        (
            PresenceEvent(key="presence:900946525:3527065:joined", what="joined", sender="telegram:3527065", recipient=FRIENDS),
            PresenceEvent(key="presence:900946525:110201543:joined", what="joined", sender=HOME, recipient=FRIENDS),
            PresenceEvent(key="presence:900946525:3527065:left", what="left", sender="telegram:3527065", recipient=FRIENDS),
        ),
    ),
    update("a kind nobody knows", "hologram", {"from": ADA, "x": [1]}, (unknown("hologram", {"from": ADA, "x": [1]}, sent_at=None, locale=""),)),
    update("a vote", "poll_answer", {"poll_id": "1", "user": ADA, "option_ids": [0]}, (unknown("poll_answer", {"poll_id": "1", "user": ADA, "option_ids": [0]}, sent_at=None, locale=""),)),
    update("from nobody", "poll", POLL, Unreadable),
    update("no message", "message", {"text": "x"}, Unreadable),
    update("a number in words", "message", TEXT | {"message_id": "85"}, Unreadable),
    update("a date after all dates", "message", TEXT | {"date": 10**15}, Unreadable),
    InboundCase(label="nothing at all", headers=((HEADER, SECRET),), body=b'{"update_id": 174114370}', expect=Unreadable),
    InboundCase(label="no update", headers=((HEADER, SECRET),), body=b'{"update_id": true, "message": {}}', expect=Unreadable),
    InboundCase(label="no JSON", headers=((HEADER, SECRET),), body=b"foo", expect=Unreadable),
    InboundCase(label="without the secret", body=body("message", TEXT), expect=Unauthentic),
    InboundCase(label="with another secret", headers=((HEADER, "s3cret"),), body=body("message", TEXT), expect=Unauthentic),
]  # fmt: skip


def test_keeps_the_contract_inbound() -> None:
    """Every update of the table is read as Telegram means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=(TOKEN, SECRET),
        sign=sign,
        without_secret=lambda url: build(url, secret_token=""),
    )
    assert problems == []


@pytest.mark.parametrize("carried", sorted({*inbound.KINDS} - {"text"}))
def test_what_a_message_carries_beats_its_words(carried: str) -> None:
    """A message with a file, a place or a card is of that kind, whatever else it says."""
    shapes = {"photo": PHOTO, "sticker": STICKER, "contact": CARD, "location": PLACE}
    shapes |= {"venue": {"location": PLACE}, "web_app_data": WEB_APP}
    item = TEXT | {carried: shapes.get(carried, VOICE)}
    (event,) = inbound.decode(body("message", item), "1")
    assert isinstance(event, InboundMessage)
    assert event.kind is inbound.KINDS[carried]


def test_a_second_yes_is_a_message() -> None:
    """Two updates with the same words are two; one delivered again is one."""
    keys = [inbound.decode(body("message", TEXT, n), "1")[0].key for n in (1, 2, 2)]
    assert keys == ["message:1", "message:2", "message:2"]


def test_a_polled_bot_takes_nothing_at_its_door() -> None:
    """Who polls has no secret to show, so what comes by HTTP is refused, whatever it carries."""
    with pytest.raises(Unauthentic, match="polled"):
        build("http://x", mode="poll").receive(INBOUND[0].raw())
