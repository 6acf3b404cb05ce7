"""Marks in words: none in plain text, few in the HTML of a mail, and links made of addresses."""

import re
from collections.abc import Collection, Iterator
from html import escape
from html.parser import HTMLParser

_TAG = re.compile(r"<[/!?]?[a-zA-Z]|<!--|javascript:", re.IGNORECASE)
# Controls, blanks without width, and what turns the direction of reading: nobody sees them who
# looks the words over. Joiners are none of them: emoji and some scripts are written with them.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SEPARATOR = re.compile("[\u2028\u2029]")  # of lines, where nobody expects one
# A minus takes away the blanks before it, so they do not part it from the tag.
_TAG_OF_VALUE = re.compile(r"<[/!?]?\s*\{[{#]")
_BLOCK_IN_TAG = re.compile(r"<[^<>]*\{%")
_BLOCK = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")

_TAGS = frozenset(re.findall(r"\w+", """
    p br hr b strong i em u a ul ol li table thead tbody tr th td h1 h2 h3 span div
"""))  # fmt: skip
_ATTRIBUTES = frozenset(("href", "style", "align", "colspan", "rowspan", "lang", "dir"))
_STYLE = re.compile(
    r"(?!.*(?:url|expression)\s*\()[a-zA-Z0-9#%.,;:()\s-]*", re.IGNORECASE | re.DOTALL
)
_ADDRESS = re.compile(r"(?:https://|mailto:|tel:)[^\s<>\"'{}]+")
_PLAIN_VALUE = re.compile(r"[^{}<>]*")


def plain_faults(words: str) -> Iterator[tuple[int, str]]:
    """What may not stand in words that are read as they are, as (line, what)."""
    yield from _unseen(words)
    for found in _TAG.finditer(words):
        yield _line(words, found.start()), "holds markup; HTML stands below === email_html"


def html_faults(words: str, urls: Collection[str]) -> Iterator[tuple[int, str]]:
    """What may not stand in the HTML part of a mail; `urls` are the values that are addresses."""
    yield from _unseen(words)
    for found in _BLOCK_IN_TAG.finditer(words):
        yield _line(words, found.start()), "has a condition inside a tag; put it around the tag"
    for found in _TAG_OF_VALUE.finditer(words):
        what = "has a value or a comment where a tag's name stands; write &lt; for the sign <"
        yield _line(words, found.start()), what
    reader = _Reader(urls)
    reader.feed(_BLOCK.sub(lambda found: "\n" * found[0].count("\n"), words))
    if "<" in reader.rawdata:
        reader.note("has a tag without an end")
    yield from reader.wrong


def _unseen(words: str) -> Iterator[tuple[int, str]]:
    for found in UNSEEN.finditer(words):
        what = f"holds the invisible character U+{ord(found[0]):04X}; remove it"
        yield _line(words, found.start()), what
    for found in _SEPARATOR.finditer(words):
        what = f"holds the line separator U+{ord(found[0]):04X}; begin a new line instead"
        yield _line(words, found.start()), what


def _line(words: str, at: int) -> int:
    return words.count("\n", 0, at) + 1


class _Reader(HTMLParser):
    """Reads HTML and notes what is not among the few things that a mail may have."""

    def __init__(self, urls: Collection[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.wrong: list[tuple[int, str]] = []
        self._urls = urls

    def note(self, what: str) -> None:
        """Something is wrong at the line that is being read."""
        self.wrong.append((self.getpos()[0], what))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag is one of ours, and so is each attribute."""
        if tag not in _TAGS:
            self.note(f"uses <{tag}>; there are: {', '.join(sorted(_TAGS))}")
        for name, value in attrs:
            if not self._is_fine(name, value or ""):
                self.note(f"<{tag}> has {name}={value!r}, which a mail may not have")

    def handle_endtag(self, tag: str) -> None:
        """As it began."""
        if tag not in _TAGS:
            self.note(f"ends <{tag}>; there are: {', '.join(sorted(_TAGS))}")

    def handle_comment(self, data: str) -> None:
        """Nobody reads it but machines."""
        self.note(f"has the comment {data.strip()[:40]!r}; remove it")

    def handle_decl(self, decl: str) -> None:
        """The whole page is not ours."""
        self.note(f"declares {decl[:40]!r}; write only what stands in the page")

    def handle_pi(self, data: str) -> None:
        """Nor are instructions to machines."""
        self.note(f"holds an instruction {data[:40]!r}; remove it")

    def unknown_decl(self, data: str) -> None:
        """CDATA and its like."""
        self.note(f"declares {data[:40]!r}; remove it")

    def _is_fine(self, name: str, value: str) -> bool:
        if name not in _ATTRIBUTES:
            return False
        if name == "href":
            held = _VALUE.fullmatch(value)
            return held[1] in self._urls if held else _ADDRESS.fullmatch(value) is not None
        return (_STYLE if name == "style" else _PLAIN_VALUE).fullmatch(value) is not None


def paragraphs(text: str, addresses: Collection[str]) -> str:
    """Plain text as HTML: everything escaped, paragraphs and lines kept, our addresses linked."""
    blocks = (escape(block).replace("\n", "<br>\n") for block in text.split("\n\n"))
    page = "\n".join(f"<p>{block}</p>" for block in blocks)
    if not addresses:
        return page
    longest_first = sorted({escape(each) for each in addresses}, key=len, reverse=True)
    one = re.compile("|".join(map(re.escape, longest_first)))
    return one.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', page)
