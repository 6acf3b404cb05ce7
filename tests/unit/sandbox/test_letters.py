"""Mails as customers write and read them."""

import pytest

from gateway.sandbox import letters
from gateway.sandbox.letters import Draft, File

AT_MS = 1_795_251_600_000
SHOP = "support@shop.example"


def draft(**changes: object) -> Draft:
    base = {"sender": "li@example.com", "recipient": SHOP}
    return Draft(**{**base, **changes})  # type: ignore[arg-type]


ROUND_TRIPS = {
    "ascii": draft(subject="Where is it?", text="Hello,\nplease look.\n\nLi"),
    "chinese": draft(sender_name="李雷", subject="订单 3371 没有更新", text="你好，\n麻烦看看。"),
    "long chinese subject": draft(subject="很长的主题" * 40, text="x"),
    "odd name": draft(sender_name='O"Brien, <li>', subject="a", text="b"),
    "name beyond ascii with quotes": draft(sender_name='李 "雷", Lei', subject="a", text="b"),
    "line too long for SMTP": draft(subject="a", text="x" * 5_000),
    "emoji": draft(subject="👋🏽", text="👨‍👩‍👧 好"),
    "in a thread": draft(
        subject="Re: a", text="b", references=("<one@x>", f"<{'2' * 200}@x>", "<three@x>")
    ),
    "file": draft(
        subject="a",
        text="b",
        files=(File(filename="a.png", media_type="image/png", content=b"\x89"),),
    ),
    "file beyond ascii": draft(
        subject="a",
        text="b",
        files=(
            File(filename="杯子 裂了.png", media_type="image/png", content=bytes(range(256))),
            File(filename="note.txt", media_type="text/plain", content="好".encode()),
        ),
    ),
    "nothing": draft(),
}


@pytest.mark.parametrize("written", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_what_is_written_is_what_is_read(written: Draft) -> None:
    """A mail reads as it was written, and no line of it is too long or ends oddly."""
    raw = letters.compose(written, message_id="<m@x>", at_ms=AT_MS)
    seen = letters.read(raw)
    assert (seen.sender, seen.sender_name) == (written.sender, written.sender_name)
    assert (seen.subject, seen.text) == (written.subject, written.text)
    assert (seen.message_id, seen.references) == ("<m@x>", written.references)
    assert [letters.enclosure(raw, n) for n in range(len(seen.files))] == list(written.files)
    assert [(f.filename, f.size_bytes) for f in seen.files] == [
        (f.filename, len(f.content)) for f in written.files
    ]
    lines = raw.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line or len(line) > 998]
    assert raw.isascii()


@pytest.mark.parametrize("field", ["subject", "sender_name", "sender", "references"])
def test_nobody_adds_a_header_by_a_field(field: str) -> None:
    """Line ends within a field become spaces."""
    evil = "a\r\nBcc: everybody@example.com"
    written = draft(**{field: (evil,) if field == "references" else evil})
    raw = letters.compose(written, message_id="<m@x>", at_ms=AT_MS)
    assert b"\r\nBcc:" not in raw


UNREADABLE = {
    "empty": b"",
    "garbage": bytes(range(256)) * 3,
    "unknown charset": b"Content-Type: text/plain; charset=klingon\r\n\r\nhi",
    "broken encoded word": b"Subject: =?utf-8?b?%%%?=\r\n\r\nhi",
    "unknown charset in subject": b"Subject: =?klingon?q?hi?=\r\n\r\nhi",
    "broken base64": b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
    "multipart without parts": b"Content-Type: multipart/mixed\r\n\r\n",
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_reading_never_fails(raw: bytes) -> None:
    """What cannot be read is shown as it came."""
    assert isinstance(letters.read(raw), letters.Reading)


def test_html_alone_is_shown_as_written() -> None:
    """The sandbox renders no HTML; without a plain part it shows the source."""
    raw = b"Content-Type: text/html\r\n\r\n<p>hi</p>"
    assert letters.read(raw).text == "<p>hi</p>"


def test_there_is_no_file_of_a_number_that_is_not_there() -> None:
    """Files are numbered from 0."""
    raw = letters.compose(ROUND_TRIPS["file"], message_id="<m@x>", at_ms=AT_MS)
    assert letters.enclosure(raw, 0) is not None
    assert letters.enclosure(raw, 1) is None
    assert letters.enclosure(raw, -1) is None
