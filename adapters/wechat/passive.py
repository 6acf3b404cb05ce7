"""What an account says at once, in the answer to WeChat's own request: within the five seconds that
WeChat waits, and also where the account may send nothing by itself. Pure.

https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
"""

import re
from hashlib import sha256

from adapters._shared.wechat import Fields, seal, signature, words
from adapters.wechat.settings import Passive
from gateway.contract import RawReply
from gateway.domain.clock import SECOND_MS

XML = "text/xml"
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(fields: Fields, said: Passive, at_ms: int) -> bytes | None:
    """The document that answers a delivery, decrypted and parsed; None where nothing is said."""
    text, customer = _words(fields, said), words(fields, "FromUserName")
    if not text or not customer:
        return None
    return _document(
        ToUserName=customer,
        FromUserName=words(fields, "ToUserName"),
        CreateTime=str(at_ms // SECOND_MS),
        MsgType="text",
        Content=text,
    )


def _words(fields: Fields, said: Passive) -> str:
    """The words for what the customer did; a menu entry's own, or none."""
    if words(fields, "MsgType").lower() != "event":
        return said.message
    match words(fields, "Event").lower():
        case "subscribe":
            return said.follow
        case "click":
            return said.clicks.get(words(fields, "EventKey"), "")
    return ""


def sealed(document: bytes, key: bytes, app_id: str, token: str, at_ms: int) -> bytes:
    """The same encrypted and signed, as the safe mode wants it.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Message_encryption_and_decryption.html
    What is random elsewhere comes of the key and the words: the same delivery, the same answer.
    """
    salt = sha256(key + document).digest()
    secret = seal(document, key, app_id, salt[:16])
    timestamp, nonce = str(at_ms // SECOND_MS), salt[16:].hex()
    return _document(
        Encrypt=secret,
        MsgSignature=signature(token, timestamp, nonce, secret),
        TimeStamp=timestamp,
        Nonce=nonce,
    )


def reply(document: bytes) -> RawReply:
    """As it goes over the wire."""
    return RawReply(body=document, content_type=XML)


def _document(**fields: str) -> bytes:
    inner = "".join(f"<{name}><![CDATA[{_data(text)}]]></{name}>" for name, text in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _data(text: str) -> str:
    """Nothing in the words ends their section, or is no character of XML."""
    return _NO_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
