"""A WeChat Official Account in a box, in safe mode.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
"""

import base64
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from gateway.domain.clock import HOUR_MS
from gateway.sandbox.people import Person
from gateway.sandbox.providers import wechat_menu
from gateway.sandbox.providers.box import SECOND_MS, digest_of, same, state_of
from gateway.sandbox.providers.said import Entry, Said, Trouble
from gateway.sandbox.providers.tencent import TencentBox, read_xml, signature, unseal

HOME = "gh_5c0f1a2b3d4e"
MENU_ID = "410418124"


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

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self.menu: tuple[Entry, ...] = ()  # below every customer's conversation

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
            web.post("/cgi-bin/menu/create", self._create_menu),
            web.get("/cgi-bin/menu/get", self._menu),
            web.get("/cgi-bin/menu/delete", self._delete_menu),
            web.get("/cgi-bin/get_current_selfmenu_info", self._current_menu),
            web.post("/cgi-bin/media/upload", self.upload),
            web.get("/cgi-bin/media/get", self.download),
            web.get("/files/{file}", self._file),
        ]

    async def deliver(self, person: Person, said: Said) -> int:
        """XML, encrypted and signed."""
        if said.entry:
            return await self._tell_of(person, wechat_menu.at(self.menu, said.entry))
        told = {"MsgType": "image" if said.file else "text", "MsgId": said.id}
        if said.file:
            told |= {"PicUrl": f"{self.base_url}/files/{said.file}", "MediaId": said.file}
        else:
            told["Content"] = said.text
        if said.tapped is not None:
            told["bizmsgmenuid"] = said.tapped.choice
        return await self._call_back(person, told)

    async def _call_back(self, person: Person, told: dict[str, str]) -> int:
        openid, now = self.address_of(person), self._clock.now_ms() // SECOND_MS
        head = {"ToUserName": HOME, "FromUserName": openid, "CreateTime": str(now)}
        return await self.callback({**head, **told}, {"openid": openid, "encrypt_type": "aes"})

    async def _tell_of(self, person: Person, entry: Entry) -> int:
        event = {"MsgType": "event", **wechat_menu.event(entry, MENU_ID)}
        return await self._call_back(person, event)

    def hear(self, answer: bytes) -> None:
        """The passive reply stands on the telephone, and counts against nothing."""
        if not answer.startswith(b"<"):
            return
        outer = read_xml(answer)
        sealed = outer["Encrypt"]
        made = signature(self.keys.secret, outer["TimeStamp"], outer["Nonce"], sealed)
        if same(outer["MsgSignature"], made):
            said = read_xml(unseal(sealed, self.keys.aes_key))
            self.came(said["ToUserName"], said["Content"], free=True)

    async def press(self, person: Person, place: str) -> str:
        """Play the customer: tap an entry of the menu; what Parley made of it.

        Raises KeyError. A click stands in the thread, so that one sees what was answered.
        """
        entry = wechat_menu.at(self.menu, place)
        if entry.type != "click":
            return state_of(await self._tell_of(person, entry))
        name, now = self.message_id(), self._clock.now_ms()
        said = Said(id=name, own=True, text=entry.name, at=now, state="received", entry=place)
        return (await self._bring(person, said)).state

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

    async def _create_menu(self, request: web.Request) -> web.Response:
        self.opened(request)
        form = await self.body(request, self.no(47001, "data format error").answer)
        self.menu = wechat_menu.read(form, self.no)
        self._ring()
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _menu(self, request: web.Request) -> web.Response:
        self.opened(request)
        if not self.menu:
            raise self.no(46003, "menu no exist")
        return web.json_response(wechat_menu.created(self.menu))

    async def _delete_menu(self, request: web.Request) -> web.Response:
        """Also where there is none."""
        self.opened(request)
        self.menu = ()
        self._ring()
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _current_menu(self, request: web.Request) -> web.Response:
        self.opened(request)
        return web.json_response(wechat_menu.current(self.menu))

    async def _file(self, request: web.Request) -> web.Response:
        return self.served(request.match_info["file"])
