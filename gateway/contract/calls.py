"""Telephone calls: what a caller is to hear and do (directives), what to do to a leg (commands).

The core decides, the adapter words it for the provider. Addresses that a directive makes the
provider ask again carry `step`: an answer to an older question is late, and changes nothing.
"""

from typing import Protocol, runtime_checkable

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.call import LegState
from gateway.domain.ids import DedupKey
from gateway.domain.outcome import Outcome


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be spoken; `language` as zh, zh-TW or en."""

    text: str
    language: str


# --- directives ---


class Say(msgspec.Struct, frozen=True, kw_only=True, tag="say"):
    """Speak, and go on with the next directive."""

    words: tuple[Words, ...]


class Menu(msgspec.Struct, frozen=True, kw_only=True, tag="menu"):
    """Ask for one key, or for words; silence is an answer too."""

    words: tuple[Words, ...]
    step: int
    hints: tuple[str, ...] = ()  # words that may be said instead of a key; none: keys only


class Wait(msgspec.Struct, frozen=True, kw_only=True, tag="wait"):
    """Tell the place in the queue, play music, listen for a key, and ask again."""

    words: tuple[Words, ...]
    step: int
    position: int
    wait_ms: int | None = None


class Voicemail(msgspec.Struct, frozen=True, kw_only=True, tag="voicemail"):
    """Record what the caller says, and have it written down."""

    words: tuple[Words, ...]
    step: int
    longest_s: int


class Join(msgspec.Struct, frozen=True, kw_only=True, tag="join"):
    """Talk in a room of this name with whoever else is in it."""

    room: str
    step: int


class Hold(msgspec.Struct, frozen=True, kw_only=True, tag="hold"):
    """Hear music until told otherwise."""

    words: tuple[Words, ...]
    step: int


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag="hang_up"):
    """The call is over."""


Directive = Say | Menu | Wait | Voicemail | Join | Hold | HangUp


# --- commands ---


class Dial(msgspec.Struct, frozen=True, kw_only=True, tag="dial"):
    """Call somebody. `leg` is our id of it, echoed by every webhook of that leg."""

    leg: str
    to: str  # URN, or client:<login> for a browser
    sender: str  # our own number
    ring_s: int
    detect_machine: bool = False


class Refresh(msgspec.Struct, frozen=True, kw_only=True, tag="refresh"):
    """Make a leg ask at once what it is to hear."""

    leg: str
    provider_id: str


class Drop(msgspec.Struct, frozen=True, kw_only=True, tag="drop"):
    """Hang up a leg."""

    leg: str
    provider_id: str


Command = Dial | Refresh | Drop


@runtime_checkable
class Calls(Protocol):
    """Optional power: places and moves telephone calls."""

    async def command(self, command: Command, key: DedupKey) -> Outcome:
        """Try once. Accepted names the provider's leg. An exception counts as InDoubt."""
        ...


class FoundCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that the provider knows, and how far it says that it got."""

    provider_id: str
    state: LegState


@runtime_checkable
class FindsCalls(Protocol):
    """Optional power: can be asked whether a dial that nobody knows the end of made a call."""

    async def find_call(self, dial: Dial, started_at: int) -> FoundCall | None:
        """What this dial has made since `started_at` (ms); None: certainly nothing. Else raises."""
        ...


# --- the menu, as people write it ---


class MenuChoice(BaseModel):
    """One key of the menu."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    key: str = Field(pattern=r"^[0-9*#]$", examples=["1"])
    say: str = Field(min_length=1, max_length=300)  # "For English, press 2."
    language: str = Field(
        default="", pattern=r"^([a-z]{2})?$", examples=["en"]
    )  # spoken from now on
    topic: str = Field(default="", max_length=100)  # what rules of the rulebook look at
    words: tuple[str, ...] = ()  # what may be said instead of the key


class VoiceMenu(BaseModel):
    """What a caller is asked first. Without choices calls go straight into the queue."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    greeting: dict[str, str] = Field(default={})  # by language, instead of the template's words
    choices: tuple[MenuChoice, ...] = Field(default=(), max_length=10)
