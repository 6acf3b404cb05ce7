"""The tree of parts: as the standard library sees well-formed mails, and more patient with others."""

import email
import hashlib
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.limits import BeyondLimits
from adapters.email.wire.structure import Part, parse_headers, parse_mail
from tests.adapters.email.mails import mail, multipart, nested, part

JPEG = bytes(range(256))


def leaves(raw: bytes) -> list[tuple[str, bytes]]:
    return [(p.media_type, p.content()) for p in parse_mail(raw).walk() if not p.parts]


SHAPES = [
    ("no header at all", b"just words", [("text/plain", b"just words")]),
    ("a header only", b"Subject: x\r\n", [("text/plain", b"")]),
    ("nothing", b"", [("text/plain", b"")]),
    ("plain", mail(b"a\r\nb"), [("text/plain", b"a\r\nb")]),
    ("bare line feeds", b"Subject: x\n\na\nb", [("text/plain", b"a\nb")]),
    ("bare carriage returns", b"Subject: x\r\ra\rb", [("text/plain", b"a\nb")]),
    ("an mbox line", b"From a@b Mon Jan 5\nSubject: x\n\na", [("text/plain", b"a")]),
    ("an envelope on top", b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nSubject: x\r\n\r\na", [("text/plain", b"a")]),
    ("blank lines on top", b"\r\n\r\nSubject: x\r\n\r\na", [("text/plain", b"a")]),
    ("a byte order mark on top", b"\xef\xbb\xbfSubject: x\r\n\r\na", [("text/plain", b"a")]),
    ("the body begins without a blank line", b"Subject: x\r\nwords here\r\n\r\nmore", [("text/plain", b"words here\r\n\r\nmore")]),
    ("two parts", multipart("mixed", part("text/plain", "a"), part("image/jpeg", JPEG, encoding="base64")), [("text/plain", b"a"), ("image/jpeg", JPEG)]),
    ("parts within parts", multipart("mixed", nested("alternative", part("text/plain", "a"), part("text/html", "b"), boundary="b2"), part("text/plain", "c")), [("text/plain", b"a"), ("text/html", b"b"), ("text/plain", b"c")]),
    ("an inner boundary that begins like the outer", multipart("mixed", nested("mixed", part("text/plain", "a"), boundary="b11"), part("text/plain", "c")), [("text/plain", b"a"), ("text/plain", b"c")]),
    ("never closed", multipart("mixed", part("text/plain", "a")).replace(b"--b1--\r\n", b""), [("text/plain", b"a\r\n")]),
    ("the inner never closed", multipart("mixed", nested("mixed", part("text/plain", "a"), boundary="b2").replace(b"--b2--", b""), part("text/plain", "c")), [("text/plain", b"a\r\n"), ("text/plain", b"c")]),
    ("words before and after the parts", multipart("mixed", part("text/plain", "a")).replace(b"--b1\r", b"hello\r\n--b1\r") + b"bye", [("text/plain", b"a")]),
    ("white space behind a boundary", multipart("mixed", part("text/plain", "a")).replace(b"--b1\r", b"--b1 \t\r"), [("text/plain", b"a")]),
    ("a boundary nobody uses", mail(b"words", content_type="multipart/mixed; boundary=zz"), [("multipart/mixed", b"words")]),
    ("no boundary", mail(b"words", content_type="multipart/mixed"), [("multipart/mixed", b"words")]),
    ("a boundary that a gateway changed", mail(b"--yy\r\nContent-Type: text/plain\r\n\r\na\r\n--yy--\r\n", content_type="multipart/mixed; boundary=zz"), [("text/plain", b"a")]),
    ("a parameter that was not folded", b"Content-Type: multipart/mixed;\r\nboundary=b1\r\n\r\n--b1\r\n\r\na\r\n--b1--", [("text/plain", b"a")]),
    ("a multipart in base64", mail(b"LS1iMQ0KDQphDQotLWIxLS0NCg==", content_type="multipart/mixed; boundary=b1", content_transfer_encoding="base64"), [("text/plain", b"a")]),
    ("a digest", multipart("digest", b"\r\nSubject: y\r\n\r\na"), [("message/rfc822", b"Subject: y\r\n\r\na")]),
    ("a mail within, byte for byte", multipart("mixed", part("message/rfc822", b"X : 1\r\n\tY\r\n\r\n.\r\n")), [("message/rfc822", b"X : 1\r\n\tY\r\n\r\n.\r\n")]),
    ("quoted-printable", mail(b"a=3Db=\r\nc =\r\n", content_transfer_encoding="quoted-printable"), [("text/plain", b"a=bc ")]),
    ("quoted-printable that is torn", mail(b"a=3", content_transfer_encoding="Quoted-Printable"), [("text/plain", b"a=3")]),
    ("base64 with rubbish and no padding", mail(b"aGV\x80sbG\r\n8", content_transfer_encoding="base64"), [("text/plain", b"hello")]),
    ("base64 with a footer", mail(b"aGVsbG8=\r\n__\r\nlist footer", content_transfer_encoding="base64"), [("text/plain", b"hello")]),
    ("an encoding nobody knows", mail(b"a=3D", content_transfer_encoding="spam"), [("text/plain", b"a=3D")]),
    ("an encoding with a semicolon", mail(b"aGk=", content_transfer_encoding="base64;"), [("text/plain", b"hi")]),
    ("uuencode", mail(b"begin 644 x\r\n#:&D*\r\n \r\nend\r\n", content_transfer_encoding="x-uuencode"), [("text/plain", b"hi\n")]),
    ("a type that is none", mail(b"a", content_type="text"), [("text/plain", b"a")]),
    ("a type of rubbish", mail(b"a", content_type=";;;"), [("text/plain", b"a")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "expected"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES]
)
def test_shapes(raw: bytes, expected: list[tuple[str, bytes]]) -> None:
    """A mail falls into its parts, each decoded."""
    assert leaves(raw) == expected


def test_folded_fields() -> None:
    """A folded field is one; a line torn out of its field goes back to it."""
    assert parse_headers(b"From  : a@b.c\r\nTo: x\r\n\r\n").first("from") == b"a@b.c"
    headers = parse_headers(b"Subject: a\r\n b\r\n\tc\r\nTo: x\r\nX: 1\r\ntorn\r\nFrom: y\r\n\r\n")
    assert headers.first("subject") == b"a b\tc"
    assert headers.first("x") == b"1torn"
    assert headers.first("from") == b"y"


# --- the standard library as the judge ---------------------------------------------------------


def library_leaves(message: "Message[str, str]") -> list[tuple[str, bytes]]:
    return [
        (part.get_content_type(), part.get_payload(decode=True))
        for part in message.walk()
        if not part.is_multipart()
    ]


TYPES = st.sampled_from(["text/plain", "text/html", "image/png", "application/pdf"])
LINES = st.lists(
    st.binary(max_size=30).map(
        lambda b: b.replace(b"\r", b"").replace(b"\n", b"").replace(b"--", b"")
    ),
    max_size=4,
)
BODIES = LINES.map(b"\r\n".join)
LEAVES = st.tuples(TYPES, BODIES, st.sampled_from(["base64", ""]))


def built(tree, depth: int = 0) -> bytes:
    if isinstance(tree, tuple):
        media_type, body, encoding = tree
        return part(media_type, body, **({"encoding": encoding} if encoding else {}))
    return nested("mixed", *(built(t, depth + 1) for t in tree), boundary=f"x{depth}y")


@given(st.recursive(LEAVES, lambda t: st.lists(t, min_size=1, max_size=3), max_leaves=8))
def test_agrees_with_the_standard_library(tree) -> None:
    """Of well-formed mails of any shape both find the same parts with the same bytes."""
    raw = b"From: a@b.c\r\n" + built(tree)
    assert leaves(raw) == library_leaves(email.message_from_bytes(raw))


# --- limits --------------------------------------------------------------------------------------


def deep(levels: int) -> bytes:
    head = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(levels)
    )
    return b"From: a@b.c\r\n" + head.encode() + b"\r\nwords"


def many(count: int) -> bytes:
    return multipart("mixed", *([part("text/plain", "a")] * count))


BOUNDS = [
    ("20 levels", deep(20), True),
    ("21 levels", deep(21), False),
    ("2,000 levels", deep(2_000), False),
    ("199 parts in one", many(199), True),
    ("200 parts in one", many(200), False),
    ("50,000 parts", many(50_000), False),
    ("200 fields", b"".join(b"X: 1\r\n" for _ in range(200)) + b"\r\n", True),
    ("201 fields", b"".join(b"X: 1\r\n" for _ in range(201)) + b"\r\n", False),
    ("a header of 64 kB", b"Subject: " + b"a" * 65_000 + b"\r\n\r\n", True),
    ("a header of more", b"Subject: " + b"a" * 66_000 + b"\r\n\r\n", False),
    ("a folded header of more", b"Subject: a\r\n" + b" a\r\n" * 20_000 + b"\r\n", False),
    ("100,000 commas", b"From: " + b"," * 100_000 + b"\r\n\r\n", False),
    ("more than 50 MiB", b"\r\n" + b"a" * (50 * 1024 * 1024), False),
    ("lines that look like delimiters", mail(b"--b1 x\r\n" * 150_000, content_type="multipart/mixed; boundary=b1"), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "within"), [row[1:] for row in BOUNDS], ids=[row[0] for row in BOUNDS]
)
def test_limits(raw: bytes, within: bool) -> None:
    """What is larger or deeper than mails are is refused before anything is made of it."""
    if within:
        assert isinstance(parse_mail(raw), Part)
    else:
        with pytest.raises(BeyondLimits):
            parse_mail(raw)


def test_a_nested_mail_is_not_looked_into() -> None:
    """A mail in a mail in a mail is one file, whatever it holds."""
    raw = mail(deep(2_000), content_type="message/rfc822")
    (found,) = leaves(raw)
    assert hashlib.sha256(found[1]).digest() == hashlib.sha256(deep(2_000)).digest()


@given(st.binary(max_size=400))
def test_any_bytes(raw: bytes) -> None:
    """Any bytes have a tree, and its leaves have contents."""
    leaves(raw)


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b1\r\n",
                b"--b1--\r\n",
                b"--b2\r\n",
                b"\r\n",
                b"Content-Type: multipart/mixed; boundary=b2\r\n",
                b"x\r\n",
                b" ",
                b"Content-Transfer-Encoding: base64\r\n",
            ]
        ),
        max_size=30,
    )
)
def test_any_order_of_delimiters(lines: list[bytes]) -> None:
    """Delimiters in any order make some tree."""
    raw = mail(b"".join(lines), content_type="multipart/mixed; boundary=b1")
    leaves(raw)
