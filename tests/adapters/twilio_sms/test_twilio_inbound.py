"""What Twilio delivers, and what it is to us."""

from hashlib import sha256

import msgspec
import pytest

from adapters.twilio_sms import wire
from adapters.twilio_sms.adapter import NO_CONTENT, TWIML
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    PresenceEvent,
    RawRequest,
    Reason,
    Unauthentic,
    Unreadable,
    WrongType,
)
from gateway.domain.message import MessageState
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.twilio_sms.deliveries import (
    CUSTOMER,
    FORM,
    NUMBER,
    PUBLIC,
    SID,
    SMS,
    STATUS,
    TOKEN,
    WHATSAPP,
    build,
    sign,
    signature,
    webhook,
)

MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME0123456789abcdef0123456789abcdef"


def sms(**changes) -> InboundMessage:
    fields = {
        "key": "message:SM00000000000000000000000000000001",
        "sender": f"tel:{CUSTOMER}",
        "recipient": f"tel:{NUMBER}",
        "text": SMS["Body"],
    }
    return InboundMessage(**(fields | changes))


def whatsapp(payload: dict[str, str], **changes) -> InboundMessage:
    fields = {
        "key": "message:SM00000000000000000000000000000002",
        "sender": "whatsapp:8613800138000",
        "recipient": "whatsapp:14155550100",
        "text": "hello",
        "sender_name": "王小明",
        "payload": msgspec.json.encode(payload).decode(),
    }
    return InboundMessage(**(fields | changes))


def report(status: str, state: MessageState, **changes) -> DeliveryReport:
    fields = {
        "key": f"report:SM00000000000000000000000000000009:{status}",
        "state": state,
        "provider_message": "SM00000000000000000000000000000009",
        "recipient": f"tel:{CUSTOMER}",
    }
    return DeliveryReport(**(fields | changes))


def consent(what: str, text: str) -> PresenceEvent:
    return PresenceEvent(
        key=f"presence:SM00000000000000000000000000000001:{what}",
        what=what,
        sender=f"tel:{CUSTOMER}",
        recipient=f"tel:{NUMBER}",
        text=text,
    )


def failed(code: str, status: str = "failed", **more) -> dict[str, str]:
    return STATUS | {"MessageStatus": status, "SmsStatus": status, "ErrorCode": code} | more


JSON = b'{"property": "value"}'


def as_json(label: str, digest: str, expect: type) -> InboundCase:
    """Authentic by the hash in its signed address; but nothing in JSON is for us."""
    path = f"/in/sms?bodySHA256={digest}"
    headers = (("Content-Type", "application/json"), ("X-Twilio-Signature", signature(path, {})))
    return InboundCase(label=label, path=path, headers=headers, body=JSON, expect=expect)


TEXT_EXTRAS = {"MessageType": "text", "WaId": "8613800138000", "ReferralNumMedia": "0"}

INBOUND = [
    webhook("text", SMS, (sms(),), reply=TWIML),
    webhook("text, to an address with a query", SMS, (sms(),), path="/in/sms?a=%20b&a=&c"),
    webhook("short code", SMS | {"From": "12345"}, (sms(sender="tel:12345"),)),
    webhook("alphanumeric sender", SMS | {"From": "MyBank"}, (sms(sender="tel:MyBank"),)),
    webhook("empty text", SMS | {"Body": ""}, (sms(text=""),)),
    webhook("line ends and spaces stay", SMS | {"Body": " a\r\nb "}, (sms(text=" a\r\nb "),)),
    webhook(
        "pictures with words",
        SMS
        | {
            "Body": "see",
            "NumMedia": "2",
            "MediaUrl0": MEDIA,
            "MediaContentType0": "image/jpeg",
            "MediaUrl1": "https://api.twilio.com/x.amr",
            "MediaContentType1": "audio/amr",
        },
        (
            sms(
                text="see",
                kind=MessageKind.MEDIA,
                attachments=(
                    InboundAttachment(media_type="image/jpeg", url=MEDIA, provider_media_id="ME0123456789abcdef0123456789abcdef"),
                    InboundAttachment(media_type="audio/amr", url="https://api.twilio.com/x.amr"),
                ),
            ),
        ),
    ),
    webhook(
        "media without a type, and a count that lies",
        SMS | {"Body": "", "NumMedia": "no", "MediaUrl0": "cat.jpg"},
        (sms(text="", kind=MessageKind.MEDIA, attachments=(InboundAttachment(media_type="application/octet-stream", url="cat.jpg"),)),),
    ),
    webhook("STOP", SMS | {"Body": " Stop. "}, (sms(text=" Stop. "), consent("opted_out", " Stop. "))),
    webhook("退订", SMS | {"Body": "退订"}, (sms(text="退订"), consent("opted_out", "退订"))),
    webhook("START", SMS | {"Body": "start"}, (sms(text="start"), consent("opted_in", "start"))),
    webhook("HELP", SMS | {"Body": "HELP"}, (sms(text="HELP"),)),
    webhook("a word within a sentence", SMS | {"Body": "please stop by"}, (sms(text="please stop by"),)),
    webhook("Twilio says STOP", SMS | {"Body": "genug", "OptOutType": "STOP"}, (sms(text="genug"), consent("opted_out", "genug"))),
    webhook("Twilio says HELP", SMS | {"Body": "stop", "OptOutType": "HELP"}, (sms(text="stop"),)),
    webhook("WhatsApp", WHATSAPP, (whatsapp(TEXT_EXTRAS),)),
    webhook("a letter on WhatsApp is a word", WHATSAPP | {"Body": "T"}, (whatsapp(TEXT_EXTRAS, text="T"),)),
    webhook(
        "WhatsApp place",
        WHATSAPP | {"MessageType": "location", "Body": "", "Latitude": "31.2304", "Longitude": "121.4737", "Label": "外滩", "Address": "Shanghai"},
        (
            whatsapp(
                TEXT_EXTRAS | {"MessageType": "location"},
                text="",
                kind=MessageKind.LOCATION,
                location=Location(latitude=31.2304, longitude=121.4737, name="外滩"),
            ),
        ),
    ),
    webhook(
        "WhatsApp button",
        WHATSAPP | {"MessageType": "button", "Body": "Yes", "ButtonText": "Yes", "ButtonPayload": "confirm-7", "OriginalRepliedMessageSid": "SM77"},
        (
            whatsapp(
                {"MessageType": "button", "WaId": "8613800138000", "ReferralNumMedia": "0", "ButtonText": "Yes", "ButtonPayload": "confirm-7"},
                text="Yes",
                kind=MessageKind.INTERACTIVE,
                choice="confirm-7",
                in_reply_to="SM77",
            ),
        ),
    ),
    webhook(
        "a kind nobody knows",
        WHATSAPP | {"MessageType": "hologram", "Body": ""},
        (whatsapp(TEXT_EXTRAS | {"MessageType": "hologram"}, text="", kind=MessageKind.UNKNOWN),),
    ),
    webhook("nowhere on earth", SMS | {"Latitude": "91", "Longitude": "0"}, Unreadable),
    webhook("a place in words", SMS | {"Latitude": "here", "Longitude": "there"}, Unreadable),
    webhook("from nobody", SMS | {"From": " "}, Unreadable),
    webhook("to another account", SMS | {"AccountSid": SID[:-1] + "0"}, Unreadable, reply=TWIML),
    webhook("a status of another account", STATUS | {"AccountSid": SID[:-1] + "0"}, Unreadable),
    webhook("to nobody", {k: v for k, v in SMS.items() if k != "To"}, Unreadable),
    webhook("nothing at all", {" ": ""}, Unreadable),
    webhook("delivered", STATUS, (report("delivered", MessageState.DELIVERED),), reply=NO_CONTENT),
    webhook("delivered, of a message of ours", STATUS, (report("delivered", MessageState.DELIVERED, message="m-1"),), path="/in/sms?message=m-1"),
    webhook("status by its old name", {k: v for k, v in STATUS.items() if k != "MessageStatus"}, (report("delivered", MessageState.DELIVERED),)),
    webhook("read", STATUS | {"MessageStatus": "read"}, (report("read", MessageState.READ),)),
    webhook("opted out", failed("21610"), (report("failed", MessageState.FAILED, opted_out=True, code="21610", reason=Reason.OPTED_OUT),)),
    webhook("filtered", failed("30007", "undelivered"), (report("undelivered", MessageState.FAILED, code="30007", reason=Reason.CONTENT_REFUSED),)),
    webhook("outside the window", failed("63016", ErrorMessage="window"), (report("failed", MessageState.FAILED, code="63016", reason=Reason.WINDOW_CLOSED, detail="window"),)),
    webhook("too fast", failed("63018"), (report("failed", MessageState.FAILED, code="63018", reason=Reason.THROTTLED),)),
    webhook("a code nobody knows", failed("99999"), (report("failed", MessageState.FAILED, code="99999", reason=Reason.OTHER),)),
    webhook("failed without a code", failed(""), (report("failed", MessageState.FAILED, reason=Reason.OTHER),)),
    webhook("sent, with the code 0", failed("0", "sent"), (report("sent", MessageState.SENT),)),
    webhook("a status nobody knows", STATUS | {"MessageStatus": "huh"}, Unreadable, reply=TWIML),
    webhook("a status without its message", {"MessageStatus": "sent"}, Unreadable, reply=TWIML),
    InboundCase(
        label="a POST whose words stand in its address",
        path="/in/sms?MessageSid=SM1&From=1&To=2&Body=x",
        headers=(
            FORM,
            ("X-Twilio-Signature", signature("/in/sms?MessageSid=SM1&From=1&To=2&Body=x", {})),
        ),
        expect=Unreadable,
    ),
    InboundCase(
        label="by GET",
        method="GET",
        path="/in/sms?MessageSid=SM1&From=%2B4915112345678&To=12345&Body=a%26b",
        headers=(("X-Twilio-Signature", signature("/in/sms?MessageSid=SM1&From=%2B4915112345678&To=12345&Body=a%26b", {})),),
        expect=(InboundMessage(key="message:SM1", sender=f"tel:{CUSTOMER}", recipient="tel:12345", text="a&b"),),
    ),
    InboundCase(label="unsigned", headers=(FORM,), body=b"MessageSid=SM1", expect=Unauthentic),
    InboundCase(label="forged", headers=(FORM, ("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")), body=b"MessageSid=SM1", expect=Unauthentic),
    InboundCase(
        label="a field more than was signed",
        headers=(FORM, ("X-Twilio-Signature", signature("/in/sms", {"MessageSid": "SM1"}))),
        path="/in/sms",
        body=b"MessageSid=SM1&Body=x",
        expect=Unauthentic,
    ),
    InboundCase(
        label="signed for another address",
        headers=(FORM, ("X-Twilio-Signature", signature("/in/other", {"MessageSid": "SM1"}))),
        path="/in/sms",
        body=b"MessageSid=SM1",
        expect=Unauthentic,
    ),
    InboundCase(
        label="signed by another account's token",
        headers=(FORM, ("X-Twilio-Signature", signature("/in/sms", {"MessageSid": "SM1"}, "other"))),
        path="/in/sms",
        body=b"MessageSid=SM1",
        expect=Unauthentic,
    ),
    as_json("JSON with its hash", sha256(JSON).hexdigest(), Unreadable),
    as_json("JSON with another's hash", sha256(b"").hexdigest(), Unauthentic),
    InboundCase(
        label="JSON without its hash",
        headers=(("Content-Type", "application/json"), ("X-Twilio-Signature", signature("/in/sms", {}))),
        path="/in/sms",
        body=b"{}",
        expect=Unauthentic,
    ),
]  # fmt: skip


def test_keeps_the_contract_inbound() -> None:
    """Every delivery of the table is read as Twilio means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=(TOKEN,),
        sign=sign,
        without_secret=lambda url: build(url, auth_token=""),
    )
    assert problems == []


@pytest.mark.parametrize("status", sorted(wire.STATES))
def test_every_status_has_a_meaning(status: str) -> None:
    """Each of Twilio's statuses is one of ours, in capitals too."""
    (event,) = wire.decode(STATUS | {"MessageStatus": status.upper()})
    assert isinstance(event, DeliveryReport)
    assert event.state is wire.STATES[status]


def test_without_an_address_nothing_is_authentic() -> None:
    """An account that does not know its public address cannot verify anything, and says so."""
    with pytest.raises(Unauthentic, match="public_url is not set"):
        build("http://x", public_url="").receive(INBOUND[0].raw())


def test_public_url_with_a_folder() -> None:
    """A gateway behind a folder of somebody's site verifies the whole address."""
    fields = {"MessageSid": "SM1", "From": CUSTOMER, "To": NUMBER, "Body": "x"}
    case = webhook("", fields, (), path="/desk/in/sms")
    raw = msgspec.structs.replace(case.raw(), path="/in/sms")
    (event,), _ = build("http://x", public_url=f"{PUBLIC}/desk/").receive(raw)
    assert event.key == "message:SM1"


TYPES = [
    ("a form", FORM[1], True),
    ("a form by its bare name, in capitals", "Application/X-WWW-Form-Urlencoded", True),
    ("none", None, True),
    ("XML", "text/xml", False),
    ("multipart", "multipart/form-data; boundary=x", False),
    ("bytes", "application/octet-stream", False),
]


@pytest.mark.parametrize(("given", "read"), [r[1:] for r in TYPES], ids=[r[0] for r in TYPES])
def test_types(given, read) -> None:
    """Twilio sends forms and JSON; anything else is refused though its signature be right."""
    case = webhook("typed", SMS, ())
    headers = tuple(h for h in case.headers if h[0] != "Content-Type")
    if given is not None:
        headers += (("Content-Type", given),)
    raw = RawRequest(account="sms", method="POST", path=case.path, headers=headers, body=case.body)
    if read:
        assert build("http://127.0.0.1:9").receive(raw)[0] == (sms(),)
    else:
        with pytest.raises(WrongType):
            build("http://127.0.0.1:9").receive(raw)
