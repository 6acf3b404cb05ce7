"""Which part of a mail is what: words to read, or a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.email.wire.charsets import decode
from adapters.email.wire.invitations import invitation_words
from adapters.email.wire.limits import MAX_HTML_CHARS, MAX_TEXT_CHARS
from adapters.email.wire.lines import Line, html_lines, text_lines, unflow
from adapters.email.wire.structure import Part
from adapters.email.wire.wrapped import SMIME_TYPES

_META_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:+-]{2,40})", re.IGNORECASE)
_META_BYTES = 2_048
_BYTES_A_CHAR = 4  # at most, in any charset of mail
_BODY_TYPES = frozenset(("text/plain", "text/html", "text/enriched"))
_ENRICHED = re.compile(r"<[^<>]{0,100}>")
# Presentations of the same words that nobody needs beside text and HTML.
_SAME_WORDS = frozenset(("text/x-amp-html", "text/watch-html"))
# What an agent reads instead of words; in both languages, as nobody knows yet whose desk it is.
_ENCRYPTED = (
    "[加密邮件（{0}），此处无法阅读，请打开附件"
    " · Encrypted ({0}): it cannot be read here, open the attachment]"
)
_PARTIAL = "[邮件的第 {0} 部分，请对方整封重发 · Part {0} of a mail: ask for it in one piece]"
_UNENCRYPTED = frozenset(("signed-data", "certs-only", "signed-receipt", "compressed-data"))


@dataclass(slots=True)
class Block:
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
class Sorted:
    """The parts of a mail, told apart."""

    blocks: list[Block] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    cut: list[Part] = field(default_factory=list)  # too long to be shown whole: also kept as files
    charset: str | None = None

    def has_words(self) -> bool:
        """Whether there is anything to read."""
        return any(block.text.strip() or block.html for block in self.blocks)


def sort(root: Part) -> Sorted:
    """Tell the parts of a mail apart."""
    sorted_ = Sorted()
    calendars: list[tuple[Part, int]] = []
    for part, alternative, shown in _leaves(root):
        if part.media_type in _SAME_WORDS and alternative:
            continue
        if _is_body(part, sorted_, alternative, shown=shown):
            _read_body(sorted_, part, alternative)
            continue
        sorted_.files.append(part)
        if part.media_type == "text/calendar":
            calendars.append((part, alternative))
    if not sorted_.has_words():
        _promote(sorted_)
    for part, alternative in calendars:
        _invite(sorted_, part, alternative)
    if not sorted_.has_words():
        sorted_.blocks += [Block(0, text=note) for note in _notes(root, sorted_.files)]
    return sorted_


def _invite(sorted_: Sorted, part: Part, alternative: int) -> None:
    """An invitation is read out, unless its sender did so."""
    told = any(block.alternative == alternative and block.text for block in sorted_.blocks)
    if (told and alternative) or (part.disposition == "attachment" and sorted_.has_words()):
        return
    text, _ = _text(part, part.content()[: MAX_TEXT_CHARS * _BYTES_A_CHAR])
    words = invitation_words(text, part.type_field.raw("method"))
    if words:
        sorted_.blocks.append(Block(0, text=words))


def _notes(root: Part, files: list[Part]) -> Iterator[str]:
    """Why there is nothing to read, where the mail says why."""
    for part in files:
        if part.media_type in SMIME_TYPES:
            if part.type_field.raw("smime-type").lower() not in _UNENCRYPTED:
                yield _ENCRYPTED.format("S/MIME")
                return
        elif part.media_type == "message/partial":
            number, total = (part.type_field.raw(name)[:9] for name in ("number", "total"))
            yield _PARTIAL.format(f"{number or '?'}/{total or '?'}")
            return
    if root.media_type == "multipart/encrypted":
        yield _ENCRYPTED.format("PGP")


def _read_body(sorted_: Sorted, part: Part, alternative: int) -> None:
    """Take a part as words; what is too long to be shown whole is kept as a file, too."""
    data = part.content()
    limit = MAX_HTML_CHARS if part.media_type == "text/html" else MAX_TEXT_CHARS
    text, charset = _text(part, data[: limit * _BYTES_A_CHAR])
    if len(data) > limit * _BYTES_A_CHAR or len(text) > limit:
        sorted_.cut.append(part)
        text = text[:limit]
    sorted_.charset = sorted_.charset or charset
    _place(sorted_.blocks, part, text, alternative)


def _promote(sorted_: Sorted) -> None:
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
        if start and part.content_id == start:
            return part
    return related.parts[0]


def _is_body(part: Part, sorted_: Sorted, alternative: int, *, shown: bool) -> bool:
    """Words to read, and not a file that happens to be text. A multipart in one piece is words."""
    readable = part.media_type in _BODY_TYPES or part.media_type.startswith("multipart/")
    if not readable or not shown or part.disposition == "attachment":
        return False
    if not part.said_name:
        return True
    return not part.disposition and (bool(alternative) or not sorted_.blocks)


def _place(blocks: list[Block], part: Part, text: str, alternative: int) -> None:
    """Beside its alternative, or as a block of its own."""
    block = next((b for b in blocks if alternative and b.alternative == alternative), None)
    if block is None:
        block = Block(alternative)
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
