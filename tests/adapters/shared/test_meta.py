"""The door that WhatsApp, Messenger and Instagram share, and what Graph's answers mean."""

import msgspec
import pytest
from pydantic import SecretStr

from adapters._shared import meta
from adapters._shared.http import Answer, Lost, NotSent
from gateway.contract import (
    Accepted,
    Deferred,
    InDoubt,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
)
from tests.adapters.shared.metas import SETTINGS, SIGNATURE, VERIFY_TOKEN, signature

SETTING = meta.MetaSettings(**SETTINGS)

# A request of Meta's own, whose secret its owner has reset since:
# https://github.com/david-lev/pywa, MIT. The second is derived: one byte more.
REAL = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"264937493375603","changes":[{"value":'
    b'{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550953877",'
    b'"phone_number_id":"277321005464405"},"contacts":[{"profile":{"name":"PyWa Tests"},'
    b'"wa_id":"972544401243"}],"messages":[{"from":"972544401243","id":"wamid.HBgMOTcyNTQ0NDAxMjQ'
    b'zFQIAEhggM0RFQTNCMEEwRTY3QzUwODYzMDc4NjQ4QzM4ODAxM0YA","timestamp":"1730231903","text":'
    b'{"body":"Hey there! I am using PyWa."},"type":"text"}]},"field":"messages"}]}]}'
)
REAL_SIGNATURE = "sha256=54edfa1d7259e0eb13c677cc7d73d1b5c86cfa12433d19156e058ab9251bc441"


def post(body: bytes, given: str | None) -> RawRequest:
    headers = ((SIGNATURE, given),) if given is not None else ()
    return RawRequest(account="a", method="POST", path="/in/a", headers=headers, body=body)


def get(query: str, body: bytes = b"") -> RawRequest:
    return RawRequest(account="a", method="GET", path=f"/in/a?{query}", body=body)


def test_a_real_signature() -> None:
    """What Meta signed is authentic."""
    assert meta.opened(post(REAL, REAL_SIGNATURE), SETTING) is None


FORGED = [
    ("a byte more", REAL + b" ", REAL_SIGNATURE),
    ("no signature", REAL, None),
    ("an empty one", REAL, ""),
    ("without its prefix", REAL, REAL_SIGNATURE.removeprefix("sha256=")),
    ("SHA-1 of old", REAL, "sha1=" + "0" * 40),
    ("another app's secret", REAL, signature(REAL, "other")),
    ("no ASCII", REAL, "sha256=\udcff\udc80é"),
]


@pytest.mark.parametrize(("body", "given"), [r[1:] for r in FORGED], ids=[r[0] for r in FORGED])
def test_forged(body: bytes, given: str | None) -> None:
    """Anything else is refused."""
    with pytest.raises(Unauthentic, match=SIGNATURE):
        meta.opened(post(body, given), SETTING)


def test_an_empty_secret_opens_nothing() -> None:
    """Neither the door for deliveries nor the handshake."""
    closed = meta.MetaSettings(
        access_token=SecretStr("t"), app_secret=SecretStr(""), verify_token=SecretStr("")
    )
    for raw in (
        post(REAL, signature(REAL, "")),
        get("hub.mode=subscribe&hub.verify_token=&hub.challenge=1"),
        get(""),
    ):
        with pytest.raises(Unauthentic, match="is empty"):
            meta.opened(raw, closed)


def test_handshake() -> None:
    """Who knows the token gets the challenge back, and nothing else."""
    query = f"hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=1158201444"
    expected = RawReply(status=200, content_type="text/plain", body=b"1158201444")
    assert meta.opened(get(query), SETTING) == expected


@pytest.mark.parametrize(
    "query",
    [
        "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=%FF%00&hub.challenge=1",
        f"hub.mode=unsubscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=1",
        f"hub.verify_token={VERIFY_TOKEN}&hub.challenge=1",
        f"hub.mode=subscribe&hub.verify_token=wrong&hub.verify_token={VERIFY_TOKEN}",
    ],
)
def test_wrong_handshake(query: str) -> None:
    """A wrong token, or another mode, is refused."""
    with pytest.raises(Unauthentic, match="hub"):
        meta.opened(get(query), SETTING)


@pytest.mark.parametrize("query", ["", "hub.mode=subscribe", "hub.challenge=1&x=%zz"])
def test_a_visit(query: str) -> None:
    """Who shows no token claims nothing: no challenge comes back, and nothing is to be stored."""
    reply = meta.opened(get(query), SETTING)
    assert reply is not None
    assert b"1" not in reply.body
    with pytest.raises(Unauthentic, match="body"):
        meta.opened(get(query, b"x"), SETTING)


def answer(status: int, data: object = None, **headers: str) -> Answer:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = msgspec.json.encode(data) if data is not None else b"<html>"
    return Answer(status=status, headers=named, body=body)


def failed(code: int, subcode: int | None = None, words: str = "no") -> dict:
    sub = {"error_subcode": subcode} if subcode is not None else {}
    return {"error": {"message": words, "code": code} | sub}


def rejected(reason: Reason, code: str, detail: str) -> Rejected:
    return Rejected(reason=reason, code=code, detail=detail)


WITHOUT = "HTTP 200 without the message's id"
OUTCOMES = [
    ("accepted", answer(200, {"id": "m1"}), Accepted(provider_id="m1")),
    ("accepted, a number", answer(200, {"id": 7}), Accepted(provider_id="7")),
    ("no id", answer(200, {}), InDoubt(detail=WITHOUT)),
    ("torn", answer(200), InDoubt(detail=WITHOUT)),
    ("a list", answer(200, []), InDoubt(detail=WITHOUT)),
    ("an error with 200", answer(200, failed(36000)), rejected(Reason.TOO_LARGE, "36000", "HTTP 200, 36000: no")),
    ("the window is closed", answer(400, failed(131047)), rejected(Reason.WINDOW_CLOSED, "131047", "HTTP 400, 131047: no")),
    ("outside the window", answer(400, failed(10, 2018278)), rejected(Reason.WINDOW_CLOSED, "10", "HTTP 400, 10/2018278: no")),
    ("no such account", answer(400, failed(100, 33)), rejected(Reason.CREDENTIALS, "100", "HTTP 400, 100/33: no")),
    ("no permission", answer(400, failed(10)), rejected(Reason.CREDENTIALS, "10", "HTTP 400, 10: no")),
    ("nobody there", answer(400, failed(100, 2018001)), rejected(Reason.INVALID_RECIPIENT, "100", "HTTP 400, 100/2018001: no")),
    ("not there now", answer(400, failed(551, 1545041)), rejected(Reason.BLOCKED, "551", "HTTP 400, 551/1545041: no")),
    ("the token expired", answer(401, failed(190)), rejected(Reason.CREDENTIALS, "190", "HTTP 401, 190: no")),
    ("refused in no words", answer(403), rejected(Reason.CREDENTIALS, "", "HTTP 403")),
    ("a code nobody knows", answer(400, failed(424242)), rejected(Reason.OTHER, "424242", "HTTP 400, 424242: no")),
    ("too fast", answer(400, failed(130429), retry_after="9"), Deferred(reason=Reason.THROTTLED, detail="HTTP 400, 130429: no", retry_after_ms=9_000)),
    ("too fast for one person", answer(400, failed(131056)), Deferred(reason=Reason.THROTTLED, detail="HTTP 400, 131056: no")),
    ("try later", answer(400, failed(1200)), Deferred(reason=Reason.UNAVAILABLE, detail="HTTP 400, 1200: no")),
    ("HTTP 429", answer(429, failed(4)), Deferred(reason=Reason.THROTTLED, detail="HTTP 429")),
    ("HTTP 503", answer(503), Deferred(reason=Reason.UNAVAILABLE, detail="HTTP 503")),
    ("HTTP 500", answer(500, failed(131000)), InDoubt(detail="HTTP 500")),
    ("unknown, perhaps sent", answer(400, failed(1, 1357046)), InDoubt(detail="HTTP 400, 1/1357046: no")),
    ("unexpected", answer(400, failed(2)), InDoubt(detail="HTTP 400, 2: no")),
    ("not connected", NotSent(detail="refused"), Deferred(reason=Reason.UNAVAILABLE, detail="not connected: refused")),
    ("lost", Lost(detail="timed out"), InDoubt(detail="sent, but no answer came: timed out")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "expected"), [r[1:] for r in OUTCOMES], ids=[r[0] for r in OUTCOMES]
)
def test_outcome(reply, expected) -> None:
    """Each answer of Graph has one meaning; what may have been sent is a doubt."""
    assert meta.outcome(reply, lambda data: meta.word(data, "id")) == expected


def test_details_are_told() -> None:
    """Graph's details say more than its message."""
    told = {"message": "(#131009) bad", "error_data": {"details": "Parameter to is no number"}}
    assert meta.error_words(told) == "(#131009) bad: Parameter to is no number"


def test_codes_have_one_reason() -> None:
    """What asks for patience is throttled or away, and never hopeless."""
    assert {meta.REASONS[c] for c in meta.PATIENCE} == {Reason.THROTTLED, Reason.UNAVAILABLE}
    assert not meta.DOUBTFUL & (meta.REASONS.keys() | meta.PATIENCE)


def test_long_ids_make_short_keys() -> None:
    """A key has a limit whatever the provider's ids have."""
    assert meta.key("message", "a", "b") == "message:a:b"
    long = meta.key("message", "x" * 500)
    assert len(long) == len("message:") + 64
    assert long != meta.key("message", "x" * 501)


TIMES = [
    ("1454119029", 1_000, 1_454_119_029_000),
    (1459991487970, 1, 1_459_991_487_970),
    ("", 1, None),
    ("-1", 1, None),
    ("9" * 30, 1, None),
    ("999999999999", 1_000, None),
    ("٣", 1, None),
    (True, 1, None),
    (1.5, 1, None),
    (None, 1, None),
]


@pytest.mark.parametrize(("told", "unit", "expected"), TIMES)
def test_times(told, unit: int, expected: int | None) -> None:
    """Times are read, or there is none."""
    assert meta.instant_ms({"t": told}, "t", unit_ms=unit) == expected
