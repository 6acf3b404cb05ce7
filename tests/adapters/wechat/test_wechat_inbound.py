"""What WeChat delivers, and what it is to us."""

from hashlib import sha256

import msgspec
import pytest

from adapters._shared.wechat import read_xml
from adapters.wechat import wire
from adapters.wechat.adapter import SUCCESS
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    RawReply,
    Reason,
    SendBudget,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.wechat.deliveries import (
    HOME,
    OPENID,
    SECRETS,
    TIME,
    TOKEN,
    build,
    digest,
    event,
    message,
    plain,
    safe,
    sign_plain,
    sign_safe,
    signed_path,
    xml,
)

MSG_ID = "24001234567890123"
PICTURE = "http://mmbiz.qpic.cn/mmbiz/x/0"


def decoded(body: bytes):
    return wire.decode(read_xml(body), body)


def said(**changes) -> InboundMessage:
    fields = {
        "key": f"message:{MSG_ID}",
        "sender": f"wechat:{OPENID}",
        "recipient": f"wechat:{HOME}",
        "sent_at": TIME * 1_000,
    }
    return InboundMessage(**(fields | changes))


def media(media_type: str, media_id: str, text: str = "", **changes) -> InboundMessage:
    file = InboundAttachment(
        media_type=media_type, provider_media_id=media_id, url=changes.pop("url", None)
    )
    return said(kind=MessageKind.MEDIA, text=text, attachments=(file,), **changes)


# https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
LITTLE = SendBudget(messages=3, per_ms=60_000)


def sign_of(
    what: str, name: str, about: str = "", text: str = "", opens: SendBudget | None = None
) -> PresenceEvent:
    return PresenceEvent(
        key=f"presence:{OPENID}:{TIME}:{name}:{about}",
        what=what,
        sender=f"wechat:{OPENID}",
        recipient=f"wechat:{HOME}",
        text=text,
        opens=opens,
    )


def template(state: MessageState, **changes) -> DeliveryReport:
    return DeliveryReport(
        key="report:200163836",
        state=state,
        provider_message="200163836",
        at=TIME * 1_000,
        recipient=f"wechat:{OPENID}",
        **changes,
    )


def told(event_key: str) -> str:
    return sha256(event_key.encode()).hexdigest()[:16]


def payload(**fields: object) -> str:
    return msgspec.json.encode({k: str(v) for k, v in fields.items()}).decode()


HELLO = message("text", Content="您好，我的订单到哪里了？ 😀")
HEARD = said(text="您好，我的订单到哪里了？ 😀")
CLICK_KEY = f"message:{OPENID}:{TIME}:click:{told('HUMAN')}"

INBOUND = [
    plain("text", HELLO, (HEARD,), reply=SUCCESS),
    plain("picture", message("image", PicUrl=PICTURE, MediaId="m1"), (media("image/jpeg", "m1", url=PICTURE),)),
    plain("spaces and line ends stay", message("text", Content=" a\nb "), (said(text=" a\nb "),)),
    plain("empty text", message("text", Content=""), (said(),)),
    plain(
        "an answer to a menu message",
        message("text", Content="满意", bizmsgmenuid="101"),
        (said(text="满意", kind=MessageKind.INTERACTIVE, choice="101", payload=payload(bizmsgmenuid="101"), opens=LITTLE),),
    ),
    plain("voice", message("voice", MediaId="m2", Format="amr"), (media("audio/amr", "m2"),)),
    plain(
        "voice, recognised",
        message("voice", MediaId="m2", Format="speex", Recognition="腾讯微信团队", MediaId16K="m3"),
        (media("audio/x-speex", "m2", "腾讯微信团队", payload=payload(MediaId16K="m3")),),
    ),
    plain("video", message("video", MediaId="m4", ThumbMediaId="t4"), (media("video/mp4", "m4", payload=payload(ThumbMediaId="t4")),)),
    plain("short video", message("shortvideo", MediaId="m5", ThumbMediaId="t5"), (media("video/mp4", "m5", payload=payload(ThumbMediaId="t5")),)),
    plain(
        "place",
        message("location", Location_X=31.2304, Location_Y=121.4737, Scale=20, Label="外滩"),
        (
            said(
                kind=MessageKind.LOCATION,
                location=Location(latitude=31.2304, longitude=121.4737, name="外滩"),
                payload=payload(Scale=20),
            ),
        ),
    ),
    plain(
        "link",
        message("link", Title="公众平台官网链接", Description="公众平台", Url="https://x.example/1"),
        (
            said(
                text="公众平台官网链接\n公众平台\nhttps://x.example/1",
                payload=payload(Title="公众平台官网链接", Description="公众平台", Url="https://x.example/1"),
            ),
        ),
    ),
    plain(
        "a kind nobody knows",
        message("hologram", Shape="cat"),
        (
            said(
                kind=MessageKind.UNKNOWN,
                payload=payload(ToUserName=HOME, FromUserName=OPENID, CreateTime=TIME, MsgType="hologram", Shape="cat", MsgId=MSG_ID),
            ),
        ),
    ),
    plain("nowhere on earth", message("location", Location_X=91, Location_Y=0), Unreadable),
    plain("not even a number", message("location", Location_X="nan", Location_Y=0), Unreadable),
    plain("a place in words", message("location", Location_X="here", Location_Y="there"), Unreadable),
    plain("follows", event("subscribe"), (sign_of("opted_in", "subscribe", opens=LITTLE),)),
    plain("unfollows", event("unsubscribe"), (sign_of("opted_out", "unsubscribe"),)),
    plain(
        "follows by a code",
        event("subscribe", EventKey="qrscene_123123", Ticket="T"),
        (sign_of("opted_in", "subscribe", told("qrscene_123123"), "qrscene_123123", opens=LITTLE),),
    ),
    plain("scans", event("SCAN", EventKey="", Ticket="T"), (sign_of("joined", "scan", opens=LITTLE),)),
    plain("enters, and where", event("LOCATION", Latitude=23.1, Longitude=113.3, Precision=119.4), (sign_of("seen", "location", text="23.1,113.3"),)),
    plain(
        "a menu click",
        event("CLICK", EventKey="HUMAN"),
        (
            said(
                key=CLICK_KEY,
                kind=MessageKind.INTERACTIVE,
                text="HUMAN",
                opens=LITTLE,
                payload=payload(ToUserName=HOME, FromUserName=OPENID, CreateTime=TIME, MsgType="event", Event="CLICK", EventKey="HUMAN"),
            ),
        ),
    ),
    plain("a template message arrived", event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status="success"), (template(MessageState.DELIVERED),)),
    plain(
        "a template message did not",
        event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status="failed:user block"),
        (template(MessageState.FAILED, reason=Reason.BLOCKED, detail="failed:user block"),),
    ),
    plain("in the clear and encrypted", message("text", Content="x", Encrypt="AAAA"), (said(text="x"),)),
    plain("an event nobody knows", event("MASSSENDJOBFINISH", MsgID=1), Unreadable),
    plain("encrypted, but the mode is plain", xml(ToUserName=HOME, Encrypt="AAAA"), Unreadable),
    plain("from nobody", xml(ToUserName=HOME, MsgType="text", Content="x", MsgId=1), Unreadable),
    plain("no kind", xml(ToUserName=HOME, FromUserName=OPENID), Unreadable),
    plain("no XML", b"{}", Unreadable),
    plain("a document type", b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>', Unreadable),
    InboundCase(
        label="is this your address?",
        method="GET",
        path=signed_path(echostr="5927782489442352469"),
        expect=(),
        reply=RawReply(body=b"5927782489442352469"),
    ),
    InboundCase(label="asked by a stranger", method="GET", path=signed_path("other", echostr="1"), expect=Unauthentic),
    InboundCase(label="unsigned", path="/in/wechat", body=HELLO, expect=Unauthentic),
    InboundCase(label="forged", path=signed_path("other"), body=HELLO, expect=Unauthentic),
]  # fmt: skip

SAFE = [
    safe("text, encrypted", HELLO, (HEARD,)),
    safe("unfollows, encrypted", event("unsubscribe"), (sign_of("opted_out", "unsubscribe"),)),
    safe("no XML within", b"hello", Unreadable),
    safe("encrypted by another key", HELLO, Unreadable, key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
    safe("encrypted for another account", HELLO, Unauthentic, receiver="wx0000000000000000"),
    safe("signed by another token", HELLO, Unauthentic, token="other"),
    InboundCase(label="in the clear", path=signed_path(), body=HELLO, expect=Unauthentic),
    InboundCase(
        label="nothing encrypted",
        path=signed_path(msg_signature=digest(TOKEN, str(TIME), "nonce-1")),
        body=xml(ToUserName=HOME, Encrypt=""),
        expect=Unauthentic,
    ),
    InboundCase(
        label="is this your address?",
        method="GET",
        path=signed_path(echostr="1"),
        expect=(),
        reply=RawReply(body=b"1"),
    ),
]  # fmt: skip


def test_keeps_the_contract_inbound() -> None:
    """Every delivery of the table is read as WeChat means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=SECRETS,
        sign=sign_plain,
        without_secret=lambda url: build(url, token=""),
    )
    assert problems == []


def test_keeps_the_contract_inbound_encrypted() -> None:
    """The same in safe mode."""
    problems = adapter_problems(
        lambda url: build(url, mode="safe"),
        SAFE,
        secrets=SECRETS,
        sign=sign_safe,
        without_secret=lambda url: build(url, mode="safe", token=""),
    )
    assert problems == []


@pytest.mark.parametrize("name", sorted(wire.SIGNS))
def test_every_sign_has_a_meaning(name: str) -> None:
    """Each of WeChat's events is a sign of ours, however it is spelled."""
    (got,) = decoded(event(name.upper()))
    assert isinstance(got, PresenceEvent)
    assert got.what == wire.SIGNS[name]


def test_a_scanned_code_is_a_message() -> None:
    """A menu entry that scans and waits for an answer says what it scanned."""
    info = {"ScanType": "qrcode", "ScanResult": "order-7"}
    (got,) = decoded(event("scancode_waitmsg", EventKey="scan", ScanCodeInfo=info))
    assert isinstance(got, InboundMessage)
    assert (got.kind, got.text) == (MessageKind.INTERACTIVE, "order-7")


def test_clicks_of_one_second_differ_by_entry() -> None:
    """Events have no id: customer, second, event and entry tell them apart, as WeChat advises."""
    keys = [decoded(event("CLICK", EventKey=each))[0].key for each in ("A", "B", "A")]
    assert keys[0] == keys[2] != keys[1]


def test_a_second_yes_is_a_message() -> None:
    """The same words under another MsgId, or without one at another second, have another key."""
    first, second = (
        xml(FromUserName=OPENID, MsgType="text", Content="yes", CreateTime=t) for t in (1, 2)
    )
    assert decoded(first)[0].key != decoded(second)[0].key
    assert decoded(first)[0].key == decoded(first)[0].key


def test_milliseconds_are_known_by_their_size() -> None:
    """A time with thirteen digits is in milliseconds."""
    (got,) = decoded(xml(FromUserName=OPENID, MsgType="text", CreateTime=1_518_774_424_438))
    assert isinstance(got, InboundMessage)
    assert got.sent_at == 1_518_774_424_438


@pytest.mark.parametrize("time", ["", "soon", "-1", "9" * 14, "٣"])
def test_a_time_that_is_none(time: str) -> None:
    """A message whose time cannot be read is taken all the same."""
    (got,) = decoded(xml(FromUserName=OPENID, MsgType="text", CreateTime=time))
    assert isinstance(got, InboundMessage)
    assert got.sent_at is None
