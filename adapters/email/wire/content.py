"""What a mail says and carries: its text, its HTML and its files, from the tree of its parts."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.email.wire.html import clean_html
from adapters.email.wire.limits import (
    MAX_ENCLOSED,
    MAX_ENCLOSED_DEPTH,
    MAX_LINES,
    MAX_TEXT_CHARS,
    BeyondLimits,
)
from adapters.email.wire.lines import Line, html_lines, joined
from adapters.email.wire.parts import Block, Sorted, sort
from adapters.email.wire.quotes import new_part
from adapters.email.wire.structure import Part, parse_headers, parse_mail
from adapters.email.wire.words import header_text
from adapters.email.wire.wrapped import unwrap
from gateway.contract import InboundAttachment
from gateway.domain.filename import safe_filename

# What marks older mails in HTML.
_QUOTING = re.compile(
    r"gmail_quote|<blockquote|divRplyFwdMsg|appendonsend|moz-cite|yahoo_quoted|isReplyContent"
    r"|protonmail_quote|lark-mail|OLK_SRC_BODY",
    re.IGNORECASE,
)

# What a file is called that has no name: tools know it by that.
_NAMES = {
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "version.asc",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
    "text/calendar": "invite.ics",
}

# What an agent reads where the beginning of a very long mail has no words; in both languages.
_CUT = (
    "[邮件过长，此处无法显示，请打开附件 · This mail is too long to be shown: open the attachment]"
)


@dataclass(frozen=True, slots=True)
class Content:
    """`text` is the new part, `text_full` all of it, `html` cleaned.

    `enclosed` are the words of the mails within, each below a line that says so.
    """

    text: str
    text_full: str
    enclosed: str
    html: str
    attachments: tuple[InboundAttachment, ...]
    charset: str | None  # of the body, for header fields that do not say theirs


def read_content(root: Part, subject: str) -> Content:
    """Text, HTML and files of a mail whose wrapped parts are open."""
    sorted_ = sort(root)
    lines = _lines(sorted_)
    full = joined([line.text for line in lines])
    new = _new(sorted_.blocks, lines, full, subject) if len(lines) <= MAX_LINES else full
    if sorted_.cut and not full.strip():
        new = full = _CUT
    attachments = [file for part in sorted_.files for file in _attachment(part)]
    attachments += [
        _file(part.media_type, _whole_name(part), part.content()) for part in sorted_.cut
    ]
    return Content(
        text=new[:MAX_TEXT_CHARS],
        text_full=full[:MAX_TEXT_CHARS],
        enclosed=_enclosed(sorted_.files, 1)[:MAX_TEXT_CHARS],
        html=clean_html(_html(sorted_.blocks)),
        attachments=tuple(attachments),
        charset=sorted_.charset,
    )


def _whole_name(part: Part) -> str:
    """What the file is called that keeps words whole which were too long to be shown."""
    return "message.html" if part.media_type == "text/html" else "message.txt"


def _lines(sorted_: Sorted) -> list[Line]:
    lines: list[Line] = []
    for block in sorted_.blocks:
        if lines and lines[-1].text:
            lines.append(Line(""))
        lines.extend(block.lines())
    return lines


def _html(blocks: list[Block]) -> str:
    """All blocks as HTML, when one of them is."""
    if not any(block.html for block in blocks):
        return ""
    return "\n".join(block.html or _as_html(block.text) for block in blocks)


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<div style="white-space: pre-wrap">{escaped}</div>'


def _new(blocks: list[Block], lines: list[Line], full: str, subject: str) -> str:
    """The new part; where plain text does not show what is quoted, its HTML may."""
    new = new_part(lines, subject)
    shown = [block.html for block in blocks if block.text.strip() and _QUOTING.search(block.html)]
    if new != full or len(blocks) != 1 or not shown:
        return new
    by_html = html_lines(shown[0])
    clearer = new_part(by_html, subject)
    return new if clearer == joined([line.text for line in by_html]) else clearer


# --- mails within ----------------------------------------------------------------------------

_MAILS = frozenset(("message/rfc822", "message/global", "message/news"))
_SHOWN_FIELDS = (("From", "from"), ("Date", "date"), ("To", "to"), ("Subject", "subject"))


def _enclosed(files: list[Part], depth: int) -> str:
    """What the mails among the files say, as if they had been forwarded in the text."""
    mails = [part for part in files if part.media_type in _MAILS][:MAX_ENCLOSED]
    return "\n\n".join(filter(None, (_enclosed_mail(part.content(), depth) for part in mails)))


def _enclosed_mail(data: bytes, depth: int) -> str:
    try:
        root = parse_mail(data)
    except BeyondLimits:
        return ""
    unwrap(root)
    sorted_ = sort(root)
    said = [(shown, header_text(root.headers.first(name) or b"")) for shown, name in _SHOWN_FIELDS]
    fields = "\n".join(f"{shown}: {value}" for shown, value in said if value)
    words = joined([line.text for line in _lines(sorted_)])
    deeper = _enclosed(sorted_.files, depth + 1) if depth < MAX_ENCLOSED_DEPTH else ""
    if not fields:
        return ""  # it only says that it is a mail
    return "\n\n".join(filter(None, (f"{_FORWARDED}\n{fields}".strip(), words, deeper)))


_FORWARDED = "---------- 转发的邮件 · Forwarded message ----------"


# --- files -----------------------------------------------------------------------------------


def _attachment(part: Part) -> Iterator[InboundAttachment]:
    data = part.content()
    name = safe_filename(part.said_name)
    if not data and not name:
        return
    if not name and part.media_type == "message/rfc822":
        subject = header_text(parse_headers(data).first("subject") or b"")
        name = safe_filename(f"{subject[:100]}.eml") if subject else ""
    name = name or _NAMES.get(part.media_type, "")
    yield _file(part.media_type, name, data, part.content_id or None)


def _file(
    media_type: str, name: str, data: bytes, content_id: str | None = None
) -> InboundAttachment:
    return InboundAttachment(
        media_type=media_type,
        filename=name,
        content=data,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        content_id=content_id,
    )
