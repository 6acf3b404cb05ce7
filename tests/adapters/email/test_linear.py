"""No mail makes its reader slow: the work grows with the length, and no faster.

Work is counted, not timed: each call of a function, ours or the interpreter's, is one step. What
one step may cost is bounded by the limits of what is given to it.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from adapters.email.wire import html as html_module
from adapters.email.wire.html import clean_html, tokens
from adapters.email.wire.inbound import decode_mail
from adapters.email.wire.limits import MAX_MAIL_BYTES
from gateway.contract import InboundMessage
from tests.adapters.email.mails import OWN, mail, multipart, part

SMALL, GROWTH = 200, 8
# Linear work grows eightfold, and doubles where rich HTML takes the careful way; quadratic work
# grows sixty-four-fold. Between them lies plenty of room.
ALLOWED = 20


def steps(work: Callable[[], Any]) -> int:
    """How many calls the work takes."""
    count = 0

    def count_one(_frame, event, _arg) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(count_one)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def header(name: str, unit: bytes) -> Callable[[int], bytes]:
    return lambda n: mail(b"x", **{name: (unit * n)[:60_000]})


def body(
    unit: bytes, content_type: str = "text/plain; charset=utf-8", **fields: str
) -> Callable[[int], bytes]:
    return lambda n: mail(unit * n, content_type=content_type, **fields)


def html(unit: bytes) -> Callable[[int], bytes]:
    return body(unit, "text/html")


def bounce(unit: bytes) -> Callable[[int], bytes]:
    return lambda n: mail(
        b"failed\r\n" + unit * n, From="mailer-daemon@x", subject="failed", return_path="<>"
    )


GROWING = [
    ("commas in From", header("From", b",")),
    ("opening angles", header("From", b"<")),
    ("quotes", header("From", b'"')),
    ("comments", header("From", b"(")),
    ("colons after at signs", header("To", b"@:")),
    ("names without addresses", header("To", b"a b, ")),
    ("encoded words never closed", header("subject", b"=?utf-8?b?")),
    ("encoded words", header("subject", b"=?utf-8?q?a?= ")),
    ("parameters", header("content_type", b"text/plain; a=b")),
    ("quoted parameters", header("content_disposition", b'; a="\\"')),
    ("references", header("references", b"<a@b> ")),
    ("references never closed", header("references", b"<")),
    ("authentication results", header("authentication_results", b"mx.shop.example; (")),
    ("quoted lines", body(b"> a\n")),
    ("attributions", body(b"On Mon, Jan 5, 2026 at 10:00 AM a <a@b.c> wrote:\n")),
    ("almost attributions", body(b"On Mon, Jan 5, 2026 a@b.c\n")),
    ("header blocks", body(b"From: a@b.c\n")),
    ("almost header blocks", body(b"From: a\nSent: b\n\n")),
    ("rules", body(b"-----\n")),
    ("signature rules", body(b"-- \n")),
    ("blank lines", body(b"\n")),
    ("one endless line", body(b"On 1 Jan 2026 a@b.c wrote: ")),
    ("flowed lines", body(b"a \n", "text/plain; format=flowed")),
    ("escapes of ISO-2022-JP", body(b"\x1b$B!!", "text/plain; charset=iso-2022-jp")),
    ("shifts of ISO-2022-CN", body(b"\x0e\x0f", "text/plain; charset=iso-2022-cn")),
    ("base64 with rubbish", body(b"aGk\x80=\n", content_transfer_encoding="base64")),
    ("uuencode with rubbish", body(b"begin 644 x\n~~~\n", content_transfer_encoding="x-uuencode")),
    ("delimiters that are none", body(b"--b1 x\r\n", "multipart/mixed; boundary=b1")),
    ("nested elements", html(b"<div>")),
    ("nested quotations", html(b"<blockquote>a")),
    ("elements never opened", html(b"</div>")),
    ("cells", html(b"<table><td>")),
    ("tags never closed", html(b"<a href=")),
    ("quotes in tags", html(b"<a b='")),
    ("comments in HTML", html(b"<!--")),
    ("scripts", html(b"<script>")),
    ("titles", html(b"<title></title>")),
    ("ampersands", html(b"&")),
    ("less-than signs", html(b"<")),
    ("attributes", html(b"<p a=1 b=2 c=3>")),
    ("preformatted lines", html(b"<pre>a\n")),
    ("addresses in a bounce", bounce(b"a@b.c ")),
    ("half addresses in a bounce", bounce(b"a@")),
    ("codes in a bounce", bounce(b"5.1.1. ")),
    ("rules in a bounce", bounce(b"------- ")),
    ("groups of a report", lambda n: multipart("report", part("message/delivery-status", "Final-Recipient: a@b.c\r\n\r\n" * n))),
]  # fmt: skip


@pytest.mark.parametrize("make", [row[1] for row in GROWING], ids=[row[0] for row in GROWING])
def test_linear(make: Callable[[int], bytes]) -> None:
    """A mail eight times as long takes about eight times the work."""
    small, large = make(SMALL), make(SMALL * GROWTH)
    decode_mail(small, OWN)  # so that what is made once is made
    few, many = steps(lambda: decode_mail(small, OWN)), steps(lambda: decode_mail(large, OWN))
    assert many <= few * ALLOWED + 1_000, f"{few} steps became {many}"


def test_the_counter_sees_quadratic_work() -> None:
    """The measure itself can fail."""

    def quadratic(n: int) -> None:
        for outer in range(n):
            for inner in range(outer):
                abs(inner)

    assert steps(lambda: quadratic(SMALL * 2)) > steps(lambda: quadratic(SMALL // 4)) * ALLOWED


HUGE = [
    ("50 MiB of words", b"word " * (10 * 1024 * 1024)),
    ("50 MiB of line ends", b"\n" * (50 * 1024 * 1024)),
    ("50 MiB of greater-than", b">\n" * (25 * 1024 * 1024)),
]


@pytest.mark.parametrize("content", [row[1] for row in HUGE], ids=[row[0] for row in HUGE])
def test_the_largest_mail(content: bytes) -> None:
    """However long a mail is, what is made of it is of bounded size, and the rest is a file."""
    raw = (mail(b"") + content)[:MAX_MAIL_BYTES]
    (message,) = decode_mail(raw, OWN)
    assert isinstance(message, InboundMessage)
    assert len(message.text) <= len(message.mail.text_full) <= 1_000_000
    assert [file.size_bytes for file in message.attachments] == [len(raw) - len(mail(b""))]


# --- what the cleaner of HTML is given ------------------------------------------------------------


class Recorder:
    """Stands before the cleaner and keeps what it is given."""

    def __init__(self, cleaner) -> None:
        self._cleaner = cleaner
        self.given = ""

    def clean(self, html: str) -> str:
        self.given = html
        return self._cleaner.clean(html)


RICH = [
    ("nested", "<div>" * 20_000),
    ("nested, and closed", "<div>" * 20_000 + "</div>" * 20_000),
    ("nested behind a wall", "<div><object></div></object>" * 10_000),
    ("cells", "<table><td>" * 10_000),
    ("formatting", "<b><i>" * 10_000),
    ("ampersands", "&" * 200_000),
    ("less-than signs", "<" * 200_000),
    ("attributes", "<p " + "".join(f"a{n}=1 " for n in range(50_000)) + ">x"),
    ("long addresses", '<a href="' + "?&" * 100_000 + '">x</a>'),
]


@pytest.mark.parametrize("rich", [row[1] for row in RICH], ids=[row[0] for row in RICH])
def test_the_cleaner_is_never_overwhelmed(rich: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is quadratic in depth, in ampersands and in attributes: it never gets many of them."""
    recorder = Recorder(html_module._CLEANER)
    monkeypatch.setattr(html_module, "_CLEANER", recorder)
    clean_html(rich)
    deepest = depth = 0
    for token in tokens(recorder.given):
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        deepest = max(deepest, depth)
        assert len(token.data) <= 8_000 or token.kind == "text"
    assert deepest <= 200
    assert recorder.given.count("&") <= 100_000


def test_levelling_keeps_the_words() -> None:
    """What lies too deep loses its elements, not its words."""
    words = [f"w{n}" for n in range(4_000)]
    cleaned = clean_html("".join(f"<div>{word}" for word in words))
    assert re.findall(r"w\d+", cleaned) == words
