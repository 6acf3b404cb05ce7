"""Words before they are saved: what a channel of the desk would refuse."""

import pytest

from gateway.contract import Capabilities, TextUnit
from gateway.pipeline.inforce import InForce
from gateway.pipeline.wordcheck import TOO_LONG, Readers, judged, unfit
from templates import Wording
from templates.courtesy import Level
from tests.unit.pipeline.desk import BOOK, START_MS, Rulebook

SMS = Capabilities(max_text=2, text_unit=TextUnit.SMS)
SHORT = Capabilities(max_text=100, text_unit=TextUnit.CHARACTERS)
BYTES = Capabilities(max_text=60, text_unit=TextUnit.BYTES)
SPOKEN = Capabilities(max_text=0)
ROOMY = Capabilities(max_text=100_000)
LONG = "We look into it. " * 30  # 510 characters, four SMS


def readers(**channels: Capabilities) -> Readers:
    inforce = InForce(1, Rulebook.model_validate(BOOK))
    return Readers(
        channels={name: (caps,) for name, caps in channels.items()},
        values=lambda _: {"desk_name": "Dawnlight"},
        timezone="UTC",
        at=START_MS,
        hours=inforce.calendar_of_queue("main"),
        strictness=inforce.strictness,
        is_channel=lambda _: True,
    )


def wording(locale: str = "en", only: tuple[str, ...] = (), **variants: str) -> Wording:
    words = {"" if part == "any" else part: said for part, said in variants.items()}
    return Wording(locale=locale, purpose="to test", variables=(), variants=words, only=only)


CASES = [
    ("every channel that refuses it", wording(any=LONG), ["line", "sms"]),
    ("but those with words of their own", wording(any=LONG, sms="We do."), ["line"]),
    ("and those that it is not for", wording(any=LONG, only=("sms",)), ["sms"]),
    ("nothing that fits", wording(any="We do."), []),
]


@pytest.mark.parametrize(("_what", "said", "told"), CASES, ids=[row[0] for row in CASES])
def test_words_for_any_channel(_what: str, said: Wording, told: list[str]) -> None:
    """Each channel of the desk that would refuse them is named, with the cure, as a warning."""
    found = judged("ours", said, readers(sms=SMS, line=SHORT, voice=SPOKEN, webchat=ROOMY))
    remarks = [each for each in found.remarks if each.finding.rule == TOO_LONG]
    assert found.faults == []
    assert [each.finding.message.split(" ")[0] for each in remarks] == told
    assert {(each.part, each.line, each.finding.level) for each in remarks} <= {("", 0, Level.WARN)}


def test_a_channels_own_words_that_do_not_fit_are_a_fault() -> None:
    """Nobody else could be meant."""
    found = judged("ours", wording(any="We do.", sms=LONG), readers(sms=SMS))
    assert [(fault.part, "too long" in fault.what) for fault in found.faults] == [("sms", True)]


UNITS = [
    ("en", SMS, LONG, "takes 4 SMS, of 2 at most"),
    ("en", SHORT, LONG, "takes 510 characters, of 100 at most"),
    ("zh-CN", SMS, "我们正在为您核实。" * 20, "3 条短信，最多 2 条短信"),
    ("zh-TW", SHORT, "我們正在為您核實。" * 20, "180 个字，最多 100 个字"),
    ("zh-CN", BYTES, "我们正在为您核实。" * 20, "540 字节，最多 60 字节"),
]


@pytest.mark.parametrize(("locale", "caps", "text", "told"), UNITS)
def test_in_the_readers_language(locale: str, caps: Capabilities, text: str, told: str) -> None:
    """With the figures as the channel counts them, and the place of what is too much."""
    finding = unfit(text, "sms", (caps,), locale)
    assert finding is not None
    assert told in finding.message
    assert "=== sms" in finding.message
    assert (finding.end, finding.start < finding.end) == (len(text), True)
    assert unfit(text[: finding.start], "sms", (caps,), locale) is None
    assert unfit(text, "voice", (SPOKEN,), locale) is None
