"""What a provider delivers, and what the account's expressions make of it."""

import base64
import hmac
from typing import Any

import msgspec
import pytest

from adapters.generic.adapter import GenericAdapter
from adapters.generic.settings import GenericSettings
from adapters.generic.wire.instants import instant
from adapters.generic.wire.people import urn
from gateway.contract import (
    AccountId,
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Location,
    MessageKind,
    RawReply,
    RawRequest,
    Reason,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState
from gateway.testing import RECEIVED_AT, InboundCase, adapter_problems
from tests.adapters.generic.finch import (
    NOW_S,
    SECRET,
    SIGNATURE,
    STAMP,
    TOKEN,
    build,
    delivery,
    digest,
    sign,
    signature,
    words,
)

OK = RawReply(body=b'{"ok":true}', content_type="application/json")


def message(**fields: Any) -> InboundMessage:
    known = {
        "key": "message:m1",
        "sender": "tel:+4915112345678",
        "recipient": "tel:+4930123456",
        "text": "您好 😀",
        "sender_name": "李娜",
        "sent_at": 1795220999000,
    }
    return InboundMessage(**(known | fields))


def report(**fields: Any) -> DeliveryReport:
    known = {
        "key": "report:p1:arrived",
        "state": MessageState.DELIVERED,
        "provider_message": "p1",
    }
    return DeliveryReport(**(known | fields))


def said(**body: Any) -> dict[str, Any]:
    return words(body=body)


FILE = {"href": "https://files.finch.example/1", "mime": "image/png", "name": "a.png", "bytes": 9}
PICTURE = InboundAttachment(media_type="image/png", filename="a.png", size_bytes=9, url="https://files.finch.example/1")  # fmt: skip
DANCE = said(type="dance", text="twist", steps=[1])
NAMELESS = words(id=None)
OLD = str(RECEIVED_AT // 1000 - 301)
STALE = b'{"messages":[]}'

BEYOND = said(text="x", place={"lat": 91, "lng": 0})
NOWHERE = said(text="x", place={"lat": True, "lng": "1_0"})
INBOUND = [
    delivery("text", {"messages": [words()]}, (message(),), reply=OK),
    delivery("two, one twice, one of nobody", {"messages": [words(), words(id=7), words(), words(author=None)]}, (message(), message(key="message:7"), Unreadable)),
    delivery("a picture with words", {"messages": [said(type="pic", text="see", files=[FILE, {"id": "x", "hidden": True}, {"mime": "a/b"}])]}, (message(text="see", kind=MessageKind.MEDIA, attachments=(PICTURE,)),)),
    delivery("a file by its id, of no sane size", {"messages": [said(files=[{"id": "f1", "href": "javascript:x", "bytes": -1}])]}, (message(text="", kind=MessageKind.MEDIA, attachments=(InboundAttachment(media_type="application/octet-stream", provider_media_id="f1"),)),)),
    delivery("a place", {"messages": [said(place={"lat": "31.2", "lng": 121.4})]}, (message(text="", kind=MessageKind.LOCATION, location=Location(latitude=31.2, longitude=121.4)),)),
    delivery("a place outside the world is kept as it came", {"messages": [BEYOND]}, (message(text="x", payload=msgspec.json.encode(BEYOND, order="deterministic").decode()),)),
    delivery("a place without numbers too", {"messages": [NOWHERE]}, (message(text="x", payload=msgspec.json.encode(NOWHERE, order="deterministic").decode()),)),
    delivery("a reaction to what was said, by a robot", {"messages": [words(body={"type": "like", "text": "👍"}, quoted="p9", robot=True)]}, (message(text="👍", kind=MessageKind.REACTION, in_reply_to="p9", automatic=True),)),
    delivery("a kind that is not mapped is kept whole", {"messages": [DANCE]}, (message(text="twist", kind=MessageKind.UNKNOWN, payload=msgspec.json.encode(DANCE, order="deterministic").decode()),)),
    delivery("without an id: a hash of the item with its time", {"messages": [NAMELESS]}, (message(key=f"message:{digest(msgspec.json.encode(NAMELESS, order='deterministic'))}"),)),
    delivery("arrived", {"statuses": [{"id": "p1", "state": "arrived", "at": "2026-11-21T00:29:59Z", "ref": "m-1"}]}, (report(at=1795220999000, message="m-1"),)),
    delivery("lost for good", {"statuses": [{"id": "p1", "state": "lost", "error": {"code": 17, "words": "STOP"}}]}, (report(key="report:p1:lost", state=MessageState.FAILED, reason=Reason.OPTED_OUT, opted_out=True, code="17", detail="STOP"),)),
    delivery("lost, nobody knows why", {"statuses": [{"id": "p1", "state": "lost"}]}, (report(key="report:p1:lost", state=MessageState.FAILED, reason=Reason.OTHER),)),
    delivery("messages and reports, one of no known state", {"messages": [words()], "statuses": [{"id": "p1", "state": "seen"}, {"id": "p2", "state": "asleep"}, {"state": "seen"}]}, (message(), report(key="report:p1:seen", state=MessageState.READ), Unreadable, Unreadable)),
    delivery("nothing for us, and said to be so", {"ping": 1}, ()),
    delivery("nothing that is mapped", {"typing": True}, Unreadable),
    delivery("an expression that cannot be applied", {"messages": "yes"}, Unreadable),
    delivery("more items than anybody sends", {"messages": [0] * 1001}, Unreadable),
    delivery("deep", b'{"messages":' * 400 + b"1" + b"}" * 400, Unreadable),
    delivery("too deep", b'{"messages":' * 20_000, Unreadable),
    delivery("no JSON", b"<hello/>", Unreadable),
    InboundCase(label="unsigned", body=b"{}", headers=((STAMP, NOW_S),), expect=Unauthentic),
    InboundCase(label="signed by another", body=b"{}", headers=((STAMP, NOW_S), (SIGNATURE, signature(b"{}", secret="other"))), expect=Unauthentic),
    InboundCase(label="a replay", body=STALE, headers=((STAMP, OLD), (SIGNATURE, signature(STALE, OLD))), expect=Unauthentic),
    InboundCase(label="a replay with a fresh time", body=STALE, headers=((STAMP, NOW_S), (SIGNATURE, signature(STALE, OLD))), expect=Unauthentic),
    InboundCase(label="a challenge", method="GET", path=f"/in/test?challenge=42a&verify={TOKEN}", expect=(), reply=RawReply(body=b"42a")),
    InboundCase(label="a stranger's challenge", method="GET", path="/in/test?challenge=42a&verify=x", expect=Unauthentic),
    InboundCase(label="a challenge that is no word", method="GET", path=f"/in/test?challenge=%0A&verify={TOKEN}", expect=Unauthentic),
    InboundCase(label="a challenge by another method", path=f"/in/test?challenge=1&verify={TOKEN}", expect=Unauthentic),
]  # fmt: skip


def secretless(api_url: str) -> Any:
    return build(api_url, verify={"secret": ""}, challenge={"token": ""})


def test_keeps_the_contract_inbound() -> None:
    """Every delivery of the table is read as the settings map it; the rules of all adapters hold."""
    problems = adapter_problems(
        build, INBOUND, secrets=(SECRET, TOKEN), sign=sign, without_secret=secretless
    )
    assert problems == []


# --- other providers ---------------------------------------------------------------------------

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
FLAT = {"key": "id", "from": "msisdn", "text": "text", "scheme": "generic"}
BY_TOKEN = {"kind": "token", "header": "Authorization", "prefix": "Bearer ", "secret": SECRET}
BY_ADDRESS = {"kind": "token", "query": "token", "secret": SECRET}
PARTS = {"inbound": FLAT, "statuses": None, "challenge": None}


def only(verify: dict[str, Any], inbound: dict[str, Any] = FLAT) -> Any:
    written = {"verify": verify, "inbound": inbound}
    return GenericAdapter.build(AccountId("x"), GenericSettings.model_validate(written))


HELLO = InboundMessage(key="message:1", sender="generic:7", recipient="", text="hi & bye")

# label, how it is verified, the delivery
OTHERS = [
    ("a form, by a token in a header", BY_TOKEN, InboundCase(label="", headers=(*FORM, ("authorization", f"Bearer {SECRET}")), body=b"id=1&msisdn=7&text=hi+%26+bye", expect=())),
    ("an address alone, by a token in it", BY_ADDRESS, InboundCase(label="", method="GET", path=f"/in/x?id=1&msisdn=7&text=hi%20%26%20bye&token={SECRET}", expect=())),
    ("JSON, by a token in the address", BY_ADDRESS, InboundCase(label="", path=f"/in/x?token={SECRET}", body=b'{"id":1,"msisdn":7,"text":"hi & bye"}', expect=())),
]  # fmt: skip


@pytest.mark.parametrize(("label", "verify", "case"), OTHERS, ids=[row[0] for row in OTHERS])
def test_other_ways_of_delivering(label: str, verify: dict[str, Any], case: InboundCase) -> None:
    """Forms and addresses are read like JSON; without the token, or with an empty one, nothing is."""
    assert only(verify).receive(case.raw())[0] == (HELLO,)
    forged = msgspec.structs.replace(case.raw(), headers=FORM, path="/in/x?token=%20")
    for adapter in (only(verify), only(verify | {"secret": ""}), only(verify | {"secret": " "})):
        with pytest.raises(Unauthentic):
            adapter.receive(forged)


def test_a_signature_in_base64_without_a_time() -> None:
    """Several signatures in one header stand for keys that rotate: one that fits is enough."""
    key, body = SECRET.encode(), b'{"id":1,"msisdn":7,"text":"hi & bye"}'
    made = base64.b64encode(hmac.new(key, body, "sha512").digest()).decode()
    verify = {"kind": "hmac", "header": "X-S", "secret": SECRET, "prefix": "v1,"}
    adapter = only(verify | {"algorithm": "sha512", "encoding": "base64"})

    def read(value: str) -> Any:
        raw = RawRequest(
            account="x", method="POST", path="/in/x", headers=(("x-s", value),), body=body
        )
        return adapter.receive(raw)[0]

    assert read(f"v1,other v1,{made}") == (HELLO,)
    for wrong in (made, f"v1,{made.swapcase()}", "v1,", ""):
        with pytest.raises(Unauthentic):
            read(wrong)


def test_a_signed_get_says_nothing_by_its_address() -> None:
    """What no signature covers is not read: the fields of an address, where the body is signed."""
    raw = InboundCase(label="", method="GET", path="/in/x?id=1&msisdn=7&text=x", expect=()).raw()
    adapter = build(statuses=None, challenge=None, inbound=FLAT | {"items": None})
    assert all(isinstance(each, Unreadable) for each in adapter.receive(sign(raw))[0])


def test_what_nobody_proved_is_marked() -> None:
    """With `none` a sender's address proves nothing, and each message says so."""
    body = b'{"id":1,"msisdn":7,"text":"x"}'
    (found,), _ = only({"kind": "none"}).receive(InboundCase(label="", body=body, expect=()).raw())
    assert isinstance(found, InboundMessage)
    assert not found.verified


def test_a_second_yes_is_a_message() -> None:
    """Without an id the key holds the signed time, and the place within the delivery."""
    adapter = build(inbound={"key": None, "sent_at": None})
    one = {"messages": [words(), words()]}

    def keys(stamp: str) -> set[str]:
        body = msgspec.json.encode(one)
        headers = ((STAMP, stamp), (SIGNATURE, signature(body, stamp)))
        raw = InboundCase(label="", body=body, headers=headers, expect=()).raw()
        return {each.key for each in adapter.receive(raw)[0]}

    later = str(int(NOW_S) + 1)
    assert len(keys(NOW_S)) == 2
    assert keys(NOW_S) == keys(NOW_S)
    assert not keys(NOW_S) & keys(later)


def test_no_id_and_no_time_is_for_a_person() -> None:
    """An item without an id and without its time is told, not guessed: it could be either."""
    adapter = only(BY_TOKEN, FLAT | {"sent_at": "at"})
    case = InboundCase(
        label="",
        headers=(("authorization", f"Bearer {SECRET}"),),
        body=b'{"msisdn":7,"text":"yes"}',
        expect=(),
    )
    assert isinstance(adapter.receive(case.raw())[0][0], Unreadable)


# label, scheme, region, as written, the URN
PEOPLE = [
    ("spaces", "tel", "", "+49 151 123-45678", "tel:+4915112345678"),
    ("two noughts", "tel", "", "004915112345678", "tel:+4915112345678"),
    ("no plus", "tel", "", "4915112345678", "tel:+4915112345678"),
    ("national", "tel", "DE", "0151 12345678", "tel:+4915112345678"),
    ("abroad, seen from a region", "tel", "DE", "+8613800138000", "tel:+8613800138000"),
    ("short code", "tel", "", "72345", "tel:72345"),
    ("by name", "tel", "DE", "FINCH", "tel:FINCH"),
    ("mail", "mailto", "", "Ana@Example.COM", "mailto:Ana@example.com"),
    ("no mail", "mailto", "", "ana", ""),
    ("whatsapp", "whatsapp", "", "+49151", "whatsapp:49151"),
    ("a URN already", "line", "", "line:U1", "line:U1"),
    ("nobody", "generic", "", "  ", ""),
]


@pytest.mark.parametrize("row", PEOPLE, ids=[row[0] for row in PEOPLE])
def test_people(row: tuple[str, ...]) -> None:
    """One person has one URN, however the provider writes the address."""
    _, scheme, region, written, expected = row
    assert urn(scheme, written, region) == expected


# label, as written, ms
INSTANTS: list[tuple[str, Any, int | None]] = [
    ("seconds", 1795220999, 1795220999000),
    ("milliseconds as text", "1795220999123", 1795220999123),
    ("fractions", 1795220999.5, 1795220999500),
    ("RFC 3339", "2026-11-21T08:29:59+08:00", 1795220999000),
    ("without an offset", "2026-11-21 00:29:59", 1795220999000),
    ("true", True, None),
    ("words", "yesterday", None),
    ("infinity", "inf", None),
    ("no number", "nan", None),
    ("huge", 10**400, None),
    ("before all", -1, None),
    ("nothing", None, None),
]


@pytest.mark.parametrize("row", INSTANTS, ids=[row[0] for row in INSTANTS])
def test_instants(row: tuple[str, Any, int | None]) -> None:
    """Seconds, milliseconds and RFC 3339 are told apart; what is no instant is none."""
    assert instant(row[1]) == row[2]
