"""Items of `messaging` as Messenger and Instagram send them, and what we ask of both."""

import json
from functools import partial

from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    OutboundMessage,
    PresenceEvent,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState
from gateway.testing import ExpectedRequest, InboundCase
from tests.adapters.shared import outgoing
from tests.adapters.shared.metas import ACCESS_TOKEN, payload, webhook

PERSON = "6890017654321098"
HOME = "1906385232743451"
MID = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdjfipqxqMvK8ma6AC8fplwlqLP"
OURS = "m_5cgXIbu7I3rBN0P"
AT = 1_749_416_383_970
WORDS = "Hello 您好"
CDN = "https://scontent.xx.fbcdn.net/v/t1.15752-9/"


def item(**parts) -> dict:
    """https://developers.facebook.com/docs/messenger-platform/reference/webhook-events"""
    return {"sender": {"id": PERSON}, "recipient": {"id": HOME}, "timestamp": AT} | parts


def delivery(kind: str, *messaging: object, **more) -> dict:
    entry = {"id": HOME, "time": AT, "messaging": list(messaging)} | more
    return {"object": kind, "entry": [entry]}


def echo(**message) -> dict:
    parts = {"sender": {"id": HOME}, "recipient": {"id": PERSON}, "timestamp": AT}
    return parts | {"message": {"is_echo": True, "app_id": 1, "mid": OURS} | message}


class Table:
    """The rows of one scheme."""

    def __init__(self, kind: str, scheme: str) -> None:
        self.kind, self.scheme = kind, scheme

    def said(self, **changes) -> InboundMessage:
        fields = {
            "key": f"message:{MID}",
            "sender": f"{self.scheme}:{PERSON}",
            "recipient": f"{self.scheme}:{HOME}",
            "sent_at": AT,
        }
        return InboundMessage(**(fields | changes))

    def report(self, state: MessageState, **changes) -> DeliveryReport:
        fields = {
            "key": f"report:{OURS}:{state}",
            "state": state,
            "provider_message": OURS,
            "at": AT,
            "recipient": f"{self.scheme}:{PERSON}",
        }
        return DeliveryReport(**(fields | changes))

    def row(self, label: str, told: dict, expect: object, **more) -> InboundCase:
        return webhook(label, delivery(self.kind, told), expect, **more)

    def message(self, label: str, part: dict, expect: object) -> InboundCase:
        return self.row(label, item(message={"mid": MID} | part), expect)

    def file(self, label: str, type_: str, name: str, media_type: str, **more) -> InboundCase:
        """A message with one file."""
        file = InboundAttachment(media_type=media_type, url=CDN + name, **more)
        told = {"attachments": [{"type": type_, "payload": {"url": CDN + name}}]}
        return self.message(label, told, (self.said(kind=MessageKind.MEDIA, attachments=(file,)),))

    def rows(self) -> list[InboundCase]:
        """What both send alike."""
        return [*self._written(), *self._done()]

    def _written(self) -> list[InboundCase]:
        said = self.said
        plain = item(message={"mid": MID, "text": WORDS})
        place = {
            "type": "location",
            "title": "Shop",
            "payload": {"coordinates": {"lat": 31.2, "long": 121}},
        }
        nowhere = {"type": "location", "payload": {"coordinates": {"lat": 99, "long": 0}}}
        reel = {
            "type": "ig_reel",
            "payload": {"url": "/reel/123451234512345/", "reel_video_id": 123451234512345},
        }
        like = {
            "type": "image",
            "payload": {"url": CDN + "like.png?x=1", "sticker_id": 369239263222822},
        }
        link = {
            "type": "fallback",
            "title": "Example",
            "url": "https://example.com",
            "payload": None,
        }
        poll = item(message={"mid": MID, "is_unsupported": True})
        reel_item = item(message={"mid": MID, "attachments": [reel]})
        return [
            self.row("text", plain, (said(text=WORDS),)),
            webhook(
                "many entries and items, each on its own",
                {"object": self.kind, "entry": [
                    {"id": HOME, "time": AT, "messaging": [plain, None, item(message={"mid": "m_2", "text": "b"})]},
                    {"id": HOME, "time": AT, "messaging": [item(message={"text": "no mid"}), item(message={"mid": "m_3", "text": "c"})]},
                ]},
                (said(text=WORDS), Unreadable, said(key="message:m_2", text="b"), Unreadable, said(key="message:m_3", text="c")),
            ),
            self.message("a reply", {"text": WORDS, "reply_to": {"mid": OURS}}, (said(text=WORDS, in_reply_to=OURS),)),
            self.message("an answer to a story", {"text": WORDS, "reply_to": {"story": {"url": "https://x/s", "id": "1"}}}, (said(text=WORDS, payload=payload({"reply_to": {"story": {"url": "https://x/s", "id": "1"}}})),)),
            self.message("from an advertisement", {"text": WORDS, "referral": {"ref": "ad", "source": "ADS"}}, (said(text=WORDS, payload=payload({"referral": {"ref": "ad", "source": "ADS"}})),)),
            self.message("a quick reply", {"text": "Red", "quick_reply": {"payload": "RED"}}, (said(text="Red", kind=MessageKind.INTERACTIVE, choice="RED", payload=payload({"quick_reply": {"payload": "RED"}})),)),
            self.file("a picture", "image", "a.png", "image/png"),
            self.file("a picture of no ending", "image", "a?x=1", "image/jpeg"),
            self.file("a film", "video", "a.mp4?x=a/b.png", "video/mp4"),
            self.file("a sound", "audio", "a.aac", "audio/aac"),
            self.file("a file", "file", "%E5%8F%91%E7%A5%A8.pdf?x=1", "application/pdf", filename="发票.pdf"),
            self.message(
                "a sticker",
                {"sticker_id": 369239263222822, "attachments": [like]},
                (said(kind=MessageKind.STICKER, attachments=(InboundAttachment(media_type="image/png", url=CDN + "like.png?x=1"),)),),
            ),
            self.message("a place", {"attachments": [place]}, (said(kind=MessageKind.LOCATION, location=Location(latitude=31.2, longitude=121.0, name="Shop"), payload=payload({"attachments": [place]})),)),
            self.message("a place off the earth", {"attachments": [nowhere]}, Unreadable),
            self.message("a link", {"text": "https://example.com", "attachments": [link]}, (said(text="https://example.com", payload=payload({"attachments": [link]})),)),
            self.message("a reel that has no address", {"attachments": [reel]}, (said(kind=MessageKind.UNKNOWN, payload=payload(reel_item)),)),
            self.row("what the API does not carry", poll, (said(kind=MessageKind.UNKNOWN, payload=payload(poll)),)),
        ]  # fmt: skip

    def _done(self) -> list[InboundCase]:
        said, report = self.said, self.report
        plain = item(message={"mid": MID, "text": WORDS})
        love = {"mid": OURS, "action": "react", "reaction": "love", "emoji": "❤"}
        gone = {"mid": OURS, "action": "unreact", "emoji": "❤"}
        tap = {
            "mid": MID,
            "title": "Start",
            "payload": "GET_STARTED",
            "referral": {"ref": "ad-1", "source": "ADS"},
        }
        came = item(referral={"ref": "qr-7", "source": "SHORTLINK", "type": "OPEN_THREAD"})
        return [
            self.message("a deletion", {"is_deleted": True}, (said(key=f"message:{MID}:deleted", kind=MessageKind.DELETED, in_reply_to=MID),)),
            self.row("an edit", item(message_edit={"mid": MID, "text": "two", "num_edit": 1}), (said(key=f"message:edit:{MID}:1:{PERSON}:{AT}", kind=MessageKind.EDITED, text="two", in_reply_to=MID),)),
            self.row("a reaction", item(reaction=love), (said(key=f"message:reaction:{OURS}:react:{PERSON}:{AT}", kind=MessageKind.REACTION, text="❤", in_reply_to=OURS, payload=payload(love)),)),
            self.row("a reaction taken back", item(reaction=gone), (said(key=f"message:reaction:{OURS}:unreact:{PERSON}:{AT}", kind=MessageKind.REACTION, in_reply_to=OURS, payload=payload(gone)),)),
            self.row("a tapped button", item(postback=tap), (said(kind=MessageKind.INTERACTIVE, text="Start", choice=tap["payload"], payload=payload(tap)),)),
            self.row("a button of old", item(postback={"title": "Go", "payload": "GO"}), (said(key=f"message:postback:GO:{PERSON}:{AT}", kind=MessageKind.INTERACTIVE, text="Go", choice="GO", payload=payload({"title": "Go", "payload": "GO"})),)),
            self.row("somebody came by a link", came, (said(key=f"message:referral:qr-7:{PERSON}:{AT}", kind=MessageKind.UNKNOWN, payload=payload(came)),)),
            self.row("what our people wrote elsewhere", echo(text="hi"), ()),
            self.row("read", item(read={"mid": OURS}), (report(MessageState.READ),)),
            self.row("delivered", item(delivery={"mids": [OURS, "m_2", OURS], "watermark": AT}), (report(MessageState.DELIVERED), report(MessageState.DELIVERED, key="report:m_2:delivered", provider_message="m_2"))),
            self.row("delivered until then", item(delivery={"watermark": AT}), ()),
            self.row("read until then", item(read={"watermark": AT}), (PresenceEvent(key=f"presence:seen:{PERSON}:{AT}", what="seen", sender=f"{self.scheme}:{PERSON}", recipient=f"{self.scheme}:{HOME}"),)),
            self.row("from nobody", item(sender={}, message={"mid": MID, "text": WORDS}), Unreadable),
            self.row("a kind of tomorrow", item(hologram={"id": 1}), Unreadable),
            webhook("a comment", {"object": self.kind, "entry": [{"id": HOME, "time": AT, "changes": [{"field": "comments"}]}]}, Unreadable),
            webhook("said to another app", delivery(self.kind, standby=[plain]), Unreadable),
            webhook("a field of tomorrow beside a message", delivery(self.kind, plain, hop_context=[{"app_id": 1}]), (said(text=WORDS),)),
            webhook("an entry of tomorrow", {"object": self.kind, "entry": [{"id": HOME, "holograms": []}, None]}, Unreadable),
            webhook("no entries", {"object": self.kind, "entry": []}, ()),
            webhook("items that are none", {"object": self.kind, "entry": [{"id": HOME, "messaging": "hi"}]}, Unreadable),
            webhook("no entries", {"object": self.kind}, Unreadable),
            self.row("delivered, and what has no name", item(delivery={"mids": [OURS, {}, [], None], "watermark": AT}), (self.report(MessageState.DELIVERED), Unreadable)),
            webhook("another product", {"object": "whatsapp_business_account", "entry": []}, Unreadable),
            webhook("no JSON", b"<hello/>", Unreadable),
            webhook("a text cut within an emoji", json.dumps(delivery(self.kind, item(message={"mid": MID, "text": "hi \ud83d"}))).encode(), (said(text="hi \ufffd"),)),
            self.row("another app's secret", plain, Unauthentic, secret="other"),
            InboundCase(label="unsigned", body=b"{}", expect=Unauthentic),
        ]  # fmt: skip


def message(scheme: str, **changes) -> OutboundMessage:
    return outgoing.message(**({"recipient": f"{scheme}:{PERSON}", "text": WORDS} | changes))


file = partial(outgoing.file, filename="a.bin")


def attached(type_: str) -> dict:
    return {"attachment": {"type": type_, "payload": {"url": "https://desk.example/f/1"}}}


# https://developers.facebook.com/docs/messenger-platform/send-messages/message-tags
PERSONS = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def post(path: str, part: dict, **more) -> ExpectedRequest:
    """https://developers.facebook.com/docs/messenger-platform/reference/send-api"""
    json = {"recipient": {"id": PERSON}, "messaging_type": "RESPONSE", "message": part} | more
    headers = (("Authorization", f"Bearer {ACCESS_TOKEN}"),)
    return ExpectedRequest(method="POST", path=path, headers=headers, json=json)
