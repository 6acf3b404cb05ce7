"""The adapter contract. An adapter translates; it has no queue, no retry, no sleep, no memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from gateway.contract.calls import Directive
from gateway.contract.capabilities import Capabilities
from gateway.contract.health import Health
from gateway.contract.inbound import InboundEvent, RawReply, RawRequest, Unreadable
from gateway.contract.outbound import OutboundMessage
from gateway.domain.ids import AccountId, DedupKey
from gateway.domain.job import Holder
from gateway.domain.message import ApprovedTemplate, KnownTemplate
from gateway.domain.outcome import Outcome

CONTRACT_VERSION = 1

# Hands a raw delivery to the core; returns once it is committed, raises when it is not.
Inlet = Callable[[RawRequest], Awaitable[None]]


class Adapter(Protocol):
    """One account of one provider."""

    name: ClassVar[str]
    channel: ClassVar[str]  # what people call it: email, sms, voice, webchat, whatsapp, ...
    contract_version: ClassVar[int]
    settings_type: ClassVar[type[Any]]
    isolated: ClassVar[bool]  # run `receive` in a worker process with limits
    capabilities: Capabilities

    @classmethod
    def build(cls, account: AccountId, settings: Any) -> Self:
        """Make the adapter of one account. No I/O."""
        ...

    async def start(self) -> None:
        """Open clients, nothing else."""
        ...

    async def stop(self) -> None:
        """Close them. Twice is fine; without start too."""
        ...

    async def check(self) -> Health:
        """Ask the provider whether all is well: within 5 s, no side effects, never raises."""
        ...

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one delivery. Pure: same raw, same events with the same keys. Raises Unauthentic."""
        ...

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Try once to send. An exception or a cancellation counts as InDoubt."""
        ...


@runtime_checkable
class Polls(Protocol):
    """Optional power: fetches by itself."""

    async def poll(self, cursors: Mapping[str, str], inlet: Inlet) -> None:
        """Fetch until cancelled. `cursors` are the committed (name -> value) of this account.

        Raises OSError when the provider is away; the core starts it again, less and less often.
        """
        ...


@runtime_checkable
class Answers(Protocol):
    """Optional power: the door must answer with content (TwiML, WeChat's passive reply)."""

    def answer(self, raw: RawRequest, directives: tuple[Directive, ...]) -> RawReply:
        """Word the directives for the provider. Pure."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Optional power: can be asked whether a message went out."""

    async def find(self, message: OutboundMessage, key: DedupKey, started_at: int) -> Sequence[str]:
        """The provider's ids of what may be it, sent since `started_at` (ms), the newest first.

        Empty: it certainly never went out. The core knows which of them are other messages.
        """
        ...


@runtime_checkable
class Nudges(Protocol):
    """Optional power: may write when its window has closed, in words that the provider approved."""

    def nudge(self) -> ApprovedTemplate | None:
        """What asks the customer to write again; None when the account names nothing."""
        ...


@runtime_checkable
class SendsTemplates(Protocol):
    """Optional power: an OutboundMessage's `template` goes, whether a window is open or not."""

    def templates(self) -> Sequence[KnownTemplate]:
        """Those that the account names. Others go too, if the provider knows them."""
        ...


@runtime_checkable
class KeepsSessions(Protocol):
    """Optional power: the provider knows who has a conversation, and is told when it changes."""

    async def hand(self, holder: Holder) -> Outcome:
        """Try once to move the provider's session to its holder; twice is fine."""
        ...


@runtime_checkable
class Arranges(Protocol):
    """Optional power: something stands at the provider as the settings say (a menu)."""

    async def arrange(self) -> Health:
        """See to it; what stands already is left as it is, so twice is fine. Not ok: refused, and
        why. Raises OSError when the provider is away; the core comes again, less and less often.
        """
        ...


@runtime_checkable
class FetchesMedia(Protocol):
    """Optional power: downloads attachments with the account's credentials."""

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """The bytes of an attachment, in chunks.

        Raises MediaRefused when asking again cannot help; after anything else it is asked again.
        """
        ...
