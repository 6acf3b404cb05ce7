"""`parley normalize`: raw deliveries in, what Parley makes of them out."""

import base64
import json

import pytest
from twilio.request_validator import RequestValidator

from gateway.cli.deliveries import delivery
from gateway.cli.normalform import answer
from gateway.contract import (
    CallEvent,
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Location,
    MailParts,
    MessageKind,
    PresenceEvent,
    RawReply,
    Reason,
    Unreadable,
)
from gateway.domain.message import MessageState

SMS = {"MessageSid": "SM1", "AccountSid": "AC1", "From": "+4915112345678", "To": "+15005550006", "Body": "Grüß Gott", "NumMedia": "0"}  # fmt: skip


def signed(fields: dict[str, str], path: str = "/in/sms", **changes) -> dict:
    """A webhook as Twilio sends it to our public address."""
    made = RequestValidator("hush-hush").compute_signature(f"https://desk.example{path}", fields)
    line = {
        "method": "POST",
        "path": path,
        "headers": {
            "X-Twilio-Signature": made,
            "Content-Type": "application/x-www-form-urlencoded",
        },
        "body": "&".join(
            f"{k}={v.replace('+', '%2B').replace(' ', '+')}" for k, v in fields.items()
        ),
        "received_at": "2026-11-21T00:00:00Z",
    }
    return line | changes


def test_each_delivery_gets_a_line(parley, config) -> None:
    """Authentic, forged and malformed ones are answered in order; the status says that not all were read."""
    ended = parley(
        "normalize", "sms", "--config", config,
        stdin="\n".join(
            [
                json.dumps(signed(SMS)),
                json.dumps(signed(SMS, body="Body=forged")),
                "",
                "garbage",
                json.dumps(signed(SMS | {"Body": "again"}, path="/in/sms?x=1")),
            ]
        ),
    )  # fmt: skip
    assert [line.get("refused", "read") for line in ended.lines] == [
        "read",
        "unauthentic",
        "unreadable",
        "read",
    ]
    assert ended.status == 1
    message = ended.lines[0]["events"][0]
    assert (message["text"], message["from"], message["key"]) == (
        "Grüß Gott",
        "tel:+4915112345678",
        "message:SM1",
    )
    assert ended.lines[0]["reply"]["status"] == 200
    assert "line 4" in ended.words


def test_a_refused_delivery_is_a_finding(parley, config) -> None:
    """The status is 1 as soon as one delivery is refused, and 0 when all were read."""
    good, forged = signed(SMS), signed(SMS, body="Body=forged")
    for lines, status in (([good], 0), ([forged], 1), ([good, forged, good], 1)):
        text = "\n".join(map(json.dumps, lines))
        assert parley("normalize", "sms", "--config", config, stdin=text).status == status
    unread = json.dumps(signed({"MessageSid": ""}))
    ended = parley("normalize", "sms", "--config", config, stdin=unread)
    assert (ended.lines[0]["refused"], ended.status) == ("unreadable", 1)


def test_no_input_is_fine(parley, config) -> None:
    """Nothing in, nothing out."""
    assert parley("normalize", "sms", "--config", config)[:2] == (0, "")


def test_an_account_must_be_there(parley, config) -> None:
    """An unknown account is wrong usage."""
    ended = parley("normalize", "fax", "--config", config)
    assert ended.status == 2
    assert "there is no account 'fax'; there are: chat, sms" in ended.words


def test_faults_of_other_accounts_do_not_matter(parley, config) -> None:
    """One account can be read while another is faulty; its own faults, and the node's, end the verb."""
    other = config / "other.yaml"
    other.write_text("channels: {pigeon: {adapter: pigeon}}\n")
    assert parley("normalize", "sms", "--config", config).status == 0
    ended = parley("normalize", "pigeon", "--config", config)
    assert ended.status == 2
    assert "there is no adapter 'pigeon'" in ended.words
    other.write_text("hosst: {}\n")
    assert parley("normalize", "sms", "--config", config).status == 2


def test_a_body_has_an_end(parley, config) -> None:
    """What the node would not take is not read here either."""
    (config / "host.yaml").write_text("host: {max_body: 10kB}\n")
    ended = parley("normalize", "sms", "--config", config, stdin=[signed(SMS, body="x" * 10_001)])
    assert ended.lines == [
        {"refused": "unreadable", "detail": "the body is larger than 10000 bytes"}
    ]


def test_what_cannot_be_kept_is_not_read(parley, config) -> None:
    """As on a node, where it waits for a person."""
    ended = parley(
        "normalize", "sms", "--config", config, stdin=[signed(SMS | {"MessageSid": "S" * 2_000})]
    )
    (line,) = ended.lines
    assert line == {"refused": "unreadable", "detail": "its key is longer than 1000 bytes"}


LINES = [
    ("the raw query rules", {"path": "/in/a?b=1", "query": {"c": "2"}}, "/in/a?b=1"),
    (
        "a query is encoded",
        {"path": "/in/a", "query": {"ü": "1 2", "b": ["x", "y"]}},
        "/in/a?%C3%BC=1+2&b=x&b=y",
    ),
    ("no path", {}, "/in/sms"),
]


@pytest.mark.parametrize(
    ("line", "path"), [row[1:] for row in LINES], ids=[row[0] for row in LINES]
)
def test_the_path_of_a_delivery(line, path) -> None:
    """`path` may carry the raw query; else `query` makes one, lists giving a name twice."""
    assert delivery(json.dumps(line).encode(), "sms", 5).path == path


def test_what_a_line_may_say() -> None:
    """Headers may repeat; a body is text or base64; `received_at` is the clock."""
    line = {
        "headers": {"A": ["1", "2"], "B": "3"},
        "body_base64": base64.b64encode(b"\xff\0").decode(),
    }
    raw = delivery(json.dumps(line).encode(), "sms", 5)
    assert raw.headers == (("A", "1"), ("A", "2"), ("B", "3"))
    assert (raw.body, raw.received_at, raw.account) == (b"\xff\0", 5, "sms")
    timed = delivery(b'{"body": "\\u4f60", "received_at": "1970-01-01T08:00:01+08:00"}', "sms", 5)
    assert (timed.body, timed.received_at) == ("你".encode(), 1_000)


BAD_LINES = [
    (b"[]", "is no delivery"),
    (b"\xff", "is no delivery"),
    (b'{"headers": {"A": 1}}', "is no delivery"),
    (b'{"body_base64": "%"}', "body_base64 is no base64"),
    (b'{"received_at": "2026-01-01T00:00:00"}', "has no offset"),
    (b'{"received_at": "soon"}', "is no time; write it as"),
    (b"[" * 100_000, "is no delivery"),
]


@pytest.mark.parametrize(("line", "what"), BAD_LINES)
def test_what_a_line_may_not_say(line, what) -> None:
    """What is no delivery is a ValueError that says why."""
    with pytest.raises(ValueError, match=what):
        delivery(line, "sms", 5)


AT = 1_795_221_000_000
WHEN = "2026-11-21T00:30:00.000Z"
ONE = {"key": "k", "from": "tel:+49", "to": "tel:10"}
FORMS = [
    (
        "message",
        InboundMessage(key="k", sender="tel:+49", recipient="tel:10", text="Hi", sender_name="Lin", sent_at=AT, in_reply_to="SM0"),
        ONE | {"kind": "message", "message_kind": "text", "from_name": "Lin", "text": "Hi", "sent_at": WHEN, "attachments": [], "in_reply_to": "SM0", "automatic": False},
    ),
    (
        "attachment with its bytes",
        InboundMessage(key="k", sender="tel:+49", recipient="tel:10", kind=MessageKind.MEDIA, attachments=(InboundAttachment(media_type="text/plain", filename="a.txt", content=b"abc"),)),
        ONE | {"kind": "message", "message_kind": "media", "from_name": "", "text": "", "sent_at": None, "in_reply_to": None, "automatic": False,
               "attachments": [{"media_type": "text/plain", "filename": "a.txt", "size_bytes": 3, "url": None, "provider_media_id": None,
                                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}]},
    ),
    (
        "location",
        InboundMessage(key="k", sender="tel:+49", recipient="tel:10", kind=MessageKind.LOCATION, location=Location(latitude=1.5, longitude=-2.0, name="x")),
        ONE | {"kind": "message", "message_kind": "location", "from_name": "", "text": "", "sent_at": None, "in_reply_to": None, "automatic": False,
               "attachments": [], "location": {"latitude": 1.5, "longitude": -2.0}},
    ),
    (
        "mail",
        InboundMessage(key="k", sender="tel:+49", recipient="tel:10", automatic=True, mail=MailParts(subject="S", text_full="full", cc=("a@b",), references=("<1>",), message_id="<2>")),
        ONE | {"kind": "message", "message_kind": "text", "from_name": "", "text": "", "sent_at": None, "in_reply_to": None, "automatic": True,
               "attachments": [], "subject": "S", "text_full": "full", "cc": ["a@b"], "references": ["<1>"], "message_id": "<2>"},
    ),
    (
        "report",
        DeliveryReport(key="k", state=MessageState.FAILED, provider_message="SM1", reason=Reason.BLOCKED, code="30004", detail="blocked", at=AT),
        {"kind": "report", "key": "k", "provider_message": "SM1", "state": "failed", "reason": "blocked", "code": "30004", "detail": "blocked", "at": WHEN},
    ),
    (
        "opted out",
        DeliveryReport(key="k", state=MessageState.FAILED, provider_message=None, opted_out=True),
        {"kind": "report", "key": "k", "provider_message": None, "state": "opted_out", "reason": None, "code": None, "detail": "", "at": None},
    ),
    (
        "call",
        CallEvent(key="k", call="CA1", state="menu", sender="tel:+49", recipient="tel:10", digits="1"),
        ONE | {"kind": "call", "call": "CA1", "state": "menu", "digits": "1"},
    ),
    ("presence", PresenceEvent(key="k", what="typing", sender="tel:+49"), {"kind": "presence", "key": "k", "what": "typing", "from": "tel:+49"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "form"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS]
)
def test_the_form_of_an_event(event, form) -> None:
    """Each event has exactly the fields that integrators were promised."""
    told = answer((event,), RawReply(status=204, content_type="text/xml", body=b"\xff"))
    assert json.loads(json.dumps(told["events"])) == [form]
    assert told["reply"] == {"status": 204, "content_type": "text/xml", "body": "\ufffd"}


def test_unreadable_items() -> None:
    """An unreadable item stands among others; when there is nothing else the delivery is refused."""
    bad, good = Unreadable(detail="what is this"), FORMS[-1][1]
    assert answer((bad, good), RawReply())["events"][0] == {
        "kind": "unreadable",
        "detail": "what is this",
    }
    assert answer((bad, bad), RawReply()) == {
        "refused": "unreadable",
        "detail": "what is this; what is this",
    }
    assert answer((), RawReply())["events"] == []
