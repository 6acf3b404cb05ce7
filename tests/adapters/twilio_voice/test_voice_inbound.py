"""What Twilio tells of calls, and what it is to us."""

import pytest

from adapters.twilio_voice import wire
from gateway.contract import CallEvent, LegState, Unauthentic, Unreadable
from gateway.testing import InboundCase, adapter_problems
from tests.adapters.twilio_voice.calls import (
    ANSWERED,
    CALL,
    CUSTOMER,
    INCOMING,
    NUMBER,
    SID,
    STATUS,
    TOKEN,
    build,
    sign,
    webhook,
)

RECORDING = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Recordings/RE0123"


def call(key: str, state: str, **changes) -> CallEvent:
    fields = {
        "key": f"call:{CALL}:{key}",
        "call": CALL,
        "state": state,
        "sender": f"tel:{CUSTOMER}",
        "recipient": f"tel:{NUMBER}",
        "leg_state": LegState.ANSWERED,
        "asks": True,
    }
    return CallEvent(**(fields | changes))


OURS = {"From": NUMBER, "To": "client:lin_2e_xiao", "Direction": "outbound-api"}

CASES: list[InboundCase] = [
    webhook(
        "a customer calls", (call("ringing", "ringing", leg_state=LegState.RINGING),), INCOMING
    ),
    webhook(
        "a key is pressed in the menu",
        (call("menu:0:6b86b273ff34", "menu", digits="1", step=0),),
        ANSWERED | {"Digits": "1"},
        path="/in/voice?at=menu&step=0",
    ),
    webhook(
        "something is said in the menu",
        (call("menu:0:5359faae3254", "menu", speech="中文服务", step=0),),
        ANSWERED | {"SpeechResult": "中文服务", "Confidence": "0.92"},
        path="/in/voice?at=menu&step=0",
    ),
    webhook(
        "silence in the menu",
        (call("menu:1", "menu", step=1),),
        ANSWERED,
        path="/in/voice?at=menu&step=1",
    ),
    webhook(
        "a key at an address that is not ours",
        (call("menu:1", "menu", digits="1"),),
        ANSWERED | {"Digits": "1"},
    ),
    webhook(
        "the music is over",
        (call("wait:2", "queued", step=2),),
        ANSWERED,
        path="/in/voice?at=wait&step=2",
    ),
    webhook(
        "a callback is wanted",
        (call("wait:2:6b86b273ff34", "queued", step=2, digits="1"),),
        ANSWERED | {"Digits": "1"},
        path="/in/voice?at=wait&step=2",
    ),
    webhook(
        "a message was recorded",
        (
            call(
                "recording:RE0123",
                "voicemail",
                recording_url=RECORDING,
                recording_s=12,
                digits="#",
                step=3,
            ),
        ),
        ANSWERED
        | {
            "RecordingUrl": RECORDING,
            "RecordingSid": "RE0123",
            "RecordingDuration": "12",
            "Digits": "#",
        },
        path="/in/voice?at=voicemail&step=3",
    ),
    webhook(
        "it was written down",
        (
            call(
                "transcript:TR1",
                "voicemail",
                recording_url=RECORDING,
                transcript="my parcel is lost",
                asks=False,
                leg_state=LegState.COMPLETED,
            ),
        ),
        INCOMING
        | {
            "CallStatus": "completed",
            "TranscriptionSid": "TR1",
            "TranscriptionText": "my parcel is lost",
            "TranscriptionStatus": "completed",
            "RecordingUrl": RECORDING,
            "RecordingSid": "RE0123",
        },
    ),
    webhook(
        "the customer hung up",
        (call("completed", "ended", leg_state=LegState.COMPLETED, asks=False),),
        STATUS,
    ),
    webhook(
        "an agent's browser rings",
        (
            call(
                "ringing",
                "ringing",
                sender=f"tel:{NUMBER}",
                recipient="client:lin.xiao",
                leg="l1",
                leg_state=LegState.RINGING,
                asks=False,
            ),
        ),
        STATUS | OURS | {"CallStatus": "ringing"},
        path="/in/voice?leg=l1",
    ),
    webhook(
        "an agent picks up",
        (
            call(
                "in-progress",
                "connected",
                sender=f"tel:{NUMBER}",
                recipient="client:lin.xiao",
                leg="l1",
            ),
        ),
        ANSWERED | OURS,
        path="/in/voice?leg=l1",
    ),
    *(
        webhook(
            f"an agent's telephone: {status}",
            (
                call(
                    status,
                    "ended",
                    sender=f"tel:{NUMBER}",
                    recipient="client:lin.xiao",
                    leg="l1",
                    leg_state=state,
                    asks=False,
                ),
            ),
            STATUS | OURS | {"CallStatus": status},
            path="/in/voice?leg=l1",
        )
        for status, state in (
            ("busy", LegState.BUSY),
            ("no-answer", LegState.NO_ANSWER),
            ("failed", LegState.FAILED),
            ("canceled", LegState.CANCELED),
        )
    ),
    webhook(
        "a machine answers",
        (call("machine", "connected", machine="machine", asks=False),),
        ANSWERED | {"AnsweredBy": "machine_end_beep", "MachineDetectionDuration": "2300"},
    ),
    webhook(
        "who hides is not one person",
        (
            call(
                "ringing",
                "ringing",
                sender=f"tel:anonymous-{CALL}",
                leg_state=LegState.RINGING,
            ),
        ),
        INCOMING | {"From": "anonymous"},
    ),
    webhook("no call", Unreadable, {"AccountSid": SID}),
    webhook("a call of another account", Unreadable, INCOMING | {"AccountSid": SID[:-1] + "0"}),
    webhook("a status of tomorrow", Unreadable, INCOMING | {"CallStatus": "teleported"}),
    webhook("another's signature", Unauthentic, INCOMING, token="another"),
]


def test_the_adapter_keeps_the_contract() -> None:
    """The kit finds nothing."""
    assert not adapter_problems(
        build,
        CASES,
        secrets=(TOKEN,),
        sign=sign,
        without_secret=lambda url: build(url, auth_token=""),
    )


@pytest.mark.parametrize("login", ["lin", "lin.xiao", "a_b", "王", "x-1", ""])
def test_a_login_survives_its_softphones_name(login: str) -> None:
    """Twilio's identities have letters, digits and underscores only."""
    identity = wire.identity_of(login)
    assert all(c.isascii() and (c.isalnum() or c == "_") for c in identity)
    assert wire.login_of(identity) == login
