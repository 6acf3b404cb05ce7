"""Bodies as lines, each knowing whether it is new, quoted or a signature."""

import re
from enum import IntEnum
from typing import NamedTuple

from adapters.email.wire.html import tokens, unescape


class Mark(IntEnum):
    """What the markup says of a line."""

    NEW = 0
    MAYBE = 1  # a blockquote that does not say whose
    QUOTE = 2  # certainly an older mail
    HISTORY = 3  # from here on everything is older
    SIGNATURE = 4


class Line(NamedTuple):
    """One line without its line end."""

    text: str
    mark: Mark = Mark.NEW


# --- plain text ------------------------------------------------------------------------------


_MANY_BLANKS = re.compile(r"\n{4,}")


def text_lines(text: str) -> list[Line]:
    """The lines of a plain body; `>` begins a quoted one."""
    bare = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if "\n\n\n\n" in bare:
        bare = _MANY_BLANKS.sub("\n\n\n", bare)
    return [
        Line(line, Mark.QUOTE if line.lstrip(" \t").startswith(">") else Mark.NEW)
        for line in bare.split("\n")
    ]


def unflow(text: str, *, delete_space: bool) -> str:
    """Undo `format=flowed` (RFC 3676): soft line ends join, stuffed spaces go."""
    paragraphs: list[list[str]] = []
    joining = -1  # quote depth of the paragraph that goes on; -1 for none
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        flows = bare.endswith(" ") and bare != "-- "
        piece = bare[:-1] if flows and delete_space else bare
        if joining == depth and bare != "-- ":
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([">" * depth + " " * bool(depth), piece])
        joining = depth if flows else -1
    return "\n".join("".join(pieces) for pieces in paragraphs)


# --- HTML ------------------------------------------------------------------------------------

_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "body", "center", "dd", "details", "dir", "div", "dl"),
        *("dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "li", "main"),
        *("menu", "nav", "section", "summary", "tr", "caption", "option", "includetail", "hr"),
    ]
)
_PARAGRAPHS = frozenset(
    ("p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "pre", "table", "ul")
)
_CELLS = frozenset(("td", "th"))
_NO_CLOSE = frozenset(("br", "hr", "img", "meta", "link", "input", "base", "col", "wbr", "area"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CLASS_OR_ID = re.compile(
    r"\b(class|id|type)\s*=\s*(?:\"([^\"]{0,300})\"|'([^']{0,300})'|([^\s\"'>]{1,300}))",
    re.IGNORECASE,
)
_LOOKED_AT = 2_000  # characters of a tag's attributes

# Who writes them stands beside them.
_MARKS = {
    "gmail_quote": Mark.QUOTE,
    "gmail_quote_container": Mark.QUOTE,
    "gmail_attr": Mark.QUOTE,
    "moz-cite-prefix": Mark.QUOTE,  # Thunderbird
    "yahoo_quoted": Mark.QUOTE,
    "protonmail_quote": Mark.QUOTE,
    "tutanota_quote": Mark.QUOTE,
    "zmail_extra": Mark.QUOTE,  # Zoho
    "history-quote-wrapper": Mark.QUOTE,  # Feishu, Lark
    "lark-mail-quote": Mark.QUOTE,
    "isreplycontent": Mark.QUOTE,  # 163, 126
    "ntes-mailmaster-quote": Mark.QUOTE,
    "qm_quote": Mark.QUOTE,  # QQ
    "freddy_quoted": Mark.QUOTE,  # Freshdesk
    "olk_src_body_section": Mark.QUOTE,  # Outlook for Mac
    "divrplyfwdmsg": Mark.HISTORY,  # Outlook on the web
    "appendonsend": Mark.HISTORY,
    "mail-editor-reference-message-container": Mark.HISTORY,
    "outlookmessageheader": Mark.HISTORY,
    "stopspelling": Mark.HISTORY,  # Hotmail
    "zwchr": Mark.HISTORY,  # Zimbra
    "gmail_signature": Mark.SIGNATURE,
    "moz-signature": Mark.SIGNATURE,
    "applemailsignature": Mark.SIGNATURE,
    "ms-outlook-mobile-signature": Mark.SIGNATURE,
    "signature": Mark.SIGNATURE,  # Outlook's id
    "ntes-mailmaster-signature": Mark.SIGNATURE,
    "lark-mail-signature": Mark.SIGNATURE,
}


def html_lines(html: str) -> list[Line]:
    """The lines of an HTML body as a reader sees them."""
    page = _Page()
    for kind, name, data in tokens(html):
        if kind == "text":
            page.text(unescape(data) if "&" in data else data)
        elif kind == "open":
            page.open(name, data)
        else:
            page.close(name)
    return page.finish()


class _Page:
    """Lines in the making, and which marks are open."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._current: list[str] = []
        self._open: list[tuple[str, Mark]] = []
        self._depth: dict[str, int] = {}
        self._marks = [0] * len(Mark)

    def text(self, text: str) -> None:
        if self._depth.get("pre"):
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._current.append(first)
            for line in rest:
                self._end()
                self._current.append(line)
            return
        flat = _SPACE.sub(" ", text)
        if flat == " " and (not self._current or self._current[-1].endswith(" ")):
            return
        self._current.append(flat)

    def open(self, name: str, attributes: str) -> None:
        if name == "br":
            self._end()
            return
        if name in _PARAGRAPHS:
            self._break()
        elif name in _BLOCKS:
            self._flush()
        elif name in _CELLS and self._current:
            self._current.append(" ")
        mark = _mark(name, attributes)
        if mark is Mark.HISTORY:
            self._flush()
            self._lines.append(Line("", Mark.HISTORY))
        if name not in _NO_CLOSE:
            if mark and name not in _BLOCKS and name not in _PARAGRAPHS:
                self._flush()
            self._open.append((name, mark))
            self._depth[name] = self._depth.get(name, 0) + 1
            self._marks[mark] += 1

    def close(self, name: str) -> None:
        if name == "br":
            self._end()
        if name in _PARAGRAPHS:
            self._flush()  # while it is still known what it stands in
        if self._depth.get(name):
            while self._open and self._pop() != name:
                pass
        if name in _PARAGRAPHS:
            self._break()
        elif name in _BLOCKS:
            self._flush()

    def _pop(self) -> str:
        name, mark = self._open[-1]
        if mark:
            self._flush()  # what was marked ends with its element
        self._open.pop()
        self._depth[name] -= 1
        self._marks[mark] -= 1
        return name

    def finish(self) -> list[Line]:
        self._flush()
        return self._lines

    def _mark(self) -> Mark:
        for mark in (Mark.QUOTE, Mark.SIGNATURE, Mark.MAYBE):
            if self._marks[mark]:
                return mark
        return Mark.NEW

    def _end(self) -> None:
        """End the line even when it is empty."""
        text = "".join(self._current).replace("\u00a0", " ")
        self._lines.append(Line(text if self._depth.get("pre") else text.strip(" "), self._mark()))
        self._current = []

    def _flush(self) -> None:
        """End the line when there is something in it."""
        if any(not part.isspace() for part in self._current):
            self._end()
        self._current = []

    def _break(self) -> None:
        """End the line and leave one blank."""
        self._flush()
        if self._lines and self._lines[-1].text:
            self._lines.append(Line("", self._mark()))


def _mark(name: str, attributes: str) -> Mark:
    if not attributes:
        return Mark.MAYBE if name == "blockquote" else Mark.NEW
    found = Mark.NEW
    for key, double, single, bare in _CLASS_OR_ID.findall(attributes[:_LOOKED_AT]):
        value = (double or single or bare).lower()
        if name == "blockquote" and key.lower() == "type" and value == "cite":
            return Mark.QUOTE
        for word in value.split():
            # Outlook prefixes classes of a mail it quotes or forwards by x_.
            found = _MARKS.get(word, found)
            if word.startswith("yahoo_quoted"):
                found = Mark.QUOTE
        if found:
            return found
    return Mark.MAYBE if name == "blockquote" else Mark.NEW


def joined(lines: list[str]) -> str:
    """Lines as one text: no blank ones at the ends, at most one between two that are not."""
    out: list[str] = []
    for line in lines:
        bare = line.rstrip()
        if bare or (out and out[-1]):
            out.append(bare)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out)
