"""What WeChat and WeCom share: signatures, the cipher, access tokens, numbered errors.

https://developer.work.weixin.qq.com/document/path/90968
https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

import base64
from hashlib import sha1
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.ElementTree import fromstring

from gateway.domain.message import Choice
from gateway.sandbox.providers.box import SECOND_MS, Box, same
from gateway.sandbox.providers.said import Answer, Json, Refused, Trouble

TOKEN_LIFE_S = 7_200
_BLOCK_BYTES = 16
_FILL_BYTES = 32
MOST_CHOICES = 10
_MEDIA = frozenset({"image", "voice", "video", "file", "thumb"})


def signature(token: str, *parts: str) -> str:
    """SHA-1 of the token and the parts, sorted and joined."""
    joined = "".join(sorted((token, *parts)))
    return sha1(joined.encode(), usedforsecurity=False).hexdigest()


def seal(words: str, key: str, receiver: str, salt: bytes) -> str:
    """Encrypted for one account; `salt` has 16 bytes."""
    opened = base64.b64decode(key + "=")
    plain = words.encode()
    data = salt + len(plain).to_bytes(4, "big") + plain + receiver.encode()
    fill = _FILL_BYTES - len(data) % _FILL_BYTES
    encryptor = Cipher(algorithms.AES(opened), modes.CBC(opened[:_BLOCK_BYTES])).encryptor()
    sealed = encryptor.update(data + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def unseal(sealed: str, key: str) -> bytes:
    """What was encrypted for an account."""
    opened = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES(opened), modes.CBC(opened[:_BLOCK_BYTES])).decryptor()
    data = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    start = _BLOCK_BYTES + 4
    return data[start : start + int.from_bytes(data[_BLOCK_BYTES:start], "big")]


def read_xml(document: bytes) -> dict[str, str]:
    """A flat document's fields."""
    return {each.tag: each.text or "" for each in fromstring(document, forbid_dtd=True)}


def xml(fields: dict[str, str]) -> str:
    """A flat document, as both send."""
    return f"<xml>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in fields.items())}</xml>"


class TencentBox(Box):
    """One account that is called with an access token in the query and answers error codes."""

    account: ClassVar[str]  # whom callbacks are encrypted for
    errors: ClassVar[dict[Trouble, tuple[int, str]]]

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._issued = ""
        self._until = 0

    def refusal(self, trouble: Trouble) -> Answer:
        """Code and words with HTTP 200."""
        if trouble is Trouble.FAIL:
            return Answer(status=503, body={})
        return _coded(*self.errors[trouble])

    def no(self, code: int, words: str) -> Refused:
        """The API's no."""
        return Refused(_coded(code, words))

    def issue(self) -> Json:
        """An access token: the same one while it lasts."""
        now = self._clock.now_ms()
        if now >= self._until:
            self._issued = self.bare_id() + self.bare_id()
            self._until = now + TOKEN_LIFE_S * SECOND_MS
        left = (self._until - now) // SECOND_MS
        return {"access_token": self._issued, "expires_in": max(left, 1)}

    def opened(self, request: web.Request) -> None:
        """Raises Refused unless the query has the token in force."""
        given = request.query.get("access_token", "")
        if not given:
            raise self.no(41001, "access_token missing")
        if not same(given, self._issued) or self._clock.now_ms() >= self._until:
            raise self.no(40014, "invalid access_token")

    async def callback(self, told: dict[str, str], more: dict[str, str]) -> int:
        """Bring an encrypted, signed callback; `more` is for the query."""
        salt = self.bare_id()[-_BLOCK_BYTES:].encode()
        sealed = seal(xml(told), self.keys.aes_key, self.account, salt)
        timestamp, nonce = str(self._clock.now_ms() // SECOND_MS), self.bare_id()[-10:]
        token = self.keys.secret
        query = {
            "timestamp": timestamp,
            "nonce": nonce,
            "msg_signature": signature(token, timestamp, nonce, sealed),
            **more,
        }
        if more:
            query["signature"] = signature(token, timestamp, nonce)
        body = xml({"ToUserName": told["ToUserName"], "Encrypt": sealed})
        return await self.bring(body.encode(), {"Content-Type": "text/xml"}, query)

    # --- files ---------------------------------------------------------------------------------

    async def upload(self, request: web.Request) -> web.Response:
        """POST media/upload: a form with one file, kept three days."""
        self.opened(request)
        form = await request.post()
        media = form.get("media")
        kind = str(request.query.get("type") or form.get("type") or "")
        if kind not in _MEDIA:
            raise self.no(40004, "invalid media type")
        if not isinstance(media, web.FileField):
            raise self.no(41005, "media data missing")
        file = self.keep(media.content_type, media.file.read(), media.filename)
        created = self._clock.now_ms() // SECOND_MS
        return web.json_response(
            {
                "errcode": 0,
                "errmsg": "ok",
                "type": kind,
                "thumb_media_id" if kind == "thumb" else "media_id": file.id,
                "created_at": str(created),
            }
        )

    async def download(self, request: web.Request) -> web.Response:
        """GET media/get."""
        self.opened(request)
        name = request.query.get("media_id", "")
        if name not in self.files:
            raise self.no(40007, "invalid media_id")
        return self.served(name)

    def choices(self, form: Json) -> tuple[Choice, ...]:
        """The entries of a menu message; WeCom puts each into what it does. Raises Refused."""
        menu = form.get("msgmenu")
        listed = menu.get("list") if isinstance(menu, dict) else []
        told = [each.get("click", each) for each in listed or ()]
        if len(told) > MOST_CHOICES or not all(each.get("id") for each in told):
            raise self.no(40058, "invalid Request Parameter: msgmenu.list")
        return tuple(Choice(id=each["id"], label=str(each.get("content"))) for each in told)

    def content(self, form: Json) -> tuple[str, str]:
        """The words and the media id of a message to send. Raises Refused."""
        kind = str(form.get("msgtype") or "")
        part = form.get(kind)
        if not isinstance(part, dict):
            raise self.no(40008, "invalid message type")
        if kind == "text":
            text = str(part.get("content") or "")
            if not text:
                raise self.no(44004, "empty content")
            if len(text.encode()) > 2_048:
                raise self.no(45002, "content size out of limit")
            return text, ""
        if kind == "msgmenu":
            return str(part.get("head_content") or ""), ""
        name = str(part.get("media_id") or "")
        if kind not in _MEDIA or name not in self.files:
            raise self.no(40007, "invalid media_id")
        return "", name


def _coded(code: int, words: str) -> Answer:
    return Answer(body={"errcode": code, "errmsg": words})
