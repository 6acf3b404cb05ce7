"""The messengers as they listen: large files."""

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
from gateway.sandbox.providers.tencent import TencentBox

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
