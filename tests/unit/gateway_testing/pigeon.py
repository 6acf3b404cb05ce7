"""A small adapter that keeps the contract, for the kit to find nothing wrong with."""

import hashlib
import hmac
from typing import Any, ClassVar

import msgspec
from pydantic import SecretStr

from adapters._shared.http import Answer, NotSent, ProviderClient, Reply, outcome_of_failure
from adapters._shared.signatures import same, secret_bytes
from gateway.contract import (
    CONTRACT_VERSION,
    Accepted,
    AccountSettings,
    Capabilities,
    Health,
    InboundMessage,
    InDoubt,
    OutboundMessage,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
    Unreadable,
)
from gateway.testing import ExpectedRequest, InboundCase, OutboundCase, json_answer

SECRET = "coo-coo-coo"
MESSAGE = OutboundMessage(id="m1", conversation="c1", account="a", recipient="pigeon:7", text="hi")


class PigeonSettings(AccountSettings):
    secret: SecretStr = SecretStr(SECRET)
    api_url: str


class Pigeon:
    name: ClassVar[str] = "pigeon"
    channel: ClassVar[str] = "pigeon"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[Any]] = PigeonSettings
    isolated: ClassVar[bool] = False
    capabilities = Capabilities(max_text=100)

    def __init__(self, settings: PigeonSettings) -> None:
        self.settings = settings
        self.client = ProviderClient(settings.api_url)

    @classmethod
    def build(cls, account, settings):
        return cls(settings)

    async def start(self) -> None:
        await self.client.open()

    async def stop(self) -> None:
        await self.client.close()

    async def check(self) -> Health:
        reply = await self.client.request("GET", "/health", timeout_s=4)
        ok = isinstance(reply, Answer) and reply.status == 200 and reply.json() == {"ok": True}
        return Health(ok=ok, detail="" if ok else "sick", what_to_do="" if ok else "feed it")

    def verify(self, raw: RawRequest) -> None:
        key = secret_bytes(self.settings.secret, "secret")
        if not same(raw.header("x-sign"), hmac.new(key, raw.body, hashlib.sha256).hexdigest()):
            raise Unauthentic("x-sign is wrong")

    def decode(self, raw: RawRequest) -> tuple:
        try:
            data = msgspec.json.decode(raw.body)
            return (self.message(raw, data),)
        except (ValueError, KeyError, TypeError, RecursionError):
            return (Unreadable(detail="no message of a pigeon's"),)

    def message(self, raw: RawRequest, data: dict) -> InboundMessage:
        for name in ("id", "from"):
            if not isinstance(data[name], str) or not data[name]:
                raise TypeError(name)
        sender = f"pigeon:{data['from']}"
        return InboundMessage(
            key=f"message:{data['id']}",
            sender=sender,
            recipient="pigeon:home",
            text=str(data["text"]),
        )

    def receive(self, raw: RawRequest):
        self.verify(raw)
        return self.decode(raw), RawReply()

    async def send(self, message, key):
        form = [("to", message.recipient), ("text", message.text)]
        return self.outcome(await self.client.request("POST", "/send", form=form))

    def outcome(self, reply: Reply):
        known = outcome_of_failure(reply)
        if known is not None:
            return known
        assert not isinstance(reply, NotSent)
        data = reply.json()
        if reply.status >= 300:
            return Rejected(reason=Reason.OTHER, detail=f"HTTP {reply.status}")
        sid = data.get("id") if isinstance(data, dict) else None
        return Accepted(provider_id=sid) if sid else InDoubt(detail="no id")


def sign(raw: RawRequest) -> RawRequest:
    made = hmac.new(SECRET.encode(), raw.body, hashlib.sha256).hexdigest()
    others = tuple(h for h in raw.headers if h[0].lower() != "x-sign")
    return msgspec.structs.replace(raw, headers=(*others, ("x-sign", made)))


def case(label: str, data: Any, expect: Any) -> InboundCase:
    body = msgspec.json.encode(data)
    made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return InboundCase(label=label, body=body, headers=(("x-sign", made),), expect=expect)


LETTER = {"id": "1", "from": "7", "text": "coo"}
READ = InboundMessage(key="message:1", sender="pigeon:7", recipient="pigeon:home", text="coo")

INBOUND = [
    case("letter", LETTER, (READ,)),
    case("second letter", LETTER | {"id": "2"}, (msgspec.structs.replace(READ, key="message:2"),)),
    case("no letter", {}, Unreadable),
    InboundCase(label="forged", body=b"{}", headers=(("x-sign", "00"),), expect=Unauthentic),
]
OUTBOUND = [
    OutboundCase(
        label="reply",
        message=MESSAGE,
        answers=(json_answer(200, {"id": "p1"}),),
        expect_requests=(
            ExpectedRequest(method="POST", path="/send", form=(("to", "pigeon:7"), ("text", "hi"))),
        ),
        expect=Accepted(provider_id="p1"),
    )
]
