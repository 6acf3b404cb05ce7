"""What stands on customers' telephones, and what every provider in a box says of its API."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from gateway.domain.message import Choice

Json = dict[str, Any]


class Trouble(StrEnum):
    """Why a provider does not do what it is asked."""

    UNKNOWN = "unknown"  # nobody has this address
    WINDOW = "window"  # the customer wrote too long ago
    BUDGET = "budget"  # too many messages since the customer wrote
    BLOCKED = "blocked"  # the customer wants none
    THROTTLE = "throttle"
    FAIL = "fail"  # certainly not sent
    LOST_ANSWER = "lost_answer"  # sent, and the connection cut before the answer
    MEDIA = "media"  # the file cannot be had
    DOUBLE = "double"  # every webhook comes twice
    LATE = "late"  # webhooks wait until this is mended


# What a person who plays may switch on; the others happen by themselves.
FAULTS = (
    *(Trouble.THROTTLE, Trouble.FAIL, Trouble.LOST_ANSWER, Trouble.BLOCKED, Trouble.WINDOW),
    *(Trouble.DOUBLE, Trouble.LATE),
)


class Tap(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer tapped, below which message."""

    message: str
    choice: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the menu below an account's conversations offers.

    place: `2`, or `2.1` for the first of those that the second opens. type: as the provider calls
    it, "" for what opens others.
    """

    place: str
    name: str
    type: str = ""
    key: str = ""
    url: str = ""
    appid: str = ""
    pagepath: str = ""
    entries: tuple["Entry", ...] = ()


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message on a customer's telephone. `own`: the customer has sent it.

    state: of an own one received, refused or unanswered (by Parley), or waiting while it is late;
    else sent, delivered, read or failed, as far as the provider reports.
    """

    id: str
    own: bool
    text: str
    at: int  # ms
    state: str
    file: str = ""  # of Box.files
    media_type: str = ""
    choices: tuple[Choice, ...] = ()  # to be tapped; each id is what the provider brings back
    tapped: Tap | None = None
    entry: str = ""  # the place of the menu's entry that was tapped
    free: bool = False  # counts against no budget


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody has sent."""

    id: str
    media_type: str
    content: bytes
    filename: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = {}


class Refused(Exception):
    """The API refuses; `answer` is how the provider words it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What Parley and the stand-ins know together; new with every run."""

    access_token: str
    secret: str  # hexadecimal
    aes_key: str  # 43 characters
