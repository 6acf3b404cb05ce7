"""The menu of the WeChat account in a box: WeChat's checks, what it tells, and what a tap brings."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.domain.clock import SystemClock
from gateway.sandbox.people import PEOPLE
from gateway.sandbox.providers.said import Keys
from gateway.sandbox.providers.tencent import read_xml, seal, signature, unseal, xml
from gateway.sandbox.providers.wechat import HOME, WechatBox

LI_LEI = PEOPLE[0]
KEYS = Keys(access_token="s3cret", secret="t0ken", aes_key="k" * 43)
PAGE = "https://shop.example/"
CLICK = {"type": "click", "name": "今日歌曲", "key": "MUSIC"}
VIEW = {"type": "view", "name": "搜索", "url": PAGE}
PROGRAM = {
    "type": "miniprogram",
    "name": "会员",
    "url": PAGE,
    "appid": "wx1",
    "pagepath": "pages/me",
}
MENU = [CLICK, {"name": "菜单", "sub_button": [VIEW, PROGRAM]}]


class Door:
    """Takes callbacks, opens them, and answers what it is told to."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []
        self.answer = b"success"
        app = web.Application()
        app.add_routes([web.post("/in/wechat", self._take)])
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        sealed = read_xml(await request.read())["Encrypt"]
        self.told.append(read_xml(unseal(sealed, KEYS.aes_key)))
        return web.Response(body=self.answer)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    found = Door()
    async with found.server:
        yield found


@pytest.fixture
async def box(door: Door) -> AsyncIterator[WechatBox]:
    ids = count()
    found = WechatBox(
        webhook_url=str(door.server.make_url("/in/wechat")),
        keys=KEYS,
        people=PEOPLE,
        make_id=lambda: f"{next(ids):032x}",
        clock=SystemClock(),
        ring=lambda: None,
    )
    await found.open()
    yield found
    await found.close()


class Api:
    """WeChat's interface, with the access token that it gave."""

    def __init__(self, client: TestClient[web.Request, web.Application]) -> None:
        self._client = client
        self.token = ""

    async def ask(self, path: str, body: Any = None) -> Any:
        query = {"access_token": self.token}
        method = "GET" if body is None else "POST"
        async with self._client.request(method, f"/cgi-bin/{path}", params=query, json=body) as got:
            return await got.json()

    async def create(self, *buttons: Any) -> tuple[int, str]:
        told = await self.ask("menu/create", {"button": list(buttons)})
        return told["errcode"], told["errmsg"]


@pytest.fixture
async def api(box: WechatBox) -> AsyncIterator[Api]:
    async with TestClient(TestServer(box.app())) as client:
        found = Api(client)
        query = {"appid": box.account, "secret": KEYS.access_token}
        async with client.get("/cgi-bin/token", params=query) as got:
            found.token = (await got.json())["access_token"]
        yield found


def under(*entries: Any) -> dict[str, Any]:
    return {"name": "菜单", "sub_button": list(entries)}


CHECKED = [
    ("as documented", MENU, (0, "ok")),
    ("the longest names", [{**CLICK, "name": "字字字字字a"}, under({**CLICK, "name": "字" * 20})], (0, "ok")),
    ("no entry", [], (40016, "invalid button size")),
    ("four entries", [CLICK] * 4, (40016, "invalid button size")),
    ("a kind that there is not", [{**CLICK, "type": "sing"}], (40017, "invalid button type")),
    ("no kind, and nothing below", [{"name": "菜单"}], (40017, "invalid button type")),
    ("a long name", [{**CLICK, "name": "字" * 6}], (40018, "invalid button name size")),
    ("a number for a name", [{**CLICK, "name": 7}], (40018, "invalid button name size")),
    ("no key", [{**CLICK, "key": ""}], (40019, "invalid button key size")),
    ("a long address", [{**VIEW, "url": PAGE + "a" * 1_024}], (40020, "invalid button url size")),
    ("no address", [{**VIEW, "url": "shop"}], (40055, "invalid button url domain")),
    ("three levels", [under(under(VIEW))], (40022, "invalid sub_menu level")),
    ("six below", [under(*[CLICK] * 6)], (40023, "invalid sub button size")),
    ("a kind that there is not, below", [under({**CLICK, "type": "sing"})], (40024, "invalid sub button type")),
    ("a long name below", [under({**CLICK, "name": "字" * 21})], (40025, "invalid sub button name size")),
    ("a long key below", [under({**CLICK, "key": "k" * 129})], (40026, "invalid sub button key size")),
    ("no address below", [under({**VIEW, "url": ""})], (40027, "invalid sub button url size")),
    ("another address below", [under({**VIEW, "url": "ftp://x"})], (40054, "invalid sub button url domain")),
    ("no mini program", [{**PROGRAM, "appid": ""}], (40013, "invalid appid")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("buttons", "told"), [row[1:] for row in CHECKED], ids=[row[0] for row in CHECKED]
)
async def test_what_wechat_checks(api: Api, box: WechatBox, buttons, told) -> None:
    """Each fault has WeChat's number, and leaves what stood."""
    assert await api.create(*buttons) == told
    assert bool(box.menu) is (told[0] == 0)


async def test_what_wechat_tells(api: Api) -> None:
    """By both interfaces, in the shape of each; and nothing once it is taken away."""
    assert (await api.ask("menu/get"))["errcode"] == 46003
    assert await api.ask("get_current_selfmenu_info") == {
        "is_menu_open": 0,
        "selfmenu_info": {"button": []},
    }
    await api.create(*MENU)
    bare = {"sub_button": []}
    created = [{**CLICK, **bare}, {"name": "菜单", "sub_button": [VIEW | bare, PROGRAM | bare]}]
    assert await api.ask("menu/get") == {"menu": {"button": created}}
    listed = {"sub_button": {"list": []}}
    inner = {"list": [VIEW | listed, PROGRAM | listed]}
    assert await api.ask("get_current_selfmenu_info") == {
        "is_menu_open": 1,
        "selfmenu_info": {"button": [{**CLICK, **listed}, {"name": "菜单", "sub_button": inner}]},
    }
    assert (await api.ask("menu/delete"))["errcode"] == 0
    assert (await api.ask("menu/get"))["errcode"] == 46003


async def test_nobody_without_the_token(api: Api, box: WechatBox) -> None:
    """Asks for, makes or takes away anything."""
    api.token = "guessed"
    assert (await api.create(*MENU))[0] == 40014
    for path in ("menu/get", "menu/delete", "get_current_selfmenu_info"):
        assert (await api.ask(path))["errcode"] == 40014
    assert box.menu == ()


async def test_what_a_tap_brings(api: Api, box: WechatBox, door: Door) -> None:
    """The event of each kind; only a click stands in the thread."""
    await api.create(*MENU)
    for place in ("1", "2.1", "2.2"):
        assert await box.press(LI_LEI, place) == "received"
    kept = ("MsgType", "Event", "EventKey", "MenuId", "FromUserName", "ToUserName")
    openid = box.address_of(LI_LEI)
    head = {"MsgType": "event", "FromUserName": openid, "ToUserName": HOME}
    assert [{k: v for k, v in each.items() if k in kept} for each in door.told] == [
        {**head, "Event": "CLICK", "EventKey": "MUSIC"},
        {**head, "Event": "VIEW", "EventKey": PAGE, "MenuId": "410418124"},
        {**head, "Event": "view_miniprogram", "EventKey": "pages/me", "MenuId": "410418124"},
    ]
    assert [(said.own, said.text) for said in box.thread(LI_LEI)] == [(True, "今日歌曲")]
    for place in ("2", "3", "2.3", ""):
        with pytest.raises(KeyError):
            await box.press(LI_LEI, place)


async def test_what_is_said_at_once(api: Api, box: WechatBox, door: Door) -> None:
    """The words of a signed answer stand on the telephone and use up no budget; a forged one is
    nobody's."""
    await api.create(*MENU)
    inner = xml({"ToUserName": box.address_of(LI_LEI), "MsgType": "text", "Content": "9-18"})
    sealed = seal(inner, KEYS.aes_key, box.account, b"0123456789abcdef")
    for token in ("forged", KEYS.secret):
        made = {"Encrypt": sealed, "MsgSignature": signature(token, "1", "n", sealed)}
        door.answer = xml({**made, "TimeStamp": "1", "Nonce": "n"}).encode()
        assert await box.press(LI_LEI, "1") == "received"
    said = [(said.own, said.text) for said in box.thread(LI_LEI)]
    assert said == [(True, "今日歌曲"), (True, "今日歌曲"), (False, "9-18")]
    door.answer = b"success"
    send = {"touser": box.address_of(LI_LEI), "msgtype": "text", "text": {"content": "x"}}
    codes = [(await api.ask("message/custom/send", send))["errcode"] for _ in range(6)]
    assert codes == [0] * 5 + [45047]
