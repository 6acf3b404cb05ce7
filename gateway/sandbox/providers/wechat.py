"""A WeChat Official Account in a box, in safe mode.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
"""

import base64
from collections.abc import Iterable
from typing import ClassVar

from aiohttp import web

from gateway.domain.clock import HOUR_MS
from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import SECOND_MS, digest_of, same
from gateway.sandbox.providers.said import Said, Trouble
from gateway.sandbox.providers.tencent import TencentBox

HOME = "gh_5c0f1a2b3d4e"


class WechatBox(TencentBox):
    """One account; five messages within 48 hours of the customer's last. It reports nothing."""

    name: ClassVar[str] = "wechat"
    account: ClassVar[str] = "wx0a1b2c3d4e5f6071"
    window_ms: ClassVar[int | None] = 48 * HOUR_MS
    budget: ClassVar[int | None] = 5
    # https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
    errors: ClassVar[dict[Trouble, tuple[int, str]]] = {
        Trouble.UNKNOWN: (40003, "invalid openid"),
        Trouble.BLOCKED: (48002, "api forbidden"),
        Trouble.WINDOW: (45015, "response out of time limit or subscription is canceled"),
        Trouble.BUDGET: (45047, "out of response count limit"),
        Trouble.THROTTLE: (45011, "api minute-quota reach limit"),
    }

    def address_of(self, person: Person) -> str:
        """An openid: `o` and 27 letters."""
        digest = bytes.fromhex(digest_of(person, self.name))
        return "o" + base64.urlsafe_b64encode(digest).decode()[:27]

    def message_id(self) -> str:
        """64 bits in digits."""
        return str(int(self.bare_id(), 16))[-18:]

    def routes(self) -> Iterable[web.RouteDef]:
        """What Parley needs of it."""
        return [
            web.post("/cgi-bin/stable_token", self._stable_token),
            web.get("/cgi-bin/token", self._token),
            web.post("/cgi-bin/message/custom/send", self._send),
            web.post("/cgi-bin/media/upload", self.upload),
            web.get("/cgi-bin/media/get", self.download),
            web.get("/files/{file}", self._file),
        ]

    async def deliver(self, person: Person, said: Said) -> int:
        """XML, encrypted and signed."""
        openid = self.address_of(person)
        told = {
            "ToUserName": HOME,
            "FromUserName": openid,
            "CreateTime": str(said.at // SECOND_MS),
            "MsgType": "image" if said.file else "text",
            "MsgId": said.id,
        }
        if said.file:
            told |= {"PicUrl": f"{self.base_url}/files/{said.file}", "MediaId": said.file}
        else:
            told["Content"] = said.text
        if said.tapped is not None:
            told["bizmsgmenuid"] = said.tapped.choice
        return await self.callback(told, {"openid": openid, "encrypt_type": "aes"})

    def _granted(self, app_id: str, secret: str) -> web.Response:
        if app_id != self.account:
            raise self.no(40013, "invalid appid")
        if not same(secret, self.keys.access_token):
            raise self.no(40125, "invalid appsecret")
        return web.json_response(self.issue())

    async def _stable_token(self, request: web.Request) -> web.Response:
        form = await self.body(request, self.no(47001, "data format error").answer)
        if form.get("grant_type") != "client_credential":
            raise self.no(40002, "invalid grant_type")
        return self._granted(str(form.get("appid")), str(form.get("secret")))

    async def _token(self, request: web.Request) -> web.Response:
        return self._granted(request.query.get("appid", ""), request.query.get("secret", ""))

    async def _send(self, request: web.Request) -> web.Response:
        self.opened(request)
        form = await self.body(request, self.no(47001, "data format error").answer)
        address = str(form.get("touser") or "")
        text, media = self.content(form)
        film = form.get("video")
        if isinstance(film, dict) and film.get("thumb_media_id") not in self.files:
            raise self.no(40007, "invalid media_id: thumb_media_id")
        trouble = self.check(address)
        if trouble is not None:
            self.refuse(trouble)
        self.came(address, text, self.files.get(media), choices=self.choices(form))
        self.lose(request)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _file(self, request: web.Request) -> web.Response:
        return self.served(request.match_info["file"])
