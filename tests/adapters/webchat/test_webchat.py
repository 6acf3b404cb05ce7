"""Web chat: frames of visitors, who may bring them, and identities that shops sign."""

import base64
import hashlib
import hmac
import json

import msgspec
import pytest
from pydantic import SecretStr, ValidationError

from adapters.webchat import WebchatAdapter, wire
from adapters.webchat.identity import Claims, IdentityRefused, verify_identity
from adapters.webchat.settings import WebchatSettings
from gateway.contract import (
    AccountId,
    DedupKey,
    InboundAttachment,
    InboundMessage,
    MessageKind,
    OutboundMessage,
    PresenceEvent,
    Reason,
    Unauthentic,
    Unreadable,
)
from gateway.testing import RECEIVED_AT, InboundCase, adapter_problems

VISITOR = "webchat:0192f3c4-visitor"
FILE = "ab" * 32


def build(api_url: str = "") -> WebchatAdapter:
    return WebchatAdapter.build(AccountId("shop"), WebchatSettings())


def frame(
    label: str,
    data: object,
    expect,
    *,
    method: str = "CHAT",
    headers=(("x-parley-visitor", VISITOR),),
) -> InboundCase:
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return InboundCase(
        label=label, method=method, path="/chat/shop", headers=headers, body=body, expect=expect
    )


def said(client_id: str, **changes) -> InboundMessage:
    fields = {
        "key": f"message:0192f3c4-visitor:{client_id}",
        "sender": VISITOR,
        "recipient": "webchat:shop",
        "text": "您好",
    }
    return InboundMessage(**(fields | changes))


def sign_of(what: str, key: str, text: str = "") -> PresenceEvent:
    return PresenceEvent(
        key=f"presence:0192f3c4-visitor:{key}",
        what=what,
        sender=VISITOR,
        recipient="webchat:shop",
        text=text,
    )


HELLO = {"type": "message", "id": "c-1", "text": "您好"}

FRAMES = [
    frame("text", HELLO, (said("c-1"),)),
    frame("the same words again are another message", HELLO | {"id": "c-2"}, (said("c-2"),)),
    frame(
        "with a name and a file",
        HELLO | {"attachments": [FILE]},
        (said("c-1", kind=MessageKind.MEDIA, sender_name="王", attachments=(InboundAttachment(media_type="image/png", sha256=FILE, size_bytes=7, filename="旧 灯.png"),)),),
        headers=(("x-parley-visitor", VISITOR), ("x-parley-visitor-name", "王"), ("x-parley-file", f"{FILE} image/png 7 %E6%97%A7%20%E7%81%AF.png")),
    ),
    frame("from a page in Taiwan", HELLO, (said("c-1", locale="zh-TW"),), headers=(("x-parley-visitor", VISITOR), ("x-parley-locale", "zh-TW"))),
    frame(
        "a file alone, its type unknown",
        {"type": "message", "id": "c-1", "text": "", "attachments": [FILE]},
        (said("c-1", text="", kind=MessageKind.MEDIA, attachments=(InboundAttachment(media_type="application/octet-stream", sha256=FILE),)),),
    ),
    frame("as long as may be", HELLO | {"text": "长" * 4_000}, (said("c-1", text="长" * 4_000),)),
    frame("typing", {"type": "typing"}, (sign_of("typing", f"typing:{RECEIVED_AT}"),)),
    frame("read", {"type": "read", "seq": 7}, (sign_of("seen", "seen:7", "7"),)),
    frame("hello", {"type": "hello", "token": None, "after": 0, "locale": "zh-CN", "page": "https://shop.example/"}, ()),
    frame("too long", HELLO | {"text": "x" * 4_001}, Unreadable),
    frame("a webhook", HELLO, Unauthentic, method="POST"),
    frame("a webhook that knows the header", HELLO, Unauthentic, method="GET"),
    frame("nobody", HELLO, Unauthentic, headers=()),
    frame("an empty nobody", HELLO, Unauthentic, headers=(("x-parley-visitor", "webchat:"),)),
    frame("somebody of another channel", HELLO, Unauthentic, headers=(("x-parley-visitor", "tel:+1"),)),
]  # fmt: skip
SIGNED = False  # a frame comes through our own socket, which knows its visitor


def test_keeps_the_contract() -> None:
    """Every frame is read as the widget means it, and only from the socket door."""
    assert adapter_problems(build, FRAMES, signed=SIGNED) == []


def test_two_visitors_cannot_take_each_others_ids() -> None:
    """An id that a browser chose is worth something within its own visitor only."""
    one = FRAMES[0].raw()
    other = msgspec.structs.replace(one, headers=(("x-parley-visitor", "webchat:else"),))
    (first,), _ = build().receive(one)
    (second,), _ = build().receive(other)
    assert first.key != second.key


async def test_it_sends_nothing() -> None:
    """What is committed is sent: the adapter says so when it is asked all the same."""
    adapter = build()
    assert not adapter.capabilities.sends
    assert adapter.capabilities.gather_ms == 0
    message = OutboundMessage(id="m", conversation="c", account="shop", recipient=VISITOR)
    outcome = await adapter.send(message, DedupKey("k"))
    assert outcome.reason is Reason.UNSUPPORTED
    assert (await adapter.check()).ok


BAD = [
    ("no JSON", b"hello", "not_json", None),
    ("nothing", b"", "not_json", None),
    ("torn", b'{"type":"message","id":"c', "not_json", None),
    ("no UTF-8", b'{"type":"message","id":"c","text":"\xff"}', "not_json", None),
    ("deep", b"[" * 10_000, "bad_frame", None),
    ("deep within", b'{"a":' * 10_000, "not_json", None),
    ("a list", b"[]", "bad_frame", None),
    ("no type", b'{"id":"c-1"}', "bad_frame", "c-1"),
    ("an unknown type", b'{"type":"shout","id":"c-1"}', "bad_frame", "c-1"),
    ("an unknown field", b'{"type":"typing","loud":true}', "bad_frame", None),
    ("no id", b'{"type":"message","text":"x"}', "bad_frame", None),
    ("an id with odd characters", b'{"type":"message","id":"a:b","text":"x"}', "bad_frame", "a:b"),
    ("an id without end", b'{"type":"message","id":"' + b"a" * 65 + b'","text":"x"}', "bad_frame", "a" * 64),
    ("text that is none", b'{"type":"message","id":"c-1","text":7}', "bad_frame", "c-1"),
    ("a file that is no hash", b'{"type":"message","id":"c-1","text":"x","attachments":["../x"]}', "bad_frame", "c-1"),
    ("too many files", msgspec.json.encode(HELLO | {"attachments": [FILE] * 11}), "bad_frame", "c-1"),
    ("read what is not there", b'{"type":"read","seq":-1}', "bad_frame", None),
    ("a position without end", b'{"type":"hello","token":null,"after":' + b"9" * 400 + b"}", "bad_frame", None),
    ("a token without end", msgspec.json.encode({"type": "hello", "token": "t" * 513, "after": 0}), "bad_frame", None),
    ("too long", msgspec.json.encode(HELLO | {"text": "x" * 4_001}), "text_too_long", "c-1"),
    ("empty", msgspec.json.encode(HELLO | {"text": " \n\u3000"}), "empty", "c-1"),
    ("too large", msgspec.json.encode(HELLO | {"text": "x" * 65_536}), "frame_too_large", None),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "of"), [r[1:] for r in BAD], ids=[r[0] for r in BAD])
def test_bad_frames(data: bytes, code: str, of: str | None) -> None:
    """A frame that cannot be read is answered: what is wrong, with which message, what to do."""
    answer = wire.decode_frame(data)
    assert isinstance(answer, wire.BadFrame)
    assert (answer.code, answer.id) == (code, of)
    assert answer.detail
    assert answer.what_to_do
    assert json.loads(msgspec.json.encode(answer))["type"] == "error"


def test_text_frames_may_be_text() -> None:
    """aiohttp hands text frames over as text; halves of surrogate pairs are refused, not fatal."""
    assert isinstance(wire.decode_frame('{"type":"typing"}'), wire.Typing)
    assert isinstance(
        wire.decode_frame('{"type":"message","id":"1","text":"\ud800"}'), wire.BadFrame
    )


def test_how_much_too_long() -> None:
    """The visitor is told by how much to shorten."""
    for over, words in ((12, "12 characters"), (1, "1 character")):
        answer = wire.decode_frame(msgspec.json.encode(HELLO | {"text": "x" * (4_000 + over)}))
        assert isinstance(answer, wire.BadFrame)
        assert answer.detail == f"The message is {words} too long; 4000 fit."


# --- identity --------------------------------------------------------------------------------

NOW_S = 1_795_262_400
OLD, NEW = SecretStr("o" * 32), SecretStr("n" * 32)
KEYS = {"2026-10": OLD, "2026-11": NEW}
CLAIMS = {"sub": "customer-42", "account": "shop", "iat": NOW_S, "exp": NOW_S + 3_600}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims=CLAIMS, key: SecretStr = NEW, header=None) -> str:
    head = {"alg": "HS256", "typ": "JWT", "kid": "2026-11"} if header is None else header
    signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    digest = hmac.new(key.get_secret_value().encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{b64(digest)}"


GOOD = [
    ("plain", token(), Claims(sub="customer-42", account="shop", iat=NOW_S, exp=NOW_S + 3_600)),
    ("the other key", token(key=OLD, header={"alg": "HS256", "kid": "2026-10"}), Claims(sub="customer-42", account="shop", iat=NOW_S, exp=NOW_S + 3_600)),
    (
        "with labels, and claims of others",
        token(CLAIMS | {"name": "王小明", "email": "w@shop.example", "iss": "shop"}),
        Claims(sub="customer-42", account="shop", iat=NOW_S, exp=NOW_S + 3_600, name="王小明", email="w@shop.example"),
    ),
    ("24 hours", token(CLAIMS | {"exp": NOW_S + 86_400}), Claims(sub="customer-42", account="shop", iat=NOW_S, exp=NOW_S + 86_400)),
    ("a clock a little ahead", token(CLAIMS | {"iat": NOW_S + 300}), Claims(sub="customer-42", account="shop", iat=NOW_S + 300, exp=NOW_S + 3_600)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claims"), [r[1:] for r in GOOD], ids=[r[0] for r in GOOD])
def test_identity(text: str, claims: Claims) -> None:
    """A token of the shop's server says who the visitor is, by either key."""
    assert verify_identity(text, "shop", KEYS, NOW_S * 1_000) == claims


HEAD, BODY, SIGNATURE = token().split(".")
REFUSED = [
    ("nothing", "", "no JWT"),
    ("two parts", f"{HEAD}.{BODY}", "no JWT"),
    ("no signature", f"{HEAD}.{BODY}.", "signature"),
    ("another signature", f"{HEAD}.{BODY}.{b64(b'x' * 32)}", "signature"),
    ("tampered", f"{HEAD}.{b64(json.dumps(CLAIMS | {'sub': 'admin'}).encode())}.{SIGNATURE}", "signature"),
    ("padded", f"{HEAD}.{BODY}.{SIGNATURE}=", "no JWT"),
    ("alg none", token(header={"alg": "none", "kid": "2026-11"}), "HS256"),
    ("alg HS512", token(header={"alg": "HS512", "kid": "2026-11"}), "HS256"),
    ("critical extensions", token(header={"alg": "HS256", "kid": "2026-11", "crit": ["b64"]}), "HS256"),
    ("no key named", token(header={"alg": "HS256"}), "no JWT of ours"),
    ("an unknown key", token(header={"alg": "HS256", "kid": "2025"}), "no key '2025'"),
    ("signed by the other key", token(key=OLD), "signature"),
    ("for another account", token(CLAIMS | {"account": "blog"}), "another account"),
    ("expired", token(CLAIMS | {"iat": NOW_S - 7_200, "exp": NOW_S}), "expired"),
    ("from the future", token(CLAIMS | {"iat": NOW_S + 301}), "future"),
    ("for longer than a day", token(CLAIMS | {"exp": NOW_S + 86_401}), "24 hours"),
    ("for ever", token({k: v for k, v in CLAIMS.items() if k != "exp"}), "no JWT of ours"),
    ("of nobody", token(CLAIMS | {"sub": ""}), "no JWT of ours"),
    ("of control characters", token(CLAIMS | {"sub": "a\nb"}), "no JWT of ours"),
    ("of a number", token(CLAIMS | {"sub": 42}), "no JWT of ours"),
    ("a list", token([]), "no JWT of ours"),
    ("no base64", f"ä.{BODY}.{SIGNATURE}", "no JWT"),
    ("no length of base64", f"{HEAD}.{BODY}.abcde", "no JWT"),
    ("without end", "a." * 9_000, "no JWT"),
    ("deep", f"{b64(b'[' * 5_000)}.x.y", "no JWT"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_identity_refused(text: str, words: str) -> None:
    """A token that proves nothing is refused, and the reason never repeats it."""
    with pytest.raises(IdentityRefused, match=words) as caught:
        verify_identity(text, "shop", KEYS, NOW_S * 1_000)
    assert SIGNATURE not in str(caught.value)


def test_the_account_identifies() -> None:
    """The core asks the account, which knows its keys; an account that takes no identities has none."""
    keyed = WebchatSettings(identity="optional", identity_keys=KEYS)
    adapter = WebchatAdapter.build(AccountId("shop"), keyed)
    found = adapter.identify(token(CLAIMS | {"name": "王"}), NOW_S * 1_000)
    assert (found.subject, found.name) == ("customer-42", "王")
    with pytest.raises(Unauthentic, match="signature"):
        adapter.identify(token(key=OLD), NOW_S * 1_000)
    off = WebchatAdapter.build(AccountId("shop"), WebchatSettings(identity_keys=KEYS))
    with pytest.raises(Unauthentic, match="takes no identities"):
        off.identify(token(), NOW_S * 1_000)


def test_an_empty_key_proves_nothing() -> None:
    """An empty secret opens no door."""
    empty = SecretStr("")
    with pytest.raises(IdentityRefused, match="no key"):
        verify_identity(token(key=empty), "shop", {"2026-11": empty}, NOW_S * 1_000)


# --- settings --------------------------------------------------------------------------------

SETTINGS = [
    ({}, None),
    (
        {"origins": ["https://shop.example", "https://*.shop.example", "http://127.0.0.1:8080"]},
        None,
    ),
    ({"origins": ["HTTPS://Shop.Example/"]}, None),
    ({"identity": "required", "identity_keys": {"a": "k" * 32}}, None),
    ({"origins": ["shop.example"]}, "is no origin"),
    ({"origins": ["https://shop.example/path"]}, "is no origin"),
    ({"origins": ["*"]}, "is no origin"),
    ({"identity": "maybe"}, "'off', 'optional' or 'required'"),
    ({"identity": "optional"}, "there are no identity_keys"),
    ({"identity": "optional", "identity_keys": {"a": "short"}}, "the key has 5 bytes"),
    ({"identity_keys": {"a": "k" * 32, "b": "k" * 32, "c": "k" * 32}}, "remove the oldest"),
    ({"colour": "red"}, "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("fields", "words"), SETTINGS)
def test_settings(fields: dict, words: str | None) -> None:
    """What a person writes is taken, or refused in words that say what to write."""
    if words is None:
        assert all(o == o.lower().rstrip("/") for o in WebchatSettings(**fields).origins)
    else:
        with pytest.raises(ValidationError, match=words):
            WebchatSettings(**fields)
