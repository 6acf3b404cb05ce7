"""Mailboxes of header fields (RFC 5322), read strictly where it matters; and who may be written to.

The standard library takes `alice@corp.example <attacker@evil.example>` for alice and needs half a
minute for a field of commas. Here the angle brackets rule, and every character is looked at once.
"""

import re
from dataclasses import dataclass

from adapters.email.wire.limits import MAX_ADDRESSES, MAX_NAME_CHARS
from adapters.email.wire.words import bare_text, header_text

# An encoded word is one word, whatever mailers leave bare in it (RFC 2047 allows them no special).
_SPECIAL = re.compile(r'=\?[!->@-~]{1,40}\?[bBqQ]\?[^?\s]{0,200}\?=|["(),:;<>\\]')
_IN_QUOTES = re.compile(r'["\\]')
_IN_COMMENT = re.compile(r"[()\\]")
# Invisible or direction-turning characters: a name must look like what it is.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SPACES = re.compile(r"\s+")

# No controls, no spaces, none of ()<>[]:;@\," ; letters of every script (RFC 6531).
_LETTERS = "A-Za-z0-9\u00a1-\u1fff\u2c00-\ud7ff\uf900-\U0010ffff"
_LOCAL = re.compile(rf"[{_LETTERS}!#$%&'*+/=?^_`{{|}}~.\-]{{1,64}}")
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~]){1,62}"')
_LABEL = rf"[{_LETTERS}_](?:[{_LETTERS}_\-]{{0,61}}[{_LETTERS}])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,20}}")
_LITERAL = re.compile(r"\[[0-9A-Fa-f.:IPv]{1,60}\]")
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox. `sound` is False when it had to be guessed from something malformed."""

    name: str
    address: str
    sound: bool = True


def mailboxes(field: bytes | None, charset: str | None = None) -> tuple[Mailbox, ...]:
    """The mailboxes of an address field, in order, groups flattened."""
    if not field:
        return ()
    text = _HIDDEN.sub(" ", bare_text(field, charset))
    found: list[Mailbox] = []
    for entry in _entries(text):
        mailbox = entry.mailbox()
        if mailbox.address:
            found.append(mailbox)
        if len(found) >= MAX_ADDRESSES:
            break
    return tuple(found)


def normalised(address: str) -> str:
    """The address with its domain in lower case."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def ascii_domain(address: str) -> str:
    """With the domain as it is written in DNS, where that is possible."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def is_address(address: str) -> bool:
    """Whether this is one addr-spec that may be written on a command line of SMTP.

    Checked here because the client library takes `a@b,c@d` for `a@b` without a word.
    """
    local, at, domain = address.rpartition("@")
    if not at or len(address.encode("utf-8", "replace")) > _LONGEST:
        return False
    if not (_LOCAL.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)):
        return False
    return bool(_DOMAIN.fullmatch(domain) or _LITERAL.fullmatch(domain))


class _Entry:
    """What stands between two commas."""

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.angle: str | None = None
        self.comment: list[str] = []
        self.defects = 0
        self.words = False
        self.at = False

    def mailbox(self) -> Mailbox:
        phrase = _SPACES.sub(" ", "".join(self.phrase)).strip()
        comment = "".join(self.comment)
        if self.angle is not None:
            address = self.angle.rpartition(":")[2] if self.angle.startswith("@") else self.angle
            name = phrase or comment
        else:
            address, name = self._bare(phrase, comment)
        address = normalised(address.strip(" '<>[]").removeprefix("mailto:"))
        shown = display_name(name)
        if "@" in shown and is_address(shown.strip("'")):
            shown = ""  # a name that is an address says who somebody else is
        return Mailbox(shown, address[:320], is_address(address) and not self.defects)

    def _bare(self, phrase: str, comment: str) -> tuple[str, str]:
        """An address without angle brackets, and the name that stands around it."""
        tokens = phrase.split(" ")
        if len(tokens) == 1 or is_address(phrase):
            return phrase, comment
        self.defects += 1
        chosen = next((token for token in reversed(tokens) if is_address(token)), None)
        if chosen is None:
            return phrase.replace(" ", ""), comment
        return chosen, comment or phrase.replace(chosen, "")


def display_name(text: str) -> str:
    """A name as it may be shown: encoded words undone, nothing invisible, of bounded length."""
    shown = header_text(text.encode("utf-8", "replace"), "utf-8")
    return _SPACES.sub(" ", _HIDDEN.sub("", shown)).strip(" '\"")[:MAX_NAME_CHARS]


def _entries(text: str) -> list[_Entry]:
    """Split at commas outside quotes, comments and angles. One pass."""
    entries: list[_Entry] = []
    entry = _Entry()
    position = 0
    while (found := _SPECIAL.search(text, position)) is not None and len(entries) <= MAX_ADDRESSES:
        _take(entry, text[position : found.start()])
        position = found.end()
        match found.group():
            case '"':
                piece, position = _quoted(text, position)
                _take(entry, _requote(piece, text, position))
            case "(":
                piece, position = _comment(text, position)
                entry.comment.append(piece)
            case "<":
                position = _angle(entry, text, position)
            case "," | ";":
                if entry.angle is not None or entry.words:
                    entries.append(entry)
                entry = _Entry()
            case ":":
                if entry.at or entry.angle is not None:
                    entry.defects += 1
                    _take(entry, ":")
                else:
                    entry = _Entry()  # what stood before was the name of a group
            case word if word.startswith("=?"):
                _take(entry, word)
            case special:
                entry.defects += special != "\\"
    _take(entry, text[position:])
    entries.append(entry)
    return entries


def _take(entry: _Entry, piece: str) -> None:
    """Words before an angle are the name; words after it are a defect."""
    if entry.angle is None:
        entry.phrase.append(piece)
        entry.words = entry.words or bool(piece.strip())
        entry.at = entry.at or "@" in piece
    elif piece.strip():
        entry.defects += 1


def _quoted(text: str, position: int) -> tuple[str, int]:
    out: list[str] = []
    while (found := _IN_QUOTES.search(text, position)) is not None:
        out.append(text[position : found.start()])
        position = found.end()
        if found.group() == '"':
            return "".join(out), position
        out.append(text[position : position + 1])
        position += 1
    return "".join(out) + text[position:], len(text)


def _requote(piece: str, text: str, position: int) -> str:
    """A quoted local part keeps its quotes; a quoted name loses them."""
    return f'"{piece}"' if text.startswith("@", position) else piece


def _comment(text: str, position: int) -> tuple[str, int]:
    start, depth = position, 1
    while depth and (found := _IN_COMMENT.search(text, position)) is not None:
        position = found.end() + (found.group() == "\\")
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
    if depth:
        return text[start:], len(text)
    return text[start : position - 1], position


def _angle(entry: _Entry, text: str, position: int) -> int:
    """The address in angle brackets; a second pair is a defect, and the first one rules."""
    end = text.find(">", position)
    inner = text[position : end if end >= 0 else len(text)]
    entry.defects += end < 0 or entry.angle is not None or "<" in inner
    if entry.angle is None:
        entry.angle = inner.rpartition("<")[2].strip()
    return end + 1 if end >= 0 else len(text)
