"""What WeCom calls back and hands out, and what it is to us."""

import msgspec
import pytest

from adapters.wecom import wire
from adapters.wecom.adapter import SUCCESS
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    RawReply,
    Reason,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.wecom.deliveries import (
    AES_KEY,
    CORP_ID,
    CUSTOMER,
    KFID,
    SECRETS,
    TIME,
    build,
    callback,
    callback_raw,
    fetched,
    happened,
    page,
    proof,
    said,
    seal,
    sign,
    signed_path,
    told,
)


def message(msgid: str, **changes) -> InboundMessage:
    fields = {
        "key": f"message:{msgid}",
        "sender": f"wecom:{CUSTOMER}",
        "recipient": f"wecom:{KFID}",
        "sent_at": TIME * 1_000,
    }
    return InboundMessage(**(fields | changes))


def media(msgid: str, media_type: str) -> InboundMessage:
    file = InboundAttachment(media_type=media_type, provider_media_id="m-1")
    return message(msgid, kind=MessageKind.MEDIA, attachments=(file,))


def sign_of(what: str, item: dict, about: dict, **changes) -> PresenceEvent:
    fields = {
        "key": f"presence:{item['msgid']}",
        "what": what,
        "sender": f"wecom:{CUSTOMER}",
        "recipient": f"wecom:{KFID}",
        "text": as_json(about),
    }
    return PresenceEvent(**(fields | changes))


def as_json(data: dict) -> str:
    return msgspec.json.encode(data).decode()


TEXT = said("m1", "text", {"content": "您好，订单呢？ 😀"})
HEARD = message("m1", text="您好，订单呢？ 😀")
MENU = said("m2", "text", {"content": "满意", "menu_id": "101"})
PLACE = {"latitude": 23.1, "longitude": 113.3, "name": "广州国际媒体港", "address": "海珠区"}
LINK = {
    "title": "标题",
    "desc": "说明",
    "url": "https://x.example/1",
    "pic_url": "https://x.example/p",
}
CARD = {"userid": "zhangsan"}
APP = {"title": "商城", "appid": "wx1", "pagepath": "/a", "thumb_media_id": "t"}
ORDER = said("m9", "channels_shop_order", {"order_id": "7"})
AGENT = said("m10", "text", {"content": "请稍等"}, origin=5, servicer_userid="lisi")
ENTERS = happened("e1", "enter_session", scene="123", scene_param="abc", welcome_code="w")
FAILS = happened("e2", "msg_send_fail", fail_msgid="m-1", fail_type=4)
ENDS = happened(
    "e3", "session_status_change", change_type=3, old_servicer_userid="lisi", msg_code="c"
)
JOINS = happened("e4", "session_status_change", change_type=1, new_servicer_userid="lisi")
RECALLS = happened("e5", "user_recall_msg", recall_msgid="m1")
RESTS = happened("e6", "servicer_status_change", servicer_userid="lisi", status=2)
REJECTS = happened(
    "e7", "reject_customer_msg_switch_change", servicer_userid="lisi", reject_switch=1
)
OLD_ECHO = seal(b"5927782489442352469")

CALLBACKS = [
    callback("something came", told(), ()),
    callback("without an account, as it once was", told(open_kfid=""), ()),
    callback("for another account", told(open_kfid="wk-other"), ()),
    callback("a callback nobody knows", told("change_external_contact"), Unreadable),
    callback("no XML within", b"hello", Unreadable),
    callback("for another company", told(), Unauthentic, receiver="ww0000000000000000"),
    callback("signed by another token", told(), Unauthentic, token="other"),
    InboundCase(
        label="is this your address?",
        method="GET",
        path=signed_path(OLD_ECHO, echostr=OLD_ECHO),
        expect=(),
        reply=RawReply(body=b"5927782489442352469"),
    ),
    InboundCase(label="asked by a stranger", method="GET", path=signed_path(OLD_ECHO, "other", echostr=OLD_ECHO), expect=Unauthentic),
    InboundCase(label="asked in no cipher", method="GET", path=signed_path("AAAA", echostr="AAAA"), expect=Unauthentic),
    InboundCase(label="asked nothing", method="GET", path=signed_path(""), expect=Unauthentic),
    InboundCase(label="in the clear", path=signed_path(""), body=told(), expect=Unauthentic),
    InboundCase(label="signed, in no cipher", path=signed_path("AAAA"), body=b"<xml><Encrypt>AAAA</Encrypt></xml>", expect=Unreadable),
    InboundCase(label="unsigned", path="/in/kf", body=callback_raw(told()).body, expect=Unauthentic),
]  # fmt: skip

PAGES = [
    fetched("text", page(TEXT), (HEARD,)),
    fetched("a menu's entry", page(MENU), (message("m2", text="满意", kind=MessageKind.INTERACTIVE, choice="101", payload=as_json({"menu_id": "101"})),)),
    fetched("picture", page(said("m3", "image", {"media_id": "m-1"})), (media("m3", "image/jpeg"),)),
    fetched("voice", page(said("m3", "voice", {"media_id": "m-1"})), (media("m3", "audio/amr"),)),
    fetched("video", page(said("m3", "video", {"media_id": "m-1"})), (media("m3", "video/mp4"),)),
    fetched("file", page(said("m3", "file", {"media_id": "m-1"})), (media("m3", "application/octet-stream"),)),
    fetched(
        "place",
        page(said("m5", "location", PLACE)),
        (message("m5", kind=MessageKind.LOCATION, location=Location(latitude=23.1, longitude=113.3, name="广州国际媒体港"), payload=as_json(PLACE)),),
    ),
    fetched("link", page(said("m6", "link", LINK)), (message("m6", text="标题\n说明\nhttps://x.example/1", payload=as_json(LINK)),)),
    fetched("card", page(said("m7", "business_card", CARD)), (message("m7", kind=MessageKind.CONTACT, text="zhangsan", payload=as_json(CARD)),)),
    fetched("mini program", page(said("m8", "miniprogram", APP)), (message("m8", kind=MessageKind.INTERACTIVE, text="商城", payload=as_json(APP)),)),
    fetched("a kind nobody knows", page(ORDER), (message("m9", kind=MessageKind.UNKNOWN, payload=as_json(ORDER)),)),
    fetched("an agent within WeCom", page(AGENT), (sign_of("seen", AGENT, AGENT),)),
    fetched("enters", page(ENTERS), (sign_of("joined", ENTERS, ENTERS["event"]),)),
    fetched(
        "was not delivered after all",
        page(FAILS),
        (
            DeliveryReport(
                key="report:e2", state=MessageState.FAILED, provider_message="m-1", message="m-1",
                reason=Reason.WINDOW_CLOSED, code="4", at=TIME * 1_000, recipient=f"wecom:{CUSTOMER}",
            ),
        ),
    ),
    fetched("the session ends", page(ENDS), (sign_of("left", ENDS, ENDS["event"] | {"service_state": 4}, elsewhere=False),)),
    fetched("a person takes the session", page(JOINS), (sign_of("joined", JOINS, JOINS["event"] | {"service_state": 3}, elsewhere=True),)),
    fetched("recalls", page(RECALLS), (message("e5", kind=MessageKind.DELETED, in_reply_to="m1", payload=as_json(RECALLS["event"])),)),
    fetched("an agent rests", page(RESTS), (sign_of("left", RESTS, RESTS["event"], sender=f"wecom:{KFID}"),)),
    fetched("an agent wants no messages", page(REJECTS), (sign_of("seen", REJECTS, REJECTS["event"]),)),
    fetched("many, one of them unreadable, one twice", page(TEXT, {"msgid": "x", "msgtype": "event"}, MENU, TEXT, None),
        (HEARD, message("m2", text="满意", kind=MessageKind.INTERACTIVE, choice="101", payload=as_json({"menu_id": "101"})), Unreadable, Unreadable)),
    fetched("an event nobody knows", page(happened("e9", "hologram")), Unreadable),
    fetched("a failure of no message", page(happened("e9", "msg_send_fail")), Unreadable),
    fetched("an agent of no account", page(happened("e9", "servicer_status_change", open_kfid="")), Unreadable),
    fetched("from nobody", page(said("m1", "text", {"content": "x"}, external_userid="")), Unreadable),
    fetched("nowhere on earth", page(said("m5", "location", {"latitude": 91, "longitude": 10**30})), Unreadable),
    fetched("a text of no words, and one of no known origin", page(said("m1", "text", {"content": ["x"]}), said("m2", "text", {"content": "x"}, origin=[])), (message("m2", text="x"), Unreadable)),
    fetched("without msg_list", b'{"errcode":0}', Unreadable),
    fetched("no JSON", b"<html>", Unreadable),
    InboundCase(label="a page by a stranger", method="SYNC", body=page(TEXT), expect=Unauthentic),
    InboundCase(label="a page changed on its way", method="SYNC", headers=(proof(page(MENU)),), body=page(TEXT), expect=Unauthentic),
    InboundCase(label="a page by POST", path="/in/kf", headers=(proof(page(TEXT)),), body=page(TEXT), expect=Unauthentic),
]  # fmt: skip


@pytest.mark.parametrize("table", [CALLBACKS, PAGES], ids=["callbacks", "pages"])
def test_keeps_the_contract_inbound(table: list[InboundCase]) -> None:
    """Every delivery of the tables is read as WeCom means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        table,
        secrets=SECRETS,
        sign=sign,
        without_secret=lambda url: build(url, token="", secret=""),
    )
    assert problems == []


def test_a_callback_is_answered_success() -> None:
    """WeCom stops its three tries at this word."""
    assert build().receive(callback_raw(told())) == ((), SUCCESS)


def test_without_a_key_nothing_is_opened() -> None:
    """An empty encoding_aes_key closes the channel."""
    with pytest.raises(Unauthentic, match="encoding_aes_key"):
        build(encoding_aes_key="").receive(callback_raw(told()))
    assert AES_KEY not in repr(build()._settings)
    assert CORP_ID in repr(build()._settings)


@pytest.mark.parametrize("fail_type", sorted(wire.FAILURES))
def test_every_failure_has_a_reason(fail_type: int) -> None:
    """Each of WeCom's kinds of failure is one of our reasons."""
    (got,) = wire.decode(page(happened("e", "msg_send_fail", fail_msgid="m", fail_type=fail_type)))
    assert isinstance(got, DeliveryReport)
    assert got.reason is wire.FAILURES[fail_type]
