"""What LINE delivers, and what it is to us."""

import msgspec
import pytest

from adapters.line.wire import inbound
from gateway.contract import (
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    Unauthentic,
    Unreadable,
)
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.line.webhooks import (
    BOT,
    EVENT_ID,
    FRIENDS,
    GROUP,
    HEADER,
    SECRET,
    TOKEN,
    USER,
    build,
    event,
    said,
    sign,
    signature,
    signed,
    webhook,
)

ID = "444573844083572737"
REPLY = {"mode": "active", "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA"}


def kept(**extras) -> str:
    return msgspec.json.encode(extras).decode()


def message(**changes) -> InboundMessage:
    fields = {
        "key": f"message:{ID}",
        "sender": f"line:{USER}",
        "recipient": f"line:{BOT}",
        "sent_at": 1462629479859,
        "payload": kept(**REPLY),
    }
    return InboundMessage(**(fields | changes))


def media(kind: str, **changes) -> InboundMessage:
    file = InboundAttachment(**({"media_type": kind, "provider_media_id": ID} | changes))
    return message(kind=MessageKind.MEDIA, attachments=(file,))


def done(kind: MessageKind, **changes) -> InboundMessage:
    return message(
        **({"key": f"message:{EVENT_ID}", "kind": kind, "payload": kept(mode="active")} | changes)
    )


def sign_of(what: str, who: str = USER, where: str = BOT, part: str = "") -> PresenceEvent:
    return PresenceEvent(
        key=f"presence:{EVENT_ID}:{part}{what}",
        what=what,
        sender=f"line:{who}",
        recipient=f"line:{where}",
    )


def plain(content: dict) -> dict:
    """A delivery of old: without an id of the event, and without its destination."""
    return {"replyToken": "abc", "type": "message", "timestamp": 1459991487970, "source": {"type": "user", "userId": "uabcdefghij"}, "message": content}  # fmt: skip


TEXT = said("text", text="您好 😀")
HELD_BY_LINE = {"type": "line"}
ELSEWHERE = {"type": "external", "originalContentUrl": "https://shop.example/a.jpg"}
STICKER = {
    "packageId": "446",
    "stickerId": "1988",
    "stickerResourceType": "STATIC",
    "keywords": ["hi"],
}
PLACE = {"title": "外滩", "address": "Shanghai", "latitude": 31.2304, "longitude": 121.4737}
ANA = "U0123456789abcdef0123456789abcdef"
BEACON = event("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"})
STRANGE = event("hologram", x=[1])

CHOSEN = {"data": "choice=o-1&label=%E5%8F%91%E7%A5%A8+%26+%E6%94%B6%E6%8D%AE"}
INBOUND = [
    webhook("text", TEXT, expect=(message(text="您好 😀"),)),
    webhook("text that quotes, with a token to be quoted", said("text", text="yes", quoteToken="q3Plxr", quotedMessageId="468789577898262530"), expect=(message(text="yes", in_reply_to="468789577898262530", payload=kept(**REPLY, message={"quoteToken": "q3Plxr"})),)),
    webhook("image", said("image", contentProvider=HELD_BY_LINE), expect=(media("image/jpeg"),)),
    webhook("image kept elsewhere", said("image", contentProvider=ELSEWHERE), expect=(media("image/jpeg", url="https://shop.example/a.jpg", provider_media_id=None),)),
    webhook("video", said("video", duration=60000, contentProvider=HELD_BY_LINE), expect=(msgspec.structs.replace(media("video/mp4"), payload=kept(**REPLY, message={"duration": 60000})),)),
    webhook("audio", said("audio", contentProvider=HELD_BY_LINE), expect=(media("audio/x-m4a"),)),
    webhook("file", said("file", fileName="发票.pdf", fileSize=2138), expect=(media("application/pdf", filename="发票.pdf", size_bytes=2138),)),
    webhook("file of no known type", said("file", fileName="x", fileSize=1), expect=(media("application/octet-stream", filename="x", size_bytes=1),)),
    webhook("place", said("location", **PLACE), expect=(message(kind=MessageKind.LOCATION, text="外滩", location=Location(latitude=31.2304, longitude=121.4737, name="外滩"), payload=kept(**REPLY, message={"address": "Shanghai"})),)),
    webhook("nowhere on earth", said("location", latitude=91, longitude=0), expect=Unreadable),
    webhook("nowhere at all", said("location", title="x"), expect=Unreadable),
    webhook("sticker", said("sticker", **STICKER), expect=(message(kind=MessageKind.STICKER, payload=kept(**REPLY, message=STICKER)),)),
    webhook("sticker with words", said("sticker", packageId="1", stickerId="2", text="Thanks"), expect=(message(kind=MessageKind.STICKER, text="Thanks", payload=kept(**REPLY, message={"packageId": "1", "stickerId": "2"})),)),
    webhook("a message of a kind nobody knows", said("hologram", depth=3), expect=(message(kind=MessageKind.UNKNOWN, payload=kept(**said("hologram", depth=3))),)),
    webhook("in a group", said("text", GROUP, text="yes"), expect=(message(text="yes", recipient=f"line:{FRIENDS}"),)),
    webhook("in a chat of several", said("text", {"type": "room", "roomId": "Ra8d", "userId": USER}, text="yes"), expect=(message(text="yes", recipient="line:Ra8d"),)),
    webhook("in a group, by somebody unnamed", said("text", {"type": "group", "groupId": FRIENDS}, text="yes"), expect=(message(text="yes", sender=f"line:{FRIENDS}", recipient=f"line:{FRIENDS}"),)),
    webhook("unsent", event("unsend", unsend={"messageId": "325708"}), expect=(done(MessageKind.DELETED, in_reply_to="325708", payload=kept(mode="active", unsend={"messageId": "325708"})),)),
    webhook("a pressed button", event("postback", postback={"data": "order=7", "params": {"date": "2026-11-22"}}), expect=(done(MessageKind.INTERACTIVE, text="order=7", payload=kept(mode="active", postback={"data": "order=7", "params": {"date": "2026-11-22"}})),)),
    webhook("a tapped choice", event("postback", postback=CHOSEN), expect=(done(MessageKind.INTERACTIVE, text="发票 & 收据", choice="o-1", payload=kept(mode="active", postback=CHOSEN)),)),
    webhook("befriended", event("follow", follow={"isUnblocked": True}), expect=(sign_of("opted_in"),)),
    webhook("blocked", event("unfollow"), expect=(sign_of("opted_out"),)),
    webhook("taken into a group", event("join", {"type": "group", "groupId": FRIENDS}), expect=(sign_of("joined", FRIENDS),)),
    webhook("put out of a group", event("leave", {"type": "group", "groupId": FRIENDS}), expect=(sign_of("left", FRIENDS),)),
    webhook(
        "others joined a group",
        event("memberJoined", {"type": "group", "groupId": FRIENDS}, joined={"members": [{"type": "user", "userId": USER}, {"type": "user", "userId": ANA}, {"type": "user"}]}),
        expect=(sign_of("joined", where=FRIENDS, part=f"{USER}:"), sign_of("joined", ANA, FRIENDS, f"{ANA}:")),
    ),
    webhook("another left a group", event("memberLeft", {"type": "group", "groupId": FRIENDS}, left={"members": [{"type": "user", "userId": USER}]}), expect=(sign_of("left", where=FRIENDS, part=f"{USER}:"),)),
    webhook("a beacon, which no word caused", BEACON, expect=(done(MessageKind.UNKNOWN, automatic=True, payload=kept(**BEACON)),)),
    webhook("a kind nobody knows", STRANGE, expect=(done(MessageKind.UNKNOWN, payload=kept(**STRANGE)),)),
    webhook("a kind nobody knows, from nobody", event("activated", None) | {"source": {}}, expect=Unreadable),
    webhook("several at once, one of them torn", TEXT, {"type": "message", "timestamp": "now"}, event("unfollow"), "x", None, expect=(message(text="您好 😀"), Unreadable, sign_of("opted_out"), Unreadable, Unreadable)),
    webhook("one twice, the second as a redelivery", TEXT, TEXT | {"deliveryContext": {"isRedelivery": True}, "replyToken": "other"}, expect=(message(text="您好 😀"),)),
    webhook("a message event without its message", event("message"), expect=Unreadable),
    webhook("an unsend event without its message", event("unsend"), expect=Unreadable),
    webhook("a postback event without its postback", event("postback"), expect=Unreadable),
    webhook("is anybody there?", expect=()),
    signed("of old, with white space", msgspec.json.format(msgspec.json.encode({"events": [plain({"id": "100001", "type": "text", "text": "Hello"})]})), (InboundMessage(key="message:100001", sender="line:uabcdefghij", recipient="", text="Hello", sent_at=1459991487970, payload='{"replyToken":"abc"}'),)),
    signed("no JSON", b"<hello/>", Unreadable),
    signed("no events", b'{"events": {}}', Unreadable),
    InboundCase(label="unsigned", body=b'{"events": []}', expect=Unauthentic),
    InboundCase(label="forged", headers=((HEADER, "invalid_signature"),), body=b'{"events": []}', expect=Unauthentic),
    InboundCase(label="a byte more than was signed", headers=((HEADER, signature(b'{"events": []}')),), body=b'{"events": []} ', expect=Unauthentic),
    InboundCase(label="signed by another channel", headers=((HEADER, signature(b'{"events": []}', "other")),), body=b'{"events": []}', expect=Unauthentic),
]  # fmt: skip


def test_keeps_the_contract_inbound() -> None:
    """Every event of the table is read as LINE means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=(TOKEN, SECRET),
        sign=sign,
        without_secret=lambda url: build(url, channel_secret=""),
    )
    assert problems == []


def test_the_signature_of_lines_own_tests() -> None:
    """line-bot-sdk-python, tests/test_webhook.py: its secret and body give its signature."""
    expected = "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="
    assert signature(b"bodybodybodybody", "channel_secret") == expected
    raw = InboundCase(
        label="", headers=((HEADER, expected),), body=b"bodybodybodybody", expect=()
    ).raw()
    events, _ = build("http://x", channel_secret="channel_secret").receive(raw)
    assert isinstance(events[0], Unreadable)


def test_without_an_id_the_key_is_what_a_redelivery_repeats() -> None:
    """Old events have no id of their own: reply token and redelivery mark do not count, the time does."""

    def key(**changes) -> str:
        bare = event("unsend", unsend={"messageId": "1"}) | {"webhookEventId": ""} | changes
        body = msgspec.json.encode({"destination": BOT, "events": [bare]})
        return inbound.decode(body)[0].key  # type: ignore[union-attr]

    assert key() == key(deliveryContext={"isRedelivery": True}, replyToken="other")
    assert key() != key(timestamp=1462629479860)


@pytest.mark.parametrize("kind", sorted(inbound.KINDS))
def test_every_kind_has_a_meaning(kind: str) -> None:
    """Each of LINE's messages is one of ours, and none comes without its key."""
    body = msgspec.json.encode({"events": [said(kind, latitude=0, longitude=0)]})
    (found,) = inbound.decode(body)
    assert isinstance(found, InboundMessage)
    assert (found.kind, found.key) == (inbound.KINDS[kind], f"message:{ID}")
