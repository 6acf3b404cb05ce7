"""One leg of the stand-in for calls: fetches TwiML, does what it says, reports how it ended."""

import asyncio
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import Callable
from typing import NoReturn, Protocol

import msgspec

from gateway.domain.clock import Clock
from gateway.sandbox.twilio_webhooks import Webhook
from gateway.sandbox.voice_twiml import BadTwiml, shown, steps

MUSIC_S = 12.0
LETTERS_PER_S = 14.0  # as fast as somebody speaks
RECORDED_S = 120.0  # the longest pause while somebody thinks what to say
MAX_HEARD = 200
MAX_INPUTS = 32

LIVE = frozenset({"queued", "ringing", "in-progress"})


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One line on the screen. kind: said | music | key | spoken | talk | trouble."""

    kind: str
    text: str
    at: int  # ms
    language: str = ""  # of what is said, as BCP 47 has it


class Pressed(msgspec.Struct, frozen=True):
    """A key."""

    digit: str


class Spoke(msgspec.Struct, frozen=True):
    """Words."""

    text: str


class Moved(Exception):
    """The leg asks another address; Twilio calls it modifying a live call."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class HungUp(Exception):
    """Somebody hung up."""


class PickedUp(msgspec.Struct, frozen=True):
    """Somebody, or something, answers a telephone that rings. `by`: as the provider calls it."""

    by: str


Input = Pressed | Spoke | Moved | HungUp | PickedUp
Next = tuple[str, dict[str, str]] | None  # the address to ask, and what it is told


class Exchange(Protocol):
    """What a leg needs of its provider."""

    async def asked(self, line: "Line", url: str, fields: dict[str, str]) -> Webhook:
        """Ask Parley what the leg is to do."""
        ...

    def record(self, words: str) -> dict[str, str]:
        """Keep a recording; its fields."""
        ...

    def transcribe(self, line: "Line", url: str, recording: dict[str, str], words: str) -> None:
        """Have it written down, later."""
        ...


class Line:
    """A leg. Whatever happens to it comes through one bounded queue, in its order."""

    def __init__(
        self, exchange: Exchange, clock: Clock, ring: Callable[[], None], fields: dict[str, str]
    ) -> None:
        self.fields = fields  # CallSid, From, To, Direction ...
        self.made_at = clock.now_ms()
        self.status = "queued"
        self.room = ""  # the conference it is in
        self.wants = ""  # keys | speech | recording: what it listens for
        self.heard: deque[Heard] = deque(maxlen=MAX_HEARD)
        self.document: tuple[str, ...] = ()  # the TwiML it walks, a verb each
        self.place = 0  # the verb it is at
        self._exchange = exchange
        self._clock = clock
        self._ring = ring
        self._inputs: asyncio.Queue[Input] = asyncio.Queue(MAX_INPUTS)

    @property
    def live(self) -> bool:
        """Whether it is not over."""
        return self.status in LIVE

    def put(self, what: Input) -> bool:
        """Let something happen to it; False when it is over, or far behind."""
        if not self.live or self._inputs.full():
            return False
        self._inputs.put_nowait(what)
        return True

    async def answered(self, patience_s: float) -> str:
        """Ring; who picks up within so many seconds, "" when nobody does."""
        self.status = "ringing"
        self._ring()
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    came = await self._inputs.get()
                    if isinstance(came, PickedUp | HungUp):
                        return came.by if isinstance(came, PickedUp) else ""
        except TimeoutError:
            return ""

    async def run(self, url: str) -> None:
        """From the first document to the end."""
        following: Next = (url, {})
        try:
            while following is not None:
                try:
                    following = await self._perform(*following)
                except Moved as moved:
                    following = (moved.url, {})
        except HungUp:
            pass
        except BadTwiml as error:
            self._note("trouble", str(error))
        finally:
            self.status, self.room, self.wants = "completed", "", ""
            self.document = ()
            self._ring()

    async def _perform(self, url: str, fields: dict[str, str]) -> Next:
        self.room = ""
        answer = await self._exchange.asked(self, url, fields)
        self.status = "in-progress"
        if answer.status != 200:
            raise BadTwiml(f"11200: HTTP {answer.status} instead of TwiML")
        walked = steps(answer.reply)
        self.document = tuple(map(shown, walked))
        for self.place, step in enumerate(walked):
            following = await self._step(step)
            if following is not None:
                return following
        return None

    async def _step(self, step: ET.Element) -> Next:
        match step.tag:
            case "Say":
                self._say(step)
            case "Play":
                self._note("music", "")
                await self._listen(MUSIC_S)
            case "Gather":
                return await self._gather(step)
            case "Record":
                return await self._record(step)
            case "Dial":
                await self._talk(step)
            case "Redirect":
                return (step.text or "", {})
            case _:
                self._hang_up()
        return None

    async def _gather(self, step: ET.Element) -> Next:
        """https://www.twilio.com/docs/voice/twiml/gather: silence goes on below it."""
        patience = float(step.get("timeout", "5"))
        for each in step:
            if each.tag == "Play":
                self._note("music", "")
                patience += MUSIC_S
            else:
                self._say(each)
                patience += len(each.text or "") / LETTERS_PER_S
        spoken = "speech" in step.get("input", "dtmf")
        said = await self._listen(patience, "speech" if spoken else "keys")
        match said:
            case Pressed(digit=digit):
                return (step.get("action", ""), {"Digits": digit})
            case Spoke(text=text):
                confidence = {"Confidence": "0.9", "Language": step.get("language", "en-US")}
                return (step.get("action", ""), {"SpeechResult": text, **confidence})
        return None

    async def _record(self, step: ET.Element) -> Next:
        """https://www.twilio.com/docs/voice/twiml/record: without a word nothing was recorded."""
        said = await self._listen(RECORDED_S, "recording")
        if not isinstance(said, Spoke):
            return None
        recording = self._exchange.record(said.text)
        if step.get("transcribe") == "true":
            self._exchange.transcribe(
                self, step.get("transcribeCallback", ""), recording, said.text
            )
        return (step.get("action", ""), {**recording, "Digits": "#"})

    async def _talk(self, step: ET.Element) -> NoReturn:
        """In a conference one stays until somebody moves it, or hangs up."""
        self.room = step.findtext("Conference") or ""
        self._note("talk", "")
        while True:
            await self._listen(None)

    def _hang_up(self) -> NoReturn:
        raise HungUp

    async def _listen(self, patience: float | None, wants: str = "") -> Pressed | Spoke | None:
        """What comes within so many seconds; keys and words that nobody waits for are lost."""
        self.wants = wants
        self._ring()
        try:
            async with asyncio.timeout(patience):
                while True:
                    came = await self._inputs.get()
                    if isinstance(came, Moved | HungUp):
                        raise came
                    if isinstance(came, PickedUp):
                        continue
                    self._note(*_shown(came))
                    if _fits(came, wants):
                        return came
        except TimeoutError:
            return None
        finally:
            self.wants = ""

    def _say(self, step: ET.Element) -> None:
        self._note("said", step.text or "", step.get("language", ""))

    def _note(self, kind: str, text: str, language: str = "") -> None:
        heard = Heard(kind=kind, text=text, at=self._clock.now_ms(), language=language)
        self.heard.append(heard)
        self._ring()


def _shown(came: Pressed | Spoke) -> tuple[str, str]:
    return ("key", came.digit) if isinstance(came, Pressed) else ("spoken", came.text)


def _fits(came: Pressed | Spoke, wants: str) -> bool:
    if isinstance(came, Pressed):
        return wants in {"keys", "speech"} or (wants == "recording" and came.digit == "#")
    return wants in {"speech", "recording"}
