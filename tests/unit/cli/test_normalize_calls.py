"""`parley normalize` of a telephone's webhooks: each is one event of the form that is promised."""

from tests.unit.cli.test_normalize import signed

VOICE = 'channels: {phone: {adapter: twilio_voice, account_sid: AC1, auth_token: hush-hush, numbers: ["+14155550100"]}}\n'
PARTIES = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+4915112345678", "To": "+14155550100"}
RECORDED = {"RecordingUrl": "https://api.twilio.com/R/RE1", "RecordingSid": "RE1"}
WRITTEN = RECORDED | {"TranscriptionSid": "TR1", "TranscriptionText": "my parcel is lost"}

# What happened, the webhook's own fields, the query of its address, what integrators read.
TOLD = [
    ("it rings", {"CallStatus": "ringing"}, "", {"state": "ringing"}),
    (
        "a key",
        {"CallStatus": "in-progress", "Digits": "2"},
        "?at=menu&step=0",
        {"state": "menu", "digits": "2"},
    ),
    ("it waits", {"CallStatus": "in-progress"}, "?at=wait&step=1", {"state": "queued"}),
    (
        "a recording",
        {"CallStatus": "in-progress", **RECORDED},
        "?at=voicemail&step=2",
        {"state": "voicemail", "recording_url": RECORDED["RecordingUrl"]},
    ),
    (
        "its words",
        WRITTEN,
        "",
        {
            "state": "voicemail",
            "recording_url": RECORDED["RecordingUrl"],
            "transcript": "my parcel is lost",
        },
    ),
    (
        "the end",
        {"CallStatus": "completed", "CallbackSource": "call-progress-events"},
        "",
        {"state": "ended"},
    ),
]


def test_a_call_in_its_events(parley, config) -> None:
    """Key, call, parties and state are always there; the rest only where it was told."""
    (config / "voice.yaml").write_text(VOICE)
    (config / "desk.yaml").write_text((config / "desk.yaml").read_text().split("channels:")[0])
    lines = [signed(PARTIES | fields, path=f"/in/phone{query}") for _, fields, query, _ in TOLD]
    ended = parley("normalize", "phone", "--config", config, stdin=lines)
    assert ended.status == 0, ended.words
    assert len(ended.lines) == len(TOLD)
    keys = set()
    for (label, _, _, expected), line in zip(TOLD, ended.lines, strict=True):
        (event,) = line["events"]
        keys.add(event.pop("key"))
        assert event == {
            "kind": "call",
            "call": "CA1",
            "from": "tel:+4915112345678",
            "to": "tel:+14155550100",
            **expected,
        }, label
    assert len(keys) == len(TOLD), "each is told once, by its own key"


def test_a_forged_call_is_no_event(parley, config) -> None:
    """Without Twilio's signature nothing is read."""
    (config / "voice.yaml").write_text(VOICE)
    (config / "desk.yaml").write_text((config / "desk.yaml").read_text().split("channels:")[0])
    line = signed(PARTIES | {"CallStatus": "ringing"}, path="/in/phone", body="CallSid=CA1")
    ended = parley("normalize", "phone", "--config", config, stdin=[line])
    assert ended.lines[0]["refused"] == "unauthentic"
