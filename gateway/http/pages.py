"""Pages: the console and the widget, as the web build made them."""

from pathlib import Path

from aiohttp import web

from gateway.http.errors import Problem
from gateway.http.headers import Class
from gateway.http.policy import Gate
from gateway.http.routes import EVERYTHING, Call, Routes

routes = Routes("Pages")

CONSOLE = "console"
INDEX = "index.html"
WIDGET = Path("widget") / "widget.js"
ASSETS = "assets"
FOR_EVER = "public, max-age=31536000, immutable"  # their names carry a hash of their content
A_WHILE = "public, max-age=300, stale-while-revalidate=86400"
FRESH = "no-cache"

# Only these are ever served from the build, whatever lies there.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# The console's own addresses, as web/console/src/state/places.ts has them; all else is behind "#".
PATHS = ("/", "/invite")
NOT_BUILT = "The console is not built; run `make web`."
# For programs, whatever they say they accept: these are told by a problem document.
NOT_PAGES = ("api/", "in/", "chat/", "media/", "assets/")
NOTHING_HERE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>404 · Parley</title>
<h1>404</h1>
<p lang="zh-CN">这个地址下什么也没有。请检查网址，或<a href="/">打开控制台</a>。</p>
<p>There is nothing at this address. Check it, or <a href="/">open the console</a>.</p>
</html>
"""


def _file(root: Path, name: str) -> Path | None:
    """A file of the build; None for what is not there, or lies outside."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix not in TYPES:
        return None
    return path if path.is_file() else None


def _served(path: Path, cached: str) -> web.FileResponse:
    """A file, or the gzip that the build put beside it, with an ETag of its own."""
    headers = {
        "Content-Type": TYPES[path.suffix],
        "Cache-Control": cached,
        "Vary": "Accept-Encoding",
    }
    return web.FileResponse(path, headers=headers)


def _nothing_here(request: web.Request, name: str) -> web.StreamResponse:
    """404: a page for who asks for pages. Raises Problem for everybody else."""
    wants_page = "text/html" in request.headers.get("Accept", "")
    if not wants_page or name.startswith(NOT_PAGES) or Path(name).suffix not in ("", ".html"):
        raise Problem("not_found")
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=404, text=NOTHING_HERE, content_type="text/html", headers=headers)


@routes.get(EVERYTHING, allow=Gate.PUBLIC, asks_who=False, kind=Class.CONSOLE, listed=False)
async def console(call: Call) -> web.StreamResponse:
    """The console: its files, and its page at the addresses of its own."""
    root, name = call.house.static / CONSOLE, call.param("path")
    found = _file(root, name) if name else None
    if found is not None and found.name != INDEX:
        return _served(found, FOR_EVER if name.startswith(f"{ASSETS}/") else FRESH)
    if f"/{name}" not in PATHS and name != INDEX:
        return _nothing_here(call.request, name)
    index = _file(root, INDEX)
    if index is None:
        raise Problem("not_found", NOT_BUILT, what_to_do="Run `make web`, then reload.")
    return _served(index, FRESH)


@routes.get(
    "/chat/{account}/widget.js", allow=Gate.PUBLIC, asks_who=False, kind=Class.WIDGET, listed=False
)
async def widget(call: Call) -> web.StreamResponse:
    """The chat widget: one script tag on a shop's page."""
    account = call.house.accounts.get(call.param("account"))
    if account is None or account.capabilities.sends:
        raise Problem("not_found")
    path = call.house.static / WIDGET
    if not path.is_file():
        raise Problem("not_found", "The widget is not built.", what_to_do="Run `make web`.")
    return _served(path, A_WHILE)
