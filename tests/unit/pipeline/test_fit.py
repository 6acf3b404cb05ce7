"""What fits a channel, and the words of each refusal."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import (
    AttachmentRule,
    Capabilities,
    MessageKind,
    OutboundAttachment,
    OutboundMessage,
    TextUnit,
)
from gateway.domain.outcome import Refusal
from gateway.domain.sms import segments
from gateway.pipeline.fit import fit, text_units

MB = 1024 * 1024


def message(
    text: str = "hello", *files: OutboundAttachment, kind: MessageKind = MessageKind.TEXT
) -> OutboundMessage:
    return OutboundMessage(
        id="m1",
        conversation="c1",
        account="a",
        recipient="tel:+4915112345678",
        text=text,
        attachments=files,
        kind=kind,
    )


def file(
    media_type: str = "image/png", size: int = 1000, name: str = "a.png"
) -> OutboundAttachment:
    return OutboundAttachment(
        media_type=media_type, filename=name, size_bytes=size, sha256="0" * 64, path=Path("a")
    )


def caps(limit: int = 10, unit: TextUnit = TextUnit.CHARACTERS, **fields) -> Capabilities:
    return Capabilities(max_text=limit, text_unit=unit, **fields)


PICTURES = caps(
    attachments=(
        AttachmentRule(media_type="image/", max_bytes=2 * MB),
        AttachmentRule(media_type="image/gif", max_bytes=MB),
    ),
    max_attachments=2,
    max_total_bytes=3 * MB,
)

UNITS = [
    ("", TextUnit.CHARACTERS, 0),
    ("a😀中", TextUnit.CHARACTERS, 3),
    ("a😀中", TextUnit.UTF16, 4),
    ("a😀中", TextUnit.BYTES, 8),
    ("", TextUnit.SMS, 0),
    ("a" * 160, TextUnit.SMS, 1),
    ("a" * 161, TextUnit.SMS, 2),
    ("a" * 306, TextUnit.SMS, 2),
    ("a" * 307, TextUnit.SMS, 3),
    ("中" * 70, TextUnit.SMS, 1),
    ("中" * 71, TextUnit.SMS, 2),
    ("中" * 134, TextUnit.SMS, 2),
    ("中" * 135, TextUnit.SMS, 3),
    ("a" * 159 + "中", TextUnit.SMS, 3),
]


@pytest.mark.parametrize(("text", "unit", "expected"), UNITS)
def test_units(text: str, unit: TextUnit, expected: int) -> None:
    """A text is as long as its channel counts it."""
    assert text_units(text, unit) == expected


FITTING = [
    ("just long enough", message("a" * 10), caps()),
    ("one segment of Chinese", message("中" * 70), caps(1, TextUnit.SMS)),
    ("a file without words", message("", file()), PICTURES),
    ("the largest file", message("", file(size=2 * MB)), PICTURES),
    ("type in capitals", message("", file("IMAGE/PNG")), PICTURES),
    (
        "any type where the rule is empty",
        message("", file("x/y")),
        caps(attachments=(AttachmentRule(media_type="", max_bytes=MB),), max_attachments=1),
    ),
    (
        "a place without words",
        message("", kind=MessageKind.LOCATION),
        caps(kinds=frozenset({MessageKind.LOCATION})),
    ),
]


@pytest.mark.parametrize(
    ("given_", "limits"), [r[1:] for r in FITTING], ids=[r[0] for r in FITTING]
)
def test_fits(given_: OutboundMessage, limits: Capabilities) -> None:
    """A message that fits goes as it is."""
    assert fit(given_, limits) == given_


REFUSED = [
    ("nothing", message(""), caps(), "empty", "neither words nor files"),
    ("only spaces", message(" \n　"), caps(), "empty", "neither words nor files"),
    ("only control characters", message("\x00\x07"), caps(), "empty", "neither words nor files"),
    ("a kind", message(kind=MessageKind.LOCATION), caps(), "kind_unsupported", "one of: text"),
    ("one too long", message("a" * 11), caps(), "too_long", "Shorten it by 1 character,"),
    (
        "much too long",
        message("a" * 2010),
        caps(),
        "too_long",
        "takes 2,010 characters; this channel carries 10 characters. Shorten it by 2,000 characters,",
    ),
    (
        "utf-16",
        message("😀" * 6),
        caps(10, TextUnit.UTF16),
        "too_long",
        "Shorten it by 1 character,",
    ),
    (
        "bytes",
        message("中文"),
        caps(5, TextUnit.BYTES),
        "too_long",
        "takes 6 bytes; this channel carries 5 bytes",
    ),
    (
        "segments",
        message("a" * 161),
        caps(1, TextUnit.SMS),
        "too_long",
        "takes 2 SMS; this channel carries 1 SMS. Shorten it by 1 character,",
    ),
    (
        "one odd character",
        message("a" * 80 + "“"),
        caps(1, TextUnit.SMS),
        "too_long",
        "Without “ it would take 1 SMS and fit.",
    ),
    (
        "no files at all",
        message("hi", file()),
        caps(),
        "too_many_attachments",
        "carries no files. Send a link",
    ),
    (
        "too many files",
        message("", file(), file(), file()),
        PICTURES,
        "too_many_attachments",
        "has 3 files; this channel carries 2 files. Remove 1,",
    ),
    (
        "wrong type",
        message("", file("text/html", name="x.html")),
        PICTURES,
        "attachment_type",
        "cannot carry x.html (text/html). It carries: image,",
    ),
    (
        "too large",
        message("", file(size=2 * MB + 1)),
        PICTURES,
        "attachment_too_large",
        "a.png has 2.0 MB; this channel carries 2.0 MB of its type",
    ),
    (
        "the narrower rule",
        message("", file("image/gif", 3 * MB // 2)),
        PICTURES,
        "attachment_too_large",
        "1.5 MB; this channel carries 1.0 MB",
    ),
    (
        "too large together",
        message("", file(size=2 * MB), file(size=2 * MB)),
        PICTURES,
        "attachments_too_large",
        "4.0 MB together; this channel carries 3.0 MB",
    ),
]


@pytest.mark.parametrize(
    ("given_", "limits", "code", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused(given_: OutboundMessage, limits: Capabilities, code: str, words: str) -> None:
    """What does not fit is refused: what is wrong, by how much, and what to do now."""
    refusal = fit(given_, limits)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert words in f"{refusal.detail} {refusal.what_to_do}"
    assert refusal.what_to_do
    assert refusal.status == 422


def test_control_characters_go() -> None:
    """Line ends become one kind, and what no provider takes is left out; tabs stay."""
    got = fit(message("a\r\nb\rc\x00\x1b\ud83d\td\u2028e"), caps(20))
    assert isinstance(got, OutboundMessage)
    assert got.text == "a\nb\nc\td\ne"


@pytest.mark.parametrize("text", ["a" * 161 + "“", "长" * 2_000])
def test_no_hint_that_does_not_help(text) -> None:
    """Leaving out a character is not advised when the text would be too long still, or empty."""
    refusal = fit(message(text), caps(1, TextUnit.SMS))
    assert isinstance(refusal, Refusal)
    assert "Without" not in refusal.what_to_do


@given(st.text(max_size=400), st.sampled_from(TextUnit), st.integers(1, 300))
def test_the_advice_is_right(text: str, unit: TextUnit, limit: int) -> None:
    """Leaving out as many characters as told makes it fit, and one fewer does not."""
    refusal = fit(message("x" + text), caps(limit, unit))
    if isinstance(refusal, Refusal):
        clean = fit(message("x" + text), caps(10**6, unit))
        assert isinstance(clean, OutboundMessage)
        over = refusal.extra["over_characters"]
        assert text_units(clean.text[: len(clean.text) - over], unit) <= limit
        assert text_units(clean.text[: len(clean.text) - over + 1], unit) > limit


ALPHABET = st.sampled_from("aé€[中😀\n")


@given(st.text(ALPHABET, max_size=300), ALPHABET)
def test_segments_only_grow(text: str, more: str) -> None:
    """A longer text never takes fewer segments, and one character adds at most one part, unless it
    changes the alphabet."""
    assert segments(text) <= segments(text + more)
