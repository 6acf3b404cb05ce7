"""Message-IDs, dates, and the reply address whose code proves a conversation."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from email.utils import mktime_tz, parsedate_tz

from adapters.email.wire.addresses import ascii_domain, normalised
from adapters.email.wire.limits import MAX_REFERENCES

_LONGEST_ID = 998  # bytes, as RFC 5322 has for a whole line
_LONGEST_LOCAL = 64  # RFC 5321, octets
_LONGEST_DATE = 200
_YEAR_9999_S = 253_402_300_799
_TAG_CHARS = 26  # a UUID in base32
_MAC_CHARS = 16  # 80 bits


@dataclass(frozen=True, slots=True)
class Own:
    """What the wire must know of the account to tell its own from others'."""

    account: str
    address: str
    key: bytes = b""  # empty: no reply address is made or believed
    separator: str = "+"
    authserv_id: str = ""

    @property
    def domain(self) -> str:
        """Of our address, as DNS has it: what our Message-IDs end with."""
        return ascii_domain(self.address).rpartition("@")[2].lower()

    def owns(self, address: str) -> bool:
        """Whether this is our address, with whatever tag."""
        local, _, domain = normalised(address).rpartition("@")
        own_local, _, own_domain = normalised(self.address).rpartition("@")
        if self.separator:
            own_head = own_local + self.separator
            local = own_local if local.lower().startswith(own_head.lower()) else local
        return domain == own_domain and local.lower() == own_local.lower()


# --- Message-IDs -----------------------------------------------------------------------------


def message_ids(field: bytes | None) -> tuple[str, ...]:
    """The `<ids>` of a field, in order, brackets kept; the newest ones when there are many."""
    if not field:
        return ()
    text = field.decode("utf-8", "replace")
    found: list[str] = []
    position = 0
    while (start := text.find("<", position)) >= 0 and (end := text.find(">", start)) >= 0:
        inner = "".join(text[text.rfind("<", start, end) + 1 : end].split())
        if 0 < len(inner.encode()) <= _LONGEST_ID and inner.isprintable():
            found.append(f"<{inner}>")
        position = end + 1
    bare = text.strip()
    if not found and "@" in bare and " " not in bare and bare.isprintable():
        cut = bare.strip("<>").encode()[:_LONGEST_ID].decode("utf-8", "ignore")
        found.append(f"<{cut}>")
    return tuple(found[-MAX_REFERENCES:])


def own_message_id(message: str, own: Own) -> str:
    """The Message-ID of a message of ours: the same at every try."""
    return f"<{message}@{own.domain}>"


def own_message(message_id: str, own: Own) -> str | None:
    """Our message that a Message-ID names; None when it is not one of ours."""
    local, _, domain = message_id.strip("<>").rpartition("@")
    return _uuid(local) if domain.lower() == own.domain else None


def _uuid(text: str) -> str | None:
    try:
        value = str(uuid.UUID(text))
    except ValueError:
        return None
    return value if value == text.lower() else None


# --- dates -----------------------------------------------------------------------------------


def instant(field: bytes | None) -> int | None:
    """A Date in milliseconds since 1970; None when it is none."""
    if not field:
        return None
    try:
        parsed = parsedate_tz(field[:_LONGEST_DATE].decode("latin-1"))
        if parsed is None:
            return None
        date(*parsed[:3])  # 99 January is no day, and not one in April
        seconds = mktime_tz(parsed)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return seconds * 1_000 if 0 <= seconds <= _YEAR_9999_S else None


# --- the reply address -----------------------------------------------------------------------


def reply_address(own: Own, conversation: str) -> str:
    """`local+<tag>.<mac>@domain`, or our plain address where that cannot be made."""
    identity = _uuid(conversation)
    local, _, domain = own.address.rpartition("@")
    if not own.key or not own.separator or identity is None:
        return own.address
    tag = _base32(uuid.UUID(identity).bytes)
    tagged = f"{local}{own.separator}{tag}.{_code(own, identity)}"
    return f"{tagged}@{domain}" if len(tagged.encode()) <= _LONGEST_LOCAL else own.address


def proved_conversation(own: Own, addresses: Iterable[str]) -> str | None:
    """The conversation of the first address whose code is right; a forged one joins nothing."""
    if not own.key or not own.separator:
        return None
    own_local, _, own_domain = own.address.lower().rpartition("@")
    for address in addresses:
        local, _, domain = address.lower().rpartition("@")
        head, _, code = local.removeprefix(own_local + own.separator).rpartition(".")
        if domain != own_domain or len(head) != _TAG_CHARS or len(code) != _MAC_CHARS:
            continue
        identity = _from_tag(head)
        if identity and hmac.compare_digest(_code(own, identity).encode(), code.encode()):
            return identity
    return None


def _code(own: Own, conversation: str) -> str:
    said = f"{own.account}\n{conversation}".encode()
    return _base32(hmac.new(own.key, said, hashlib.sha256).digest())[:_MAC_CHARS]


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _from_tag(tag: str) -> str | None:
    try:
        return str(uuid.UUID(bytes=base64.b32decode(tag.upper() + "======")))
    except ValueError:
        return None
