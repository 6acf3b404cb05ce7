"""An adapter that does to its reader what a hostile mail might."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any, ClassVar, Self

import pydantic

from gateway.contract import (
    CONTRACT_VERSION,
    AccountId,
    Capabilities,
    DedupKey,
    Health,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
    Unreadable,
)


class HostileSettings(pydantic.BaseModel):
    """What the reader must be told."""

    greeting: str = "hello"
    secret: pydantic.SecretStr = pydantic.SecretStr("hush")


def _loop() -> None:
    while True:
        pass


def _swell() -> None:
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def _forged() -> None:
    raise Unauthentic("no proof")


def _raise() -> None:
    raise ValueError("what is that?")


DEEDS: dict[bytes, Callable[[], Any]] = {
    b"loop": _loop,
    b"swell": _swell,
    b"hang": lambda: time.sleep(60),
    b"segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    b"exit": lambda: os._exit(3),
    b"forged": _forged,
    b"raise": _raise,
    b"print": lambda: os.write(1, b"\0\0\0\x01!"),
}


class HostileAdapter:
    """Its `receive` does what the body says."""

    name: ClassVar[str] = "hostile"
    channel: ClassVar[str] = "hostile"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[HostileSettings]] = HostileSettings
    isolated: ClassVar[bool] = True
    capabilities = Capabilities(max_text=1)

    def __init__(self, account: AccountId, settings: HostileSettings) -> None:
        self._account = account
        self._settings = settings

    @classmethod
    def build(cls, account: AccountId, settings: HostileSettings) -> Self:
        """Make one."""
        return cls(account, settings)

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def check(self) -> Health:
        """All is well."""
        return Health(ok=True)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Do it; then say who did it, in which process, and give the body back."""
        DEEDS.get(raw.body, lambda: None)()
        message = InboundMessage(
            key="message:1",
            sender="hostile:1",
            recipient=f"hostile:{self._account}",
            text=f"{self._settings.greeting} from {os.getpid()}",
            attachments=(InboundAttachment(media_type="text/plain", content=raw.body),),
        )
        return (message,), RawReply(status=201)

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Never."""
        return Rejected(reason=Reason.OTHER, detail="it only receives")
