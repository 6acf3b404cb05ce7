"""The adapters of Meta: what all three do alike, and what Messenger and Instagram do."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import ClassVar, Generic, Self, TypeVar

from msgspec.structs import replace

from adapters._shared import meta, meta_messaging, meta_sending
from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.provider import ProviderAdapter
from gateway.contract import (
    Accepted,
    AccountId,
    Capabilities,
    DedupKey,
    Health,
    InboundEvent,
    InDoubt,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Unreadable,
)

S = TypeVar("S", bound=meta.MetaSettings)
M = TypeVar("M", bound=meta_sending.MessagingSettings)


class MetaAdapter(ProviderAdapter, ABC, Generic[S]):
    """One account of Graph."""

    def __init__(self, settings: S) -> None:
        self._settings = settings
        self._client = meta.client(settings)

    @classmethod
    def build(cls, account: AccountId, settings: S) -> Self:  # noqa: ARG003
        """Make the adapter of one account. No I/O."""
        return cls(settings)

    @property
    @abstractmethod
    def node(self) -> str:
        """What Graph calls the account."""

    @abstractmethod
    def decode(self, body: bytes) -> tuple[InboundEvent | Unreadable, ...]:
        """What an authentic webhook tells."""

    async def check(self) -> Health:
        """Ask Meta for the account."""
        return await meta.health(self._client, self._settings, self.node)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Answer the handshake, or read what happened on the account."""
        handshake = meta.opened(raw, self._settings)
        if handshake is not None:
            return (), handshake
        return self.decode(raw.body), RawReply()


class MessagingAdapter(MetaAdapter[M], Generic[M]):
    """One account of the Send API."""

    scheme: ClassVar[str]  # of its people's URNs
    kind: ClassVar[str]  # of the objects that its webhooks are about
    echoes: ClassVar[bool]  # whether the echo of a message brings our own id back
    max_file_bytes: ClassVar[int]  # of a customer's file

    capabilities: Capabilities

    def __init__(self, settings: M) -> None:
        super().__init__(settings)
        if not settings.human_agent:
            self.capabilities = replace(self.capabilities, person_window_ms=None)

    def decode(self, body: bytes) -> tuple[InboundEvent | Unreadable, ...]:
        """What an authentic webhook tells."""
        return meta_messaging.decode(body, self.kind, self.scheme, self._settings.api_url)

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Send one message; a file and its words are two to Meta, which knows no key."""
        refused = meta_sending.refusal(message)
        if refused is not None:
            return refused
        path = f"{meta.VERSION}/{self.node}/messages"
        last: Outcome = InDoubt(detail="nothing was asked")
        answer = meta_sending.TAGGED if self._settings.human_agent else meta_sending.PLAIN
        if message.automatic:
            answer = meta_sending.PLAIN
        bodies = meta_sending.encode(message, self.scheme, answer, echoes=self.echoes)
        for number, body in enumerate(bodies):
            reply = await self._client.request("POST", path, json=body)
            last = meta_sending.together(number, meta.outcome(reply, meta_sending.id_in))
            if not isinstance(last, Accepted):
                break
        return last

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A customer's file. Raises FetchRefused for addresses that lead elsewhere."""
        if not url:
            raise FetchRefused("the message names no address for its file")
        return fetch(url, home=self._settings.api_url, max_bytes=self.max_file_bytes)
