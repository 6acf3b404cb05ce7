"""What a mail says and carries: its text, its HTML and its files, from the tree of its parts."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.email.wire.charsets import decode
from adapters.email.wire.filenames import safe_filename
from adapters.email.wire.html import clean_html
from adapters.email.wire.limits import MAX_HTML_CHARS, MAX_LINES, MAX_TEXT_CHARS
from adapters.email.wire.lines import Line, html_lines, joined, text_lines, unflow
from adapters.email.wire.quotes import new_part
from adapters.email.wire.structure import Part, parse_headers
from adapters.email.wire.words import header_text
from gateway.contract import InboundAttachment

_META_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:+-]{2,40})", re.IGNORECASE)
_META_BYTES = 2_048
_BYTES_A_CHAR = 4  # at most, in any charset of mail
_BODY_TYPES = frozenset(("text/plain", "text/html", "text/enriched"))
_ENRICHED = re.compile(r"<[^<>]{0,100}>")
# What marks older mails in HTML.
_QUOTING = re.compile(
    r"gmail_quote|<blockquote|divRplyFwdMsg|appendonsend|moz-cite|yahoo_quoted|isReplyContent"
    r"|protonmail_quote|lark-mail|OLK_SRC_BODY",
    re.IGNORECASE,
)
# Presentations of the same words that nobody needs beside text and HTML.
_SAME_WORDS = frozenset(("text/x-amp-html", "text/watch-html"))


@dataclass(frozen=True, slots=True)
class Content:
    """`text` is the new part, `text_full` all of it, `html` cleaned."""

    text: str
    text_full: str
    html: str
    attachments: tuple[InboundAttachment, ...]
    charset: str | None  # of the body, for header fields that do not say theirs


@dataclass(slots=True)
class _Block:
    """A stretch of the body: its plain text, its HTML, or both saying the same."""

    alternative: int  # which multipart/alternative it is; 0 for none
    text: str = ""
    html: str = ""

    def lines(self) -> list[Line]:
        """Of the plain text, where there is some."""
        if self.text.strip() or not self.html:
            return text_lines(self.text)
        return html_lines(self.html)


@dataclass(slots=True)
class _Sorted:
    """The parts of a mail, told apart."""

    blocks: list[_Block] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    cut: list[Part] = field(default_factory=list)  # too long to be shown whole: also kept as files
    charset: str | None = None


def read_content(root: Part, subject: str) -> Content:
    """Text, HTML and files of a mail."""
    sorted_ = _sort(root)
    lines: list[Line] = []
    html: list[str] = []
    rich = any(block.html for block in sorted_.blocks)
    for block in sorted_.blocks:
        if lines and lines[-1].text:
            lines.append(Line(""))
        lines.extend(block.lines())
        if rich:
            html.append(block.html or _as_html(block.text))
    full = joined([line.text for line in lines])
    new = _new(sorted_.blocks, lines, full, subject) if len(lines) <= MAX_LINES else full
    attachments = [file for part in sorted_.files for file in _attachment(part)]
    attachments += [_file(part.media_type, "message", part.content()) for part in sorted_.cut]
    return Content(
        text=new[:MAX_TEXT_CHARS],
        text_full=full[:MAX_TEXT_CHARS],
        html=clean_html("\n".join(html)),
        attachments=tuple(attachments),
        charset=sorted_.charset,
    )


def _new(blocks: list[_Block], lines: list[Line], full: str, subject: str) -> str:
    """The new part; where plain text does not show what is quoted, its HTML may."""
    new = new_part(lines, subject)
    shown = [block.html for block in blocks if block.text.strip() and _QUOTING.search(block.html)]
    if new != full or len(blocks) != 1 or not shown:
        return new
    by_html = html_lines(shown[0])
    clearer = new_part(by_html, subject)
    return new if clearer == joined([line.text for line in by_html]) else clearer


# --- which part is what ----------------------------------------------------------------------


def _sort(root: Part) -> _Sorted:
    sorted_ = _Sorted()
    for part, alternative, shown in _leaves(root):
        if part.media_type in _SAME_WORDS and alternative:
            continue
        if not _is_body(part, sorted_, alternative, shown=shown):
            sorted_.files.append(part)
            continue
        _read_body(sorted_, part, alternative)
    if not any(block.text or block.html for block in sorted_.blocks):
        _promote(sorted_)
    return sorted_


def _read_body(sorted_: _Sorted, part: Part, alternative: int) -> None:
    """Take a part as words; what is too long to be shown whole is kept as a file, too."""
    data = part.content()
    limit = MAX_HTML_CHARS if part.media_type == "text/html" else MAX_TEXT_CHARS
    text, charset = _text(part, data[: limit * _BYTES_A_CHAR])
    if len(data) > limit * _BYTES_A_CHAR or len(text) > limit:
        sorted_.cut.append(part)
        text = text[:limit]
    sorted_.charset = sorted_.charset or charset
    _place(sorted_.blocks, part, text, alternative)


def _promote(sorted_: _Sorted) -> None:
    """A mail whose words all have names: the first of them that is no attachment is its text."""
    for part in sorted_.files:
        if part.media_type in _BODY_TYPES and part.disposition != "attachment":
            sorted_.files.remove(part)
            _read_body(sorted_, part, 0)
            return


def _leaves(root: Part) -> Iterator[tuple[Part, int, bool]]:
    """Leaves in order; the alternative that each belongs to (0: none); whether it may be shown."""
    stack: list[tuple[Part, int, bool]] = [(root, 0, True)]
    number = 0
    while stack:
        part, alternative, shown = stack.pop()
        if not part.parts:
            yield part, alternative, shown
            continue
        if part.media_type == "multipart/alternative":
            number += 1
            alternative = alternative or number
        related = part.media_type == "multipart/related"
        first = _root_of(part) if related else None
        children = [
            (child, alternative, shown and (not related or child is first)) for child in part.parts
        ]
        stack.extend(reversed(children))


def _root_of(related: Part) -> Part:
    """RFC 2387: the part that `start` names, else the first."""
    start = related.type_field.text("start").strip(" <>")
    for part in related.parts:
        if start and _content_id(part) == start:
            return part
    return related.parts[0]


def _is_body(part: Part, sorted_: _Sorted, alternative: int, *, shown: bool) -> bool:
    """Words to read, and not a file that happens to be text. A multipart in one piece is words."""
    readable = part.media_type in _BODY_TYPES or part.media_type.startswith("multipart/")
    if not readable or not shown or part.disposition == "attachment":
        return False
    if not _said_name(part):
        return True
    return not part.disposition and (bool(alternative) or not sorted_.blocks)


def _place(blocks: list[_Block], part: Part, text: str, alternative: int) -> None:
    """Beside its alternative, or as a block of its own."""
    block = next((b for b in blocks if alternative and b.alternative == alternative), None)
    if block is None:
        block = _Block(alternative)
        blocks.append(block)
    if part.media_type == "text/html":
        block.html = f"{block.html}\n{text}" if block.html else text
    else:
        block.text = f"{block.text}\n{text}" if block.text else text


def _text(part: Part, data: bytes) -> tuple[str, str | None]:
    charset = part.type_field.text("charset") or None
    if part.media_type == "text/html" and charset is None:
        meta = _META_CHARSET.search(data[:_META_BYTES])
        charset = meta.group(1).decode("ascii") if meta else None
    text = decode(data, charset)
    if part.media_type == "text/enriched":
        return _ENRICHED.sub("", text.replace("<<", "\u0000")).replace("\u0000", "<"), charset
    if part.type_field.raw("format").lower() == "flowed":
        delete = part.type_field.raw("delsp").lower() == "yes"
        return unflow(text, delete_space=delete), charset
    return text, charset


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<div style="white-space: pre-wrap">{escaped}</div>'


# --- files -----------------------------------------------------------------------------------


def _attachment(part: Part) -> Iterator[InboundAttachment]:
    data = part.content()
    name = safe_filename(_said_name(part))
    if not data and not name:
        return
    if not name and part.media_type == "message/rfc822":
        subject = header_text(parse_headers(data).first("subject") or b"")
        name = safe_filename(f"{subject[:100]}.eml") if subject else ""
    yield _file(part.media_type, name, data, _content_id(part) or None)


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


def _said_name(part: Part) -> str:
    return part.disposition_field.text("filename") or part.type_field.text("name")


def _content_id(part: Part) -> str:
    return header_text(part.headers.first("content-id") or b"").strip(" <>")
