"""What an account says at once, in the answer to WeChat's own request."""

from xml.etree import ElementTree as ET

import pytest

from adapters._shared.wechat import aes_key, unseal
from gateway.contract import RawReply, RawRequest
from gateway.testing import RECEIVED_AT
from tests.adapters.wechat.deliveries import (
    AES_KEY,
    APP_ID,
    HOME,
    OPENID,
    TOKEN,
    build,
    digest,
    event,
    message,
    sign_plain,
    sign_safe,
    xml,
)

NASTY = "您好 <a href='x'>&amp;]]> \x0b😀"
SAID = {"follow": "欢迎", "clicks": {"HOURS": "9-18"}, "message": NASTY}

# label, what comes, what is said; "": success
ANSWERED: list[tuple[str, bytes, str]] = [
    ("a message", message("text", Content="你好"), NASTY.replace("\x0b", "")),
    ("a picture", message("image", MediaId="1"), NASTY.replace("\x0b", "")),
    ("a follow", event("subscribe"), "欢迎"),
    ("a menu entry", event("CLICK", EventKey="HOURS"), "9-18"),
    ("another menu entry", event("CLICK", EventKey="HUMAN"), ""),
    ("an unfollow", event("unsubscribe"), ""),
    ("a scan", event("SCAN", EventKey="HOURS"), ""),
    ("from nobody", xml(MsgType="text", Content="x"), ""),
    ("no XML", b"<xml", ""),
]


def delivered(body: bytes) -> RawRequest:
    return RawRequest(
        account="wechat", method="POST", path="/in/wechat", body=body, received_at=RECEIVED_AT
    )


def fields(body: bytes) -> dict[str, str]:
    return {each.tag: each.text or "" for each in ET.fromstring(body)}


def spoken(text: str) -> dict[str, str]:
    return {
        "ToUserName": OPENID,
        "FromUserName": HOME,
        "CreateTime": str(RECEIVED_AT // 1_000),
        "MsgType": "text",
        "Content": text,
    }


@pytest.mark.parametrize(("label", "body", "said"), ANSWERED, ids=[row[0] for row in ANSWERED])
def test_said_at_once(label: str, body: bytes, said: str) -> None:
    """Words for what the customer did; all else is answered as ever, and nothing is lost by it."""
    raw = sign_plain(delivered(body))
    events, reply = build(passive=SAID).receive(raw)
    assert events == build().receive(raw)[0]
    if said:
        assert reply.content_type == "text/xml"
        assert fields(reply.body) == spoken(said)
    else:
        assert reply == RawReply(body=b"success")


def test_said_at_once_in_safe_mode() -> None:
    """Encrypted for the account and signed, the same for the same delivery."""
    raw = sign_safe(delivered(event("subscribe")))
    adapter = build(mode="safe", passive=SAID)
    _, reply = adapter.receive(raw)
    assert adapter.receive(raw)[1] == reply
    outer = fields(reply.body)
    assert outer["MsgSignature"] == digest(
        TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"]
    )
    inner = unseal(outer["Encrypt"], aes_key(AES_KEY), APP_ID)
    assert fields(inner) == spoken("欢迎")


def test_where_nothing_is_configured_nothing_is_said() -> None:
    """Success, as WeChat wants it."""
    _, reply = build().receive(sign_plain(delivered(message("text", Content="x"))))
    assert reply == RawReply(body=b"success")
