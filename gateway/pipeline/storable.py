"""What every database can hold of what an adapter read, and people may read of it."""

from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway.contract import (
    CallEvent,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    PresenceEvent,
    Unreadable,
)
from gateway.domain.filename import safe_filename

# What rows are found by, what is counted, and what people read. A name with a NUL is none that
# providers give, and PostgreSQL cannot look for it; nor do names of any length fit into an index of
# its. No database counts past 64 bits. In words a NUL becomes the replacement sign here, for
# PostgreSQL would hold no other and SQLite would.
LONGEST_NAME = 1_000  # bytes; two names share an index, whose rows have at most 2,704
SURELY_SHORT = LONGEST_NAME // 4  # characters, however many bytes each has
NUMBERS = ("sent_at", "at", "recording_s")
MOST = 2**63 - 1
NAMES = (
    *("key", "sender", "recipient", "provider_id", "in_reply_to", "conversation"),
    *("provider_message", "message", "call", "leg"),
)
_KINDS: tuple[type[msgspec.Struct], ...] = (
    InboundMessage,
    DeliveryReport,
    CallEvent,
    PresenceEvent,
    Unreadable,
)
WORDS = (
    *("text", "sender_name", "payload", "choice", "detail", "code"),
    *("digits", "speech", "transcript"),
)
_NAMES_OF = {kind: tuple(n for n in NAMES if n in kind.__struct_fields__) for kind in _KINDS}
_STRINGS = {
    kind: attrgetter(*_NAMES_OF[kind], *(n for n in WORDS if n in kind.__struct_fields__))
    for kind in _KINDS
}
_NUMBERS_OF = {kind: tuple(n for n in NUMBERS if n in kind.__struct_fields__) for kind in _KINDS}


def storable(event: InboundEvent | Unreadable) -> InboundEvent | Unreadable:
    """The event, alike for every database; what none can find again waits for a person instead."""
    kind = type(event)
    held = "".join(filter(None, _STRINGS[kind](event)))
    if len(held) > SURELY_SHORT:
        name = next((n for n in _NAMES_OF[kind] if _is_long(getattr(event, n))), "")
        if name:
            return Unreadable(detail=f"its {name} is longer than {LONGEST_NAME} bytes")
    if isinstance(event, InboundMessage) and (event.mail is not None or event.attachments):
        held += _enclosed(event)
    if "\0" in held:
        name = next((n for n in _NAMES_OF[kind] if "\0" in (getattr(event, n) or "")), "")
        if name:
            return Unreadable(detail=f"its {name} holds a NUL character")
        event = _without_nul(event)
    for name in _NUMBERS_OF[kind]:
        if abs(getattr(event, name) or 0) > MOST:
            return Unreadable(detail=f"its {name} is no number that can be kept")
    if isinstance(event, InboundMessage) and event.attachments:
        if any((file.size_bytes or 0) > MOST for file in event.attachments):
            return Unreadable(detail="a file's size is no number that can be kept")
        event = replace(event, attachments=tuple(map(_named, event.attachments)))
    return event


def _named(file: InboundAttachment) -> InboundAttachment:
    """No path, and nothing in its name that hides or turns it round."""
    name = safe_filename(file.filename)
    return file if name == file.filename else replace(file, filename=name)


def _is_long(name: str | None) -> bool:
    return name is not None and len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME


def _enclosed(event: InboundMessage) -> str:
    """What else people read of a message: the names of its files, and what only mails have."""
    mail = event.mail
    names = "".join(file.filename for file in event.attachments)
    if mail is None:
        return names
    return "".join((names, mail.subject, mail.text_full, mail.html, *mail.cc, *mail.references))


def _without_nul(value: Any) -> Any:
    """The value with the replacement sign in the place of each NUL, however deep it stands."""
    if type(value) is str:  # and no enumeration
        return value.replace("\0", "\ufffd")
    if isinstance(value, tuple):
        return tuple(map(_without_nul, value))
    if isinstance(value, msgspec.Struct):
        fields = value.__struct_fields__
        return replace(value, **{name: _without_nul(getattr(value, name)) for name in fields})
    return value
