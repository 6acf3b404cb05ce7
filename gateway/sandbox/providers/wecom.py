"""WeCom customer service (微信客服) in a box: callbacks that ring, and pages to be asked for.

https://developer.work.weixin.qq.com/document/path/94670
https://developer.work.weixin.qq.com/document/path/94677
"""

import base64
import re
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import SECOND_MS, digest_of, same
from gateway.sandbox.providers.said import Json, Said, Trouble
from gateway.sandbox.providers.tencent import TencentBox

KF = "wkAJ2GCAAASSm4FhToWMFea0xAFfd3Q"
MAX_LOG = 2_000
MAX_TOKENS = 200
TOKEN_MS = 10 * MINUTE_MS
MAX_PAGE = 1_000
CUSTOMER, SYSTEM = 3, 4  # origin
SERVICER = "zhangsan"
TAKES, ENDS = 1, 3  # what a person in WeCom does with a session
NEW, ASSISTANT, POOL, PERSON, OVER = range(5)  # of a session
FRESH = (NEW, "")
MOVES = {
    NEW: {ASSISTANT, POOL, PERSON, OVER},
    ASSISTANT: {POOL, PERSON, OVER},
    POOL: {PERSON, OVER},
    PERSON: {PERSON, OVER},
    OVER: frozenset[int](),
}

_OWN_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")


class WecomBox(TencentBox):
    """One company with one account; it tells only of messages that failed."""

    name: ClassVar[str] = "wecom"
    account: ClassVar[str] = "ww5f6071829304a1b2"
    window_ms: ClassVar[int | None] = 48 * HOUR_MS
    budget: ClassVar[int | None] = 5
    # https://developer.work.weixin.qq.com/document/path/90455
    errors: ClassVar[dict[Trouble, tuple[int, str]]] = {
        Trouble.UNKNOWN: (40096, "invalid external userid"),
        Trouble.BLOCKED: (95018, "send msg session status invalid"),
        Trouble.WINDOW: (95018, "send msg session status invalid"),
        Trouble.BUDGET: (95001, "send msg count limit"),
        Trouble.THROTTLE: (45009, "api freq out of limit"),
    }

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._log: deque[tuple[int, Json]] = deque(maxlen=MAX_LOG)  # place, what happened
        self._place = 0
        self._rung: OrderedDict[str, int] = OrderedDict()  # a callback's token -> until
        self.sessions: dict[str, tuple[int, str]] = {}  # their state, and who in WeCom has it

    def address_of(self, person: Person) -> str:
        """An external user id: `wm` and 30 letters."""
        digest = bytes.fromhex(digest_of(person, self.name))
        return "wm" + base64.urlsafe_b64encode(digest).decode()[:30]

    def routes(self) -> Iterable[web.RouteDef]:
        """What Parley needs of it."""
        return [
            web.get("/cgi-bin/gettoken", self._token),
            web.post("/cgi-bin/kf/account/list", self._accounts),
            web.post("/cgi-bin/kf/sync_msg", self._sync),
            web.post("/cgi-bin/kf/send_msg", self._send),
            web.post("/cgi-bin/kf/service_state/get", self._state),
            web.post("/cgi-bin/kf/service_state/trans", self._move),
            web.post("/cgi-bin/media/upload", self.upload),
            web.get("/cgi-bin/media/get", self.download),
        ]

    async def deliver(self, person: Person, said: Said) -> int:
        """Log it, and ring; the callback holds no word of it."""
        chosen = {"menu_id": said.tapped.choice} if said.tapped is not None else {}
        content: Json = {"msgtype": "text", "text": {"content": said.text, **chosen}}
        if said.file:
            content = {"msgtype": "image", "image": {"media_id": said.file}}
        address = self.address_of(person)
        if self.sessions.get(address, FRESH)[0] == OVER:
            del self.sessions[address]  # who writes again begins a new one
        about = {"open_kfid": KF, "external_userid": address, "origin": CUSTOMER}
        item = {"msgid": said.id, "send_time": said.at // SECOND_MS, **about, **content}
        return await self._happened(item)

    async def serve(self, person: Person, change: int) -> int:
        """Play one of WeCom's own people, who takes the session (1) or ends it (3)."""
        address = self.address_of(person)
        self.sessions[address] = (OVER, "") if change == ENDS else (PERSON, SERVICER)
        who = "old_servicer_userid" if change == ENDS else "new_servicer_userid"
        event = {
            "event_type": "session_status_change",
            "open_kfid": KF,
            "external_userid": address,
            "change_type": change,
            who: SERVICER,
        }
        at = self._clock.now_ms() // SECOND_MS
        head = {"msgid": self.message_id(), "send_time": at, "origin": SYSTEM}
        return await self._happened({**head, "msgtype": "event", "event": event})

    async def _happened(self, item: Json) -> int:
        self._place += 1
        self._log.append((self._place, item))
        return await self._ring_parley()

    async def _ring_parley(self) -> int:
        token, now = "ENC" + self.bare_id(), self._clock.now_ms()
        self._rung[token] = now + TOKEN_MS
        while len(self._rung) > MAX_TOKENS:
            self._rung.popitem(last=False)
        told = {
            "ToUserName": self.account,
            "CreateTime": str(now // SECOND_MS),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": token,
            "OpenKfId": KF,
        }
        return await self.callback(told, {})

    # --- the API -------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        if request.query.get("corpid") != self.account:
            raise self.no(40013, "invalid corpid")
        if not same(request.query.get("corpsecret", ""), self.keys.access_token):
            raise self.no(40001, "invalid credential")
        return web.json_response({"errcode": 0, "errmsg": "ok", **self.issue()})

    async def _form(self, request: web.Request) -> Json:
        self.opened(request)
        return await self.body(request, self.no(47001, "data format error").answer)

    async def _accounts(self, request: web.Request) -> web.Response:
        await self._form(request)
        accounts = [{"open_kfid": KF, "name": "Shop", "avatar": ""}]
        return web.json_response({"errcode": 0, "errmsg": "ok", "account_list": accounts})

    async def _sync(self, request: web.Request) -> web.Response:
        """What came after the cursor; a callback's token lasts ten minutes."""
        form = await self._form(request)
        token = str(form.get("token") or "")
        if token and self._rung.get(token, 0) < self._clock.now_ms():
            raise self.no(95007, "invalid msg token")
        if form.get("open_kfid") not in {KF, None, ""}:
            raise self.no(95000, "invalid open_kfid")
        cursor = str(form.get("cursor") or "0")
        if not (cursor.isascii() and cursor.isdecimal()):
            raise self.no(95008, "invalid msg cursor")
        limit = min(int(form.get("limit") or MAX_PAGE), MAX_PAGE)
        after = [(place, item) for place, item in self._log if place > int(cursor)]
        page = after[:limit]
        return web.json_response(
            {
                "errcode": 0,
                "errmsg": "ok",
                "next_cursor": str(page[-1][0]) if page else cursor,
                "has_more": int(len(after) > limit),
                "msg_list": [item for _, item in page],
            }
        )

    async def _state(self, request: web.Request) -> web.Response:
        """https://developer.work.weixin.qq.com/document/path/94669"""
        form = await self._form(request)
        state, who = self._standing(str(form.get("external_userid") or ""))
        servicer = {"servicer_userid": who} if state == PERSON else {}
        return web.json_response({"errcode": 0, "errmsg": "ok", "service_state": state, **servicer})

    async def _move(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        address, to = str(form.get("external_userid") or ""), form.get("service_state")
        who = str(form.get("servicer_userid") or "")
        if not isinstance(to, int) or to not in MOVES[self._standing(address)[0]]:
            raise self.no(95016, "service state change not allow")
        if (to == PERSON) != bool(who):
            raise self.no(95014, "invalid servicer userid")
        self.sessions[address] = (to, who)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msg_code": self.bare_id()})

    def _standing(self, address: str) -> tuple[int, str]:
        """Over once nobody may write; with a person while the customer wants nobody else."""
        match self.check(address):
            case Trouble.WINDOW | Trouble.UNKNOWN:
                return OVER, ""
            case Trouble.BLOCKED:
                return PERSON, SERVICER
        return self.sessions.get(address, FRESH)

    async def _send(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        address, own = str(form.get("touser") or ""), str(form.get("msgid") or "")
        if form.get("open_kfid") != KF:
            raise self.no(95000, "invalid open_kfid")
        if own and not _OWN_ID.fullmatch(own):
            raise self.no(40058, "invalid Request Parameter: msgid")
        text, media = self.content(form)
        trouble = self.check(address)
        if trouble is not None:
            self.refuse(trouble)
        if self._standing(address)[0] not in {NEW, ASSISTANT}:
            self.refuse(Trouble.BLOCKED)
        said = self.came(address, text, self.files.get(media), id=own, choices=self.choices(form))
        self.lose(request)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": said.id})
