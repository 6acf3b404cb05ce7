"""The security headers of each class of response. Every answer belongs to exactly one class."""

from enum import Enum
from urllib.parse import quote, urlsplit

from gateway.domain.filetype import sniff

SERVER = {"Server": "Parley"}  # and not which version of what
_ALWAYS = SERVER | {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(self), midi=(), payment=(), usb=()"
    ),
}
_NO_STORE = {"Cache-Control": "no-store"}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
# User bytes never run: not in our origin, not as a document of their own.
SANDBOX = "sandbox; default-src 'none'"
MAIL_CSP = (
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'"
)
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class Class(Enum):
    """What kind of answer it is."""

    API = "api"
    CONSOLE = "console"
    DOCS = "docs"
    WEBHOOK = "webhook"
    WIDGET = "widget"
    FILE = "file"
    MAIL = "mail"
    PLAIN = "plain"


class Headers:
    """The headers of each class, for the address that people reach us at."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self.secure = parts.scheme == "https"
        socket = f" {'wss' if self.secure else 'ws'}://{parts.netloc}" if parts.netloc else ""
        console = (
            "default-src 'none'; script-src 'self'; style-src 'self'; "
            "img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; "
            f"connect-src 'self'{socket}; manifest-src 'self'; "
            "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'"
        )
        base = dict(_ALWAYS)
        if self.secure:
            base["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        csp = "Content-Security-Policy"
        self._of: dict[Class, dict[str, str]] = {
            Class.API: base | _NO_STORE | {csp: _NOTHING},
            Class.CONSOLE: base | {csp: console},
            Class.DOCS: base
            | {csp: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"},
            # Short on purpose: providers read none of them, and the hot path pays for each.
            Class.WEBHOOK: SERVER | {"X-Content-Type-Options": "nosniff"} | _NO_STORE,
            Class.WIDGET: base
            | {"Cross-Origin-Resource-Policy": "cross-origin", csp: "default-src 'none'"},
            Class.FILE: base | {"Cache-Control": "private, max-age=86400", csp: SANDBOX},
            Class.MAIL: base | _NO_STORE | {csp: MAIL_CSP},
            Class.PLAIN: base | _NO_STORE | {csp: _NOTHING},
        }

    def of(self, kind: Class) -> dict[str, str]:
        """The headers of a class. Do not change them; add to a copy."""
        return self._of[kind]


def disposition(filename: str) -> str:
    """Content-Disposition for any name a customer may have given (RFC 6266): never inline."""
    safe = "".join(c for c in filename if c.isprintable() and c not in '/\\"')[:200] or "file"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def sniffed_image(head: bytes) -> str | None:
    """The picture type that the first bytes prove; None when they prove none that may be shown."""
    found = sniff(head)
    return found if found in INLINE_TYPES else None
