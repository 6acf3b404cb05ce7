"""Choices: what is offered to be tapped, as numbered lines where a channel has nothing to tap."""

from pathlib import Path
from typing import Any

import pytest

from gateway.contract import (
    AttachmentRule,
    Capabilities,
    Choice,
    ChoiceRule,
    MessageKind,
    OutboundAttachment,
    OutboundMessage,
    TextUnit,
)
from gateway.domain.clock import DAY_MS
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.pipeline.fit import fit
from gateway.store.queries import http_rows
from gateway.verbs.resend import Resend
from tests.unit.pipeline.desk import opened
from tests.unit.pipeline.test_quoting import shown
from tests.unit.pipeline.toy import Toy, said

RULE = ChoiceRule(most=2, max_label=5, max_text=20, label_unit=TextUnit.BYTES)
PICTURE = OutboundAttachment(
    media_type="image/png", filename="a.png", size_bytes=9, sha256="0" * 64, path=Path("a")
)


def offering(*labels: str, text: str = "Which?", **fields: Any) -> OutboundMessage:
    choices = tuple(Choice(id=f"o-{n}", label=label) for n, label in enumerate(labels, start=1))
    base = {"id": "m", "conversation": "c", "account": "a", "recipient": "tel:+491"}
    return OutboundMessage(**(base | {"text": text, "choices": choices} | fields))


def caps(rule: ChoiceRule | None = RULE, most: int = 60) -> Capabilities:
    files = (AttachmentRule(media_type="", max_bytes=100),)
    return Capabilities(max_text=most, choices=rule, attachments=files, max_attachments=1)


OFFERED = [
    ("as many as there is room for", offering("Red", "Blue"), ("Red", "Blue")),
    ("labels in one line", offering(" Dark\r\nred ", "b"), None),
    ("a label of the greatest length", offering("12345"), ("12345",)),
    ("a label too long", offering("123456"), None),
    ("as the channel counts", offering("红色"), None),
    ("too many", offering("a", "b", "c"), None),
    ("words too long to stand above", offering("a", text="x" * 21), None),
    ("beside a file", offering("a", attachments=(PICTURE,)), None),
]


@pytest.mark.parametrize(("label", "message", "taps"), OFFERED, ids=[r[0] for r in OFFERED])
def test_what_can_be_tapped_is_else_numbered(
    label: str, message: OutboundMessage, taps: tuple[str, ...] | None
) -> None:
    """The customer can answer either way, and nothing of what was offered is lost."""
    fitted = fit(message, caps())
    assert isinstance(fitted, OutboundMessage)
    names = tuple(choice.label for choice in fitted.choices)
    labels = [" ".join(choice.label.split()) for choice in message.choices]
    if taps is not None:
        assert (fitted.kind, fitted.text, names) == (MessageKind.INTERACTIVE, message.text, taps)
        return
    lines = [f"{number}. {each}" for number, each in enumerate(labels, start=1)]
    assert (fitted.kind, names) == (MessageKind.TEXT, ())
    assert fitted.text == message.text + "\n\n" + "\n".join(lines)


def test_a_channel_without_buttons_numbers_all() -> None:
    """As SMS, mail and web chat do; the lines count as words."""
    fitted = fit(offering("Red", "Blue"), caps(None))
    assert isinstance(fitted, OutboundMessage)
    assert fitted.text == "Which?\n\n1. Red\n2. Blue"
    long = fit(offering("Red", "Blue"), caps(None, most=20))
    assert isinstance(long, Refusal)
    assert long.code == "too_long"


@pytest.mark.parametrize(
    "message",
    [
        offering("a", text=" ", attachments=(PICTURE,)),
        offering("a", "a"),
        offering("a", "a "),
        offering("a", "\u0007"),
        offering(choices=(Choice(id="1", label="a"), Choice(id="1", label="b"))),
    ],
    ids=["no question", "one label twice", "but for a space", "a label of nothing", "one id twice"],
)
def test_choices_can_be_told_apart(message: OutboundMessage) -> None:
    """By the customer, and by whoever reads the answer."""
    for rule in (RULE, None):
        refusal = fit(message, caps(rule))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "bad_choices"


COLOURS = (Choice(id="r", label="Red"), Choice(id="b", label="Blue"))


async def test_choices_go_out_and_the_tap_comes_home(tmp_path: Path) -> None:
    """They stand with the message, go to its adapter, and are offered again when it is resent."""
    toy = Toy(choices=RULE)
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        message = await desk.reply(conversation, "Which?", choices=COLOURS)
        await desk.send()
        assert toy.sent[-1].choices == COLOURS
        assert (await shown(desk, message.id)).choices == COLOURS
        tap = said("Blue", "2", kind=MessageKind.INTERACTIVE, choice="b")
        heard = (await desk.hear(tap)).messages[0]
        assert heard.conversation == conversation
        assert (await shown(desk, heard.id)).choice == "b"
        lost = await desk.reply(conversation, "Which now?", choices=COLOURS)
        await desk.send(RuntimeError("gone"))
        await desk.store.submit(Resend(desk="desk", message=lost.id, by="agent:emma"))
        await desk.send()
        assert (toy.sent[-1].text, toy.sent[-1].choices) == ("Which now?", COLOURS)


@pytest.mark.parametrize("taps", [True, False], ids=["it can be tapped there", "it cannot"])
async def test_a_held_reply_offers_them_where_it_leaves(tmp_path: Path, taps: bool) -> None:
    """By another channel, as that channel can."""
    other = Toy(choices=RULE if taps else None)
    async with opened(tmp_path, toy=Toy(window_ms=DAY_MS, choices=RULE), other=other) as desk:
        conversation = await desk.ask_in()
        desk.clock.now += DAY_MS
        held = await desk.reply(conversation, "Which?", choices=COLOURS)
        assert held.state == "held"
        await desk.hear(said("Hello?", "2"), account="other")
        await desk.send()
        (sent,) = other.sent
        kept = await desk.store.read(http_rows.one, Message, held.id)
        assert kept is not None
        if taps:
            assert (sent.text, sent.choices, kept.kind) == ("Which?", COLOURS, "interactive")
        else:
            lines = "Which?\n\n1. Red\n2. Blue"
            assert (sent.text, sent.choices, kept.kind) == (lines, (), "text")
