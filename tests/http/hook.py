"""A small provider for the tests: signed JSON in, a list of what was sent out."""

import hmac
import json
from typing import Any, ClassVar, Self

from pydantic import SecretStr

from gateway.contract import (
    CONTRACT_VERSION,
    Accepted,
    AccountId,
    AccountSettings,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Health,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Unauthentic,
    Unreadable,
    WrongType,
)
from gateway.domain.message import MailParts

SIGNATURE = "X-Hook-Signature"
SECRET = "hook-secret"


class HookSettings(AccountSettings):
    """One secret."""

    secret: SecretStr = SecretStr(SECRET)


def sign(body: bytes) -> str:
    """What the provider puts into its header."""
    return hmac.new(SECRET.encode(), body, "sha256").hexdigest()


def delivery(key: str, text: str, sender: str = "+491", **more: Any) -> bytes:
    """A delivery of one message."""
    return json.dumps({"key": key, "from": f"tel:{sender}", "text": text} | more).encode()


class HookAdapter:
    """Messages by signed webhook."""

    name: ClassVar[str] = "hook"
    channel: ClassVar[str] = "hook"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[HookSettings]] = HookSettings
    isolated: ClassVar[bool] = False
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        max_text=160,
        attachments=(AttachmentRule(media_type="", max_bytes=1_000_000),),
        max_attachments=2,
        gather_ms=0,
    )

    def __init__(self, settings: HookSettings) -> None:
        self._secret = settings.secret.get_secret_value()
        self.sent: list[OutboundMessage] = []
        self.seen: list[RawRequest] = []

    @classmethod
    def build(cls, account: AccountId, settings: Any) -> Self:
        return cls(settings)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def check(self) -> Health:
        return Health(ok=True, detail="well")

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        given = (raw.header(SIGNATURE) or "").encode("latin-1")
        wanted = hmac.new(self._secret.encode(), raw.body, "sha256").hexdigest().encode()
        if not hmac.compare_digest(given, wanted):
            raise Unauthentic("the signature is wrong")
        if raw.header("Content-Type") == "text/xml":
            raise WrongType("text/xml")
        self.seen.append(raw)
        data = json.loads(raw.body)
        if data.get("break"):
            raise RuntimeError("a mistake with a secret in it: hunter2")
        mail = MailParts(html=data["html"]) if "html" in data else None
        files = tuple(
            InboundAttachment(
                media_type=f["type"],
                filename=f["name"],
                content=bytes.fromhex(f["hex"]) if "hex" in f else None,
                size_bytes=f.get("size"),
                content_id=f.get("cid"),
            )
            for f in data.get("files", ())
        )
        message = InboundMessage(
            key=f"message:{data['key']}",
            sender=data["from"],
            recipient="tel:10",
            text=data["text"],
            sender_name=data.get("name", ""),
            sent_at=data.get("sent_at"),
            mail=mail,
            attachments=files,
        )
        return (message,), RawReply(status=200, body=b"thanks")

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        self.sent.append(message)
        return Accepted(provider_id=f"out-{len(self.sent)}")
