"""The pages as bytes: HTML filled with words, and the files beside it."""

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.sandbox.pages.words import LANGUAGES, language

FOLDER = Path(__file__).parent
SERVED = frozenset({".css", ".js", ".svg"})

_pages = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def headers(request: web.Request) -> dict[str, str]:
    """What every answer carries: our own scripts and styles only, and nobody frames us."""
    socket = f"{'wss' if request.secure else 'ws'}://{request.host}"
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
            f"media-src 'self' blob:; connect-src 'self' {socket}; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


def spoken_by(request: web.Request) -> str:
    """The language of whoever asks."""
    return language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))


def page(
    request: web.Request, name: str, words: Mapping[str, Mapping[str, str]], **values: Any
) -> web.Response:
    """A page in the language that was asked for."""
    spoken = spoken_by(request)
    other = next(each for each in LANGUAGES if each != spoken)
    base = request.path.rstrip("/")
    html = _pages.get_template(name).render(
        w=words[spoken], spoken=spoken, other=other, base=base, **values
    )
    return web.Response(
        text=html,
        content_type="text/html",
        headers={
            **headers(request),
            "Content-Language": words[spoken]["lang"],
            "Vary": "Accept-Language",
        },
    )


async def file(request: web.Request) -> web.StreamResponse:
    """A style, a script or a picture."""
    path = FOLDER / request.match_info["name"]
    if path.suffix not in SERVED or path.parent != FOLDER or not path.is_file():
        raise web.HTTPNotFound(headers=headers(request))
    media_type = mimetypes.guess_type(path.name)[0] or "text/plain"
    return web.Response(
        body=path.read_bytes(), content_type=media_type, charset="utf-8", headers=headers(request)
    )
