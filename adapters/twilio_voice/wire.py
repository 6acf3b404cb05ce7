"""Twilio's words for calls into ours, and our commands into Twilio's. Pure."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from adapters._shared.http import Answer, Reply, outcome_of_failure, retry_after_ms
from adapters._shared.twilio import address_of, answered, date_ms, reason_of, urn_of
from gateway.contract import (
    Accepted,
    CallEvent,
    Deferred,
    Dial,
    FoundCall,
    InDoubt,
    LegState,
    Outcome,
    Reason,
    Rejected,
    Unreadable,
)

LEG = "leg"  # parameter of a leg's addresses, so that its webhooks find it
AT, STEP = "at", "step"

Fields = Mapping[str, str]

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values
LEGS: dict[str, LegState] = {
    "queued": LegState.PLANNED,
    "initiated": LegState.PLANNED,
    "ringing": LegState.RINGING,
    "in-progress": LegState.ANSWERED,
    "answered": LegState.ANSWERED,
    "completed": LegState.COMPLETED,
    "busy": LegState.BUSY,
    "no-answer": LegState.NO_ANSWER,
    "failed": LegState.FAILED,
    "canceled": LegState.CANCELED,
}
STATES: dict[LegState, str] = {
    LegState.PLANNED: "ringing",
    LegState.RINGING: "ringing",
    LegState.ANSWERED: "connected",
}  # all others: ended

# What the question was, by the parameter of its address.
ASKED: dict[str, str] = {
    "menu": "menu",
    "wait": "queued",
    "hold": "queued",
    "left": "connected",
    "voicemail": "voicemail",
}

# https://www.twilio.com/docs/voice/answering-machine-detection
MACHINES: dict[str, str] = {
    "human": "human",
    "fax": "fax",
    "unknown": "unknown",
    "machine_start": "machine",
    "machine_end_beep": "machine",
    "machine_end_silence": "machine",
    "machine_end_other": "machine",
}

# https://help.twilio.com/articles/223179988: what stands in From where the caller hides
HIDDEN = frozenset(
    {
        *("anonymous", "restricted", "unknown", "unavailable", "private"),
        *("+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696", "+464"),
    }
)
_CLIENT = "client:"
_PLAIN = re.compile(r"[A-Za-z0-9]")


# --- what comes in -------------------------------------------------------------------------------


def decode(fields: Fields, query: Fields) -> CallEvent | Unreadable:
    """One webhook of a call.

    https://www.twilio.com/docs/voice/twiml#request-parameters
    """
    sid = fields.get("CallSid", "")
    if not sid:
        return Unreadable(detail="no CallSid: this tells of no call")
    try:
        return _event(sid, fields, query)
    except ValueError as error:
        return Unreadable(detail=f"call {sid}: {error}")


def _event(sid: str, fields: Fields, query: Fields) -> CallEvent:
    leg_state = _leg_state(fields)
    key, state = _told(sid, fields, query, leg_state)
    step = query.get(STEP, "")
    return CallEvent(
        key=key,
        call=sid,
        state=state,
        sender=_party(fields.get("From", ""), sid),
        recipient=_party(fields.get("To", ""), sid),
        digits=fields.get("Digits") or None,
        recording_url=fields.get("RecordingUrl") or None,
        transcript=fields.get("TranscriptionText") or None,
        leg=query.get(LEG) or None,
        leg_state=leg_state,
        speech=fields.get("SpeechResult") or None,
        step=int(step) if step.isdecimal() and len(step) < 9 else None,
        machine=_machine(fields),
        recording_s=_seconds(fields.get("RecordingDuration", "")),
        asks=asks(fields),
    )


def asks(fields: Fields) -> bool:
    """Whether Twilio waits for TwiML: reports of status, machines and transcripts want none."""
    return not (
        "CallbackSource" in fields
        or "TranscriptionSid" in fields
        or "MachineDetectionDuration" in fields
        or fields.get("CallStatus", "").lower() in {"completed", "busy", "failed", "no-answer"}
    )


def _leg_state(fields: Fields) -> LegState | None:
    status = fields.get("CallStatus", "").lower()
    if not status:
        return None
    if status not in LEGS:
        raise ValueError(f"unknown status {status!r}")
    return LEGS[status]


def _told(sid: str, fields: Fields, query: Fields, leg_state: LegState | None) -> tuple[str, str]:
    """Key and state. What has no id of its own is named by the question that it answers."""
    if "TranscriptionSid" in fields:
        return f"call:{sid}:transcript:{fields['TranscriptionSid']}", "voicemail"
    if fields.get("RecordingUrl"):
        recording = fields.get("RecordingSid") or fields["RecordingUrl"].rpartition("/")[2]
        return f"call:{sid}:recording:{recording}", "voicemail"
    if "MachineDetectionDuration" in fields:
        return f"call:{sid}:machine", "connected"
    status = fields.get("CallStatus", "").lower() or "none"
    if leg_state in STATES or leg_state is None:
        at = query.get(AT, "")
        said = f"{fields.get('Digits', '')}{fields.get('SpeechResult', '')}"
        if at in ASKED:
            # The same question is heard again after a key that means nothing: what was said tells
            # the next answer from a copy of the last. A digest, for keys outlive what people said.
            suffix = f":{hashlib.sha256(said.encode()).hexdigest()[:12]}" if said else ""
            return f"call:{sid}:{at}:{query.get(STEP, '')}{suffix}", ASKED[at]
        if said:
            return f"call:{sid}:menu:{said}", "menu"
        if "QueueSid" in fields or "QueuePosition" in fields:
            return f"call:{sid}:queue:{fields.get('QueueTime', '')}", "queued"
    return f"call:{sid}:{status}", STATES.get(leg_state, "ended") if leg_state else "ringing"


def _machine(fields: Fields) -> str | None:
    answered_by = fields.get("AnsweredBy", "")
    return MACHINES.get(answered_by.lower(), "unknown") if answered_by else None


def _seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _party(address: str, sid: str) -> str:
    """A URN. Callers who hide are not one person, but each their own."""
    address = address.strip()
    if address.startswith(_CLIENT):
        return _CLIENT + login_of(address.removeprefix(_CLIENT))
    if address.lower() in HIDDEN or not address:
        return f"tel:anonymous-{sid}"
    return urn_of(address)


# --- softphones ----------------------------------------------------------------------------------
# https://www.twilio.com/docs/voice/sdks/javascript: identities are letters, digits, underscores


def identity_of(login: str) -> str:
    """The name of a login's browser telephone: what is no letter or digit is _hex_."""
    return "".join(_coded(character) for character in login)


def _coded(character: str) -> str:
    return character if _PLAIN.fullmatch(character) else f"_{ord(character):x}_"


def login_of(identity: str) -> str:
    """The login of a browser telephone's name."""
    return re.sub(r"_([0-9a-f]{1,5})_", lambda m: _character(m[1]), identity)


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else ""


# --- what goes out -------------------------------------------------------------------------------

REPORTED = ("initiated", "ringing", "answered", "completed")


def dial(command: Dial, *, url: str) -> list[tuple[str, str]]:
    """The form of POST Calls.json.

    https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
    """
    to = command.to
    form = [
        ("To", _CLIENT + identity_of(to.removeprefix(_CLIENT)))
        if to.startswith(_CLIENT)
        else ("To", address_of(to)),
        ("From", command.sender),
        ("Url", url),
        ("Method", "POST"),
        ("Timeout", str(command.ring_s)),
        ("StatusCallback", url),
        ("StatusCallbackMethod", "POST"),
        *(("StatusCallbackEvent", event) for event in REPORTED),
    ]
    if command.detect_machine:
        form += [
            ("MachineDetection", "DetectMessageEnd"),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", url),
            ("AsyncAmdStatusCallbackMethod", "POST"),
        ]
    return form


def refresh(url: str) -> list[tuple[str, str]]:
    """The form that makes a live leg ask anew.

    https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource
    """
    return [("Url", url), ("Method", "POST")]


DROP = [("Status", "completed")]  # of one that rings still, Twilio makes it canceled

# https://www.twilio.com/docs/api/errors: what can befall a call
REASONS: dict[str, Reason] = {
    code: reason
    for reason, codes in {
        Reason.INVALID_RECIPIENT: "13223 13224 13225 13226 21201 21217 21401",
        Reason.BLOCKED: "13227 21215",
        Reason.CREDENTIALS: "21202 21203 21210 21212",
    }.items()
    for code in codes.split()
}
PATIENCE = frozenset({"20429", "10004"})
GONE = "21220"  # the leg is not in progress any more: what we wanted of it is past


def outcome(reply: Reply, provider_id: str = "") -> Outcome:
    """What the answer to a command means; `provider_id` of a leg that we know already."""
    known = outcome_of_failure(reply)
    if known is not None:
        return known
    assert isinstance(reply, Answer)
    data = answered(reply)
    if reply.status < 300:
        sid = data.get("sid")
        if isinstance(sid, str) and sid:
            return Accepted(provider_id=sid)
        return InDoubt(detail=f"HTTP {reply.status} without the call's sid")
    code, said = str(data.get("code") or ""), str(data.get("message") or "")
    if provider_id and (code == GONE or reply.status == 404):
        return Accepted(provider_id=provider_id)
    detail = f"HTTP {reply.status}" + (f", {code}: {said}" if code else "")
    if code in PATIENCE:
        wait = retry_after_ms(reply)
        return Deferred(reason=Reason.THROTTLED, detail=detail, retry_after_ms=wait)
    reason = REASONS.get(code) or reason_of(code)
    if reason is Reason.OTHER and reply.status in {401, 403}:
        reason = Reason.CREDENTIALS
    return Rejected(reason=reason, detail=detail, code=code)


# --- calls that nobody knows the end of ----------------------------------------------------------

CLOCK_SLACK_MS = 5_000
PAGE_SIZE = 50


def search(dial_: Dial) -> list[tuple[str, str]]:
    """The query of GET Calls.json: the newest calls between these two numbers.

    https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources
    """
    to = dict(dial(dial_, url=""))["To"]
    return [("To", to), ("From", dial_.sender), ("PageSize", str(PAGE_SIZE))]


def find_in(answer: Answer, started_at: int) -> FoundCall | None:
    """The call that was made since then; ValueError when this is no list of calls.

    Twilio keeps no name of ours with a call. But of one telephone we dial one at a time, so the
    one that was made since the try began is the try's.
    """
    listed = answered(answer).get("calls")
    if answer.status != 200 or not isinstance(listed, list):
        raise ValueError(f"HTTP {answer.status} where a list of calls was expected")
    for each in listed:
        if isinstance(each, dict) and _made_since(each, started_at - CLOCK_SLACK_MS):
            return FoundCall(provider_id=str(each["sid"]), state=LEGS[str(each["status"])])
    return None


def _made_since(each: dict[str, Any], since: int) -> bool:
    created = date_ms(each.get("date_created"))
    return (
        created is not None
        and created >= since
        and str(each.get("direction", "")).startswith("outbound")
        and bool(each.get("sid"))
        and str(each.get("status")) in LEGS
    )
