"""The menu of an account: what may be written, what is asked of WeChat, and what its answers mean."""

from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from adapters.wechat import menu
from gateway.contract import Arranges, Health, InboundMessage, MessageKind, RawRequest
from gateway.testing import Fault, ProviderAnswer, json_answer
from tests.adapters.shared.outgoing import answer, served
from tests.adapters.wechat.deliveries import (
    ACCESS,
    build,
    event,
    holding_a_token,
    settings,
    sign_plain,
)

CURRENT, CREATE, DELETE = (
    "/cgi-bin/get_current_selfmenu_info",
    "/cgi-bin/menu/create",
    "/cgi-bin/menu/delete",
)
PAGE = "https://shop.example/"
CLICK = {"type": "click", "name": "今日歌曲", "key": "V1001_TODAY_MUSIC"}
VIEW = {"type": "view", "name": "搜索", "url": PAGE}
PROGRAM = {
    "type": "miniprogram",
    "name": "wxa",
    "url": PAGE,
    "appid": "wx286b93c14bbf93aa",
    "pagepath": "pages/lunar/index",
}
MENU = [CLICK, {"name": "菜单", "sub_button": [VIEW, PROGRAM]}]
# As WeChat tells it: fields that say nothing, and a list within what stands below.
STANDING = {
    "is_menu_open": 1,
    "selfmenu_info": {
        "button": [
            {**CLICK, "sub_button": {"list": []}},
            {"name": "菜单", "sub_button": {"list": [VIEW, {**PROGRAM, "key": ""}]}},
        ]
    },
}
NONE = {"is_menu_open": 0, "selfmenu_info": {"button": []}}
# What somebody put together on the account's page.
OTHER = {
    "is_menu_open": 1,
    "selfmenu_info": {"button": [{"type": "text", "name": "你好", "value": "x"}]},
}
OK = {"errcode": 0, "errmsg": "ok"}


def refused(code: int, words: str = "x") -> dict[str, object]:
    return {"errcode": code, "errmsg": words}


async def arranged(*answers: object, written: object = MENU):
    """What came of it, and what WeChat was asked, in order."""
    told = [json_answer(200, each) for each in answers]

    async with served(holding_a_token, told, menu=written) as (adapter, provider):
        assert isinstance(adapter, Arranges)
        health = await adapter.arrange()
        shown = await adapter.check() if not health.ok else health
        paths = [urlsplit(each.path).path for each in provider.requests]
        return health, shown, paths, provider.requests


ARRANGED = [
    ("another stands", (OTHER, OK), MENU, [CURRENT, CREATE]),
    ("none stands", (NONE, OK), MENU, [CURRENT, CREATE]),
    ("none ever stood", (refused(46003, "menu no exist"), OK), MENU, [CURRENT, CREATE]),
    ("it stands already", (STANDING,), MENU, [CURRENT]),
    ("none is to stand", (STANDING, OK), [], [CURRENT, DELETE]),
    ("none is to stand, and none does", (NONE,), [], [CURRENT]),
    ("nothing is said of it", (), None, []),
]


@pytest.mark.parametrize(
    ("answers", "written", "asked"), [r[1:] for r in ARRANGED], ids=[r[0] for r in ARRANGED]
)
async def test_arranged(answers, written, asked) -> None:
    """What stands is asked first, and changed only where it is another."""
    health, _, paths, requests = await arranged(*answers, written=written)
    assert health == Health(ok=True)
    assert paths == asked
    for each in requests:
        assert urlsplit(each.path).query == f"access_token={ACCESS}"
    if CREATE in asked:
        assert requests[-1].json() == {"button": MENU}
        assert "今日歌曲".encode() in requests[-1].body, "WeChat shows escapes as they stand"


REFUSED = [
    (40018, "invalid button name size", "shorten the names of the first level"),
    (40023, "invalid sub button size", "at most five entries"),
    (48001, "api unauthorized", "认证"),
    (45064, "no permission", "link the mini program"),
    (99_999, "new", "look the code up"),
]


@pytest.mark.parametrize(("code", "words", "advice"), REFUSED)
async def test_a_menu_that_wechat_refuses(code: int, words: str, advice: str) -> None:
    """Is told with WeChat's own words and what to do, and stands on the page of the channels."""
    token = {"access_token": ACCESS, "expires_in": 7_200}
    health, shown, paths, _ = await arranged(OTHER, refused(code, words), token)
    assert paths[:2] == [CURRENT, CREATE]
    assert (health.ok, health.detail) == (False, f"WeChat refuses the menu: {code}: {words}")
    assert advice in health.what_to_do
    assert shown == health


async def test_a_menu_that_stands_at_last_is_no_trouble() -> None:
    """What was refused once is forgotten."""
    told = [OTHER, refused(40018), STANDING, {"access_token": ACCESS, "expires_in": 7_200}]
    answers = [json_answer(200, each) for each in told]
    async with served(holding_a_token, answers, menu=MENU) as (adapter, _provider):
        assert not (await adapter.arrange()).ok
        assert (await adapter.arrange()).ok
        assert (await adapter.check()).ok


AWAY = [
    ("no answer", ProviderAnswer(fault=Fault.SWALLOW)),
    ("broken", ProviderAnswer(status=500)),
    ("busy", json_answer(200, refused(-1))),
    ("too often", json_answer(200, refused(45009))),
    ("babble", ProviderAnswer(body=b"<html>")),
    ("neither a menu nor none", json_answer(200, {"is_menu_open": 1})),
]


@pytest.mark.parametrize("told", [r[1] for r in AWAY], ids=[r[0] for r in AWAY])
async def test_away(told: ProviderAnswer) -> None:
    """What another time may help is left to the core; nothing is created blindly."""
    async with served(holding_a_token, [told], menu=MENU) as (adapter, provider):
        with pytest.raises(ConnectionError, match="the menu cannot be looked after"):
            await adapter.arrange()
        assert {urlsplit(each.path).path for each in provider.requests} == {CURRENT}


async def test_without_a_token() -> None:
    """Nothing is asked for; the core comes again, and the account says why by itself."""
    no = json_answer(200, refused(40164, "invalid ip"))
    async with served(build, [no], menu=MENU) as (adapter, _provider):
        with pytest.raises(ConnectionError, match="40164: invalid ip"):
            await adapter.arrange()


def test_a_tap_says_what_was_tapped() -> None:
    """The entry's name is what agents read; its key stays in the payload, and in the event's key."""
    raw = RawRequest(
        account="wechat", method="POST", path="/", body=event("CLICK", EventKey=CLICK["key"])
    )
    (named,), _ = build(menu=MENU).receive(sign_plain(raw))
    (bare,), _ = build().receive(sign_plain(raw))
    assert isinstance(named, InboundMessage)
    assert isinstance(bare, InboundMessage)
    assert (named.kind, named.text, bare.text) == (
        MessageKind.INTERACTIVE,
        "今日歌曲",
        CLICK["key"],
    )
    assert named.key == bare.key
    assert CLICK["key"] in named.payload


def test_what_stands_is_told_only_by_an_object() -> None:
    """Of anything else nobody knows."""
    assert [menu.standing(answer(200, each)) for each in ([], {}, {"selfmenu_info": 1})] == [
        None
    ] * 3
    odd = {"selfmenu_info": {"button": [1, {"name": 2, "sub_button": [3]}]}}
    assert menu.standing(answer(200, odd)) == [{}]
    assert menu.standing(answer(200, {"selfmenu_info": {"button": 7}})) == []


# --- what people write ---

SIXTEEN, SIXTY = "a" * 16, "字" * 20
GOOD = [
    [],
    MENU,
    [{**CLICK, "name": SIXTEEN, "key": "k" * 128}] * 3,
    [{"name": "更多", "sub_button": [{**CLICK, "name": SIXTY}] * 5}],
    [{**VIEW, "url": PAGE + "a" * (1_024 - len(PAGE))}],
]
BAD = [
    ([CLICK] * 4, "menu", "at most 3 items"),
    ([{"name": "更多", "sub_button": [CLICK] * 6}], "menu.0.sub_button", "at most 5 items"),
    ([{**CLICK, "name": "字字字字字字"}], "menu.0.name", "has 18 bytes; write at most 16"),
    ([{"name": "更多", "sub_button": [{**CLICK, "name": "字" * 21}]}], "menu.0.sub_button.0.name", "63 bytes"),
    ([{**CLICK, "name": ""}], "menu.0.name", "at least 1 character"),
    ([{**CLICK, "key": ""}], "menu.0.key", "is missing; an entry of type click has it"),
    ([{**CLICK, "key": "字" * 43}], "menu.0.key", "longer than 128 bytes"),
    ([{**CLICK, "url": PAGE}], "menu.0.url", "an entry of type click has none"),
    ([{**VIEW, "url": "shop.example"}], "menu.0.url", "begin it with https://"),
    ([{**VIEW, "url": PAGE + "a" * 1_024}], "menu.0.url", "longer than 1024 bytes"),
    ([{**PROGRAM, "appid": ""}], "menu.0.appid", "is missing"),
    ([{**PROGRAM, "pagepath": ""}], "menu.0.pagepath", "is missing"),
    ([{"name": "更多"}], "menu.0.sub_button", "is missing, and so is type"),
    ([{"name": "更多", "key": "K"}], "menu.0.key", "write type, too"),
    ([{**CLICK, "sub_button": [VIEW]}], "menu.0.sub_button", "stands beside type"),
    ([{"name": "更多", "sub_button": [{"name": "更多", "sub_button": [VIEW]}]}], "menu.0.sub_button.0.sub_button", "Extra"),
    ([{**CLICK, "type": "location_select"}], "menu.0.type", "'click', 'view'"),
]  # fmt: skip


@pytest.mark.parametrize("written", GOOD)
def test_good(written) -> None:
    """Up to what WeChat takes, and it goes as it was written."""
    assert menu.body(settings(menu=written).menu)["button"] == written


@pytest.mark.parametrize(("written", "place", "words"), BAD)
def test_bad(written, place: str, words: str) -> None:
    """What WeChat would refuse is refused before, at its place."""
    with pytest.raises(ValidationError) as caught:
        settings(menu=written)
    told = {".".join(map(str, each["loc"])): each["msg"] for each in caught.value.errors()}
    assert words in told[place]


DOUBTS = [
    ({"menu": [{**CLICK, "name": "今日的歌曲"}]}, ["4 Chinese characters of '今日的歌曲'"]),
    ({"menu": [{**CLICK, "name": "Songs"}]}, []),
    ({"menu": [{"name": "更多", "sub_button": [{**CLICK, "name": "字" * 9}]}]}, ["8 Chinese characters"]),
    ({"menu": MENU, "passive": {"clicks": {"GONE": "x", CLICK["key"]: "y"}}}, ["clicks has words for 'GONE'"]),
    ({"passive": {"clicks": {"GONE": "x"}}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("written", "told"), DOUBTS)
def test_doubts(written, told: list[str]) -> None:
    """What is sound and hardly meant: names cut short, words for entries that there are not."""
    found = [what for _, what, _ in settings(**written).doubts()]
    assert len(found) == len(told)
    for words, what in zip(told, found, strict=True):
        assert words in what
