"""Header fields: encoded words, parameters, mailboxes, Message-IDs and dates."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.addresses import Mailbox, is_address, mailboxes
from adapters.email.wire.identity import instant, message_ids
from adapters.email.wire.parameters import parse_parameters
from adapters.email.wire.words import header_text
from gateway.domain.filename import safe_filename

TORN = "订单问题".encode()  # twelve bytes; a word may end within a character
B = base64.b64encode

WORDS = [
    ("plain", b"Hello", "Hello"),
    ("bare UTF-8", "订单".encode(), "订单"),
    ("bare GBK", "订单问题咨询".encode("gbk"), "订单问题咨询"),
    ("base64", b"=?utf-8?B?6K6i5Y2V?=", "订单"),
    ("quoted-printable, underscores are spaces", b"=?iso-8859-1?q?f=FCr_dich?=", "für dich"),
    ("a word and plain text", b"Re: =?utf-8?B?6K6i5Y2V?= 12", "Re: 订单 12"),
    ("white space between words falls away", b"=?utf-8?B?6K6i?=\t =?utf-8?B?5Y2V?=", "订单"),
    ("white space before plain text stays", b"=?utf-8?Q?a?= b", "a b"),
    ("a character torn between words", b"=?utf-8?B?%s?= =?utf-8?B?%s?=" % (B(TORN[:7]), B(TORN[7:])), "订单问题"),
    ("words that touch", b"=?utf-8?B?6K6i?==?utf-8?B?5Y2V?=", "订单"),
    ("two charsets", b"=?gb2312?B?tqm1pQ==?= =?utf-8?B?5Y2V?=", "订单单"),
    ("a language (RFC 2231)", b"=?utf-8*zh?B?6K6i5Y2V?=", "订单"),
    ("base64 without padding", b"=?utf-8?B?6K6i5Y2V5Q?=", "订单\ufffd"),
    ("spaces in base64", b"=?utf-8?B?6K6i 5Y2V?=", "订单"),
    ("spaces in quoted-printable", b"=?utf-8?Q?a b?=", "a b"),
    ("never closed", b"=?utf-8?B?6K6i5Y2V", "订单"),
    ("never closed, and another follows", b"=?utf-8?Q?ab =?utf-8?Q?cd?=", "abcd"),
    ("a charset nobody knows", b"=?x-none?B?6K6i5Y2V?=", "订单"),
    ("empty", b"=?utf-8?B??=x", "x"),
    ("a question mark inside", b"=?utf-8?Q?what?_now?=", "what? now"),
    ("no encoding at all", b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ("only the beginning", b"a =? b", "a =? b"),
    ("a line break inside a word", b"=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ("separators of Unicode", b"=?utf-8?B?YeKAqGI=?=", "a b"),
    ("ISO-2022-JP", b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"), [row[1:] for row in WORDS], ids=[row[0] for row in WORDS]
)
def test_encoded_words(value: bytes, text: str) -> None:
    """A header field reads as its sender meant it, on one line."""
    assert header_text(value) == text


PARAMETERS = [
    ("plain", b"text/plain; charset=utf-8", "charset", "utf-8"),
    ("quoted", b'a/b; name="x y.txt"', "name", "x y.txt"),
    ("any case, and spaces around", b'a/b ; NAME = "x"', "name", "x"),
    ("a quote within quotes", b'a/b; name="a\\"b"', "name", 'a"b'),
    ("a path of Windows", b'a/b; name="C:\\temp\\x.doc"', "name", "C:\\temp\\x.doc"),
    ("spaces without quotes", b"a/b; filename=my file.pdf; x=1", "filename", "my file.pdf"),
    ("never closed", b'a/b; name="x', "name", "x"),
    ("no semicolon between", b'a/b; charset="utf-8" name="x"', "name", "x"),
    ("the first of two", b"a/b; name=x; name=y", "name", "x"),
    ("bare UTF-8", 'a/b; name="报价单.pdf"'.encode(), "name", "报价单.pdf"),
    ("bare GBK", 'a/b; name="产品报价单.pdf"'.encode("gbk"), "name", "产品报价单.pdf"),
    ("an encoded word", b'a/b; name="=?gb2312?B?sai828WlLnBkZg==?="', "name", "报价钮.pdf"),
    ("two encoded words", b'a/b; name="=?utf-8?B?5oql?= =?utf-8?B?5Lu3?="', "name", "报价"),
    ("RFC 2231", b"a/b; name*=utf-8''%E6%8A%A5%20a.pdf", "name", "报 a.pdf"),
    ("RFC 2231 in GBK", b"a/b; name*=gb2312'zh'%B1%A8", "name", "报"),
    ("RFC 2231 in pieces", b"a/b; name*0*=utf-8''%E6%8A; name*1*=%A5; name*2=.pdf", "name", "报.pdf"),
    ("pieces out of order", b"a/b; name*1=b; name*0=a", "name", "ab"),
    ("pieces without charset", b'a/b; name*0="=?utf-8?B?5oql?="; name*1=".x"', "name", "报.x"),
    ("plain and RFC 2231", b"a/b; name=x.pdf; name*=utf-8''%E6%8A%A5.pdf", "name", "报.pdf"),
    ("percent signs that are none", b"a/b; name*=utf-8''100%", "name", "100%"),
    ("absent", b"a/b; x=y", "name", ""),
    ("nothing at all", b"", "name", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "name", "value"), [row[1:] for row in PARAMETERS], ids=[row[0] for row in PARAMETERS]
)
def test_parameters(field: bytes, name: str, value: str) -> None:
    """A parameter is found and read however a mailer writes it."""
    assert parse_parameters(field).text(name) == value


MAILBOXES = [
    ("bare", b"a@b.c", [Mailbox("", "a@b.c")]),
    ("named", b"Li Lei <li@b.c>", [Mailbox("Li Lei", "li@b.c")]),
    ("quoted", b'"Lei, Li" <li@b.c>', [Mailbox("Lei, Li", "li@b.c")]),
    ("a comment as the name", b"li@b.c (Li Lei)", [Mailbox("Li Lei", "li@b.c")]),
    ("an encoded name with a comma in it", b"=?utf-8?q?a=2C_b?= <a@b.c>", [Mailbox("a, b", "a@b.c")]),
    ("a Chinese name in GBK", '"李雷" <li@b.c>'.encode("gbk"), [Mailbox("李雷", "li@b.c")]),
    ("a domain in capitals", b"Li@EXAMPLE.Com", [Mailbox("", "Li@example.com")]),
    ("several", b"a@b.c, D <d@e.f>", [Mailbox("", "a@b.c"), Mailbox("D", "d@e.f")]),
    ("semicolons, as Outlook has them", b"a@b.c; d@e.f", [Mailbox("", "a@b.c"), Mailbox("", "d@e.f")]),
    ("a group", b"Friends: a@b.c, d@e.f;", [Mailbox("", "a@b.c"), Mailbox("", "d@e.f")]),
    ("an empty group", b"undisclosed-recipients:;", []),
    ("a route (RFC 822)", b"<@x,@y:a@b.c>", [Mailbox("", "a@b.c")]),
    ("commas only", b",,,", []),
    ("a name that is somebody else's address", b"boss@corp.example <thief@evil.example>", [Mailbox("", "thief@evil.example")]),
    ("the same, quoted", b'"boss@corp.example" <thief@evil.example>', [Mailbox("", "thief@evil.example")]),
    ("a name that turns around", "\u202egpj.exe <a@b.c>".encode(), [Mailbox("gpj.exe", "a@b.c")]),
    ("words behind the angle", b"<a@b.c> <d@e.f>", [Mailbox("", "a@b.c", sound=False)]),
    ("angles within angles", b"<<a@b.c>>", [Mailbox("", "a@b.c", sound=False)]),
    ("never closed", b"Li <a@b.c", [Mailbox("Li", "a@b.c", sound=False)]),
    ("no domain", b"moderator", [Mailbox("", "moderator", sound=False)]),
    ("spaces around the at sign", b"a @ b.c", [Mailbox("", "a@b.c", sound=False)]),
    ("a link", b"Li [mailto:a@b.c]", [Mailbox("", "a@b.c")]),
    ("a quoted local part", b'"a b"@c.d', [Mailbox("", '"a b"@c.d')]),
    ("an internationalised one", "Li <用户@例子.中国>".encode(), [Mailbox("Li", "用户@例子.中国")]),
    ("two dots, as Japanese telephones have them", b"a..b@docomo.example", [Mailbox("", "a..b@docomo.example")]),
    ("a line break in an encoded word", b"=?utf-8?Q?Li=0D=0ABcc:_<evil@x.example>,?= <a@b.c>", [Mailbox("Li Bcc: <evil@x.example>,", "a@b.c")]),
    ("a line break folded in", b"Li\r\n Lei <a@b.c>", [Mailbox("Li Lei", "a@b.c")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "boxes"), [row[1:] for row in MAILBOXES], ids=[row[0] for row in MAILBOXES]
)
def test_mailboxes(field: bytes, boxes: list[Mailbox]) -> None:
    """The address in angle brackets rules; what is malformed is read, and marked as such."""
    assert list(mailboxes(field)) == boxes


ADDRESSES = [
    ("a@b.c", True),
    ("a.b+c@sub.example.com", True),
    ("root@localhost", True),
    ("用户@例子.中国", True),
    ('"a b"@c.d', True),
    ("a@[192.0.2.1]", True),
    ("a@b,c@d", False),
    ("a@b\r\nRCPT TO:<x@y>", False),
    ("a@b.c\n", False),
    ("a b@c.d", False),
    ("a@b c", False),
    ("a@@b", False),
    ("@b", False),
    ("a@", False),
    ("a", False),
    ("", False),
    ("a@-b.c", False),
    ("a@b..c", False),
    ("<a@b.c>", False),
    ("a@b.c>", False),
    ("a\u2028@b.c", False),
    ("a\x85@b.c", False),
    ("a\0@b.c", False),
    ("a" * 65 + "@b.c", False),
    ("a@" + "b." * 130 + "c", False),
]


@pytest.mark.parametrize(("address", "good"), ADDRESSES)
def test_who_may_be_written_to(address: str, good: bool) -> None:
    """One address, nothing that could be a second one or a command of SMTP."""
    assert is_address(address) is good


@given(st.text(max_size=60))
def test_an_address_stays_on_its_line(text: str) -> None:
    """Whatever passes has no space outside quotes, no control character, no bracket, no comma."""
    if is_address(text) and '"' not in text:
        assert not set(text) & set(" \r\n\t\0\x0b\x0c\x85\u2028\u2029,;<>()")


IDS = [
    (b"<a@b>", ("<a@b>",)),
    (b"<a@b> <c@d>", ("<a@b>", "<c@d>")),
    (b"<a@b><c@d>", ("<a@b>", "<c@d>")),
    (b"<a\r\n b@c>", ("<ab@c>",)),
    (b"Your mail of Monday <a@b>", ("<a@b>",)),
    (b"a@b", ("<a@b>",)),
    (b"<no-at>", ("<no-at>",)),
    (b"<>", ()),
    (b"<a@b", ("<a@b>",)),
    (b"nothing here", ()),
    (b"<a<b@c>", ("<b@c>",)),
    (None, ()),
]


@pytest.mark.parametrize(("field", "ids"), IDS)
def test_message_ids(field: bytes | None, ids: tuple[str, ...]) -> None:
    """Message-IDs with their brackets, in order, white space within them undone."""
    assert message_ids(field) == ids


def test_the_newest_references() -> None:
    """Of very many references the newest are kept."""
    many = b" ".join(b"<%d@x>" % number for number in range(1_000))
    assert message_ids(many)[-1] == "<999@x>"
    assert len(message_ids(many)) == 100


DATES = [
    (b"Mon, 05 Jan 2026 10:00:00 +0800", 1_767_578_400_000),
    (b"5 Jan 26 02:00 GMT", 1_767_578_400_000),
    (b"Mon, 5 Jan 2026 02:00:00 -0000 (UTC)", 1_767_578_400_000),
    (b"yesterday", None),
    (b"Mon, 99 Jan 2026 10:00:00 +0800", None),
    (b"Mon, 05 Jan 99999999999 10:00:00", None),
    (b"1 " * 30_000, None),
    (b"", None),
    (None, None),
]


@pytest.mark.parametrize(("field", "at"), DATES)
def test_dates(field: bytes | None, at: int | None) -> None:
    """A date is an instant in milliseconds; what is none is None."""
    assert instant(field) == at


FILENAMES = [
    ("report.pdf", "report.pdf"),
    ("报价单.pdf", "报价单.pdf"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("C:\\Users\\me\\x.doc", "x.doc"),
    ("a/", "a"),
    ("..", ""),
    ("", ""),
    (".htaccess", "htaccess"),
    ("a\0b.txt", "ab.txt"),
    ("a\r\nb.txt", "ab.txt"),
    ("photo\u202egpj.exe", "photogpj.exe"),
    ("a\u200bb.txt", "ab.txt"),
    ('a<b>:"c|?*.txt', "a_b___c___.txt"),
    ("CON.txt", "_CON.txt"),
    ("name. ", "name"),
]


@pytest.mark.parametrize(("said", "safe"), FILENAMES)
def test_filenames(said: str, safe: str) -> None:
    """A file's name leads nowhere, hides nothing, and can be written anywhere."""
    assert safe_filename(said) == safe


@given(st.text(max_size=400))
def test_filenames_are_bounded(said: str) -> None:
    """No name is longer than file systems take, nor holds a separator."""
    safe = safe_filename(said)
    assert len(safe.encode("utf-8", "replace")) <= 180
    assert not set(safe) & set("/\\\0\r\n")
    assert safe_filename(safe) == safe


def test_a_long_name_keeps_its_suffix() -> None:
    """What kind of file it is can still be seen."""
    assert safe_filename("很" * 200 + ".pdf").endswith("很.pdf")
