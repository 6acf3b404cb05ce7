"""What the HTTP rooms are given: the store, the pipeline, the stream, and the clock."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol, runtime_checkable

import msgspec

from config.rulebook import Rulebook
from config.settings import Settings
from gateway.contract import RawReply, RawRequest
from gateway.domain.clock import Clock
from gateway.domain.events import AgentAsked, Event
from gateway.domain.ids import IdMaker
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.http.codes import Seal
from gateway.http.limits import Limits
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.links import Links
from gateway.pipeline.model import Model
from gateway.pipeline.scheduled import Departures
from gateway.pipeline.surveys import SurveyLinks
from gateway.pipeline.wordbook import Wordbook
from gateway.pipeline.writing import Reply
from gateway.store import Store
from gateway.stream import Outlets, Stream
from gateway.verbs.accept import Accepted
from gateway.verbs.message import Write
from templates import Catalog


class Inbound(Protocol):
    """Commits deliveries."""

    async def receive(self, raw: RawRequest) -> RawReply:
        """What the provider is answered, once it is committed."""
        ...

    async def accept(self, raw: RawRequest) -> tuple[RawReply, Accepted]:
        """The same, and what became of it."""
        ...


class Outbound(Protocol):
    """Commits replies."""

    async def write(self, reply: Reply) -> Message | Refusal:
        """The message, or why it cannot be written."""
        ...

    async def prepare(self, reply: Reply) -> Write | Refusal:
        """What would write it, to be committed with other things."""
        ...


class Dispatch(Protocol):
    """Asks routing."""

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force."""
        ...

    @property
    def inforce(self) -> InForce:
        """The same, compiled."""
        ...

    async def ask(
        self, body: AgentAsked, actor: str, conversation: str | None = None
    ) -> Event | None:
        """The decision that the wish caused; None when there was none within two seconds."""
        ...

    async def decided(
        self, position: int, look: Callable[[], Awaitable[Event | None]] | None = None
    ) -> Event | None:
        """The same, of a wish that was committed with other things. look: finds what is decided."""
        ...

    def explain(self, conversation: str) -> dict[str, Any] | None:
        """Where its live work stands, and why."""
        ...


class Identified(Protocol):
    """Whom a signed identity names: `sub` is what the shop calls them."""

    @property
    def sub(self) -> str:
        """Theirs alone, at that shop."""
        ...

    @property
    def name(self) -> str:
        """A label; "" when the shop says none."""
        ...


@runtime_checkable
class Identifies(Protocol):
    """Optional power of a chat adapter: reads an identity that the shop's server has signed."""

    def identify(self, token: str, now_ms: int) -> Identified:
        """Whom it names. Raises Unauthentic."""
        ...


class DemoLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the demo signs in by one click."""

    login: str
    name: str
    role: str


class DemoInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo shows of itself."""

    logins: tuple[DemoLogin, ...]
    shop: str = "/shop"
    sandbox: str = "/sandbox"


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a request may need. Made once, by the composition root."""

    store: Store
    accounts: Mapping[str, Account]
    inbound: Inbound
    outbound: Outbound
    departures: Departures
    links: Links
    survey_links: SurveyLinks
    model: Model | None  # that drafts
    dispatch: Dispatch
    stream: Stream
    outlets: Outlets
    wordbook: Wordbook
    knowledge: Knowledge
    all_channels: Callable[[], tuple[str, ...]]  # of every adapter that is installed; imports them
    settings: Settings
    seal: Seal  # of what must be read again: the secrets of second factors
    clock: Clock
    new_id: IdMaker
    random: Random
    static: Path
    demo: DemoInfo | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def catalog(self) -> Catalog:
        """What templates say now."""
        return self.wordbook.in_force()

    def channel_of(self, account: str) -> str:
        """The channel of an account; "" when it is not configured here."""
        found = self.accounts.get(account)
        return found.channel if found is not None else ""
