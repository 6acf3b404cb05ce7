"""The messengers as they listen: large files, and the words that a customer writes with a picture."""

import base64
from collections.abc import AsyncIterator
from io import BytesIO
from itertools import count

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.domain.clock import SystemClock
from gateway.sandbox.bell import Bell
from gateway.sandbox.chats import NAMES, Chats
from gateway.sandbox.people import PEOPLE
from gateway.sandbox.phone import Picture
from gateway.sandbox.providers.tencent import TencentBox, read_xml, unseal

LI_LEI = PEOPLE[0]
LARGE = bytes(range(256)) * 4 * 1024 * 10  # 10 MiB: what WeChat takes


class Node:
    """Takes every webhook, and has a picture to fetch."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        app = web.Application()
        app.add_routes([web.post("/in/{name}", self._take), web.get("/large.png", self._picture)])
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.told.append(await request.read())
        return web.Response()

    async def _picture(self, request: web.Request) -> web.Response:
        return web.Response(body=LARGE, content_type="image/png")


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    found = Node()
    async with found.server:
        yield found


@pytest.fixture
async def chats(node: Node) -> AsyncIterator[Chats]:
    ids = count()
    found = Chats(
        public_url=str(node.server.make_url("/")),
        bell=Bell(),
        clock=SystemClock(),
        make_id=lambda: f"{next(ids):032x}",
    )
    await found.start()
    yield found
    await found.stop()


def a_form(field: str, **more: str) -> aiohttp.FormData:
    form = aiohttp.FormData(more)
    form.add_field(field, BytesIO(LARGE), filename="large.png", content_type="image/png")
    return form


async def posted(url: str, form: aiohttp.FormData) -> dict[str, object]:
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, object] = await answer.json()
        return found


@pytest.mark.parametrize("name", ["wechat", "wecom"])
async def test_a_large_picture_is_uploaded(chats: Chats, name: str) -> None:
    """As large as the provider takes it, by the port on which all of them listen."""
    box = chats.boxes[name]
    assert isinstance(box, TencentBox)
    token = box.issue()["access_token"]
    url = f"{box.base_url}/cgi-bin/media/upload?type=image&access_token={token}"
    told = await posted(url, a_form("media"))
    assert box.files[str(told["media_id"])].content == LARGE


async def test_a_large_picture_is_sent_to_telegram(chats: Chats) -> None:
    """In the request of the message itself."""
    box, token = chats.boxes["telegram"], chats.environment()["DEMO_CHATS_TOKEN"]
    url = f"{box.base_url}/bot8001:{token}/sendDocument"
    await posted(url, a_form("document", chat_id=box.address_of(LI_LEI)))
    (said,) = box.thread(LI_LEI)
    assert box.files[said.file].content == LARGE


@pytest.mark.parametrize("name", NAMES)
async def test_a_large_picture_is_fetched(chats: Chats, node: Node, name: str) -> None:
    """Whole, however many pieces it comes in."""
    file = await chats.boxes[name].collect(str(node.server.make_url("/large.png")))
    assert (file.media_type, file.content) == ("image/png", LARGE)


PICTURE = Picture(media_type="image/png", base64=base64.b64encode(b"lamp").decode())
WORDS = "This one?"
ONE = ["picture and words"]
TWO = ["picture", "words"]
WRITTEN = {
    "whatsapp": ONE,
    "messenger": TWO,
    "instagram": TWO,
    "telegram": ONE,
    "line": TWO,
    "wechat": TWO,
    "wecom": TWO,
    "generic": ONE,
}


@pytest.mark.parametrize("name", NAMES)
async def test_words_with_a_picture(chats: Chats, node: Node, name: str) -> None:
    """Below it where the messenger has captions; else after it, each a message of its own."""
    said = await chats.say(name, LI_LEI, WORDS, PICTURE)
    thread = chats.threads(LI_LEI)[name]
    assert [described(bool(each.file), each.text) for each in thread] == WRITTEN[name]
    assert [each.state for each in thread] == ["received"] * len(thread)
    assert said == thread[-1]
    assert len({each.id for each in thread}) == len(thread) == len(node.told)


@pytest.mark.parametrize("name", ["line", "wechat", "messenger", "whatsapp", "telegram"])
async def test_words_with_a_picture_come_to_parley(chats: Chats, node: Node, name: str) -> None:
    """In that which the provider posts last."""
    await chats.say(name, LI_LEI, WORDS, PICTURE)
    last = node.told[-1]
    if name == "wechat":
        last = unseal(read_xml(last)["Encrypt"], chats.environment()["DEMO_CHATS_AES_KEY"])
    assert WORDS.encode() in last


async def test_words_with_a_picture_wait_at_wecom(chats: Chats, node: Node) -> None:
    """Until they are asked for, behind the picture."""
    await chats.say("wecom", LI_LEI, WORDS, PICTURE)
    box = chats.boxes["wecom"]
    assert isinstance(box, TencentBox)
    url = f"{box.base_url}/cgi-bin/kf/sync_msg?access_token={box.issue()['access_token']}"
    async with aiohttp.ClientSession() as session, session.post(url, json={}) as answer:
        listed = (await answer.json())["msg_list"]
    assert [each["msgtype"] for each in listed] == ["image", "text"]
    assert listed[1]["text"] == {"content": WORDS}


@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_without_words(chats: Chats, node: Node, name: str) -> None:
    """Is one message, whatever is blank below it."""
    await chats.say(name, LI_LEI, " ", PICTURE)
    (said,) = chats.threads(LI_LEI)[name]
    assert (said.media_type, len(node.told)) == ("image/png", 1)


def described(pictured: bool, text: str) -> str:
    parts = ("picture" if pictured else "", "words" if text == WORDS else text)
    return " and ".join(filter(None, parts))
