"""The sandbox speaks as Twilio does: to our adapter, to Twilio's own library, and to a page."""

import base64
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from adapters.twilio_sms import TwilioSmsAdapter
from adapters.twilio_sms.settings import TwilioSmsSettings
from gateway.contract import (
    Accepted,
    AccountId,
    DedupKey,
    Deferred,
    InboundMessage,
    InDoubt,
    OutboundMessage,
    PresenceEvent,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
)
from gateway.domain.ids import IdMaker
from gateway.domain.message import MessageState
from gateway.sandbox import twilio
from gateway.sandbox import twilio_wire as wire
from gateway.sandbox.twilio import TwilioSandbox
from gateway.sandbox.twilio_webhooks import Fault

SID, TOKEN, NUMBER, CUSTOMER = "AC" + "0" * 32, "t" * 32, "+14155550100", "+4915112345678"


def basic(name: str, password: str) -> dict[str, str]:
    """The header of Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.ms = 1_795_262_400_000

    def now_ms(self) -> int:
        self.ms += 1_000
        return self.ms

    def monotonic_ms(self) -> int:
        return self.ms


class World:
    """Parley's webhook door with our adapter behind it, and the sandbox beside it."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.refused = 0
        self.clock = Clock()
        door = web.Application()
        door.router.add_post("/in/sms", self._receive)
        self.parley = TestServer(door)

    async def open(self) -> None:
        await self.parley.start_server()
        public_url = str(self.parley.make_url("/")).rstrip("/")
        self.sandbox = TwilioSandbox(
            account_sid=SID,
            auth_token=TOKEN,
            numbers=(NUMBER,),
            webhook_url=f"{public_url}/in/sms",
            session=aiohttp.ClientSession,
            make_id=IdMaker(self.clock, Random(1)),
            clock=self.clock,
        )
        # As the demo mounts it: a sub-application at the root of its own server.
        self.server = TestServer(self.sandbox.app())
        await self.server.start_server()
        self.url = str(self.server.make_url("/")).rstrip("/")
        self.adapter = TwilioSmsAdapter.build(
            AccountId("sms"),
            TwilioSmsSettings(
                account_sid=SID,
                auth_token=SecretStr(TOKEN),
                numbers=(NUMBER,),
                public_url=public_url,
                api_url=self.url,
            ),
        )
        await self.adapter.start()
        self.session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self.session.close()
        await self.adapter.stop()
        await self.server.close()
        await self.parley.close()

    async def _receive(self, request: web.Request) -> web.Response:
        raw = RawRequest(
            account="sms",
            method="POST",
            path=request.raw_path,
            headers=tuple(request.headers.items()),
            body=await request.read(),
        )
        try:
            events, reply = self.adapter.receive(raw)
        except Unauthentic:
            self.refused += 1
            return web.Response(status=403)
        self.events += events
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)

    async def send(self, **changes) -> Any:
        fields = {
            "id": "m-1",
            "conversation": "c",
            "account": "sms",
            "recipient": f"tel:{CUSTOMER}",
            "text": "您好",
        }
        outcome = await self.adapter.send(OutboundMessage(**(fields | changes)), DedupKey("k"))
        await self.sandbox.settled()
        return outcome

    async def play(self, path: str, data: dict | None = None) -> Any:
        method = "GET" if data is None else "POST"
        async with self.session.request(
            method, f"{self.url}/sandbox/sms/{path}", json=data
        ) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def form(
        self, *pairs: tuple[str, str], login: tuple[str, str] = (SID, TOKEN)
    ) -> tuple[int, dict]:
        url = f"{self.url}/2010-04-01/Accounts/{SID}/Messages.json"
        async with self.session.post(
            url, data=aiohttp.FormData(pairs), headers=basic(*login)
        ) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    await made.open()
    yield made
    await made.close()


async def test_send_and_reports(world: World) -> None:
    """A message is accepted, and its reports come home signed, in order, and naming it."""
    outcome = await world.send()
    assert isinstance(outcome, Accepted)
    assert [e.state for e in world.events] == [
        MessageState.SENT,
        MessageState.SENT,
        MessageState.DELIVERED,
    ]
    assert {(e.provider_message, e.message) for e in world.events} == {(outcome.provider_id, "m-1")}
    assert world.refused == 0


async def test_the_customer_writes(world: World) -> None:
    """What the page says arrives as Twilio would bring it, and is answered with TwiML."""
    answer = await world.play("inbound", {"from": CUSTOMER, "text": "Hallo 😀"})
    assert answer["webhook"]["status"] == 200
    assert answer["webhook"]["reply"].endswith("<Response/>")
    (event,) = world.events
    assert isinstance(event, InboundMessage)
    assert (event.key, event.sender, event.recipient, event.text) == (
        f"message:{answer['sid']}",
        f"tel:{CUSTOMER}",
        f"tel:{NUMBER}",
        "Hallo 😀",
    )


async def test_the_customer_sends_a_picture(world: World) -> None:
    """Files are fetched from the sandbox as from Twilio, with the account's credentials."""
    picture = {"content_type": "image/png", "base64": base64.b64encode(b"\x89PNG").decode()}
    await world.play("inbound", {"from": CUSTOMER, "media": [picture]})
    (file,) = world.events[0].attachments
    assert file.media_type == "image/png"
    assert file.provider_media_id
    assert b"".join([c async for c in world.adapter.fetch(file.url, None)]) == b"\x89PNG"
    async with world.session.get(file.url) as without:
        assert without.status == 401


async def test_whatsapp(world: World) -> None:
    """The same page plays WhatsApp, with a name and a place."""
    await world.play(
        "inbound",
        {
            "from": "whatsapp:+8613800138000",
            "to": f"whatsapp:{NUMBER}",
            "profile_name": "王",
            "latitude": 31.2,
            "longitude": 121.5,
        },
    )
    (event,) = world.events
    assert (event.sender, event.sender_name) == ("whatsapp:8613800138000", "王")
    assert (event.location.latitude, event.location.longitude) == (31.2, 121.5)


async def test_stop_and_start(world: World) -> None:
    """After STOP nothing goes to this customer from this number, until START."""
    await world.play("inbound", {"from": CUSTOMER, "text": "STOP"})
    assert isinstance(world.events[1], PresenceEvent)
    refused = await world.send(sender=f"tel:{NUMBER}")
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.OPTED_OUT
    await world.play("inbound", {"from": CUSTOMER, "text": "start"})
    assert isinstance(await world.send(sender=f"tel:{NUMBER}"), Accepted)


REFUSED = [
    ("no recipient", [("From", NUMBER), ("Body", "x")], 21604),
    ("no number", [("To", "12ab"), ("From", NUMBER), ("Body", "x")], 21211),
    ("no plus", [("To", "4915112345678"), ("From", NUMBER), ("Body", "x")], 21211),
    ("no sender", [("To", CUSTOMER), ("Body", "x")], 21603),
    ("not our number", [("To", CUSTOMER), ("From", "+14155550199"), ("Body", "x")], 21606),
    ("nothing to say", [("To", CUSTOMER), ("From", NUMBER)], 21602),
    ("too much to say", [("To", CUSTOMER), ("From", NUMBER), ("Body", "x" * 1_601)], 21617),
    ("too many files", [("To", CUSTOMER), ("From", NUMBER), *[("MediaUrl", "https://a.example/x")] * 11], 21623),
    ("a file that is nowhere", [("To", CUSTOMER), ("From", NUMBER), ("MediaUrl", "cat.jpg")], 21620),
    ("a callback that is nowhere", [("To", CUSTOMER), ("From", NUMBER), ("Body", "x"), ("StatusCallback", "x")], 21609),
    *((f"magic {to}", [("To", to), ("From", NUMBER), ("Body", "x")], code) for to, (code, _) in wire.MAGIC.items()),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
async def test_refusals(world: World, pairs, code: int) -> None:
    """What Twilio refuses is refused, in Twilio's shape."""
    status, body = await world.form(*pairs)
    assert status == body["status"] == 400
    assert set(body) == {"code", "message", "more_info", "status"}
    assert body["code"] == code
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


@pytest.mark.parametrize("login", [(SID, "wrong"), ("AC1", TOKEN), ("", "")])
async def test_credentials(world: World, login) -> None:
    """Without the account's own credentials nothing is told."""
    status, body = await world.form(("To", CUSTOMER), ("From", NUMBER), ("Body", "x"), login=login)
    assert (status, body["code"]) == (401, 20003)
    async with world.session.get(f"{world.url}/2010-04-01/Accounts/{SID}.json") as answer:
        assert answer.status == 401


async def test_another_account_is_not_there(world: World) -> None:
    """Valid credentials open their own account only."""
    async with world.session.get(
        f"{world.url}/2010-04-01/Accounts/AC1.json", headers=basic(SID, TOKEN)
    ) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 20404)


async def test_check(world: World) -> None:
    """The adapter finds its account well."""
    assert (await world.adapter.check()).ok


FAULTS = [
    (Fault.THROTTLE, Deferred, 0, []),
    (Fault.UNAVAILABLE, Deferred, 0, []),
    (Fault.ERROR_AFTER, InDoubt, 1, ["sent", "sent", "delivered"]),
    (Fault.LOST_ANSWER, InDoubt, 1, ["sent", "sent", "delivered"]),
    (Fault.UNDELIVERED, Accepted, 1, ["sent", "sent", "failed"]),
    (Fault.DOUBLE_WEBHOOK, Accepted, 1, ["sent", "sent", "sent", "delivered"]),
    (Fault.REVERSED_WEBHOOKS, Accepted, 1, ["delivered", "sent", "sent"]),
    (Fault.LATE_WEBHOOK, Accepted, 1, ["sent", "delivered", "sent"]),
]


@pytest.mark.parametrize(("fault", "kind", "kept", "states"), FAULTS)
async def test_faults(world: World, fault: Fault, kind: type, kept: int, states: list[str]) -> None:
    """Each fault strikes once, on demand; held webhooks come when they are let go."""
    assert (await world.play("faults", {"fault": fault}))["faults"] == {fault: 1}
    assert isinstance(await world.send(), kind)
    await world.play("release", {})
    assert [e.state for e in world.events] == states
    assert len((await world.play("messages"))["messages"]) == kept
    assert isinstance(await world.send(id="m-2"), Accepted)


def test_every_fault_has_a_row() -> None:
    """No fault is forgotten here."""
    assert {row[0] for row in FAULTS} == set(Fault)


async def test_a_lost_message_is_found(world: World) -> None:
    """What Twilio took before its answer was lost is found by asking, and only that."""
    message = OutboundMessage(
        id="m", conversation="c", account="sms", recipient=f"tel:{CUSTOMER}", text="x"
    )
    before = world.clock.now_ms()
    assert await world.adapter.find(message, DedupKey("k"), before) == []
    await world.play("faults", {"fault": "lost_answer"})
    await world.send(text="x")
    found = await world.adapter.find(message, DedupKey("k"), before)
    assert found == [(await world.play("messages"))["messages"][0]["sid"]]
    assert await world.adapter.find(message, DedupKey("k"), world.clock.now_ms() + 60_000) == []


async def test_the_telephone(world: World) -> None:
    """The page reads what was said on one telephone, in order, and what the webhooks were answered."""
    await world.play("inbound", {"from": CUSTOMER, "text": "eins"})
    await world.send(text="zwei")
    await world.send(text="drei", recipient="tel:+4915100000000")
    said = (await world.play(f"messages?phone=%2B{CUSTOMER[1:]}"))["messages"]
    assert [m["body"] for m in said] == ["eins", "zwei"]
    assert [m["status"] for m in said] == ["received", "delivered"]
    webhooks = await world.play("webhooks")
    assert [w["status"] for w in webhooks["webhooks"]] == [200] + [204] * 6


async def test_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old messages are forgotten, and stay forgotten when their reports are in."""
    monkeypatch.setattr(twilio, "MAX_MESSAGES", 1)
    await world.play("faults", {"fault": "double_webhook", "times": 3})
    for text in ("eins", "zwei"):
        await world.adapter.send(
            OutboundMessage(
                id="m", conversation="c", account="sms", recipient=f"tel:{CUSTOMER}", text=text
            ),
            DedupKey("k"),
        )
    await world.sandbox.settled()
    assert [m["body"] for m in (await world.play("messages"))["messages"]] == ["zwei"]


async def test_nobody_listens(world: World) -> None:
    """A webhook that nobody answers is noted, not repeated."""
    await world.parley.close()
    answer = await world.play("inbound", {"from": CUSTOMER, "text": "Hallo"})
    assert answer["webhook"]["status"] == 0


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"from": 7}', b"[" * 10_000, b'{"from": "x", "odd": 1}']
)
async def test_a_page_that_errs(world: World, body: bytes) -> None:
    """A page that sends nonsense is told so."""
    async with world.session.post(f"{world.url}/sandbox/sms/inbound", data=body) as answer:
        assert answer.status == 400


# --- Twilio's own library as the judge -------------------------------------------------------


# Their client still uses what aiohttp is about to drop.
OLD_WAYS = pytest.mark.filterwarnings("ignore:(BasicAuth|The 'auth' parameter) is deprecated")


@pytest.fixture
async def theirs(world: World) -> AsyncIterator[Client]:
    http = AsyncTwilioHttpClient()
    client = Client(SID, TOKEN, http_client=http)
    client.api.base_url = world.url
    yield client
    await http.close()


@OLD_WAYS
async def test_twilios_library_sends_and_lists(world: World, theirs: Client) -> None:
    """Twilio's own client can tell no difference: it sends, fetches, lists, and turns pages."""
    made = [
        await theirs.messages.create_async(to=CUSTOMER, from_=NUMBER, body=f"nr {n}")
        for n in range(5)
    ]
    await world.sandbox.settled()
    assert [m.status for m in made] == ["queued"] * 5
    assert made[0].date_created.year == 2026
    fetched = await theirs.messages(made[0].sid).fetch_async()
    assert (fetched.body, fetched.status, fetched.num_segments) == ("nr 0", "delivered", "1")
    listed = await theirs.messages.list_async(to=CUSTOMER, from_=NUMBER, page_size=2)
    assert [m.body for m in listed] == ["nr 4", "nr 3", "nr 2", "nr 1", "nr 0"]
    assert await theirs.messages.list_async(to="+4915100000000") == []
    day = made[0].date_created
    assert len(await theirs.messages.list_async(date_sent_after=day)) == 5
    assert await theirs.messages.list_async(date_sent_before=day.replace(year=2025)) == []


@OLD_WAYS
async def test_twilios_library_reads_the_errors(world: World, theirs: Client) -> None:
    """Twilio's own client reads our errors as Twilio's."""
    with pytest.raises(TwilioRestException) as caught:
        await theirs.messages.create_async(to="nobody", from_=NUMBER, body="x")
    assert (caught.value.status, caught.value.code) == (400, 21211)
