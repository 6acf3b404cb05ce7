"""What callers hear as TwiML, and what Twilio is asked to do with legs."""

import xml.etree.ElementTree as ET
from typing import get_args

import pytest
from msgspec.structs import replace

from adapters.twilio_voice import twiml, wire
from gateway.contract import (
    Dial,
    Directive,
    HangUp,
    Hold,
    Join,
    Menu,
    Say,
    Voicemail,
    Wait,
    Words,
)
from tests.adapters.shared import twilio_api as api
from tests.adapters.twilio_voice import grammar

SCENE = twiml.Scene(url="https://d/in/v?leg=l1", music="https://d/m.mp3", transcribes="https://d/t")
ZH = (Words(text="您好 <&>", language="zh"),)
EN = (Words(text="Hello <&>", language="en"),)

# Each directive, the elements that it makes in their order, and where the provider asks next.
WORDED = [
    (Say(words=ZH), "Say", ""),
    (Menu(words=ZH, step=1), "Gather Say Redirect", "at=menu&step=1"),
    (Menu(words=ZH, step=0, hints=("中文",)), "Gather Say Redirect", "at=menu&step=0"),
    (Wait(words=ZH, step=2, position=3), "Gather Say Play Redirect", "at=wait&step=2"),
    (Voicemail(words=ZH, step=3, longest_s=60), "Say Record Redirect", "at=voicemail&step=3"),
    (Join(room="c1", step=4), "Dial Conference", "at=left&step=4"),
    (Hold(words=ZH, step=5), "Say Play Redirect", "at=hold&step=5"),
    (HangUp(), "Hangup", ""),
]


@pytest.mark.parametrize(("directive", "elements", "asks"), WORDED)
def test_a_directive_is_twiml(directive, elements, asks) -> None:
    """The words survive, and every address carries the leg and the question on."""
    root = ET.fromstring(twiml.document((directive,), SCENE))
    assert root.tag == "Response"
    assert " ".join(each.tag for each in root.iter() if each is not root) == elements
    assert all(say.text == ZH[0].text for say in root.iter("Say"))
    assert all(say.get("language") == "cmn-CN" for say in root.iter("Say"))
    addresses = [*(e.get("action") for e in root.iter()), root.findtext("Redirect")]
    assert {a for a in addresses if a} == ({f"{SCENE.url}&{asks}"} if asks else set())


SPEAKERS = [
    ("zh", "cmn-CN", "cmn-Hans-CN"),
    ("zh-TW", "cmn-TW", "cmn-Hant-TW"),
    ("zh-CN", "cmn-CN", "cmn-Hans-CN"),
    ("en-GB", "en-US", "en-US"),
    ("de", "en-US", "en-US"),
]


@pytest.mark.parametrize(("locale", "spoken", "heard"), SPEAKERS)
def test_who_speaks_and_listens(locale: str, spoken: str, heard: str) -> None:
    """The voice of the caller's own place where there is one, and of their language else."""
    words = (Words(text="...", language=locale),)
    root = ET.fromstring(twiml.document((Menu(words=words, step=1, hints=("a",)),), SCENE))
    assert [each.get("language") for each in root.iter("Say")] == [spoken]
    assert [each.get("language") for each in root.iter("Gather")] == [heard]


def test_nothing_to_say_hangs_up() -> None:
    """An empty document is never sent."""
    assert ET.fromstring(twiml.document((), SCENE)).find("Hangup") is not None


@pytest.mark.parametrize(
    ("label", "to", "detects", "expect"),
    [
        ("a telephone", "tel:+4915112345678", False, {"To": "+4915112345678"}),
        ("a browser", "client:lin.xiao", False, {"To": "client:lin_2e_xiao"}),
        ("who may be a machine", "tel:+4915112345678", True, {"AsyncAmd": "true"}),
    ],
)
def test_a_dial_is_a_form(label, to, detects, expect) -> None:
    """Every report of a leg comes home to it."""
    command = Dial(leg="l1", to=to, sender="+14155550100", ring_s=25, detect_machine=detects)
    form = dict(wire.dial(command, url=SCENE.url))
    assert expect.items() <= form.items(), label
    assert (form["Url"], form["StatusCallback"]) == (SCENE.url, SCENE.url)
    assert ("MachineDetection" in form) is detects


@pytest.mark.parametrize("to", ["tel:+4915112345678", "client:lin.xiao"])
def test_what_is_sent_is_what_twilio_takes(to: str) -> None:
    """Every name and value is of Twilio's own description."""
    command = Dial(leg="l1", to=to, sender="+14155550100", ring_s=25, detect_machine=True)
    form = wire.dial(command, url=SCENE.url)
    assert api.faults(form, api.CREATE_CALL) == []
    assert dict(form).keys() >= api.CALL_NEEDS
    assert api.faults(wire.refresh(SCENE.url), api.UPDATE_CALL) == []
    assert api.faults(wire.DROP, api.UPDATE_CALL) == []
    assert api.faults([("Urll", "x"), ("Method", "PUT")], api.UPDATE_CALL) == ["Urll", "Method"]


# Whatever the core may say next, alone and followed by whatever else, in each language.
NEXT = [directive for directive, _, _ in WORDED]
NEXT += [Wait(words=(), step=2, position=1, wait_ms=60_000), Hold(words=(), step=5)]
NEXT += [replace(said, words=EN) for said in NEXT if getattr(said, "words", ())]


@pytest.mark.parametrize("directive", NEXT, ids=lambda each: type(each).__name__)
def test_what_callers_hear_is_in_the_grammar(directive) -> None:
    """Twilio knows each element, where it stands, and each attribute of it."""
    for said in [(), (directive,), *((directive, follows) for follows in NEXT)]:
        document = twiml.document(said, SCENE)
        assert grammar.faults(document) == [], document


def test_no_directive_is_left_out() -> None:
    """What the core may say, the tables above have."""
    assert {type(said) for said in NEXT} == set(get_args(Directive))


def test_the_grammar_refuses() -> None:
    """What Twilio warns about with 12200 is a fault here."""
    misplaced = (
        b"<Response><Play loop='1'>x</Play><Gather><Dial/></Gather><Say pitch='2'/></Response>"
    )
    assert grammar.faults(misplaced) == ["Dial in Gather", "pitch of Say"]
    assert grammar.faults(b"<Answer/>") == ["Answer"]
