"""Mails as a customer's mail program writes and reads them, and as a mail server returns them."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.encoders import encode_base64
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr

import msgspec

SMTP_COMPAT = compat32.clone(linesep="\r\n")
MAX_LINE = 900  # bytes; mail servers refuse lines of more than 998
MAX_SHOWN_TEXT = 20_000  # characters
MAX_PARTS = 100  # of a letter that is taken apart; Python's parser calls itself for each within


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to enclose."""

    filename: str
    media_type: str
    content: bytes


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer writes. Addresses are bare; `references` is the thread, oldest first."""

    sender: str
    recipient: str
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a mail that came."""

    filename: str
    media_type: str
    size_bytes: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a person sees of a mail."""

    sender: str
    sender_name: str
    reply_to: str
    subject: str
    text: str
    message_id: str
    references: tuple[str, ...]
    automatic: bool
    files: tuple[Enclosure, ...]


def compose(draft: Draft, *, message_id: str, at_ms: int) -> bytes:
    """The mail, with CRLF, ready for DATA."""
    mail: Message[str, str] = _plain(draft.text)
    if draft.files:
        enclosed = MIMEMultipart(policy=SMTP_COMPAT)
        enclosed.attach(mail)
        for file in draft.files:
            enclosed.attach(_enclosed(file))
        mail = enclosed
    mail["From"] = _address(draft.sender, draft.sender_name)
    mail["To"] = _address(draft.recipient, "")
    mail["Subject"] = _subject(draft.subject)
    mail["Date"] = _date(at_ms)
    mail["Message-ID"] = _one_line(message_id)
    if draft.references:
        mail["In-Reply-To"] = _one_line(draft.references[-1])
        mail["References"] = "\r\n ".join(map(_one_line, draft.references))
    return mail.as_bytes()


def bounce(
    raw: bytes, *, recipient: str, server: str, to: str, message_id: str, at_ms: int
) -> bytes:
    """The delivery status notification that returns a mail. RFC 3464, RFC 6522."""
    report = MIMEMultipart("report", policy=SMTP_COMPAT, report_type="delivery-status")
    report["From"] = f"Mail Delivery System <mailer-daemon@{server}>"
    report["To"] = to
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = _date(at_ms)
    report["Message-ID"] = message_id
    report["Auto-Submitted"] = "auto-replied"
    report.attach(
        _plain(
            f"This is the mail system at {server}.\n\nYour message could not be delivered.\n\n"
            f"<{recipient}>: host {server} said: 550 5.1.1 <{recipient}>: user unknown\n"
        )
    )
    status = MIMEBase("message", "delivery-status", policy=SMTP_COMPAT)
    status.set_payload([_fields(block) for block in _status(recipient, server, at_ms)])
    report.attach(status)
    headers = MIMEBase("text", "rfc822-headers", policy=SMTP_COMPAT)
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    headers.set_payload(head.decode("ascii", "replace") + "\n")
    report.attach(headers)
    return report.as_bytes()


def _status(recipient: str, server: str, at_ms: int) -> tuple[dict[str, str], ...]:
    """What holds of the whole mail, then of its one recipient."""
    whole = {"Reporting-MTA": f"dns; {server}", "Arrival-Date": _date(at_ms)}
    one = {
        "Final-Recipient": f"rfc822; {recipient}",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": f"dns; {server}",
        "Diagnostic-Code": "smtp; 550 5.1.1 user unknown",
    }
    return whole, one


def _fields(values: dict[str, str]) -> "Message[str, str]":
    block: Message[str, str] = Message(SMTP_COMPAT)
    for name, value in values.items():
        block[name] = value
    return block


def away(reading: Reading, *, of: str, message_id: str, at_ms: int) -> bytes:
    """A customer's auto-responder answering a mail. RFC 3834."""
    mail = _plain("I am away and read my mail again on Monday.\n\n我现在外出，周一回复。\n")
    mail["From"] = of
    mail["To"] = reading.reply_to or reading.sender
    mail["Subject"] = _subject(f"Auto: {reading.subject}")
    mail["Date"] = _date(at_ms)
    mail["Message-ID"] = message_id
    mail["In-Reply-To"] = _one_line(reading.message_id)
    mail["Auto-Submitted"] = "auto-replied"
    return mail.as_bytes()


def read(raw: bytes) -> Reading:
    """What the customer sees. Never raises: what cannot be read is shown as it came."""
    mail = _parsed(raw)
    name, sender = _person(mail, "From")
    return Reading(
        sender=sender,
        sender_name=name,
        reply_to=_person(mail, "Reply-To")[1],
        subject=_words(mail, "Subject"),
        text=_text(mail)[:MAX_SHOWN_TEXT],
        message_id=message_id_of(raw),
        references=tuple((_words(mail, "References") or _words(mail, "In-Reply-To")).split()),
        automatic=_words(mail, "Auto-Submitted").lower() not in {"", "no"},
        files=tuple(_files(mail)),
    )


def message_id_of(raw: bytes) -> str:
    """Its Message-ID, "" when it has none."""
    return "".join(_words(_headers(raw), "Message-ID").split())


def enclosure(raw: bytes, number: int) -> File | None:
    """The file of this number, with its bytes."""
    parts = list(_file_parts(_parsed(raw)))
    if not 0 <= number < len(parts):
        return None
    part = parts[number]
    return File(
        filename=_filename(part, number),
        media_type=part.get_content_type(),
        content=_bytes(part),
    )


# --- reading -------------------------------------------------------------------------------------


def _parsed(raw: bytes) -> "Message[str, str]":
    """The letter and its parts; one of too many parts stays whole, as a file."""
    if raw.lower().count(b"content-type:") > MAX_PARTS:
        return _headers(raw)
    return message_from_bytes(raw)


def _headers(raw: bytes) -> "Message[str, str]":
    return BytesHeaderParser().parsebytes(raw)


def _words(mail: "Message[str, str]", name: str) -> str:
    value = mail.get(name)
    if value is None:
        return ""
    return _one_line(_clear(str(value)))


def _person(mail: "Message[str, str]", name: str) -> tuple[str, str]:
    """Name and bare address. Split before decoding: an encoded name may hold any character."""
    who, address = parseaddr(_one_line(str(mail.get(name, ""))))
    return _one_line(_clear(who)), address


def _clear(value: str) -> str:
    """Encoded words decoded; as it came when they cannot be."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _text(mail: "Message[str, str]") -> str:
    """The plain text; without one the HTML as it is written."""
    texts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    shown = [p for p in texts if not p.get_filename()]
    plain = [p for p in shown if p.get_content_type() == "text/plain"]
    return "\n".join(_decoded(part) for part in (plain or shown)).strip()


def _decoded(part: "Message[str, str]") -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        return _bytes(part).decode(charset, "replace").replace("\r\n", "\n")
    except LookupError:
        return _bytes(part).decode("utf-8", "replace")


def _bytes(part: "Message[str, str]") -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _file_parts(mail: "Message[str, str]") -> "list[Message[str, str]]":
    return [
        part
        for part in mail.walk()
        if not part.is_multipart()
        and (part.get_filename() or part.get_content_maintype() != "text")
    ]


def _files(mail: "Message[str, str]") -> list[Enclosure]:
    return [
        Enclosure(
            filename=_filename(part, number),
            media_type=part.get_content_type(),
            size_bytes=len(_bytes(part)),
        )
        for number, part in enumerate(_file_parts(mail))
    ]


def _filename(part: "Message[str, str]", number: int) -> str:
    return _clear(part.get_filename() or f"file-{number + 1}")


# --- writing -------------------------------------------------------------------------------------


def _plain(text: str) -> MIMEText:
    """A text part: as it is when it is short-lined ASCII, else as base64 of UTF-8."""
    lines = text.replace("\r\n", "\n") or "\n"
    simple = lines.isascii() and all(len(line) <= MAX_LINE for line in lines.split("\n"))
    return MIMEText(lines, "plain", "us-ascii" if simple else "utf-8", policy=SMTP_COMPAT)


def _enclosed(file: File) -> MIMEBase:
    main, _, sub = file.media_type.partition("/")
    part = MIMEBase(main, sub or "octet-stream", policy=SMTP_COMPAT)
    part.set_payload(file.content)
    encode_base64(part)
    name = _one_line(file.filename)
    named = name if name.isascii() else ("utf-8", "", name)
    part.add_header("Content-Disposition", "attachment", filename=named)
    return part


def _address(address: str, name: str) -> str:
    """RFC 5322, the name encoded where it must be."""
    return formataddr((_one_line(name), _one_line(address)))


def _subject(text: str) -> str:
    text = _one_line(text)
    return text if text.isascii() else Header(text, "utf-8", header_name="Subject").encode()


def _one_line(text: str) -> str:
    """No line ends: nobody adds a header by a subject."""
    return " ".join(text.split())


def _date(at_ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_ms / 1_000, UTC))
