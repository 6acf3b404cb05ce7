"""Callbacks and pages as WeCom documents them, signed and encrypted as it does; the adapter."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import SecretStr

from adapters.wecom import WecomAdapter
from adapters.wecom.settings import WecomSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import InboundCase

CORP_ID = "ww49f0ab532d5d035a"
SECRET = "kf-secret-9c1d2e3f4a5b60718293"
TOKEN = "tok3n-for-callbacks"
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
KFID = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
CUSTOMER = "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
ACCESS = "ACCESS-TOKEN-nobody-may-see"
TIME = 1_795_221_000
SECRETS = (SECRET, TOKEN, AES_KEY, ACCESS)


def settings(**changes) -> WecomSettings:
    fields = {
        "corp_id": CORP_ID,
        "secret": SecretStr(SECRET),
        "token": SecretStr(TOKEN),
        "encoding_aes_key": SecretStr(AES_KEY),
        "open_kfid": KFID,
    }
    return WecomSettings(**(fields | changes))


def build(api_url: str = "http://127.0.0.1:9", **changes) -> WecomAdapter:
    return WecomAdapter.build(AccountId("kf"), settings(api_url=api_url, **changes))


def holding_a_token(api_url: str, **changes) -> WecomAdapter:
    """An adapter that has asked for its access token already."""
    adapter = build(api_url, **changes)
    adapter.tokens.keep(ACCESS, 7_200)
    return adapter


def seal(words: bytes, receiver: str = CORP_ID) -> str:
    """Encrypted as WeCom describes it, by the library's own PKCS #7."""
    key = base64.b64decode(AES_KEY + "=")
    data = b"0123456789abcdef" + len(words).to_bytes(4, "big") + words + receiver.encode()
    padder = padding.PKCS7(256).padder()
    filled = padder.update(data) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(filled) + encryptor.finalize()).decode()


def signed_path(sealed: str, token: str = TOKEN, **more: str) -> str:
    joined = "".join(sorted([token, str(TIME), "nonce-1", sealed]))
    query = {
        "msg_signature": hashlib.sha1(joined.encode()).hexdigest(),
        "timestamp": str(TIME),
        "nonce": "nonce-1",
    }
    return f"/in/kf?{urlencode(query | more)}"


def callback_raw(words: bytes, token: str = TOKEN, receiver: str = CORP_ID) -> RawRequest:
    sealed = seal(words, receiver)
    body = f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    path = signed_path(sealed, token)
    return RawRequest(account="kf", method="POST", path=path, body=body.encode())


def told(event: str = "kf_msg_or_event", open_kfid: str = KFID, token: str = "SYNC-1") -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><CreateTime>{TIME}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<Token><![CDATA[{token}]]></Token><OpenKfId><![CDATA[{open_kfid}]]></OpenKfId></xml>"
    ).encode()


def callback(label: str, words: bytes, expect, **how) -> InboundCase:
    raw = callback_raw(words, **how)
    return InboundCase(label=label, path=raw.path, body=raw.body, expect=expect)


def said(msgid: str, msgtype: str, inner: object, **more: object) -> dict:
    """An item of a page, from a customer unless `more` says otherwise."""
    head = {
        "msgid": msgid,
        "open_kfid": KFID,
        "external_userid": CUSTOMER,
        "send_time": TIME,
        "origin": 3,
        "servicer_userid": "",
        "msgtype": msgtype,
    }
    return head | {msgtype: inner} | more


def happened(msgid: str, event_type: str, **more: object) -> dict:
    """A system event, which names the account and the customer within."""
    event = {"event_type": event_type, "open_kfid": KFID, "external_userid": CUSTOMER} | more
    return {"msgid": msgid, "send_time": TIME, "origin": 4, "msgtype": "event", "event": event}


def page(*items: object, next_cursor: str = "c-1", has_more: int = 0) -> bytes:
    return msgspec.json.encode(
        {
            "errcode": 0,
            "errmsg": "ok",
            "next_cursor": next_cursor,
            "has_more": has_more,
            "msg_list": list(items),
        }
    )


def proof(body: bytes) -> tuple[str, str]:
    return "x-parley-page", hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def fetched(label: str, body: bytes, expect) -> InboundCase:
    """A page as our poller hands it in."""
    headers = (proof(body),)
    return InboundCase(label=label, method="SYNC", headers=headers, body=body, expect=expect)


def sign(raw: RawRequest) -> RawRequest:
    """Signed anew, whatever its body says."""
    if raw.method == "SYNC":
        return msgspec.structs.replace(raw, headers=(proof(raw.body),))
    made = callback_raw(raw.body)
    return msgspec.structs.replace(raw, path=made.path, body=made.body)
