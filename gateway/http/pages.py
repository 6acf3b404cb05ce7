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
NOT_BUILT = "The console is not built; run `make web`."
NOT_PAGES = ("api/", "in/", "chat/", "media/", "sandbox", "shop", "assets/")


def _file(root: Path, name: str) -> Path | None:
    """A file of the build; None for what is not there, or lies outside."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix not in TYPES:
        return None
    return path if path.is_file() else None


def _served(path: Path, cached: str) -> web.FileResponse:
    headers = {"Content-Type": TYPES[path.suffix], "Cache-Control": cached}
    return web.FileResponse(path, headers=headers)


@routes.get(EVERYTHING, allow=Gate.PUBLIC, asks_who=False, kind=Class.CONSOLE, listed=False)
async def console(call: Call) -> web.StreamResponse:
    """The console: its files, and its first page for every address of its own."""
    root, name = call.house.static / CONSOLE, call.param("path")
    found = _file(root, name) if name else None
    if found is not None and found.name != INDEX:
        return _served(found, FOR_EVER if name.startswith(f"{ASSETS}/") else FRESH)
    if name.startswith(NOT_PAGES) or (Path(name).suffix and name != INDEX):
        raise Problem("not_found")
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
