"""What the Cloud API delivers, and what it is to us."""

import pytest

from adapters._shared import meta
from adapters.whatsapp.wire import inbound
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    Location,
    MessageKind,
    RawRequest,
    Reason,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.shared.metas import (
    NO_SECRETS,
    SECRETS,
    VERIFY_TOKEN,
    payload,
    sign,
    webhook,
)
from tests.adapters.whatsapp.deliveries import (
    CONTACTS,
    CUSTOMER,
    OURS,
    WAMID,
    build,
    change,
    delivery,
    item,
    one,
    said,
    status,
)

TEXT = {"body": "Does it come in another color? 有别的颜色吗？"}


def report(state: str, to: MessageState, **changes) -> DeliveryReport:
    fields = {
        "key": f"report:{OURS}:{state}",
        "state": to,
        "provider_message": OURS,
        "at": 1_749_416_390_000,
        "recipient": f"whatsapp:{CUSTOMER}",
    }
    return DeliveryReport(**(fields | changes))


def file(media_type: str, name: str, **more) -> tuple[InboundAttachment, ...]:
    return (InboundAttachment(media_type=media_type, provider_media_id=name, **more),)


def failure(code: int, title: str, details: str = "") -> dict:
    error = {"code": code, "title": title, "message": title}
    return status("failed", errors=[error | {"error_data": {"details": details}}])


REFERRAL = {"source_url": "https://fb.me/3cr4Wqqkv", "source_type": "ad", "headline": "Chat"}
TAP = {"type": "button_reply", "button_reply": {"id": "cancel-button", "title": "Cancel"}}
ROW = {
    "type": "list_reply",
    "list_reply": {"id": "p1", "title": "Express", "description": "Next day"},
}
FORM = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{}"}}
CARD = [{"name": {"formatted_name": "Barbara Johnson"}, "phones": [{"phone": "+1 650-555-9999", "wa_id": "16505559999"}], "emails": [{"email": "b@example.com"}]}]  # fmt: skip
ORDER = {"catalog_id": "194836987003835", "text": "Love these!", "product_items": [{"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30, "currency": "USD"}]}  # fmt: skip
UNSUPPORTED = item("unsupported", {"type": "poll_creation"}, errors=[{"code": 131051, "title": "Message type unknown"}])  # fmt: skip
MOVED = item("system", {"body": "Sheena changed from 1 to 2", "wa_id": "12195555358", "type": "user_changed_number"})  # fmt: skip
QUOTED = {"from": "15550783881", "id": OURS}

INBOUND = [
    webhook("text", one("text", TEXT), (said(text=TEXT["body"]),)),
    webhook(
        "two entries, many changes, each on its own",
        {
            "object": "whatsapp_business_account",
            "entry": [
                {"id": "1", "changes": [change(contacts=CONTACTS, messages=[item("text", TEXT), item("text", TEXT, id="wamid.2")]), {"field": "account_update", "value": {}}]},
                {"id": "2", "changes": [change(messages=[item("text", TEXT, id="wamid.3", **{"from": None}), item("text", {"body": "b"}, id="wamid.4")], statuses=[{"id": OURS, "status": "sent"}])]},
            ],
        },
        (
            said(text=TEXT["body"]),
            said(key="message:wamid.2", text=TEXT["body"]),
            Unreadable,
            Unreadable,
            said(key="message:wamid.4", text="b", sender_name=""),
            report("sent", MessageState.SENT, at=None, recipient=None),
        ),
    ),
    webhook(
        "from somebody without a number",
        delivery(
            change(
                contacts=[{"profile": {"name": "Kerry"}, "user_id": "US.1234"}],
                messages=[{"from_user_id": "US.1234", "id": WAMID, "timestamp": "1749416383", "type": "text", "text": TEXT}],
            )
        ),
        (said(sender="whatsapp:US.1234", sender_name="Kerry", text=TEXT["body"]),),
    ),
    webhook("a reply", one("text", TEXT, context=QUOTED), (said(text=TEXT["body"], in_reply_to=OURS),)),
    webhook(
        "forwarded, from an advertisement",
        one("text", TEXT, context={"forwarded": True}, referral=REFERRAL),
        (said(text=TEXT["body"], payload=payload({"referral": REFERRAL, "context": {"forwarded": True}})),),
    ),
    webhook(
        "a picture",
        one("image", {"caption": "here", "mime_type": "image/jpeg", "sha256": "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=", "id": "1003383421387256"}),
        (said(text="here", kind=MessageKind.MEDIA, attachments=file("image/jpeg", "1003383421387256")),),
    ),
    webhook(
        "a document",
        one("document", {"filename": "发票.pdf", "mime_type": "application/pdf", "id": "7", "url": "https://lookaside.fbsbx.com/x?mid=7"}),
        (said(kind=MessageKind.MEDIA, attachments=file("application/pdf", "7", filename="发票.pdf", url="https://lookaside.fbsbx.com/x?mid=7")),),
    ),
    webhook(
        "a voice note",
        one("audio", {"mime_type": "audio/ogg; codecs=opus", "id": "8", "voice": True}),
        (said(kind=MessageKind.MEDIA, attachments=file("audio/ogg; codecs=opus", "8")),),
    ),
    webhook("a film of no type", one("video", {"id": "9"}), (said(kind=MessageKind.MEDIA, attachments=file("application/octet-stream", "9")),)),
    webhook("a file without an id", one("image", {"mime_type": "image/jpeg"}), Unreadable),
    webhook("a sticker", one("sticker", {"mime_type": "image/webp", "id": "5", "animated": False}), (said(kind=MessageKind.STICKER, attachments=file("image/webp", "5")),)),
    webhook(
        "a place",
        one("location", {"latitude": 37.483307, "longitude": -122, "name": "Pablo Morales", "address": "1 Hacker Way"}),
        (said(kind=MessageKind.LOCATION, location=Location(latitude=37.483307, longitude=-122.0, name="Pablo Morales, 1 Hacker Way")),),
    ),
    webhook("a place off the earth", one("location", {"latitude": 91, "longitude": 0}), Unreadable),
    webhook("a place in words", one("location", {"latitude": "here", "longitude": None}), Unreadable),
    webhook("a card", one("contacts", CARD), (said(kind=MessageKind.CONTACT, text="Barbara Johnson +1 650-555-9999 b@example.com", payload=payload({"contacts": CARD})),)),
    webhook("a reaction", one("reaction", {"message_id": OURS, "emoji": "👍"}), (said(kind=MessageKind.REACTION, text="👍", in_reply_to=OURS),)),
    webhook("a reaction taken back", one("reaction", {"message_id": OURS}), (said(kind=MessageKind.REACTION, in_reply_to=OURS),)),
    webhook(
        "a button of a template",
        one("button", {"payload": "No-Button-Payload", "text": "No"}, context=QUOTED),
        (said(kind=MessageKind.INTERACTIVE, text="No", choice="No-Button-Payload", in_reply_to=OURS, payload=payload({"button": {"payload": "No-Button-Payload", "text": "No"}})),),
    ),
    webhook("a tapped button", one("interactive", TAP, context=QUOTED), (said(kind=MessageKind.INTERACTIVE, text="Cancel", choice=TAP["button_reply"]["id"], in_reply_to=OURS, payload=payload({"interactive": TAP})),)),
    webhook("a row of a list", one("interactive", ROW), (said(kind=MessageKind.INTERACTIVE, text="Express", choice=ROW["list_reply"]["id"], payload=payload({"interactive": ROW})),)),
    webhook("a filled form", one("interactive", FORM), (said(kind=MessageKind.INTERACTIVE, text="Sent", payload=payload({"interactive": FORM})),)),
    webhook("an order", one("order", ORDER), (said(kind=MessageKind.INTERACTIVE, text="Love these!", payload=payload({"order": ORDER})),)),
    webhook(
        "an edit",
        one("edit", {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "two"}}}),
        (said(kind=MessageKind.EDITED, text="two", in_reply_to="wamid.1", payload=payload({"edit": {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "two"}}}})),),
    ),
    webhook("a deletion", one("revoke", {"original_message_id": "wamid.1"}), (said(kind=MessageKind.DELETED, in_reply_to="wamid.1"),)),
    webhook("a poll", delivery(change(contacts=CONTACTS, messages=[UNSUPPORTED])), (said(kind=MessageKind.UNKNOWN, payload=payload(UNSUPPORTED)),)),
    webhook("a new number", delivery(change(contacts=CONTACTS, messages=[MOVED])), (said(kind=MessageKind.UNKNOWN, text="Sheena changed from 1 to 2", automatic=True, payload=payload(MOVED)),)),
    webhook("a type of tomorrow", one("hologram", {"id": "1"}), (said(kind=MessageKind.UNKNOWN, payload=payload(item("hologram", {"id": "1"}))),)),
    webhook("no type", one("", None), (said(kind=MessageKind.UNKNOWN, payload=payload(item("", None))),)),
    webhook("to a number without a name", delivery({"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "messages": [item("text", TEXT)]}}), (said(text=TEXT["body"], sender_name="", recipient="whatsapp:7"),)),
    webhook("no id", one("text", TEXT, id=""), Unreadable),
    webhook("what we wrote on the phone", delivery({"field": "smb_message_echoes", "value": {"message_echoes": [{"id": "wamid.9"}]}}), ()),
    webhook("news of templates", delivery({"field": "message_template_status_update", "value": {}}), Unreadable),
    webhook("an error of the account", delivery(change(errors=[{"code": 0, "title": "We were unable to authenticate the app user"}])), Unreadable),
    webhook("sent", status("sent", conversation={"id": "C"}, pricing={"billable": True}), (report("sent", MessageState.SENT),)),
    webhook("delivered, of a message of ours", status("delivered", biz_opaque_callback_data="m-1"), (report("delivered", MessageState.DELIVERED, message="m-1"),)),
    webhook("read", status("read"), (report("read", MessageState.READ),)),
    webhook("played", status("played"), (report("played", MessageState.READ),)),
    webhook(
        "the window is closed",
        failure(131047, "Re-engagement message", "More than 24 hours have passed"),
        (report("failed", MessageState.FAILED, reason=Reason.WINDOW_CLOSED, code="131047", detail="Re-engagement message: More than 24 hours have passed"),),
    ),
    webhook("no WhatsApp there", failure(131026, "Message undeliverable"), (report("failed", MessageState.FAILED, reason=Reason.INVALID_RECIPIENT, code="131026", detail="Message undeliverable"),)),
    webhook("too fast", failure(130429, "Rate limit hit"), (report("failed", MessageState.FAILED, reason=Reason.THROTTLED, code="130429", detail="Rate limit hit"),)),
    webhook("failed in no words", status("failed"), (report("failed", MessageState.FAILED, reason=Reason.OTHER),)),
    webhook("a status of tomorrow", status("teleported"), Unreadable),
    webhook("no status", delivery(change(statuses=[None, 7])), Unreadable),
    webhook("nothing happened", delivery(), ()),
    webhook("a text of no words", one("text", {"body": {"words": "hi"}}), Unreadable),
    webhook("messages that are none", delivery(change(messages="hi")), Unreadable),
    webhook("news of nothing we know", delivery({"field": "messages", "value": "hi"}), Unreadable),
    webhook("an entry without changes", {"object": "whatsapp_business_account", "entry": [{"id": "1"}, 7]}, Unreadable),
    webhook("entries that are none", {"object": "whatsapp_business_account", "entry": 7}, Unreadable),
    webhook("no entries", {"object": "whatsapp_business_account"}, Unreadable),
    webhook("another product", {"object": "page", "entry": []}, Unreadable),
    webhook("no JSON", b"<hello/>", Unreadable),
    webhook("a list", [], Unreadable),
    webhook("another app's secret", one("text", TEXT), Unauthentic, secret="other"),
    InboundCase(label="unsigned", body=b"{}", expect=Unauthentic),
]  # fmt: skip


def test_keeps_the_contract_inbound() -> None:
    """Every delivery of the table is read as Meta means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=SECRETS,
        sign=sign,
        without_secret=lambda url: build(url, **NO_SECRETS),
    )
    assert problems == []


def test_the_handshake() -> None:
    """The console's check of the address is answered, and nothing comes of it."""
    path = f"/in/wa?hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=42"
    events, reply = build("http://x").receive(RawRequest(account="wa", method="GET", path=path))
    assert (events, reply.body, reply.content_type) == ((), b"42", "text/plain")


def test_a_thousand_updates() -> None:
    """Meta puts up to a thousand updates into one delivery; each has its key."""
    messages = [item("text", TEXT, id=f"wamid.{number}") for number in range(1_000)]
    raw = webhook("", delivery(change(messages=messages)), ()).raw()
    events, _ = build("http://x").receive(raw)
    assert len({event.key for event in events}) == 1_000


@pytest.mark.parametrize("code", ["131026", "131047", "130429", "131050", "131042", "190"])
def test_codes_have_reasons(code: str) -> None:
    """What agents must tell apart has words of its own."""
    assert meta.reason_of(code) is not Reason.OTHER


def test_states_are_reports() -> None:
    """Meta's states are states of a message that went out."""
    assert set(inbound.STATES.values()) == {
        MessageState.SENT,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.FAILED,
    }
