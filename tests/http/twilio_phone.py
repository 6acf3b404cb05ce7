"""A telephone at Twilio's: takes our commands by real HTTP, and tells us of calls, signed."""

import xml.etree.ElementTree as ET
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.http.conftest import CONFIG, Answer, Desk, open_desk

PUBLIC = "https://desk.example"
TOKEN = "7f1b0c5e2d9a4836a1f0e3d2c4b59687"
SID = "AC0123456789abcdef0123456789abcdef"
NUMBER = "+14155550100"

ACCOUNT = f"""
  phone:
    adapter: twilio_voice
    account_sid: {SID}
    auth_token: {TOKEN}
    numbers: ["{NUMBER}"]
    public_url: {PUBLIC}
    api_url: API
    api_key_sid: SK0123
    api_key_secret: a-secret-of-thirty-two-characters
    menu:
      choices:
        - {{key: "1", say: 中文服务请按 1, language: zh, words: [中文]}}
        - {{key: "2", say: For English press 2, language: en, topic: returns}}
"""


class Twilio:
    """What our commands did, and the webhooks of the calls that this test plays."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.dialled: dict[str, dict[str, str]] = {}  # sid -> the form
        self.answer_with: dict[str, Any] | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []  # method and query
        self.nameless = False  # calls are made, and the answers do not name them
        self.known: list[dict[str, str]] = []  # what a list of calls would tell
        self.desk: Desk

    async def handle(self, request: web.Request) -> web.Response:
        """The API: creating and updating calls."""
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.requests.append((request.path, form))
        self.asked.append((request.method, dict(request.query)))
        if request.method == "GET":
            return web.json_response({"calls": self.known})
        if self.answer_with is not None:
            return web.json_response(self.answer_with, status=self.answer_with["status"])
        if request.path.endswith("/Calls.json"):
            sid = f"CA{len(self.dialled):032x}"
            self.dialled[sid] = form
            named = {} if self.nameless else {"sid": sid}
            return web.json_response({**named, "status": "queued"}, status=201)
        sid = request.path.rpartition("/")[2].removesuffix(".json")
        return web.json_response({"sid": sid, "status": "in-progress"})

    async def tell(self, path: str, **fields: str) -> Answer:
        """A signed webhook to an address, a whole one or its path."""
        parts = urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        signature = RequestValidator(TOKEN).compute_signature(PUBLIC + target, fields)
        headers = {"X-Twilio-Signature": signature}
        answer = await self.desk.nobody("POST", target, data=fields, headers=headers)
        assert answer.status in (200, 204), answer.body
        return answer

    async def reported(self, path: str, sid: str, status: str, **more: str) -> None:
        """A status callback."""
        fields = {"CallSid": sid, "CallStatus": status, "CallbackSource": "call-progress-events"}
        await self.tell(path, **fields, **more)

    def commands(self, sid: str) -> list[dict[str, str]]:
        """What was asked of one leg."""
        return [form for path, form in self.requests if path.endswith(f"/Calls/{sid}.json")]


class Caller:
    """A customer's leg: hears TwiML, presses keys."""

    def __init__(self, twilio: Twilio, sid: str, number: str) -> None:
        self.twilio = twilio
        self.fields = {"CallSid": sid, "From": number, "To": NUMBER, "Direction": "inbound"}
        self.twiml = ET.Element("Response")

    async def ask(self, path: str = "/in/phone", **more: str) -> "Caller":
        """Fetch TwiML."""
        status = more.pop("CallStatus", "in-progress")
        answer = await self.twilio.tell(path, CallStatus=status, **self.fields, **more)
        self.twiml = ET.fromstring(answer.body)
        return self

    async def press(self, key: str) -> "Caller":
        """A key, while a Gather listens."""
        gather = self.twiml.find("Gather")
        assert gather is not None, ET.tostring(self.twiml)
        return await self.ask(gather.get("action", ""), Digits=key)

    async def listen(self) -> "Caller":
        """To the end of the document, and over to where it redirects."""
        redirect = self.twiml.find("Redirect")
        assert redirect is not None, ET.tostring(self.twiml)
        return await self.ask(redirect.text or "")

    async def hang_up(self) -> None:
        await self.twilio.tell(
            "/in/phone",
            CallStatus="completed",
            CallbackSource="call-progress-events",
            **self.fields,
        )

    @property
    def words(self) -> str:
        """All that is spoken."""
        return " ".join(each.text or "" for each in self.twiml.iter("Say"))

    @property
    def room(self) -> str | None:
        """The conference one is sent to."""
        return self.twiml.findtext("Dial/Conference")


@asynccontextmanager
async def open_phone(tmp_path, *, more: str = "", support: str = "{}"):
    """A desk with a telephone, emma at it, and Twilio; `support` is what the queue is."""
    twilio = Twilio()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", twilio.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    config = (CONFIG.replace("support: {}", f"support: {support}", 1) + ACCOUNT + more).replace(
        "API", f"http://127.0.0.1:{port}"
    )
    config += 'security: {allow_networks: ["127.0.0.0/8"]}\n'
    async with open_desk(tmp_path, config=config) as desk:
        for account in desk.house.accounts.values():
            await account.adapter.start()
        twilio.desk = desk
        try:
            yield desk, twilio
        finally:
            await runner.cleanup()
