"""Our messages as mails: judged by the standard library's parser and by our own."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.addresses import mailboxes
from adapters.email.wire.identity import Own, own_message_id, reply_address
from adapters.email.wire.outbound import HeaderRefused, compose, is_sendable
from adapters.email.wire.structure import parse_headers
from gateway.contract import MailThread, OutboundAttachment, OutboundMessage
from tests.adapters.email.mails import ADDRESS, CONVERSATION, OWN

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
ZH = "您好，\n\n您的包裹已于今天上午发出。查询：https://shop.example/t?id=1&x=2。\n祝好"


def message(**changes) -> OutboundMessage:
    given = {
        "id": ID,
        "conversation": CONVERSATION,
        "account": "mail",
        "recipient": "mailto:li@example.com",
        "text": "Your parcel is on its way.",
        "thread": MailThread(subject="Where is my parcel?"),
        "written_at": 1_767_578_400_000,
    }
    return OutboundMessage(**(given | changes))


def composed(name: str = "The Shop", files=(), **changes) -> EmailMessage:
    raw = compose(message(**changes), OWN, name, files)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert not parsed.defects
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(parsed: EmailMessage, kind: str = "plain") -> str:
    part = parsed.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def test_a_mail() -> None:
    """Who, to whom, what about, when, and a name that is the same at every try."""
    parsed = composed()
    assert parsed["Message-ID"] == f"<{ID}@shop.example>" == own_message_id(ID, OWN)
    assert parsed["From"] == f"The Shop <{ADDRESS}>"
    assert parsed["To"] == "li@example.com"
    assert parsed["Subject"] == "Where is my parcel?"
    assert parsed["Date"] == "Mon, 05 Jan 2026 02:00:00 +0000"
    assert parsed["MIME-Version"] == "1.0"
    assert body(parsed) == "Your parcel is on its way."
    assert parsed["X-Parley-Message"] == ID


def test_the_same_bytes() -> None:
    """Every try sends the same mail, byte for byte."""
    assert compose(message(), OWN, "The Shop") == compose(message(), OWN, "The Shop")


def test_the_answer_comes_home() -> None:
    """Reply-To is the address that proves the conversation; without a key there is none."""
    assert reply_address(OWN, CONVERSATION) in composed()["Reply-To"]
    plain = compose(message(), Own("mail", ADDRESS), "")
    assert b"Reply-To" not in plain


def test_threading() -> None:
    """It stays in its thread, under a subject with one Re:."""
    thread = MailThread(subject="订单", in_reply_to="<2@x>", references=("<1@x>", "<2@x>"))
    parsed = composed(thread=thread)
    assert parsed["In-Reply-To"] == "<2@x>"
    assert parsed["References"].split() == ["<1@x>", "<2@x>"]
    assert parsed["Subject"] == "Re: 订单"


SUBJECTS = [
    ("Order", None, "Order"),
    ("Order", "<1@x>", "Re: Order"),
    ("Re: Order", "<1@x>", "Re: Order"),
    ("RE: Order", "<1@x>", "RE: Order"),
    ("回复：订单", "<1@x>", "回复：订单"),
    ("AW: Bestellung", "<1@x>", "AW: Bestellung"),
    ("Regarding order", "<1@x>", "Re: Regarding order"),
    ("", "<1@x>", "The Shop"),
    ("tab\there", None, "tab here"),
    ("订单" * 60, None, "订单" * 60),
    ("emoji 👩‍👩‍👧‍👦 " * 9, None, "emoji 👩‍👩‍👧‍👦 " * 8 + "emoji 👩‍👩‍👧‍👦"),
    ("=?utf-8?q?not_a_word?=", None, "=?utf-8?q?not_a_word?="),
    ("x" * 2_000, None, "x" * 2_000),
]


@pytest.mark.parametrize(("subject", "answers", "shown"), SUBJECTS)
def test_subjects(subject: str, answers: str | None, shown: str) -> None:
    """A subject arrives as it was written, of any length and in any script."""
    parsed = composed(thread=MailThread(subject=subject, in_reply_to=answers))
    assert parsed["Subject"] == shown


def test_long_threads() -> None:
    """Of very many references the first and the newest stay, each on a line of its own."""
    many = tuple(f"<{n}.{'x' * 60}@example.com>" for n in range(300))
    parsed = composed(thread=MailThread(subject="x", in_reply_to=many[-1], references=many))
    kept = parsed["References"].split()
    assert (kept[0], kept[-1], len(kept)) == (many[0], many[-1], 21)


def test_ids_that_are_none_are_left_out() -> None:
    """A stranger's broken Message-ID does not break our header."""
    thread = MailThread(subject="x", in_reply_to="nonsense", references=("<a b>", "<ok@x>"))
    parsed = composed(thread=thread)
    assert parsed["In-Reply-To"] is None
    assert parsed["References"] == "<ok@x>"


NAMES = [
    "The Shop",
    "Shop, Ltd",
    'The "Best" Shop',
    "李雷的店",
    "Müller & Söhne",
    "a@b.c",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    """Our name arrives as it was set, whatever is in it."""
    sender = composed(name=name)["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (name, ADDRESS)


def test_a_very_long_name() -> None:
    """Our own reader joins what was folded; the standard library's puts spaces between."""
    name = "店" * 80
    raw = compose(message(), OWN, name)
    assert mailboxes(parse_headers(raw).first("from"))[0].name == name


TEXTS = [
    "plain",
    "",
    "a\nb\n\nc",
    ZH,
    "Grüße\n" * 50,
    "x" * 5_000,
    ".\n..\n.x",
    "From me",
    "tab\there",
    "trailing  \nspace ",
    "=3D =?utf-8?b?x?=",
    "a\r\nb\rc",
    "--=_0189",
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
def test_texts(text: str) -> None:
    """The text arrives as it was written; a carriage return is a line end like any other."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert body(composed(text=text)).rstrip("\n") == plain.rstrip("\n")


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Any text arrives but for control characters."""
    wanted = "".join(c for c in text if c in "\t\n\x85" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    got = body(composed(text=text.replace("\r", "")))
    assert got.split() == wanted.split()


def test_html() -> None:
    """Beside the text stands the same as HTML: paragraphs, links, and nothing that was not said."""
    html = body(composed(text=ZH + "\n\n<script>alert(1)</script>", language="zh-CN"), "html")
    assert '<html lang="zh-CN">' in html
    assert '<a href="https://shop.example/t?id=1&amp;x=2">' in html
    assert "<script>" not in html
    assert html.count("<p>") == 3


def test_automatic() -> None:
    """An automatic mail says so (RFC 3834), a person's does not."""
    machine = composed(automatic=True)
    assert machine["Auto-Submitted"] == "auto-replied"
    assert machine["X-Auto-Response-Suppress"] == "All"
    assert machine["Precedence"] == "bulk"
    person = composed()
    assert not {"auto-submitted", "precedence"} & {name.lower() for name in person.keys()}  # noqa: SIM118


def attachment(name: str, media_type: str, data: bytes) -> tuple[OutboundAttachment, bytes]:
    file = OutboundAttachment(
        media_type=media_type, filename=name, size_bytes=len(data), sha256="", path=Path(name)
    )
    return file, data


FILES = [
    ("a.pdf", "application/pdf", "a.pdf", "application/pdf"),
    ("报价单 2026.pdf", "application/pdf", "报价单 2026.pdf", "application/pdf"),
    ("很长的名字" * 12 + ".xlsx", "application/vnd.ms-excel", "很长的名字" * 11 + "很长的.xlsx", "application/vnd.ms-excel"),
    ("../../x\r\nBcc: a@b.c.txt", "text/plain", "xBcc_ a@b.c.txt", "text/plain"),
    ('a"b.txt', "text/plain", "a_b.txt", "text/plain"),
    ("mail.eml", "message/rfc822", "mail.eml", "application/octet-stream"),
    ("x", "text/html\r\nBcc: a@b.c", "x", "application/octet-stream"),
    ("", "image/png", "file", "image/png"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "shown", "media_type"), FILES)
def test_files(name: str, said: str, shown: str, media_type: str) -> None:
    """A file arrives with its bytes, its kind and its name, in any script; never as a header."""
    data = bytes(range(256)) * 10
    parsed = composed(files=[attachment(name, said, data)])
    (file,) = parsed.iter_attachments()
    assert file.get_filename() == shown
    assert file.get_content_type() == media_type
    assert file.get_payload(decode=True) == data
    assert parsed["Bcc"] is None
    assert body(parsed)


REFUSED = [
    "a\nb",
    "a\rBcc: x@y.z",
    "a\0b",
    "a\x0bb",
    "a\x0cb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "a\x1bb",
    "a\x7fb",
]


@pytest.mark.parametrize("subject", REFUSED)
def test_the_header_guard(subject: str) -> None:
    """What would end a line somewhere is refused, and no mail is made."""
    with pytest.raises(HeaderRefused, match="Subject contains"):
        composed(thread=MailThread(subject=subject))


SENDABLE = [
    ("li@example.com", True),
    ("li@例子.中国", True),
    ("李@example.com", True),
    ("a@b,c@d", False),
    ("a@b\r\nRCPT TO:<x@y>", False),
    ("unknown", False),
    ("", False),
]


@pytest.mark.parametrize(("address", "good"), SENDABLE)
def test_who_can_be_written_to(address: str, good: bool) -> None:
    """One address, its domain writable in DNS."""
    assert is_sendable(address) is good


def test_an_international_domain() -> None:
    """Beyond ASCII a domain is written as in DNS, in the envelope as in the header."""
    assert "li@xn--fsqu00a.xn--fiqs8s" in composed(recipient="mailto:li@例子.中国")["To"]
