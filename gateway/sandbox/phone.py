"""The customers' telephones: speaks to the stand-in for Twilio as the sandbox page does."""

from collections import OrderedDict
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import msgspec

from gateway.sandbox.twilio_webhooks import ALWAYS, Fault

MAX_REMEMBERED = 5_000  # messages of customers whose way to Parley is remembered
TIMEOUT_S = 20.0
WAITING = "waiting"  # the state of what has not been brought yet

# What the page calls a fault, and what the stand-in calls it.
FAULTS: Mapping[str, Fault] = {
    "throttle": Fault.THROTTLE,
    "fail": Fault.UNAVAILABLE,
    "lost_answer": Fault.LOST_ANSWER,
    "undelivered": Fault.UNDELIVERED,
    "double": Fault.DOUBLE_WEBHOOK,
    "late": Fault.LATE_WEBHOOK,
}


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a text message, as base64."""

    media_type: str
    base64: str


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text message on a customer's telephone. `own`: the customer has sent it.

    state: of an own one received, refused or unanswered (by Parley), or waiting while it is late;
    else queued, sent, delivered, undelivered, as the stand-in has it.
    """

    id: str
    own: bool
    shop: str
    text: str
    at: int  # ms, in whole seconds
    state: str
    code: int | None
    media: tuple[str, ...]


class PhoneError(Exception):
    """The stand-in for SMS does not do what it was asked; the message says what it answered."""


class Phone:
    """All customers' telephones. `url` is where the stand-in listens."""

    def __init__(self, url: str) -> None:
        self._play = f"{url}/sandbox/sms"
        self._session: aiohttp.ClientSession | None = None
        self._states: OrderedDict[str, str] = OrderedDict()
        self._on: dict[str, bool] = {}

    async def open(self) -> None:
        """Make the client."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        """Close it. Twice is fine."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def send(
        self, phone: str, text: str, *, shop: str = "", picture: Picture | None = None
    ) -> str:
        """Write to the shop; the state in which that ended. Raises PhoneError."""
        media = [{"content_type": picture.media_type, "base64": picture.base64}] if picture else []
        form = {"from": phone, "to": shop, "text": text, "media": media}
        answer = await self._ask("POST", "/inbound", json=form)
        webhook = answer.get("webhook")
        state = _state_of(webhook["status"]) if webhook else WAITING
        self._states[answer["sid"]] = state
        while len(self._states) > MAX_REMEMBERED:
            self._states.popitem(last=False)
        return state

    async def texts(self, phone: str) -> list[Text]:
        """Everything said on this telephone, oldest first. Raises PhoneError."""
        answer = await self._ask("GET", "/messages", params={"phone": phone})
        return [self._text(each) for each in answer["messages"]]

    async def set_fault(self, name: str, *, on: bool) -> None:
        """Switch a fault on or off. Raises PhoneError."""
        form = {"fault": FAULTS[name], "times": ALWAYS if on else 0}
        await self._ask("POST", "/faults", json=form)
        self._on[name] = on
        if name == "late" and not on:
            await self._release()

    async def _release(self) -> None:
        """What waited comes now, in its order."""
        await self._ask("POST", "/release")
        for sid, state in self._states.items():
            if state == WAITING:
                self._states[sid] = "received"

    def faults(self) -> dict[str, bool]:
        """Which faults are on."""
        return {name: self._on.get(name, False) for name in FAULTS}

    def _text(self, each: Mapping[str, Any]) -> Text:
        own = each["direction"] == "inbound"
        sid = each["sid"]
        return Text(
            id=sid,
            own=own,
            shop=each["to" if own else "from"] or "",
            text=each["body"],
            at=round(parsedate_to_datetime(each["date_created"]).timestamp() * 1_000),
            state=self._states.get(sid, "received") if own else each["status"],
            code=each["error_code"],
            media=tuple(each["media"]),
        )

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        assert self._session is not None, "the telephone has not been opened"
        try:
            async with self._session.request(method, self._play + path, **request) as response:
                body = await response.read()
                if response.status >= 300:
                    raise PhoneError(
                        f"HTTP {response.status}: {body[:200].decode(errors='replace')}"
                    )
                return msgspec.json.decode(body)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            raise PhoneError(f"{type(error).__name__}: {error}") from error


def _state_of(status: int) -> str:
    """What Parley's answer to a webhook means to the customer; 0 is none."""
    if not status:
        return "unanswered"
    return "received" if status < 300 else "refused"
