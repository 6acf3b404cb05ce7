"""Files and words that lie inside a part: winmail.dat, S/MIME, uuencode, invitations, mails in mails."""

import binascii
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.cms import signed_content
from adapters.email.wire.inbound import decode_mail
from adapters.email.wire.invitations import invitation_words
from adapters.email.wire.tnef import read_tnef
from adapters.email.wire.uuencode import split_uu
from tests.adapters.email.mails import OWN, mail, multipart, nested, part, read

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
WORDS = part("text/plain; charset=utf-8", "请看附件。")


def files(raw: bytes) -> list[tuple[str, str, bytes]]:
    """What is attached."""
    return [(a.media_type, a.filename, a.content or b"") for a in read(raw).attachments]


def full(raw: bytes) -> str:
    """All the words."""
    message = read(raw)
    assert message.mail is not None
    return message.mail.text_full


# --- winmail.dat -----------------------------------------------------------------------------

BODY, HTML, DATA, LONG_NAME, MEDIA_TYPE = 0x1000, 0x1013, 0x3701, 0x3707, 0x370E
UNICODE, STRING, BINARY, OBJECT = 0x1F, 0x1E, 0x102, 0x0D
IS_MAIL = bytes.fromhex("0703020000000000c000000000000046")


def attribute(level: int, number: int, data: bytes) -> bytes:
    """One attribute as MS-OXTNEF has it."""
    head = struct.pack("<BII", level, number, len(data))
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*given: tuple[int, int, bytes]) -> bytes:
    """A list of properties, a named one and a list of numbers among them."""
    out = [struct.pack("<I", len(given) + 2)]
    out.append(struct.pack("<HH", 3, 0x8001) + bytes(16) + struct.pack("<II", 0, 7) + bytes(4))
    out.append(struct.pack("<HHI", 0x1003, 0x6001, 2) + bytes(8))
    for kind, number, value in given:
        padded = value + bytes(-len(value) % 4)
        out.append(struct.pack("<HHII", kind, number, 1, len(value)) + padded)
    return b"".join(out)


def tnef(*attributes: bytes) -> bytes:
    """A winmail.dat."""
    code_page = attribute(1, 0x00069007, struct.pack("<II", 936, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + code_page + b"".join(attributes)


def tnef_file(*given: tuple[int, int, bytes], title: bytes = b"", data: bytes = b"") -> bytes:
    """The attributes of one file in it."""
    return (
        attribute(2, 0x00069002, bytes(14))
        + attribute(2, 0x00018010, title + b"\0")
        + (attribute(2, 0x0006800F, data) if data else b"")
        + attribute(2, 0x00069005, properties(*given))
    )


def winmail(data: bytes, *parts: bytes, kind: str = "application/ms-tnef") -> bytes:
    """A mail with it."""
    name = 'attachment; filename="winmail.dat"'
    return multipart("mixed", *parts, part(kind, data, encoding="base64", disposition=name))


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


INNER = tnef(
    attribute(1, 0x00018004, b"Inner\0"),
    attribute(1, 0x00069003, properties((UNICODE, 0x0037, utf16("里面")), (UNICODE, BODY, utf16("里面的话")))),
    tnef_file(title=b"deep.txt", data=b"deep"),
)  # fmt: skip
TNEF = [
    ("a file", winmail(tnef(tnef_file((UNICODE, LONG_NAME, utf16("报价单 2026.pdf")), (UNICODE, MEDIA_TYPE, utf16("application/pdf")), title=b"BAOJIA~1.PDF", data=b"%PDF")), WORDS),
        "请看附件。", [("application/pdf", "报价单 2026.pdf", b"%PDF")]),
    ("names in the sender's code page", winmail(tnef(tnef_file(title="照片.png".encode("gbk"), data=PNG)), WORDS), "请看附件。", [("application/octet-stream", "照片.png", PNG)]),
    ("a file in a property", winmail(tnef(tnef_file((STRING, LONG_NAME, b"a.txt\0"), (BINARY, DATA, b"hi"))), WORDS), "请看附件。", [("application/octet-stream", "a.txt", b"hi")]),
    ("an object goes without its interface", winmail(tnef(tnef_file((OBJECT, DATA, bytes(16) + b"ole"), title=b"o.bin")), WORDS), "请看附件。", [("application/octet-stream", "o.bin", b"ole")]),
    ("sent as an unknown type", winmail(tnef(tnef_file(title=b"a.txt", data=b"hi")), WORDS, kind="application/octet-stream"), "请看附件。", [("application/octet-stream", "a.txt", b"hi")]),
    ("words, when the mail has no others", winmail(tnef(attribute(1, 0x00069003, properties((UNICODE, BODY, utf16("只在这里")))))), "只在这里", []),
    ("words of old", winmail(tnef(attribute(1, 0x0002800C, "订单".encode("gbk") + b"\0"))), "订单", []),
    ("HTML", winmail(tnef(attribute(1, 0x00069003, properties((BINARY, HTML, "<p>网页</p>".encode("gbk")))))), "网页", []),
    ("words beside those of the mail are the same again", winmail(tnef(attribute(1, 0x00069003, properties((UNICODE, BODY, utf16("又一次"))))), WORDS), "请看附件。", []),
    ("only formatting", winmail(tnef(), WORDS), "请看附件。", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "text", "expected"), [row[1:] for row in TNEF], ids=[row[0] for row in TNEF]
)
def test_winmail(raw: bytes, text: str, expected: list[tuple[str, str, bytes]]) -> None:
    """Outlook's winmail.dat gives its files and words, and is itself nothing to look at."""
    assert (full(raw), files(raw)) == (text, expected)


def test_winmail_with_a_mail() -> None:
    """A mail attached in Outlook's way is a mail with its words, and its files are there."""
    raw = winmail(tnef(tnef_file((OBJECT, DATA, IS_MAIL + INNER), title=b"Inner")), WORDS)
    assert [(kind, name) for kind, name, _ in files(raw)] == [
        ("message/rfc822", "里面.eml"),
        ("application/octet-stream", "deep.txt"),
    ]
    assert full(raw).startswith("请看附件。\n\n")
    assert full(raw).endswith("Subject: 里面\n\n里面的话")


def test_winmail_cut() -> None:
    """Of one that was cut, what can be read is there, and so is the whole."""
    data = tnef(tnef_file(title=b"a.txt", data=b"hi"), tnef_file(title=b"b.txt", data=bytes(100)))
    raw = winmail(data[:-60], WORDS)
    assert files(raw)[0][1:] == ("a.txt", b"hi")
    assert files(raw)[-1] == ("application/ms-tnef", "winmail.dat", data[:-60])


def test_winmail_without_words_or_files() -> None:
    """When nothing else says anything, even an empty one is kept."""
    assert [name for _, name, _ in files(winmail(tnef()))] == ["winmail.dat"]


# --- S/MIME ----------------------------------------------------------------------------------


def der(tag: int, *contents: bytes) -> bytes:
    """An element of definite length."""
    data = b"".join(contents)
    size = len(data).to_bytes(4).lstrip(b"\0") or b"\0"
    length = size if len(data) < 128 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + data


def ber(tag: int, *contents: bytes) -> bytes:
    """An element that ends with a mark."""
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


DATA_OID = der(6, bytes.fromhex("2a864886f70d010701"))
SIGNED_OID = der(6, bytes.fromhex("2a864886f70d010702"))
ENVELOPED_OID = der(6, bytes.fromhex("2a864886f70d010703"))
DIGESTS = der(0x31, der(0x30, der(6, b"\x60\x86\x48\x01\x65\x03\x04\x02\x01")))
SIGNERS = der(0x31, der(0x30, der(2, b"\1")))
INSIDE = part("text/plain; charset=utf-8", "签了名的话\r\n" + "x" * 200)


def signed(content: bytes) -> bytes:
    inside = der(0x30, DATA_OID, der(0xA0, der(4, content)))
    return der(0x30, SIGNED_OID, der(0xA0, der(0x30, der(2, b"\1"), DIGESTS, inside, SIGNERS)))


def streamed(content: bytes) -> bytes:
    """As OpenSSL streams it: no lengths, the content in pieces."""
    pieces = ber(0x24, der(4, content[:50]), der(4, content[50:]))
    inside = ber(0x30, DATA_OID, ber(0xA0, pieces))
    digests = ber(0x31, ber(0x30, der(6, b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"), der(5)))
    return ber(0x30, SIGNED_OID, ber(0xA0, ber(0x30, der(2, b"\1"), digests, inside, SIGNERS)))


ENVELOPED = der(0x30, ENVELOPED_OID, der(0xA0, der(0x30, der(2, b"\0"), der(4, bytes(100)))))


def smime(data: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data") -> bytes:
    encoded = binascii.b2a_base64(data)
    return mail(encoded, content_type=kind, content_transfer_encoding="base64")


@pytest.mark.parametrize("wrap", [signed, streamed])
def test_smime_signed(wrap: object) -> None:
    """A mail signed as one file is read as if it were not, and the signature stays with it."""
    assert callable(wrap)
    data = wrap(INSIDE)
    assert signed_content(data) == INSIDE
    raw = smime(data)
    assert read(raw).text == "签了名的话\n" + "x" * 200
    assert files(raw) == [("application/pkcs7-mime", "smime.p7m", data)]


def test_smime_signed_by_its_name() -> None:
    """RFC 8551, 3.9: what is called so is so, whatever type a gateway gave it."""
    raw = smime(signed(multipart_inside()), 'application/octet-stream; name="smime.p7m"')
    assert read(raw).text == "请看附件。"
    assert [name for _, name, _ in files(raw)] == ["cat.png", "smime.p7m"]


def multipart_inside() -> bytes:
    picture = part("image/png", PNG, encoding="base64", disposition='attachment; filename="cat.png"')  # fmt: skip
    return nested("mixed", WORDS, picture, boundary="in")


def test_smime_detached() -> None:
    """A signature beside its mail is a file, and has a name even when nobody gave it one."""
    raw = multipart("signed", WORDS, part("application/pkcs7-signature", "sig"))
    assert read(raw).text == "请看附件。"
    assert files(raw) == [("application/pkcs7-signature", "smime.p7s", b"sig")]


ENCRYPTED = [
    ("S/MIME", smime(ENVELOPED, "application/pkcs7-mime; smime-type=enveloped-data"), "S/MIME", ["smime.p7m"]),
    ("S/MIME of old", smime(ENVELOPED, 'application/x-pkcs7-mime; name="smime.p7m"'), "S/MIME", ["smime.p7m"]),
    ("PGP", multipart("encrypted", part("application/pgp-encrypted", "Version: 1"), part('application/octet-stream; name="encrypted.asc"', "-----BEGIN PGP MESSAGE-----")), "PGP", ["version.asc", "encrypted.asc"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "kind", "names"), [row[1:] for row in ENCRYPTED], ids=[row[0] for row in ENCRYPTED]
)
def test_encrypted(raw: bytes, kind: str, names: list[str]) -> None:
    """An encrypted mail says that it is, in both languages, and its file is there to be opened."""
    text = read(raw).text
    assert f"加密邮件（{kind}）" in text
    assert f"Encrypted ({kind})" in text
    assert [name for _, name, _ in files(raw)] == names


def test_smime_deep() -> None:
    """Signatures around signatures are opened as far as anybody means them."""
    data = INSIDE
    for _ in range(12):
        data = part("application/pkcs7-mime", signed(data), encoding="base64")
    assert len(decode_mail(b"From: li@example.com\r\n" + data, OWN)) == 1


# --- uuencode --------------------------------------------------------------------------------


def uu(name: str, data: bytes) -> str:
    lines = (binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45))
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


UU = [
    ("a file below the words", f"Look:\n\n{uu('cat.png', PNG)}\nBye\n", "Look:\n\nBye", [("cat.png", PNG)]),
    ("two files", uu("a.txt", b"a" * 100) + uu("b.txt", b"b"), "", [("a.txt", b"a" * 100), ("b.txt", b"b")]),
    ("a name with spaces", "x\n" + uu("my file.doc", b"doc"), "x", [("my file.doc", b"doc")]),
    ("a sentence", "begin 644 times\nand again\nend\n", "begin 644 times\nand again\nend", []),
    ("never ended", "x\nbegin 644 a.txt\n#86)C\n", "x\nbegin 644 a.txt\n#86)C", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "text", "expected"), [row[1:] for row in UU], ids=[row[0] for row in UU]
)
def test_uuencode(body: str, text: str, expected: list[tuple[str, bytes]]) -> None:
    """A file in the middle of a text is a file, and the text is what remains."""
    raw = mail(body.replace("\n", "\r\n"))
    assert full(raw) == text
    assert [(name, data) for _, name, data in files(raw)] == expected


# --- invitations -----------------------------------------------------------------------------

MEETING = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{method}BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nSUMMARY:验收会议\\, 第二轮\r\nDTSTART;TZID=Asia/Shanghai:20260105T100000\r\nDTEND;TZID=Asia/Shanghai:20260105T113000\r\nLOCATION:三楼\r\n"
    'ORGANIZER;CN="Li; Lei":mailto:li@example.com\r\nATTENDEE;CN=Support;PARTSTAT={answer}:mailto:support@shop.example\r\n'
    "DESCRIPTION:请准时\\n带上\r\n 合同\r\nBEGIN:VALARM\r\nDESCRIPTION:REMINDER\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def calendar(method: str = "REQUEST", answer: str = "NEEDS-ACTION") -> str:
    return MEETING.format(method=f"METHOD:{method}\r\n", answer=answer)


TOLD = """[会议邀请 · Invitation]
验收会议, 第二轮
2026-01-05 10:00 (Asia/Shanghai) – 2026-01-05 11:30 (Asia/Shanghai)
三楼
Li; Lei <li@example.com>

请准时
带上合同"""


def test_invitation() -> None:
    """An invitation can be read, and its file is there to be opened."""
    raw = mail(calendar().encode(), content_type="text/calendar; charset=utf-8; method=REQUEST")
    assert read(raw).text == TOLD
    assert files(raw) == [("text/calendar", "invite.ics", calendar().encode())]


def test_invitation_told_by_its_sender() -> None:
    """Where the mail says it in its own words, those are enough."""
    ics = part("text/calendar; charset=utf-8; method=REQUEST", calendar())
    raw = multipart("mixed", nested("alternative", WORDS, ics, boundary="alt"))
    assert full(raw) == "请看附件。"
    assert [name for _, name, _ in files(raw)] == ["invite.ics"]


INVITATIONS = [
    ("cancelled", calendar("CANCEL"), "[会议取消 · Cancelled]"),
    ("answered", calendar("REPLY", "DECLINED"), "Support <support@shop.example>: 谢绝 · declined"),
    ("a whole day", "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260105\nSUMMARY:休息\nEND:VEVENT", "2026-01-05"),
    ("every week", "BEGIN:VEVENT\nDTSTART:20260105T020000Z\nRRULE:FREQ=WEEKLY\nEND:VEVENT", "2026-01-05 02:00 (UTC) (FREQ=WEEKLY)"),
    ("no method", "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", "[日程 · Event]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ics", "line"), [row[1:] for row in INVITATIONS], ids=[row[0] for row in INVITATIONS]
)
def test_invitation_words(ics: str, line: str) -> None:
    """What is asked, when, and who answered what."""
    assert line in invitation_words(ics).split("\n")


# --- mails in mails --------------------------------------------------------------------------

FORWARDED = "From: Wang <wang@example.com>\r\nSubject: Broken lamp\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n灯坏了"


def test_forwarded() -> None:
    """A mail within is a file, and its words are below those of the mail."""
    raw = multipart("mixed", WORDS, part("message/rfc822", FORWARDED))
    assert read(raw).text == "请看附件。"
    assert full(raw).startswith(
        "请看附件。\n\n---------- 转发的邮件 · Forwarded message ----------\n"
    )
    assert full(raw).endswith("From: Wang <wang@example.com>\nSubject: Broken lamp\n\n灯坏了")
    assert files(raw) == [("message/rfc822", "Broken lamp.eml", FORWARDED.encode())]


def test_forwarded_alone() -> None:
    """A mail that only carries another says what that says."""
    raw = multipart("mixed", part("text/plain", "\r\n"), part("message/rfc822", FORWARDED))
    assert read(raw).text.endswith("\n\n灯坏了")


def test_forwarded_said_to_be_encoded() -> None:
    """One that claims to be encoded and is not is read as it stands."""
    raw = multipart("mixed", WORDS, part("message/rfc822", FORWARDED, Content_Transfer_Encoding="base64"))  # fmt: skip
    assert full(raw).endswith("灯坏了")


def test_forwarded_deep() -> None:
    """Mails within mails within mails are read as far as anybody reads."""
    inner = FORWARDED
    for number in range(30):
        inner = f"Subject: {number}\r\nContent-Type: message/rfc822\r\n\r\n{inner}"
    assert full(mail(inner, content_type="message/rfc822")).count("Forwarded message") == 3


def test_part_of_a_mail() -> None:
    """A piece of a mail says that it is one, and is kept."""
    kind = 'message/partial; id="x@example.com"; number=2; total=3'
    raw = mail("c29tZXRoaW5n", content_type=kind)
    assert "第 2/3 部分" in read(raw).text
    assert "Part 2/3" in read(raw).text
    assert len(files(raw)) == 1


# --- garbage ---------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.integers(0, 400))
def test_garbage(noise: bytes, at: int) -> None:
    """Nothing that anybody sends raises."""
    sound = tnef(tnef_file((UNICODE, LONG_NAME, utf16("a.txt")), title=b"t", data=b"hi"))
    read_tnef(noise)
    read_tnef(sound[:at] + noise + sound[at + len(noise) :])
    for whole in (signed(INSIDE), streamed(INSIDE)):
        signed_content(whole[:at] + noise + whole[at + len(noise) :])
    split_uu(b"begin 644 a\n" + noise + b"\nend\n")
    invitation_words("BEGIN:VEVENT\n" + noise.decode("latin-1"))
