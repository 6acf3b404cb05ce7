"""One message of ours into a mail (RFC 5322), the same bytes at every try. Pure."""

import base64
import binascii
import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from adapters.email.wire.addresses import ascii_domain, is_address
from adapters.email.wire.automatic import OWN_FIELD
from adapters.email.wire.identity import Own, own_message_id, reply_address
from gateway.contract import OutboundAttachment, OutboundMessage
from gateway.domain.clock import SECOND_MS
from gateway.domain.filename import safe_filename

_CRLF = b"\r\n"
# What ends a header line somewhere: CR LF NUL VT FF NEL and the separators of Unicode; and all
# other controls, which no header needs. CVE-2026-1299 is what happens without.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BODY_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_REPLIES = re.compile(r"\s*(?:re|aw|sv|antw|odp|回复|回覆|答复)\s?(?:\[\d+\])?[:：]", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LINK = re.compile(r"https?://[^\s<>\"'，。；、）】]{1,2000}")
_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_WORD_BYTES = 42  # of UTF-8 in one encoded word, which may have 75 characters
_LONGEST_LINE = 900
_OLD_REFERENCES = 1
_NEW_REFERENCES = 20


class HeaderRefused(Exception):
    """A header would hold a line break or another control character; the message says which."""


def compose(
    message: OutboundMessage,
    own: Own,
    display_name: str,
    files: Sequence[tuple[OutboundAttachment, bytes]] = (),
) -> bytes:
    """The mail as it goes over the wire, CRLF and all, at most 7 bits a byte but for addresses.

    Raises HeaderRefused.
    """
    boundary = f"=_{message.id.replace('-', '')[:40]}"
    lines = [_header(name, value) for name, value in _fields(message, own, display_name)]
    body = _alternative(message, f"{boundary}_a")
    if files:
        parts = [body, *(_file(file, data) for file, data in files)]
        body = _multipart("mixed", f"{boundary}_m", parts)
    return _CRLF.join([*lines, b"MIME-Version: 1.0", body])


def guarded(name: str, value: str) -> str:
    """The value, or HeaderRefused when it would not stay on its line."""
    found = _FORBIDDEN.search(value)
    if found:
        raise HeaderRefused(f"{name} contains the control character U+{ord(found.group()):04X}")
    return value


# --- header ----------------------------------------------------------------------------------


def _fields(message: OutboundMessage, own: Own, display_name: str) -> list[tuple[str, str]]:
    recipient = ascii_domain(message.recipient.partition(":")[2])
    address = ascii_domain(own.address)
    reply_to = ascii_domain(reply_address(own, message.conversation))
    date = datetime.fromtimestamp(message.written_at / SECOND_MS, UTC)
    fields = [
        ("Message-ID", own_message_id(message.id, own)),
        ("Date", format_datetime(date)),
        ("From", _mailbox(display_name, address)),
        ("To", f"<{guarded('To', recipient)}>"),
        ("Subject", _words(_subject(message, display_name or own.domain))),
    ]
    if reply_to != address:
        fields.append(("Reply-To", _mailbox(display_name, reply_to)))
    fields += _threading(message)
    if message.automatic:
        fields += [
            ("Auto-Submitted", "auto-replied"),
            ("X-Auto-Response-Suppress", "All"),
            ("Precedence", "bulk"),
        ]
    fields.append((OWN_FIELD.title(), message.id))
    return [(name, guarded_folded(name, value)) for name, value in fields]


def _subject(message: OutboundMessage, fallback: str) -> str:
    subject = message.thread.subject.replace("\t", " ").strip() if message.thread else ""
    guarded("Subject", subject)
    if not subject:
        return fallback
    answers = message.in_reply_to or (message.thread and message.thread.in_reply_to)
    return f"Re: {subject}" if answers and not _REPLIES.match(subject) else subject


def _threading(message: OutboundMessage) -> list[tuple[str, str]]:
    """In-Reply-To and References; an id that is none is left out."""
    thread = message.thread
    answered = (thread.in_reply_to if thread else None) or message.in_reply_to or ""
    chain = [each for each in (thread.references if thread else ()) if _ID.fullmatch(each)]
    fields = []
    if _ID.fullmatch(answered):
        fields.append(("In-Reply-To", answered))
        if answered not in chain:
            chain.append(answered)
    if len(chain) > _OLD_REFERENCES + _NEW_REFERENCES:
        chain = chain[:_OLD_REFERENCES] + chain[-_NEW_REFERENCES:]
    if chain:
        fields.append(("References", "\r\n ".join(chain)))
    return fields


def guarded_folded(name: str, value: str) -> str:
    """As `guarded`, for a value that we folded ourselves."""
    for line in value.split("\r\n "):
        guarded(name, line)
    return value


def _header(name: str, value: str) -> bytes:
    return f"{name}: {value}".encode()


def _mailbox(name: str, address: str) -> str:
    guarded("From", name + address)
    if not name:
        return f"<{address}>"
    if _PLAIN_NAME.fullmatch(name) and len(name) < _LONGEST_LINE:
        return f"{name} <{address}>"
    return f"{_words(name, always=True)} <{address}>"


def _words(text: str, *, always: bool = False) -> str:
    """As encoded words (RFC 2047) when needed, folded between them."""
    if text.isascii() and "=?" not in text and not always and len(text) < _LONGEST_LINE:
        return text
    words: list[str] = []
    piece = b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(piece) + len(encoded) > _WORD_BYTES:
            words.append(_word(piece))
            piece = b""
        piece += encoded
    words.append(_word(piece))
    return "\r\n ".join(words)


def _word(data: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(data).decode('ascii')}?="


def is_sendable(address: str) -> bool:
    """Whether a mail can be addressed so."""
    return is_address(address) and ascii_domain(address).rpartition("@")[2].isascii()


# --- body ------------------------------------------------------------------------------------


def _alternative(message: OutboundMessage, boundary: str) -> bytes:
    text = _BODY_CONTROLS.sub("", message.text.replace("\r\n", "\n").replace("\r", "\n"))
    parts = [_text("plain", text), _text("html", _html(text, message.language))]
    return _multipart("alternative", boundary, parts)


def _html(text: str, language: str) -> str:
    """Paragraphs and links, nothing more: it must look well everywhere."""
    paragraphs = re.split(r"\n[ \t]*\n+", text.strip("\n"))
    shown = ["<br>\n".join(map(_linked, paragraph.split("\n"))) for paragraph in paragraphs]
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in shown)
    lang = html.escape(language, quote=True)
    return f'<!DOCTYPE html>\n<html lang="{lang}"><body>\n{body}\n</body></html>\n'


def _linked(line: str) -> str:
    out: list[str] = []
    end = 0
    for link in _LINK.finditer(line):
        shown = html.escape(link.group().rstrip(".,;:!?)"))
        out.append(html.escape(line[end : link.start()], quote=False))
        out.append(f'<a href="{shown}">{shown}</a>')
        end = link.start() + len(link.group().rstrip(".,;:!?)"))
    out.append(html.escape(line[end:], quote=False))
    return "".join(out)


def _text(kind: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if data.isascii() and max(map(len, data.split(b"\n"))) < _LONGEST_LINE:
        encoding, body = "7bit", data.replace(b"\n", _CRLF)
    elif sum(byte > 0x7F for byte in data) * 6 > len(data):
        encoding, body = "base64", _base64(data.replace(b"\n", _CRLF))
    else:
        encoding = "quoted-printable"
        body = binascii.b2a_qp(data, istext=True).replace(b"\r\n", b"\n").replace(b"\n", _CRLF)
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}'
    return head.encode() + _CRLF + _CRLF + body


def _file(file: OutboundAttachment, data: bytes) -> bytes:
    """A file, always in base64; a mail within a mail must not be, so it goes as plain bytes."""
    name = safe_filename(file.filename) or "file"
    media_type = file.media_type.lower()
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("message/", "multipart/")):
        media_type = "application/octet-stream"
    ascii_name = re.sub(r"[^!#-\[\]-~ ]", "_", name)
    extended = "".join(
        f"%{b:02X}" if not chr(b).isalnum() or b > 0x7F else chr(b) for b in name.encode()
    )
    if name == ascii_name:
        named, disposed = f'name="{name}"', f'filename="{name}"'
    else:  # RFC 2231 for those who know it, an encoded word for old Outlook and webmail
        named, disposed = f'name="{_words(name)}"', f"filename*=utf-8''{extended}"
    head = [
        f"Content-Type: {media_type};\r\n {named}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment;\r\n {disposed}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + _base64(data)


def _base64(data: bytes) -> bytes:
    whole = base64.b64encode(data)
    return _CRLF.join(whole[start : start + 76] for start in range(0, len(whole), 76))


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """No part can hold the boundary: base64 has no `=_`, nor has quoted-printable."""
    mark = boundary.encode()
    if any(mark in part and not part.startswith(b"Content-Type: multipart/") for part in parts):
        mark += b"_"  # somebody wrote our boundary into a text of seven bits
    head = b'Content-Type: multipart/%s; boundary="%s"' % (kind.encode(), mark)
    pieces = [head, b""]
    for part in parts:
        pieces += [b"--" + mark, part]
    return _CRLF.join([*pieces, b"--" + mark + b"--", b""])
