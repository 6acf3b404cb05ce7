"""The messengers of the sandbox: their boxes on one port, and the customers' side of them.

They listen on a port of their own, each under its name: /whatsapp, /line ... is the `api_url` of an
account. What customers do comes to `public_url`/in/NAME, signed as the provider signs.
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from gateway.domain.clock import Clock
from gateway.sandbox.bell import Bell
from gateway.sandbox.people import PEOPLE, Person
from gateway.sandbox.phone import Picture
from gateway.sandbox.providers.box import Box
from gateway.sandbox.providers.generic import GenericBox
from gateway.sandbox.providers.line import LineBox
from gateway.sandbox.providers.messenger import InstagramBox, MessengerBox
from gateway.sandbox.providers.said import FAULTS, Entry, File, Keys, Said, Tap, Trouble
from gateway.sandbox.providers.telegram import TelegramBox
from gateway.sandbox.providers.wechat import WechatBox
from gateway.sandbox.providers.wecom import WecomBox
from gateway.sandbox.providers.whatsapp import WhatsappBox

KINDS: Sequence[type[Box]] = (
    WhatsappBox,
    MessengerBox,
    InstagramBox,
    TelegramBox,
    LineBox,
    WechatBox,
    WecomBox,
    GenericBox,
)
NAMES = tuple(kind.name for kind in KINDS)

HOST = "127.0.0.1"
MAX_BODY = 32 * 1024 * 1024  # of a request to the boxes: a file and what is around it
PARTING_S = 1.0
AES_KEY_BYTES = 32


class Chats:
    """Telephones with messengers on them."""

    def __init__(
        self, *, public_url: str, bell: Bell, clock: Clock, make_id: Callable[[], str]
    ) -> None:
        self._bell = bell
        self._keys = Keys(
            access_token=secrets.token_hex(24),
            secret=secrets.token_hex(16),
            aes_key=base64.b64encode(secrets.token_bytes(AES_KEY_BYTES)).decode().rstrip("="),
        )
        self.boxes: Mapping[str, Box] = {
            kind.name: kind(
                webhook_url=f"{public_url.rstrip('/')}/in/{kind.name}",
                keys=self._keys,
                people=PEOPLE,
                make_id=make_id,
                clock=clock,
                ring=bell.ring,
            )
            for kind in KINDS
        }
        self._runner: web.AppRunner | None = None
        self._url = ""

    async def start(self) -> None:
        """Listen, on a free port of loopback."""
        app = web.Application(client_max_size=MAX_BODY)
        for name, box in self.boxes.items():
            app.add_subapp(f"/{name}", box.app())
            await box.open()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=PARTING_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"
        for name, box in self.boxes.items():
            box.base_url = f"{self._url}/{name}"

    async def stop(self) -> None:
        """Close everything. Twice is fine; without start too."""
        runner, self._runner = self._runner, None
        for box in self.boxes.values():
            await box.close()
        if runner is not None:
            await runner.cleanup()

    def environment(self) -> dict[str, str]:
        """What config/default refers to. Only once started."""
        assert self._url, "the messengers have not been started"
        return {
            "DEMO_CHATS_API": self._url,
            "DEMO_CHATS_TOKEN": self._keys.access_token,
            "DEMO_CHATS_SECRET": self._keys.secret,
            "DEMO_CHATS_AES_KEY": self._keys.aes_key,
        }

    # --- the customers -------------------------------------------------------------------------

    def threads(self, person: Person) -> dict[str, list[Said]]:
        """Everything said on a customer's telephone, by messenger."""
        return {name: box.thread(person) for name, box in self.boxes.items()}

    async def say(
        self, name: str, person: Person, text: str, picture: Picture | None = None
    ) -> Said:
        """Write to the shop by this messenger. Raises KeyError for one that there is not."""
        return await self.boxes[name].say(person, text, picture)

    async def tap(self, name: str, person: Person, tapped: Tap) -> Said:
        """Tap what a message of the shop's offers. Raises KeyError for what it does not."""
        return await self.boxes[name].tap(person, tapped)

    def menus(self) -> dict[str, tuple[Entry, ...]]:
        """What stands below the conversations, of the messengers that have such a thing."""
        return {n: box.menu for n, box in self.boxes.items() if isinstance(box, WechatBox)}

    async def press(self, name: str, person: Person, place: str) -> str:
        """Tap an entry of a menu; what Parley made of it. Raises KeyError for what it has not."""
        box = self.boxes[name]
        if not isinstance(box, WechatBox):
            raise KeyError(name)
        return await box.press(person, place)

    def seen(self, person: Person) -> None:
        """The customer looks at the telephone."""
        for box in self.boxes.values():
            box.seen(person)

    def file(self, name: str, file: str) -> File | None:
        """A file of a message; None when it is gone."""
        box = self.boxes.get(name)
        return box.files.get(file) if box else None

    def faults(self) -> dict[str, dict[str, bool]]:
        """What can go wrong, and what does."""
        return {
            name: {fault: fault in box.faults for fault in FAULTS if box.knows(fault)}
            for name, box in self.boxes.items()
        }

    def set_fault(self, name: str, fault: str, *, on: bool) -> bool:
        """Break or mend; False when there is no such fault."""
        if fault not in self.faults().get(name, {}):
            return False
        box, trouble = self.boxes[name], Trouble(fault)
        if on:
            box.faults.add(trouble)
        else:
            box.mend(trouble)
        self._bell.ring()
        return True
