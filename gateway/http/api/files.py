"""Files: uploads, attachments served apart from us, and mails as their senders drew them."""

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path

import msgspec
import nh3
from aiohttp import web

from gateway.domain.filetype import HEAD_BYTES, UNKNOWN, sniff
from gateway.domain.message import Attachment, FileState, Message, MessageBody
from gateway.http.api.sight import seen
from gateway.http.errors import Problem
from gateway.http.headers import Class, disposition, sniffed_image
from gateway.http.house import House
from gateway.http.limits import MIB
from gateway.http.policy import Gate, Permission
from gateway.http.routes import Call, Routes
from gateway.http.shed import Weight
from gateway.http.uploads import Upload, take_in
from gateway.store.queries import http_rows, http_timeline

routes = Routes("Files")

THUMBNAIL_TYPE = "image/webp"
PLAYED = ("image/", "audio/", "video/", "application/pdf")
INLINE_PICTURE_BYTES = MIB  # a mail's own picture, shown inside it
INLINE_TOTAL_BYTES = 8 * MIB

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "li", "ol", "p", "pre", "s", "small", "span", "strike", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title", "align", "valign", "width", "height", "bgcolor"},
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "table": {"border", "cellpadding", "cellspacing"},
    "font": {"color", "face", "size"},
}
_GONE_WITH_CONTENT = {"script", "style", "svg", "math", "noscript", "template", "title", "iframe"}
# None of these takes url(): nh3 keeps url() inside a property that it allows.
_STYLES = {
    "color", "direction", "font-family", "font-size", "font-style", "font-weight", "height",
    "letter-spacing", "line-height", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-width", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-indent", "vertical-align", "white-space",
    "width",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}


@routes.post(
    "/api/v1/uploads",
    allow=Permission.MESSAGE_SEND,
    raw_body="application/octet-stream",
    answer=Upload,
    status=201,
)
async def upload(call: Call) -> Upload:
    """Upload a file, then name it in a message by its hash. X-Filename is percent-encoded."""
    limit = call.house.settings.host.max_upload
    return await take_in(call.house, call.actor.name, call.request, limit)


async def send_file(
    house: House, attachment: Attachment, headers: Mapping[str, str]
) -> web.StreamResponse:
    """The bytes of an attachment, of a type that we decide, never as a page of ours."""
    if attachment.state is FileState.REFUSED:
        raise Problem("not_found", "The file was kept out.")
    if attachment.sha256 is None or not attachment.is_ready:
        raise Problem("not_found", "The file has not arrived yet.")
    path = house.store.files.path(attachment.sha256)
    head = await asyncio.to_thread(_head, path)
    if head is None:
        raise Problem("not_found", "The file is gone.")
    return web.FileResponse(
        path,
        headers={
            **headers,
            "Content-Type": sniffed_image(head) or UNKNOWN,
            "Content-Disposition": disposition(attachment.filename),
        },
    )


def _head(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except FileNotFoundError:
        return None


async def _attachment(call: Call) -> Attachment:
    """The file that is asked for, of a conversation that the asker may see."""
    attachment = await call.house.store.read(http_rows.one, Attachment, call.param("id"))
    if attachment is None or attachment.desk != call.desk:
        raise Problem("not_found")
    await seen(call, attachment.conversation)
    return attachment


@routes.get(
    "/api/v1/attachments/{id}",
    allow=Permission.CONVERSATION_READ,
    kind=Class.FILE,
    weight=Weight.HISTORY,
)
async def read_attachment(call: Call) -> web.StreamResponse:
    """A file, to be saved; only of pictures is the type told, so that a page may show them."""
    attachment = await _attachment(call)
    return await send_file(call.house, attachment, call.rooms.headers.of(Class.FILE))


@routes.get(
    "/api/v1/attachments/{id}/thumbnail",
    allow=Permission.CONVERSATION_READ,
    kind=Class.FILE,
    weight=Weight.HISTORY,
)
async def read_thumbnail(call: Call) -> web.StreamResponse:
    """A small picture of a picture, drawn by us."""
    attachment = await _attachment(call)
    if attachment.thumbnail is None or not attachment.is_ready:
        raise Problem("not_found", "There is no small picture of this file.")
    path = call.house.store.files.path(attachment.thumbnail)
    if not path.exists():
        raise Problem("not_found", "The file is gone.")
    headers = call.rooms.headers.of(Class.FILE) | {"Content-Type": THUMBNAIL_TYPE}
    return web.FileResponse(path, headers=headers)


@routes.get(
    "/media/{until}/{mac}/{name}",
    allow=Gate.PUBLIC,
    asks_who=False,
    kind=Class.FILE,
    weight=Weight.HISTORY,
    listed=False,
)
async def read_for_provider(call: Call) -> web.StreamResponse:
    """A file that we send, for the provider that fetches it: by an address of ours, for a while."""
    now = call.house.clock.now_ms()
    name = call.param("name")
    sha256 = call.house.links.opens(call.param("until"), call.param("mac"), name, now)
    if sha256 is None:
        raise Problem("not_found", "This address is not ours, or its time is over.")
    path = call.house.store.files.path(sha256)
    head = await asyncio.to_thread(_head, path)
    if head is None:
        raise Problem("not_found", "The file is gone.")
    found = sniff(head) or UNKNOWN
    headers = call.rooms.headers.of(Class.FILE) | {
        # Providers choose by it how to show the file; a page or a program is neither to them.
        "Content-Type": found if found.startswith(PLAYED) else UNKNOWN,
        "Content-Disposition": disposition(name),
    }
    return web.FileResponse(path, headers=headers)


@routes.get(
    "/api/v1/messages/{id}/html",
    allow=Permission.CONVERSATION_READ,
    kind=Class.MAIL,
    weight=Weight.HISTORY,
)
async def read_html(call: Call) -> web.StreamResponse:
    """A mail as its sender drew it, cleaned, for a sandboxed frame."""
    message = await call.house.store.read(http_rows.one, Message, call.param("id"))
    if message is None or message.desk != call.desk:
        raise Problem("not_found")
    await seen(call, message.conversation)
    mail = msgspec.json.decode(message.body or "{}", type=MessageBody).mail
    if mail is None or not mail.html:
        raise Problem("not_found", "This message has no such view.")
    found = await call.house.store.read(http_timeline.attachments_of, [message.id])
    files = found.get(message.id, [])
    page = await asyncio.to_thread(_page, call.house, mail.html, files)
    return web.Response(text=page, content_type="text/html", charset="utf-8")


def _page(house: House, html: str, files: list[Attachment]) -> str:
    body = clean(html, _pictures(house, files))
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'


def _pictures(house: House, files: list[Attachment]) -> dict[str, str]:
    """The mail's own pictures as data: URLs, for a sandboxed frame may fetch nothing."""
    out: dict[str, str] = {}
    total = 0
    for file in files:
        if not file.content_id or file.sha256 is None or not file.is_ready:
            continue
        path = house.store.files.path(file.sha256)
        size = path.stat().st_size if path.exists() else 0
        if not 0 < size <= INLINE_PICTURE_BYTES or total + size > INLINE_TOTAL_BYTES:
            continue
        content = path.read_bytes()
        picture = sniffed_image(content)
        if picture is not None:
            total += size
            data = base64.b64encode(content).decode()
            out[file.content_id.strip("<>")] = f"data:{picture};base64,{data}"
    return out


def clean(html: str, pictures: Mapping[str, str]) -> str:
    """HTML of strangers without scripts, forms, or anything that is fetched when it is read."""

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return pictures.get(value[4:]) if tag == "img" and value.startswith("cid:") else None
        if attribute == "href":
            lowered = value.strip().lower()
            return value if lowered.startswith(("http:", "https:", "mailto:", "tel:")) else None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_GONE_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
