"""Reports of delivery to be read by machine (RFC 3464), and the mail that they return."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.email.wire.addresses import is_address, normalised
from adapters.email.wire.charsets import decode
from adapters.email.wire.limits import BeyondLimits
from adapters.email.wire.reasons import find_reply, find_status
from adapters.email.wire.structure import Headers, Part, parse_headers, parse_mail
from adapters.email.wire.words import header_text

SCANNED_CHARS = 60_000
_LONGEST_FIELD = 1_000

# Action (RFC 3464, 2.3.3) -> what it means for the message.
_ACTIONS = {
    "failed": "failed",
    "failure": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "sent",
    "expanded": "delivered",
}
_BY_CLASS = {"5": "failed", "4": "delayed", "2": "delivered"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail of ours for one recipient: failed, delayed, delivered or sent."""

    fate: str
    recipient: str
    status: str | None  # enhanced status code, or the SMTP reply code
    words: str


STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_FIELD = re.compile(r"([A-Za-z-]{3,40})\s*:[ \t]*(.*)")


ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,100}[A-Za-z0-9]")


def from_report(root: Part) -> Iterator[Fate]:
    """What each group of a report says."""
    for part in root.walk():
        if not part.parts and part.media_type in STATUS_TYPES:
            yield from recipients(decode(part.content(), part.type_field.text("charset") or None))


def from_nested(root: Part) -> Iterator[Fate]:
    """A report that a gateway wrapped into another mail."""
    for part in root.walk():
        if part is not root and part.media_type == "message/rfc822":
            try:
                yield from from_report(parse_mail(part.content()))
            except BeyondLimits:
                continue


def recipients(text: str) -> Iterator[Fate]:
    """The groups of a delivery-status, blank lines or not."""
    group: dict[str, str] = {}
    for name, value in status_fields(text[:SCANNED_CHARS]):
        if name in group and name in {"final-recipient", "action", "status", "original-recipient"}:
            yield from _fate(group)
            group = {}
        group.setdefault(name, value)
    yield from _fate(group)


def status_fields(text: str) -> Iterator[tuple[str, str]]:
    """`name: value` lines, folded ones joined, names in lower case."""
    name, value = "", ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if line[:1] in {" ", "\t"} and name:
            value += " " + line.strip()
            continue
        found = _FIELD.match(line)
        if found or not line.strip():
            if name:
                yield name, value
            name, value = (found.group(1).lower(), found.group(2).strip()) if found else ("", "")
    if name:
        yield name, value


def _fate(group: dict[str, str]) -> Iterator[Fate]:
    recipient = _typed(group.get("final-recipient", "") or group.get("original-recipient", ""))
    if not recipient and "action" not in group:
        return
    recipient = _address_in(recipient) or _address_in(_typed(group.get("original-recipient", "")))
    words = header_text(
        _typed(group.get("diagnostic-code", "")).encode("utf-8", "replace"), "utf-8"
    )
    status = find_status(group.get("status", "") + " ")
    fate = _ACTIONS.get(group.get("action", "").split("(")[0].strip().lower())
    fate = fate or _BY_CLASS.get((status or "5")[0])
    if fate is None:
        return
    better = find_status(words)
    if better and (status is None or status.endswith(".0.0")) and fate == "failed":
        said, status = status, better
        words = f"{said}; {words}" if said else words
    yield Fate(fate, recipient, status or find_reply(words), words)


def _address_in(said: str) -> str:
    """The address of a recipient field; of a pipe or a file behind it, the one it names."""
    shown = header_text(said.encode("utf-8", "replace"), "utf-8").strip("<> ")
    if is_address(shown):
        return normalised(shown)
    found = ADDRESS.search(shown[:_LONGEST_FIELD])
    return normalised(found.group()) if found else ""


def _typed(value: str) -> str:
    """`rfc822; a@b` without its type."""
    head, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in head.strip() else value.strip()


def returned_headers(root: Part) -> Headers | None:
    """The header of the mail that the report carries."""
    for part in root.walk():
        if part is root or part.parts:
            continue
        if part.media_type in {"message/rfc822", "message/global", "text/rfc822-headers"}:
            return parse_headers(part.content())
        if part.media_type == "message/global-headers":
            return parse_headers(part.content())
    return None
