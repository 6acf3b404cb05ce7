"""What a mail says and carries: text, HTML, files."""

import hashlib

import pytest

from adapters.email.wire.html import clean_html
from gateway.contract import MessageKind
from tests.adapters.email.mails import html_mail, mail, multipart, nested, part, read

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
PLAIN = part("text/plain; charset=utf-8", "文字")
HTML = part("text/html; charset=utf-8", "<p>网页</p>")


def files(raw: bytes) -> list[tuple[str, str, bytes]]:
    return [(a.media_type, a.filename, a.content or b"") for a in read(raw).attachments]


TEXTS = [
    ("plain", mail("您好"), "您好"),
    ("HTML alone", html_mail("<html><head><title>no</title><style>p{}</style></head><body><p>Dear&nbsp;sir,</p><p>1 &lt; 2</p></body></html>"), "Dear sir,\n\n1 < 2"),
    ("both: the plain one", multipart("alternative", PLAIN, HTML), "文字"),
    ("both in the wrong order", multipart("alternative", HTML, PLAIN), "文字"),
    ("both, the plain one empty", multipart("alternative", part("text/plain", " \r\n"), HTML), "网页"),
    ("words, a picture, more words", multipart("mixed", PLAIN, part("image/png", PNG, encoding="base64"), part("text/plain", "bye")), "文字\n\nbye"),
    ("HTML with its pictures", multipart("related", HTML, part("image/png", PNG, encoding="base64", Content_ID="<p>")), "网页"),
    ("related, the root named by start", multipart("related", part("image/png", PNG), part("text/html", "<p>root</p>", Content_ID="<r>")).replace(b"multipart/related;", b"multipart/related; start=\"<r>\";"), "root"),
    ("plain words, then HTML of their own", multipart("mixed", PLAIN, HTML), "文字\n\n网页"),
    ("signed", multipart("signed", PLAIN, part("application/pgp-signature", "sig")), "文字"),
    ("a text file is no text", multipart("mixed", PLAIN, part("text/plain", "log", disposition='attachment; filename="a.log"')), "文字"),
    ("an inline text with a name is a file", multipart("mixed", PLAIN, part("text/plain", "log", disposition='inline; filename="a.log"')), "文字"),
    ("the only words have a name", multipart("mixed", part("image/png", PNG, encoding="base64"), part("text/html", "<p>words</p>", disposition='inline; filename="mail.html"')), "words"),
    ("the first text is the text, though it has a name", multipart("mixed", part('text/plain; name="x.txt"', "words")), "words"),
    ("flowed", mail(b"a \r\nb\r\n> c \r\n> d\r\n-- \r\nme", content_type="text/plain; format=flowed"), "a b\n> c d\n--\nme"),
    ("flowed Chinese without spaces", mail("你 \r\n好".encode(), content_type="text/plain; charset=utf-8; format=flowed; delsp=yes"), "你好"),
    ("enriched", mail(b"<bold>loud</bold> <<x", content_type="text/enriched"), "loud <x"),
    ("HTML that names its charset itself", mail('<meta charset="gb2312"><p>订单</p>'.encode("gbk"), content_type="text/html"), "订单"),
    ("HTML that names it the old way", mail('<meta http-equiv="Content-Type" content="text/html; charset=big5"><p>訂單</p>'.encode("big5"), content_type="text/html"), "訂單"),
    ("a multipart in one piece", mail("words", content_type="multipart/mixed; boundary=zz"), "words"),
    ("lists and tables", html_mail("<ul><li>one<li>two</ul><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "one\ntwo\n\na b\nc"),
    ("line breaks and preformatted", html_mail("a<br>b<br/><br>c<pre>x\n  y</pre>"), "a\nb\n\nc\n\nx\n  y"),
    ("scripts and comments say nothing", html_mail("a<script>alert('<p>x')</script><!-- <p>y -->b"), "ab"),
    ("a tag that never ends", html_mail("<p>a</p><p b"), "a"),
    ("an entity of many digits", html_mail("a&#" + "9" * 5_000 + ";"), "a&#" + "9" * 5_000 + ";"),
    ("a bare less-than", html_mail("1 < 2 and 3 <4"), "1 < 2 and 3 <4"),
    ("blank lines fall together", mail("a\r\n\r\n\r\n\r\n\r\n\r\nb\r\n\r\n"), "a\n\nb"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "text"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_text(raw: bytes, text: str) -> None:
    """The text is what a reader would read."""
    message = read(raw)
    assert message.mail is not None
    assert message.mail.text_full == text


FILES = [
    ("a picture", multipart("mixed", PLAIN, part("image/png", PNG, encoding="base64", disposition='attachment; filename="猫.png"')), [("image/png", "猫.png", PNG)]),
    ("its name in Content-Type only", multipart("mixed", PLAIN, part('image/png; name="a.png"', PNG, encoding="base64")), [("image/png", "a.png", PNG)]),
    ("a name that leads elsewhere", multipart("mixed", PLAIN, part("image/png", PNG, encoding="base64", disposition="attachment; filename*=utf-8''..%2F..%2Fx.png")), [("image/png", "x.png", PNG)]),
    ("a name in an encoded word with a path", multipart("mixed", PLAIN, part("a/b", "x", disposition='attachment; filename="=?utf-8?q?=2E=2E/=2E=2E/etc/passwd?="')), [("a/b", "passwd", b"x")]),
    ("without a name", multipart("mixed", PLAIN, part("image/png", PNG, encoding="base64")), [("image/png", "", PNG)]),
    ("a mail within is named by its subject", multipart("mixed", PLAIN, part("message/rfc822", "Subject: =?utf-8?B?6K6i5Y2V?=\r\n\r\nhi")), [("message/rfc822", "订单.eml", b"Subject: =?utf-8?B?6K6i5Y2V?=\r\n\r\nhi")]),
    ("Outlook's own bundle stays whole", multipart("mixed", PLAIN, part('application/ms-tnef; name="winmail.dat"', b"\x78\x9f\x3e\x22", encoding="base64")), [("application/ms-tnef", "winmail.dat", b"\x78\x9f\x3e\x22")]),
    ("a calendar beside the words", multipart("alternative", PLAIN, HTML, part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR")), [("text/calendar", "invite.ics", b"BEGIN:VCALENDAR")]),
    ("the same words for AMP are nothing new", multipart("alternative", PLAIN, part("text/x-amp-html", "<html ⚡4email>"), HTML), []),
    ("a signature", multipart("signed", PLAIN, part('application/pkcs7-signature; name="smime.p7s"', b"sig", encoding="base64")), [("application/pkcs7-signature", "smime.p7s", b"sig")]),
    ("empty and nameless is nothing", multipart("mixed", PLAIN, part("application/octet-stream")), []),
    ("empty with a name is a file", multipart("mixed", PLAIN, part('text/csv; name="a.csv"')), [("text/csv", "a.csv", b"")]),
    ("a mail that is only a file", mail(b"JVBERg==", content_type='application/pdf; name="a.pdf"', content_transfer_encoding="base64"), [("application/pdf", "a.pdf", b"%PDF")]),
    ("within an inner multipart", multipart("mixed", nested("related", HTML, part("image/png", PNG, encoding="base64", Content_ID="<p@x>"), boundary="b2")), [("image/png", "", PNG)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "expected"), [row[1:] for row in FILES], ids=[row[0] for row in FILES]
)
def test_files(raw: bytes, expected: list[tuple[str, str, bytes]]) -> None:
    """Files come with their bytes, their kind and a harmless name."""
    assert files(raw) == expected


def test_a_file_is_known_by_its_content() -> None:
    """Size and SHA-256 are those of the decoded bytes; an inline picture keeps its Content-ID."""
    raw = multipart("related", HTML, part("image/png", PNG, encoding="base64", Content_ID="<p@x>"))
    (picture,) = read(raw).attachments
    assert picture.sha256 == hashlib.sha256(PNG).hexdigest()
    assert picture.size_bytes == len(PNG)
    assert picture.content_id == "p@x"


def test_a_mail_of_files_only_is_media() -> None:
    """Without words it is media, with them it is text."""
    assert read(multipart("mixed", part("image/png", PNG))).kind is MessageKind.MEDIA
    assert read(multipart("mixed", PLAIN, part("image/png", PNG))).kind is MessageKind.TEXT
    assert read(mail("")).kind is MessageKind.TEXT


def test_a_very_long_text_is_cut_and_attached_whole() -> None:
    """The event stays of bounded size, and nothing is lost."""
    body = b"word " * 300_000
    message = read(mail(body))
    assert message.mail is not None
    assert len(message.mail.text_full) <= 1_000_000
    assert [(a.filename, a.content) for a in message.attachments] == [("message.txt", body)]


@pytest.mark.parametrize(
    "html",
    ["<div>" * 400_000 + "deep", "<p " + " ".join(f"a{n}=x" for n in range(300_000)) + ">hi"],
    ids=["depth", "attributes"],
)
def test_a_mail_too_long_to_be_shown_says_so(html) -> None:
    """Where its beginning has no words, people are told why, in both languages, and where to look."""
    message = read(html_mail(html))
    assert message.text == message.mail.text_full
    assert "open the attachment" in message.text
    assert "请打开附件" in message.text
    assert [(a.filename, a.content) for a in message.attachments] == [
        ("message.html", html.encode())
    ]


def test_html_is_kept_beside_the_text() -> None:
    """A mail with HTML shows it; plain stretches beside it are shown with it."""
    assert read(mail("x")).mail.html == ""
    shown = read(multipart("mixed", part("text/plain", "1 < 2"), HTML)).mail.html
    assert "1 &lt; 2" in shown
    assert "<p>网页</p>" in shown


CLEANED = [
    ("harmless", "<p>a <b>b</b></p>", "<p>a <b>b</b></p>"),
    ("a script", "<p>a<script>alert(1)</script></p>", "<p>a</p>"),
    ("a handler", '<p onclick="alert(1)">a</p>', "<p>a</p>"),
    ("a picture from elsewhere", '<img src="https://spy.example/p.png" alt="x">', '<img alt="x">'),
    ("a picture from nowhere in particular", '<img src="//spy.example/p.png">', "<img>"),
    ("a picture within the mail", '<img src="cid:a@b">', '<img src="cid:a@b">'),
    ("a picture in the address", '<img src="data:image/png;base64,xx">', "<img>"),
    ("a link", '<a href="https://x.example/?a=1&amp;b=2">a</a>', '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">a</a>'),
    ("a link that runs", '<a href="javascript:alert(1)">a</a>', '<a rel="noopener noreferrer">a</a>'),
    ("a link of unknown scheme", '<a href="//evil.example">a</a>', '<a rel="noopener noreferrer">a</a>'),
    ("a relative link", '<a href="/console">a</a>', '<a rel="noopener noreferrer">a</a>'),
    ("a link into the files", '<a href="cid:x">a</a>', '<a rel="noopener noreferrer">a</a>'),
    ("a style", '<p style="color:red">a</p>', '<p style="color:red">a</p>'),
    ("a style that calls home", '<p style="background:url(https://spy.example/);color:red">a</p>', '<p style="color:red">a</p>'),
    ("a style that covers the page", '<p style="position:fixed;top:0">a</p>', '<p style="">a</p>'),
    ("a style sheet", "<style>p{background:url(x)}</style><p>a</p>", "<p>a</p>"),
    ("a form", '<form action="https://x"><input name=p>Password</form>a', "a"),
    ("a frame", '<iframe src="https://x">y</iframe>a', "a"),
    ("a drawing", "<svg><script>1</script><a>x</a></svg>a", "a"),
    ("mathematics", "<math><mtext><script>1</script></mtext></math>a", "a"),
    ("what is shown without scripts", "<noscript><img src=x></noscript>a", "a"),
    ("a template", "<template><p>x</p></template>a", "a"),
    ("a meta refresh", '<meta http-equiv="refresh" content="0;url=https://x">a', "a"),
    ("a base", '<base href="https://x/"><a href="y">a</a>', '<a rel="noopener noreferrer">a</a>'),
    ("a comment", "<!-- [if IE]> <script> <![endif]-->a", "a"),
    ("an id that could be mistaken for ours", '<p id="app" class="btn">a</p>', "<p>a</p>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("html", "clean"), [row[1:] for row in CLEANED], ids=[row[0] for row in CLEANED]
)
def test_clean_html(html: str, clean: str) -> None:
    """What is shown runs nothing, fetches nothing and covers nothing."""
    assert clean_html(html) == clean


@pytest.mark.parametrize(("html", "clean"), [row[1:] for row in CLEANED])
def test_rich_html_is_cleaned_alike(html: str, clean: str) -> None:
    """HTML of very many tags takes another way to the same end."""
    rich = f"{html}<hr>{'<i>x</i>' * 3_100}"
    assert clean_html(rich) == f"{clean}<hr>{'<i>x</i>' * 3_100}"
