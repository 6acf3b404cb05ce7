"""A stand-in for Twilio's Voice, and the telephones of the customers who call.

It lives beside the stand-in for SMS, on its port and with its account: POST Calls.json dials (an
agent picks up at once, a customer's telephone rings), POST Calls/SID.json moves a leg or hangs it
up. What legs hear they ask of Parley by signed webhooks, and do as the TwiML says. All in memory,
and bounded.
"""

import io
import wave
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import msgspec
from aiohttp import web

from gateway.domain.clock import Clock
from gateway.sandbox import twilio_wire as wire
from gateway.sandbox.people import PEOPLE, Person
from gateway.sandbox.twilio_webhooks import ALWAYS, Fault, Faults, Webhook, Webhooks
from gateway.sandbox.twilio_wire import ApiError
from gateway.sandbox.voice_line import Heard, HungUp, Input, Line, Moved, PickedUp, Pressed, Spoke

MAX_LINES = 500
RING_S = 60  # where a dial does not say
OUTBOUND = "outbound-api"
TELEPHONES = frozenset(person.phone for person in PEOPLE)
MAX_RECORDINGS = 100
RATE = 8_000  # of recordings, 8 bits
LETTERS_PER_S = 14
SILENCE = b"\x80"

Refusal = Callable[[web.Request], web.Response | None]

# What the page calls a fault, and what it is here.
FAULTS: Mapping[str, Fault] = {
    "throttle": Fault.THROTTLE,
    "fail": Fault.UNAVAILABLE,
    "lost_answer": Fault.LOST_ANSWER,
    "double": Fault.DOUBLE_WEBHOOK,
    "late": Fault.LATE_WEBHOOK,
}

# What picks up on the page, and what Twilio calls it.
# https://www.twilio.com/docs/voice/answering-machine-detection
HUMAN = "human"
ANSWERED_BY: Mapping[str, str] = {"pick_up": HUMAN, "machine": "machine_end_beep", "fax": "fax"}
HEARD_MS = 2_100  # how long one listens before that is known

# https://www.twilio.com/docs/api/errors/21220 and its neighbours
GONE = ApiError(status=400, code=21220, message="Call is not in-progress. Cannot redirect.")
NO_TO = ApiError(status=400, code=21201, message="No 'To' number is specified")
NO_URL = ApiError(status=400, code=21205, message="Url parameter is required.")


class Telephone(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's telephone as the page shows it; `wants`: keys, speech, recording or nothing."""

    state: str  # idle | ringing | in-progress | completed
    talks: bool
    wants: str
    called: bool  # it was the shop that called
    heard: tuple[Heard, ...]
    twiml: tuple[str, ...]  # the document that is walked, a verb each
    place: int  # which of them it is at


class VoiceSandbox:
    """The calls of one account. `webhook_url` is where its number's calls come in."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        number: str,
        webhook_url: str,
        make_id: Callable[[], str],
        clock: Clock,
        ring: Callable[[], None],
    ) -> None:
        self._sid = account_sid
        self.number = number
        self._webhook_url = webhook_url
        self._make_id = make_id
        self._clock = clock
        self._ring = ring
        self._faults = Faults()
        self._webhooks = Webhooks(auth_token, aiohttp.ClientSession, make_id, self._faults)
        self._lines: OrderedDict[str, Line] = OrderedDict()
        self._mine: dict[str, Line] = {}  # by the customer's number, as many as there are people
        self._recordings: OrderedDict[str, bytes] = OrderedDict()
        self._api = f"/{wire.API_VERSION}/Accounts/{account_sid}"
        self._base = ""
        self._refusal: Refusal

    def routes(self, refusal: Refusal) -> list[web.RouteDef]:
        """The API beside its neighbour's, which knows the credentials."""
        self._refusal = refusal
        account = f"/{wire.API_VERSION}/Accounts/{{account}}"
        return [
            web.post(f"{account}/Calls.json", self._create),
            web.get(f"{account}/Calls.json", self._list),
            web.post(f"{account}/Calls/{{sid}}.json", self._update),
            web.get(f"{account}/Recordings/{{sid}}", self._get_recording),
        ]

    async def open(self, base_url: str) -> None:
        """Ready to call; `base_url` is where the API is found."""
        self._base = base_url
        await self._webhooks.open()

    async def close(self) -> None:
        """Every call is cut."""
        await self._webhooks.close()

    # --- the customer ----------------------------------------------------------------------------

    def telephone(self, person: Person) -> Telephone:
        """The customer's telephone."""
        line = self._mine.get(person.phone)
        if line is None:
            return Telephone(
                state="idle", talks=False, wants="", called=False, heard=(), twiml=(), place=0
            )
        return Telephone(
            state=line.status,
            talks=bool(line.room),
            wants=line.wants,
            called=line.fields["Direction"] == OUTBOUND,
            heard=tuple(line.heard),
            twiml=line.document,
            place=line.place,
        )

    def call(self, person: Person) -> bool:
        """Call the shop; False while this telephone is in a call."""
        before = self._mine.get(person.phone)
        if before is not None and before.live:
            return False
        line = self._line(person.phone, self.number, "inbound")
        line.status = "ringing"
        self._mine[person.phone] = line
        self._webhooks.start(self._inbound(line))
        return True

    def pick_up(self, person: Person, what: str) -> bool:
        """Answer, by one of ANSWERED_BY; False when nothing rings here."""
        line = self._mine.get(person.phone)
        rings = line is not None and line.status == "ringing" and line.fields["To"] == person.phone
        return rings and self._put(person, PickedUp(by=ANSWERED_BY[what]))

    def press(self, person: Person, digit: str) -> bool:
        """Press a key; False when there is no call."""
        return self._put(person, Pressed(digit))

    def speak(self, person: Person, text: str) -> bool:
        """Say something; False when there is no call."""
        return self._put(person, Spoke(text))

    def hang_up(self, person: Person) -> bool:
        """Hang up; False when there is no call."""
        return self._put(person, HungUp())

    def _put(self, person: Person, what: Input) -> bool:
        line = self._mine.get(person.phone)
        return line is not None and line.put(what)

    # --- what goes wrong -------------------------------------------------------------------------

    def faults(self) -> dict[str, bool]:
        """Which faults are on."""
        left = self._faults.left()
        return {name: fault in left for name, fault in FAULTS.items()}

    async def set_fault(self, name: str, *, on: bool) -> None:
        """Switch a fault on or off; what was late comes then, in its order."""
        self._faults.set(FAULTS[name], ALWAYS if on else 0)
        if name == "late" and not on:
            await self._webhooks.release()

    def _outage(self) -> web.Response | None:
        if self._faults.strikes(Fault.THROTTLE):
            return _error(wire.THROTTLED)
        return _error(wire.UNAVAILABLE) if self._faults.strikes(Fault.UNAVAILABLE) else None

    def _lose(self, request: web.Request) -> None:
        if self._faults.strikes(Fault.LOST_ANSWER) and request.transport is not None:
            request.transport.abort()

    # --- the exchange ----------------------------------------------------------------------------

    async def _inbound(self, line: Line) -> None:
        await line.run(self._webhook_url)
        await self._report(line, self._webhook_url, "completed")

    async def _outbound(self, line: Line, form: dict[str, str]) -> None:
        """An agent picks up at once; a customer's telephone rings until somebody does.

        https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent
        """
        callback = form.get("StatusCallback", "")
        await self._report(line, callback, "initiated")
        by = await self._rings(line, form) if form["To"] in TELEPHONES else HUMAN
        if not by:
            await self._report(line, callback, line.status)
            return
        line.status = "in-progress"
        await self._report(line, callback, "in-progress")
        self._webhooks.start(self._recognized(line, form.get("AsyncAmdStatusCallback", ""), by))
        await line.run(form["Url"])
        await self._report(line, callback, "completed")

    async def _rings(self, line: Line, form: dict[str, str]) -> str:
        """Who picks up, "" for nobody. Who is in a call is busy, as is one who declines."""
        before = self._mine.get(form["To"])
        if before is not None and before.live:
            line.status = "busy"
            return ""
        self._mine[form["To"]] = line
        await self._report(line, form.get("StatusCallback", ""), "ringing")
        by = await line.answered(float(form.get("Timeout", RING_S)))
        if not by:
            line.status = "no-answer"
            self._ring()
        return by

    async def _report(self, line: Line, url: str, status: str) -> None:
        if url:
            told = {"CallStatus": status, "CallbackSource": "call-progress-events"}
            await self._tell(line, url, told)

    async def _recognized(self, line: Line, url: str, by: str) -> None:
        """Say who picked up, where the dial asks. Here it is known without listening.

        https://www.twilio.com/docs/voice/answering-machine-detection#asyncamdstatuscallback
        """
        if url:
            told = {"AnsweredBy": by, "MachineDetectionDuration": str(HEARD_MS)}
            await self._tell(line, url, told)

    async def asked(self, line: Line, url: str, fields: dict[str, str]) -> Webhook:
        """Ask Parley what a leg is to do; the answer."""
        told = {**line.fields, "CallStatus": line.status, **fields}
        answer = await self._webhooks.ask(url, told)
        self._ring()
        return answer

    def record(self, words: str) -> dict[str, str]:
        """A recording as long as the words take, and silent: nobody's voice is here."""
        seconds = max(1, len(words) // LETTERS_PER_S)
        name = self._new_sid("RE")
        self._recordings[name] = _silence(seconds)
        while len(self._recordings) > MAX_RECORDINGS:
            self._recordings.popitem(last=False)
        return {
            "RecordingSid": name,
            "RecordingUrl": f"{self._base}{self._api}/Recordings/{name}",
            "RecordingDuration": str(seconds),
        }

    def transcribe(self, line: Line, url: str, recording: dict[str, str], words: str) -> None:
        """https://www.twilio.com/docs/voice/twiml/record#attributes-transcribe-callback"""
        name = self._new_sid("TR")
        told = {
            "TranscriptionSid": name,
            "TranscriptionText": words,
            "TranscriptionStatus": "completed",
            "TranscriptionUrl": f"{self._base}{self._api}/Transcriptions/{name}",
            "RecordingSid": recording["RecordingSid"],
            "RecordingUrl": recording["RecordingUrl"],
        }
        self._webhooks.start(self._tell(line, url, told))

    async def _tell(self, line: Line, url: str, fields: dict[str, str]) -> None:
        await self._webhooks.bring(url, {**line.fields, "CallStatus": line.status, **fields})
        self._ring()

    def _line(self, sender: str, to: str, direction: str) -> Line:
        sid = self._new_sid("CA")
        fields = {
            "CallSid": sid,
            "AccountSid": self._sid,
            "From": sender,
            "To": to,
            "Direction": direction,
            "ApiVersion": wire.API_VERSION,
        }
        line = Line(self, self._clock, self._ring, fields)
        self._lines[sid] = line
        while len(self._lines) > MAX_LINES:
            self._lines.popitem(last=False)
        return line

    def _new_sid(self, prefix: str) -> str:
        return prefix + self._make_id().replace("-", "")

    # --- the API ---------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.Response:
        """https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
        refused = self._refusal(request) or self._outage()
        if refused is not None:
            return refused
        form = dict(parse_qsl(await request.text()))
        error = self._fault_of(form)
        if error is not None:
            return _error(error)
        line = self._line(form["From"], form["To"], OUTBOUND)
        self._webhooks.start(self._outbound(line, form))
        self._lose(request)
        return web.json_response(self._resource(line), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        """https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources"""
        refused = self._refusal(request)
        if refused is not None:
            return refused
        asked = {name: request.query[name] for name in ("To", "From") if name in request.query}
        found = [line for line in self._lines.values() if asked.items() <= line.fields.items()]
        return web.json_response({"calls": [self._resource(line) for line in reversed(found)]})

    def _fault_of(self, form: dict[str, str]) -> ApiError | None:
        sender = form.get("From", "")
        unknown = f"The source phone number provided, {sender}, is not yet verified."
        checks = (
            (not form.get("To"), NO_TO),
            (not form.get("Url"), NO_URL),
            (sender != self.number, ApiError(status=400, code=21210, message=unknown)),
        )
        return next((error for bad, error in checks if bad), None)

    async def _update(self, request: web.Request) -> web.Response:
        """https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource"""
        refused = self._refusal(request) or self._outage()
        line = self._lines.get(request.match_info["sid"])
        if refused is not None or line is None:
            return refused or _error(wire.not_found(request.path))
        form = dict(parse_qsl(await request.text()))
        what: Input = HungUp() if form.get("Status") == "completed" else Moved(form.get("Url", ""))
        taken = line.put(what)
        self._lose(request)
        return web.json_response(self._resource(line)) if taken else _error(GONE)

    async def _get_recording(self, request: web.Request) -> web.Response:
        refused = self._refusal(request)
        found = self._recordings.get(request.match_info["sid"].removesuffix(".wav"))
        if refused is not None or found is None:
            return refused or _error(wire.not_found(request.path))
        return web.Response(body=found, content_type="audio/x-wav")

    def _resource(self, line: Line) -> dict[str, Any]:
        sid = line.fields["CallSid"]
        return {
            "sid": sid,
            "account_sid": self._sid,
            "from": line.fields["From"],
            "to": line.fields["To"],
            "direction": line.fields["Direction"],
            "status": line.status,
            "date_created": format_datetime(datetime.fromtimestamp(line.made_at / 1_000, UTC)),
            "api_version": wire.API_VERSION,
            "uri": f"{self._api}/Calls/{sid}.json",
        }


def _silence(seconds: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(SILENCE * (RATE * seconds))
    return file.getvalue()


def _error(error: ApiError) -> web.Response:
    return web.json_response(error.json(), status=error.status)
