"""HTML of mails: cleaned for showing, and its tokens for reading. Linear in its length.

The cleaner builds a tree, and 100,000 nested elements keep it busy for half a minute, as do as
many bare ampersands or attributes of one element. So what is unusually rich is first rewritten:
well-formed, with its nesting cut.
"""

import html as entities
import re
from collections.abc import Iterator
from typing import NamedTuple

import nh3

from adapters.email.wire.limits import MAX_HTML_CHARS

# With fewer of each, nothing can be slow.
_CARE_TAGS = 3_000
_CARE_AMPERSANDS = 3_000
_CARE_CHARS = 200_000
_DEEPEST = 200
_LONGEST_ATTRIBUTES = 8_000
_MOST_ENTITIES = 100_000


def _words(names: str) -> set[str]:
    return set(names.split())


_TAGS = _words(
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn "
    "dir div dl dt em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li main mark ol p "
    "pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead "
    "time tr tt u ul var wbr article aside header footer nav details"
)
_GONE = _words(
    "script style title head svg math noscript template iframe object embed applet form textarea "
    "select button audio video canvas frameset frame noframes xmp plaintext"
)
_BOX = {"align", "valign", "bgcolor", "width", "height", "style"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style", "align"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "table": _BOX | {"border", "cellpadding", "cellspacing"},
    "td": _BOX | {"colspan", "rowspan"},
    "th": _BOX | {"colspan", "rowspan"},
    "tr": _BOX,
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
    "time": {"datetime"},
}
# None of these takes url(): nh3 would keep a remote picture inside an allowed property.
_STYLES = _words(
    "color background-color font-family font-size font-style font-weight font-variant "
    "text-align text-decoration text-indent text-transform line-height letter-spacing "
    "white-space vertical-align direction unicode-bidi width height max-width min-width "
    "margin margin-top margin-right margin-bottom margin-left "
    "padding padding-top padding-right padding-bottom padding-left "
    "border-collapse border-spacing border-color border-style border-width "
    "border-top-color border-top-style border-top-width border-right-color border-right-style "
    "border-right-width border-bottom-color border-bottom-style border-bottom-width "
    "border-left-color border-left-style border-left-width"
)
_SOUND_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});)")


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """Pictures only from within the mail; links only where one sees where they go."""
    if attribute == "src":
        return value if tag == "img" and value[:4].lower() == "cid:" else None
    if attribute == "href":
        link = value.strip()
        return None if link.startswith(("//", "\\", "/\\")) or link[:4].lower() == "cid:" else link
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_GONE,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep,
    strip_comments=True,
    link_rel="noopener noreferrer",
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    filter_style_properties=_STYLES,
    url_relative="deny",
)


def clean_html(html: str) -> str:
    """What may be shown, in a sandbox all the same; "" when it is too much to be cleaned."""
    if len(html) > MAX_HTML_CHARS:
        return ""
    rich = html.count("<") > _CARE_TAGS or html.count("&") > _CARE_AMPERSANDS
    if rich or len(html) > _CARE_CHARS:
        html = _levelled(html)
        if html.count("&") > _MOST_ENTITIES:
            return ""
    return _CLEANER.clean(html)


def unescape(text: str) -> str:
    """Entities into characters; `&#999...` of any length is no reason to stop."""
    try:
        return entities.unescape(text)
    except ValueError:  # more digits than an int may have
        return text


class Token(NamedTuple):
    """A piece of HTML. kind: text | open | close; `data` is the text or the attributes, raw."""

    kind: str
    name: str
    data: str = ""


_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]{0,40})")
_TAG_STOP = re.compile(r"[>\"']")
_RAW_TEXT = frozenset(("script", "style", "title", "textarea", "xmp", "noframes", "iframe"))
_VOID = _words(
    "area base br col embed hr img input link meta param source track wbr basefont bgsound"
)
# An opening tag of the key ends an open element of the values (HTML, "optional tags").
_ENDS = {
    "li": ("li",),
    "p": ("p",),
    "tr": ("tr", "td", "th"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "option": ("option",),
}


def tokens(html: str) -> Iterator[Token]:
    """Texts (entities as written) and tags, in order; comments, scripts and styles left out."""
    position = 0
    while (start := html.find("<", position)) >= 0:
        if start > position:
            yield Token("text", "", html[position:start])
        tag = _TAG.match(html, start)
        if tag is None:
            position = _no_tag(html, start)
            if position == start:
                yield Token("text", "", "<")
                position = start + 1
            continue
        end = _tag_end(html, tag.end())
        if end < 0:
            return  # a tag that never ends hides the rest, as browsers have it
        name = tag.group(2).lower()
        position = end + 1
        if tag.group(1):
            yield Token("close", name)
            continue
        attributes = html[tag.end() : end]
        if name in _RAW_TEXT and not attributes.endswith("/"):
            position = _after_raw_text(html, name, position)
            continue
        yield Token("open", name, attributes)
        if name not in _VOID and attributes.endswith("/") and ":" in name:
            yield Token("close", name)
    if position < len(html):
        yield Token("text", "", html[position:])


def _no_tag(html: str, start: int) -> int:
    """Past a comment, a doctype or a processing instruction; `start` itself for a bare `<`."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        return end + 3 if end >= 0 else len(html)
    if html.startswith(("<!", "<?", "</"), start):
        end = html.find(">", start)
        return end + 1 if end >= 0 else len(html)
    return start


def _tag_end(html: str, position: int) -> int:
    """Where the tag closes, quoted values skipped; -1 when it does not."""
    while (stop := _TAG_STOP.search(html, position)) is not None:
        position = stop.end()
        if stop.group() == ">":
            return stop.start()
        if html[stop.start() - 1] not in "= \t\r\n":
            continue  # a stray quote inside a value
        closing = html.find(stop.group(), position)
        if closing >= 0:
            position = closing + 1
    return -1


def _after_raw_text(html: str, name: str, position: int) -> int:
    end = re.compile(rf"</{name}\b", re.IGNORECASE).search(html, position)
    if end is None:
        return len(html)
    close = html.find(">", end.end())
    return close + 1 if close >= 0 else len(html)


def _levelled(html: str) -> str:
    """The same HTML, well-formed and at most so deep; what lies deeper keeps only its text."""
    out: list[str] = []
    stack: list[str] = []
    open_: dict[str, int] = {}

    def pop() -> None:
        name = stack.pop()
        open_[name] -= 1
        out.append(f"</{name}>")

    for kind, name, data in tokens(html):
        if kind == "text":
            out.append(entities.escape(unescape(data), quote=False))
        elif kind == "open":
            if stack and stack[-1] in _ENDS.get(name, ()):
                pop()
            if name in _VOID:
                out.append(f"<{name}{_attributes(data)}>")
            elif len(stack) < _DEEPEST:
                stack.append(name)
                open_[name] = open_.get(name, 0) + 1
                out.append(f"<{name}{_attributes(data)}>")
        elif open_.get(name):
            while stack[-1] != name:
                pop()
            pop()
    while stack:
        pop()
    return "".join(out)


def _attributes(data: str) -> str:
    return _SOUND_ENTITY.sub("&amp;", data) if len(data) <= _LONGEST_ATTRIBUTES else ""
