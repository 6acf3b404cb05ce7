"""Deliveries as WeChat documents them, signed and encrypted as WeChat does, and the adapter."""

import base64
from hashlib import sha1
from urllib.parse import parse_qs, urlencode

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import SecretStr

from adapters.wechat import WechatAdapter
from adapters.wechat.settings import WechatSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import InboundCase

APP_ID = "wx49f0ab532d5d035a"
APP_SECRET = "9c1d2e3f4a5b60718293a4b5c6d7e8f9"
TOKEN = "tok3n-for-signatures"
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
HOME = "gh_123456789abc"
ACCESS = "ACCESS-TOKEN-nobody-may-see"
TIME = 1_795_221_000
SECRETS = (APP_SECRET, TOKEN, AES_KEY, ACCESS)


def settings(**changes) -> WechatSettings:
    fields = {
        "app_id": APP_ID,
        "app_secret": SecretStr(APP_SECRET),
        "token": SecretStr(TOKEN),
        "encoding_aes_key": SecretStr(AES_KEY),
        "mode": "plain",
    }
    return WechatSettings(**(fields | changes))


def build(api_url: str = "http://127.0.0.1:9", **changes) -> WechatAdapter:
    return WechatAdapter.build(AccountId("wechat"), settings(api_url=api_url, **changes))


def holding_a_token(api_url: str, **changes) -> WechatAdapter:
    """An adapter that has asked for its access token already."""
    adapter = build(api_url, **changes)
    adapter.tokens.keep(ACCESS, 7_200)
    return adapter


def digest(*parts: str) -> str:
    return sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def signed_path(token: str = TOKEN, **more: str) -> str:
    query = {
        "signature": digest(token, str(TIME), "nonce-1"),
        "timestamp": str(TIME),
        "nonce": "nonce-1",
    }
    return f"/in/wechat?{urlencode(query | more)}"


def xml(**fields: object) -> bytes:
    """A delivery's body; text stands in CDATA, as WeChat writes it."""
    inner = "".join(_element(name, value) for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _element(name: str, value: object) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(k, v) for k, v in value.items())
        return f"<{name}>{inner}</{name}>"
    words = value if isinstance(value, int | float) else f"<![CDATA[{value}]]>"
    return f"<{name}>{words}</{name}>"


def message(kind: str, **fields: object) -> bytes:
    head = {
        "ToUserName": HOME,
        "FromUserName": OPENID,
        "CreateTime": TIME,
        "MsgType": kind,
    }
    return xml(**head, **fields, MsgId=24_001_234_567_890_123)


def event(name: str, **fields: object) -> bytes:
    head = {"ToUserName": HOME, "FromUserName": OPENID, "CreateTime": TIME, "MsgType": "event"}
    return xml(**head, Event=name, **fields)


def plain(label: str, body: bytes, expect, **more) -> InboundCase:
    """A signed delivery in plain mode."""
    return InboundCase(label=label, path=signed_path(), body=body, expect=expect, **more)


def seal(words: bytes, *, key: str = AES_KEY, receiver: str = APP_ID) -> str:
    """Encrypted as the providers describe it, by the library's own PKCS #7."""
    raw_key = base64.b64decode(key + "=")
    data = b"0123456789abcdef" + len(words).to_bytes(4, "big") + words + receiver.encode()
    padder = padding.PKCS7(256).padder()
    filled = padder.update(data) + padder.finalize()
    encryptor = Cipher(algorithms.AES(raw_key), modes.CBC(raw_key[:16])).encryptor()
    return base64.b64encode(encryptor.update(filled) + encryptor.finalize()).decode()


def sealed_path(sealed: str, token: str = TOKEN) -> str:
    made = digest(token, str(TIME), "nonce-1", sealed)
    return signed_path(encrypt_type="aes", msg_signature=made)


def safe(label: str, body: bytes, expect, *, token: str = TOKEN, **sealing: str) -> InboundCase:
    """An encrypted delivery."""
    sealed = seal(body, **sealing)
    outer = xml(ToUserName=HOME, Encrypt=sealed)
    return InboundCase(label=label, path=sealed_path(sealed, token), body=outer, expect=expect)


def sign_plain(raw: RawRequest) -> RawRequest:
    """Signed anew: in plain mode the body is not covered."""
    return msgspec.structs.replace(raw, path=signed_path())


def sign_safe(raw: RawRequest) -> RawRequest:
    """Encrypted and signed anew, whatever its body says."""
    sealed = seal(raw.body)
    outer = xml(ToUserName=HOME, Encrypt=sealed)
    return msgspec.structs.replace(raw, path=sealed_path(sealed), body=outer)


def query_of(path: str) -> dict[str, list[str]]:
    return parse_qs(path.partition("?")[2])
