"""All that `parley demo` adds to an ordinary node. Knows no other room than this one.

    sandbox = Sandbox(data=data, public_url="http://127.0.0.1:8080", clock=clock)
    await sandbox.start()                   # mail servers and the stand-ins, on loopback
    env |= sandbox.environment()            # before config/default is loaded: its ${DEMO_...}
    sandbox.users()                         # who may sign in: login, name, role, password
    sandbox.mount(app)                      # /shop and /sandbox, before the application starts
    await sandbox.seed("http://127.0.0.1:8080")     # once the node listens, on a fresh store only
    await sandbox.stop()                    # after the node has stopped; twice is fine

The stand-in for SMS and calls listens on a port of its own: `api_url` must be known before the node
itself listens, and what it breaks on purpose then breaks no connection of the node. Its webhooks
come to `public_url`/in/ACCOUNT, signed. Mail passwords and tokens are new with every run; the
people's passwords are kept in the data directory (gateway/sandbox/keys.py).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import aiohttp
import msgspec
from aiohttp import web

from gateway.domain.clock import Clock
from gateway.domain.ids import IdMaker
from gateway.sandbox import keys, seed
from gateway.sandbox.bell import Bell
from gateway.sandbox.chats import Chats
from gateway.sandbox.mail import MailSandbox
from gateway.sandbox.pages import sandbox_app, shop_app
from gateway.sandbox.phone import Phone
from gateway.sandbox.play import Play
from gateway.sandbox.twilio import TwilioSandbox
from gateway.sandbox.voice import VoiceSandbox

HOST = "127.0.0.1"
SHOP, SANDBOX = "/shop", "/sandbox"  # paths
MAIL_ADDRESS = "support@shop.example"
MAIL_USER = "support"
NUMBER = "+15005550006"  # as config/default has it
VOICE_NUMBER = "+15005550010"
PARTING_S = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DemoUser(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works at the demo desk."""

    login: str
    name: str
    role: str
    password: str


# The agents of config/default, and an administrator.
PEOPLE = (
    ("lin", "林晓 Lin Xiao", "agent"),
    ("wang", "王磊 Wang Lei", "agent"),
    ("emma", "Emma Clarke", "agent"),
    ("chen", "陈静 Chen Jing", "supervisor"),
    ("admin", "Admin", "admin"),
)


class Sandbox:
    """The stand-ins, the pages and the people of the demo."""

    def __init__(
        self,
        *,
        data: Path,
        public_url: str,
        clock: Clock,
        random: Random | None = None,
        chat: str = "chat",
        sms: str = "sms",
        voice: str = "voice",
    ) -> None:
        """`chat`, `sms` and `voice` are the accounts of config/default."""
        self._data = data
        self._clock = clock
        self._chat = chat
        self._make_id = IdMaker(clock, random or secrets.SystemRandom())
        self._bell = Bell()
        self._sid = f"AC{secrets.token_hex(16)}"
        self._token = secrets.token_hex(16)
        self.mail = MailSandbox(
            address=MAIL_ADDRESS,
            username=MAIL_USER,
            password=secrets.token_hex(16),
            clock=clock,
            bell=self._bell,
        )
        self.twilio = TwilioSandbox(
            account_sid=self._sid,
            auth_token=self._token,
            numbers=(NUMBER,),
            webhook_url=f"{public_url.rstrip('/')}/in/{sms}",
            session=aiohttp.ClientSession,
            make_id=self._make_id,
            clock=clock,
        )
        self.calls = VoiceSandbox(
            account_sid=self._sid,
            auth_token=self._token,
            number=VOICE_NUMBER,
            webhook_url=f"{public_url.rstrip('/')}/in/{voice}",
            make_id=self._make_id,
            clock=clock,
            ring=self._bell.ring,
        )
        self.chats = Chats(
            public_url=public_url, bell=self._bell, clock=clock, make_id=self._make_id
        )
        self._runner: web.AppRunner | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self._play: Play | None = None

    @property
    def play(self) -> Play:
        """The customers' side. Only once started."""
        assert self._play is not None, "the sandbox has not been started"
        return self._play

    async def start(self) -> None:
        """Listen, on free ports of loopback."""
        try:
            await self.mail.start()
            await self.chats.start()
            address = await self._start_twilio()
            phone = Phone(address)
            await phone.open()
            await self.calls.open(address)
        except BaseException:
            await self.stop()
            raise
        self._play = Play(
            self.mail,
            phone,
            self.chats,
            self.calls,
            numbers=(NUMBER,),
            bell=self._bell,
            clock=self._clock,
            make_id=self._make_id,
        )

    async def stop(self) -> None:
        """Close everything. Twice is fine; without start too."""
        runner, self._runner = self._runner, None
        if self._play is not None:
            await self._play.phone.close()
        if runner is not None:
            await runner.cleanup()
        for task in self._settling:
            task.cancel()
        await asyncio.gather(*self._settling, return_exceptions=True)
        await self.calls.close()
        await self.chats.stop()
        await self.mail.stop()

    def environment(self) -> dict[str, str]:
        """What config/default refers to. Only once started."""
        return {
            "DEMO_MAIL_ADDRESS": self.mail.address,
            "DEMO_MAIL_USER": self.mail.username,
            "DEMO_MAIL_PASSWORD": self.mail.password,
            "DEMO_IMAP_PORT": str(self.mail.imap_port),
            "DEMO_SMTP_PORT": str(self.mail.smtp_port),
            "DEMO_SMS_SID": self._sid,
            "DEMO_SMS_TOKEN": self._token,
            "DEMO_SMS_API": self._address(),
            **self.chats.environment(),
        }

    def users(self) -> tuple[DemoUser, ...]:
        """Who may sign in. The passwords are those of the first start."""
        known = keys.passwords(self._data, [login for login, _, _ in PEOPLE])
        return tuple(
            DemoUser(login=login, name=name, role=role, password=known[login])
            for login, name, role in PEOPLE
        )

    def mount(self, app: web.Application) -> None:
        """Put the two pages on the node's application. Only once started."""
        shop = shop_app(chat=self._chat, mail=self.mail.address, number=NUMBER, sandbox=SANDBOX)
        app.add_subapp(SHOP, shop)
        app.add_subapp(SANDBOX, sandbox_app(self.play, shop=SHOP))

    async def seed(self, base_url: str, *, pause_s: float = seed.PAUSE_S) -> int:
        """Play the first conversations, in about two seconds; how many there are."""
        return await seed.seed(self.play, base_url=base_url, chat=self._chat, pause_s=pause_s)

    # --- the stand-in for SMS --------------------------------------------------------------------

    async def _start_twilio(self) -> str:
        app = self.twilio.app()
        app.add_routes(self.calls.routes(self.twilio.refused))
        app.middlewares.append(self._ringing)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=PARTING_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        return self._address()

    def _address(self) -> str:
        assert self._runner is not None, "the sandbox has not been started"
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @web.middleware
    async def _ringing(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ring when something was sent, and again when its webhooks have been answered."""
        try:
            return await handler(request)
        finally:
            if request.method == "POST":
                task = asyncio.create_task(self._ring_when_settled())
                self._settling.add(task)
                task.add_done_callback(self._settling.discard)

    async def _ring_when_settled(self) -> None:
        self._bell.ring()
        await self.twilio.settled()
        self._bell.ring()
