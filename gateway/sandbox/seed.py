"""First conversations for an empty desk, brought through the same doors as everybody's.

Mails go by SMTP, texts as signed webhooks, chats over the visitors' socket. All channels write at
once, each at the pace of a quick person; the whole takes about two seconds.
"""

import asyncio
import io
import logging
from collections.abc import Coroutine
from typing import Any

import aiohttp
import msgspec
from PIL import Image, ImageDraw

from gateway.sandbox.letters import File
from gateway.sandbox.people import PEOPLE, Person
from gateway.sandbox.phone import PhoneError
from gateway.sandbox.play import Play, Refused

log = logging.getLogger("gateway.sandbox.seed")

PAUSE_S = 0.6
CHAT_TIMEOUT_S = 5.0

LI_LEI, HAN_MEIMEI, OLIVIA, TOM = PEOPLE


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor types."""

    locale: str
    lines: tuple[str, ...]


CHATS = (
    Chat(
        locale="zh-CN",
        lines=("你好，请问台灯的灯头坏了可以单独换吗？", "大概多少钱？"),
    ),
    Chat(
        locale="en",
        lines=("Hello, do you send the flask to the UK?", "And how long would it take?"),
    ),
    Chat(
        locale="zh-CN",
        lines=("我要投诉。快递把包裹丢在门口淋了雨，台灯的灯罩全湿了。", "请尽快给我一个说法。"),
    ),
)

TEXTS: tuple[tuple[Person, tuple[str, ...]], ...] = (
    (LI_LEI, ("您好，订单 A20261108-3371 什么时候能到？", "已经两天没有物流更新了。")),
    (OLIVIA, ("Hi, has the money for order A20261102-3318 been sent yet?",)),
)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to begin with."""

    person: Person
    subject: str
    text: str
    photo: str = ""  # its name


MAILS = (
    Written(
        person=HAN_MEIMEI,
        subject="保温杯杯盖裂了，想换货",
        text=(
            "您好，\n\n我买的旅途保温杯（订单 A20261105-3390），昨天打开时发现杯盖裂了一道缝，"
            "照片在附件里。\n请问可以只换一个杯盖吗？需要我先寄回吗？\n\n谢谢！\n韩梅梅"
        ),
        photo="杯盖裂缝.jpg",
    ),
    Written(
        person=TOM,
        subject="Wrong colour delivered",
        text=(
            "Hello,\n\nI ordered the linen apron in blue-grey (order A20261110-3402), and the"
            " parcel had a red one in it. It is a present for next Friday. Could you exchange it"
            " in time?\n\nKind regards,\nTom Baker"
        ),
    ),
)


async def seed(play: Play, *, base_url: str, chat: str, pause_s: float = PAUSE_S) -> int:
    """Play everything; how many conversations were begun. What fails is logged and left out.

    `base_url` is where this node listens, `chat` the account of the widget, `pause_s` what lies
    between two messages of one customer.
    """
    door = f"{base_url}/chat/{chat}"
    async with aiohttp.ClientSession() as session:
        doors: list[Coroutine[Any, Any, None]] = [
            *(_chat(session, door, base_url, each, pause_s) for each in CHATS),
            *(_text(play, person, lines, pause_s) for person, lines in TEXTS),
            *(_mail(play, each) for each in MAILS),
        ]
        return sum(await asyncio.gather(*map(_tried, doors)))


async def _tried(door: Coroutine[Any, Any, None]) -> bool:
    try:
        await door
    except (aiohttp.ClientError, TimeoutError, OSError, PhoneError, Refused, _Unsaid) as error:
        log.warning("a first conversation could not be played: %s: %s", type(error).__name__, error)
        return False
    return True


class _Unsaid(Exception):
    """A door did not take what was said."""


async def _mail(play: Play, mail: Written) -> None:
    files = (File(filename=mail.photo, media_type="image/jpeg", content=_photo()),)
    written = await play.write(
        mail.person.address,
        name=mail.person.name,
        subject=mail.subject,
        text=mail.text,
        files=files if mail.photo else (),
    )
    if written.detail:
        raise _Unsaid(written.detail)


async def _text(play: Play, person: Person, lines: tuple[str, ...], pause_s: float) -> None:
    for number, line in enumerate(lines):
        await asyncio.sleep(pause_s if number else 0)
        state = await play.text(person.phone, line)
        if state != "received":
            raise _Unsaid(f"the webhook was {state}")


async def _chat(
    session: aiohttp.ClientSession, door: str, origin: str, chat: Chat, pause_s: float
) -> None:
    hello = {"type": "hello", "token": None, "after": 0, "locale": chat.locale}
    async with (
        asyncio.timeout(CHAT_TIMEOUT_S),
        session.ws_connect(door, origin=origin) as socket,
    ):
        await socket.send_json({**hello, "page": f"{origin}/shop"})
        await _hear(socket, "welcome")
        for number, line in enumerate(chat.lines):
            await socket.send_json({"type": "typing"})
            await asyncio.sleep(pause_s)
            await socket.send_json({"type": "message", "id": f"first-{number}", "text": line})
            await _hear(socket, "ack")


async def _hear(socket: aiohttp.ClientWebSocketResponse, kind: str) -> None:
    """Wait for a frame of this kind."""
    async for message in socket:
        frame: dict[str, Any] = message.json()
        if frame.get("type") == "error":
            raise _Unsaid(str(frame.get("detail")))
        if frame.get("type") == kind:
            return
    raise _Unsaid(f"the socket closed before {kind}")


def _photo() -> bytes:
    """A picture of a lid with a crack."""
    picture = Image.new("RGB", (800, 600), "#e9e4da")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((220, 470, 600, 530), fill="#d2cabb")
    pen.rounded_rectangle((260, 180, 560, 500), 40, fill="#5b6d60")
    pen.rounded_rectangle((260, 180, 330, 500), 40, fill="#6d8073")
    pen.rectangle((320, 120, 500, 190), fill="#46564b")
    crack = [(470, 182), (452, 240), (478, 286), (455, 338), (470, 396), (448, 440)]
    pen.line(crack, fill="#1c231f", width=6, joint="curve")
    pen.line([(478, 286), (512, 306)], fill="#1c231f", width=4)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=82)
    return kept.getvalue()
