"""What a visitor's browser sends. Pure."""

from typing import Annotated

import msgspec

from gateway.domain.survey import LONGEST_COMMENT
from gateway.http.limits import Count

MAX_FILES = 10

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What a visitor's browser sends. A `seq` is a place in the log, as in what it is sent: it
    goes on where a new conversation begins."""


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First: who the visitor says to be, and up to where everything was seen."""

    token: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    after: Count = 0
    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""
    page: Annotated[str, msgspec.Meta(max_length=2_048)] = ""
    identity: Annotated[str, msgspec.Meta(max_length=8_192)] | None = None


class Words(Frame, frozen=True, kw_only=True, tag="message"):
    """Words, files or both. `id` is the browser's: sent again, it is the same message."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    text: str = ""
    attachments: Annotated[tuple[Sha256, ...], msgspec.Meta(max_length=MAX_FILES)] = ()


class Typing(Frame, frozen=True, kw_only=True, tag="typing"):
    """The visitor types."""


class Delivered(Frame, frozen=True, kw_only=True, tag="delivered"):
    """The browser has everything up to `seq`; nobody may have looked."""

    seq: Count


class Read(Frame, frozen=True, kw_only=True, tag="read"):
    """The visitor has seen everything up to `seq`."""

    seq: Count


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    """Are you there?"""


class Scored(Frame, frozen=True, kw_only=True, tag="score"):
    """How it went, from 1 to 5: on the whole, and of what else was asked."""

    survey: Annotated[str, msgspec.Meta(pattern="^[0-9a-f-]{1,64}$")]
    score: int
    scores: Annotated[dict[str, int], msgspec.Meta(max_length=20)] = {}
    comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] = ""


AnyFrame = Hello | Words | Typing | Delivered | Read | Ping | Scored
_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)


def frame_of(data: str) -> AnyFrame | None:
    """The frame of a text; None for what is none."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
