"""Parts that hold other parts without being multiparts: opened, and put in their place.

Outlook's winmail.dat, mails signed with S/MIME as one file, and files in the middle of a text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from adapters.email.wire.charsets import decode
from adapters.email.wire.cms import signed_content
from adapters.email.wire.limits import MAX_PARTS, MAX_WRAPPINGS, BeyondLimits
from adapters.email.wire.structure import Headers, Part, parse_mail
from adapters.email.wire.tnef import Tnef, TnefFile, read_tnef
from adapters.email.wire.uuencode import split_uu

SMIME_TYPES = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
TNEF_TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
# What mailers and gateways make of types that they do not know; then the name tells.
_UNKNOWN_TYPES = frozenset(("application/octet-stream", "application/x-msdownload"))
_LINE_BREAKS = (b"\nbegin ", b"\rbegin ")


@dataclass(slots=True)
class _Opened:
    """What a wrapper held: files, and words that count when the mail has none beside it."""

    parts: list[Part] = field(default_factory=list)
    words: Part | None = None
    kept: bool = True  # the wrapper itself stays as a file


def unwrap(root: Part) -> None:
    """Give what wraps others its parts, as far as the limits go; the rest stays files."""
    room = MAX_PARTS - sum(1 for _ in root.walk())
    stack = [(root, 0)]
    while stack:
        part, depth = stack.pop()
        if part.parts:
            stack.extend((child, depth) for child in part.parts)
            continue
        opener = _opener(part)
        if opener is None or depth >= MAX_WRAPPINGS:
            continue
        opened = opener(part)
        found = opened.parts
        if opened.words is not None and not _has_words(root):
            found = [opened.words, *found]
        if len(found) > room or (not found and (opened.kept or not _has_words(root))):
            continue
        part.parts = [*found, _itself(part)] if opened.kept else found or [_NOTHING]
        room -= sum(1 for child in part.parts for _ in child.walk())
        stack.extend((child, depth + 1) for child in found)


def _has_words(root: Part) -> bool:
    """Whether the mail says something outside of its files."""
    leaves = (part for part in root.walk() if not part.parts and part.disposition != "attachment")
    texts = (part for part in leaves if part.media_type in {"text/plain", "text/html"})
    return any(not part.said_name and part.body.strip() for part in texts)


def _opener(part: Part) -> Callable[[Part], _Opened] | None:
    """How to open it; None for what is no wrapper."""
    kind = part.media_type
    if kind in _UNKNOWN_TYPES:
        name = part.said_name.lower()
        kind = "application/ms-tnef" if name == "winmail.dat" else kind
        kind = "application/pkcs7-mime" if name.endswith(".p7m") else kind
    if kind in SMIME_TYPES:
        return _signed
    if kind in TNEF_TYPES:
        return _tnef
    if kind == "text/plain" and part.disposition != "attachment" and _may_hold_uu(part):
        return _uuencoded
    return None


# A file without name and content is none.
_NOTHING = Part(Headers(), b"", 0, 0, "application/octet-stream")


def _itself(part: Part) -> Part:
    """The wrapper, to be kept as a file."""
    return Part(part.headers, part.raw, part.start, part.end)


def _made(media_type: str, data: bytes, name: str = "", content_id: str = "") -> Part:
    fields = [("content-type", media_type.encode("ascii", "replace"))]
    if name:
        said = f"attachment; filename*=utf-8''{quote(name, safe='', errors='replace')}"
        fields.append(("content-disposition", said.encode("ascii")))
    if content_id:
        fields.append(("content-id", content_id.encode("utf-8", "replace")))
    return Part(Headers(tuple(fields)), data, 0, len(data))


def _signed(part: Part) -> _Opened:
    """RFC 8551, 3.5.2: the mail within; the signature stays as a file."""
    content = signed_content(part.content())
    try:
        return _Opened([parse_mail(content)] if content else [])
    except BeyondLimits:
        return _Opened()


def _tnef(part: Part) -> _Opened:
    """Its words and files; it stays as a file only when it was cut."""
    tnef = read_tnef(part.content())
    files = [each for file in tnef.files for each in _tnef_file(file)]
    return _Opened(files, _words_of(tnef), kept=not tnef.sound)


def _words_of(tnef: Tnef) -> Part | None:
    if tnef.html:
        return _made("text/html; charset=utf-8", tnef.html)
    return _made("text/plain; charset=utf-8", tnef.text.encode()) if tnef.text.strip() else None


def _tnef_file(file: TnefFile) -> Iterator[Part]:
    """A file; of an attached mail, its words as a mail of our making, and its own files."""
    if not file.is_mail:
        media_type = file.media_type if "/" in file.media_type else "application/octet-stream"
        yield _made(media_type, file.data, file.name or "attachment", file.content_id)
        return
    inner = read_tnef(file.data)
    words = _words_of(inner)
    if words is not None:
        kind = words.headers.first("content-type") or b""
        head = f"Subject: {inner.subject}\r\nContent-Type: ".encode() + kind
        name = f"{inner.subject or file.name or 'message'}.eml"
        yield _made("message/rfc822", head + b"\r\n\r\n" + words.raw, name)
    yield _made("application/ms-tnef", file.data, file.name)


def _may_hold_uu(part: Part) -> bool:
    """A look that costs nothing, before the text is decoded for it."""
    begins = part.raw.startswith(b"begin ", part.start)
    return begins or any(part.raw.find(mark, part.start, part.end) >= 0 for mark in _LINE_BREAKS)


def _uuencoded(part: Part) -> _Opened:
    text, files = split_uu(part.content())
    if not files:
        return _Opened()
    encodings = {"content-transfer-encoding", "content-disposition"}
    fields = tuple((name, value) for name, value in part.headers.fields if name not in encodings)
    rest = Part(Headers(fields), text, 0, len(text))
    made = [_made("application/octet-stream", data, decode(name)) for name, data in files]
    return _Opened([rest, *made], kept=False)
