"""Mails that tell what became of ours: which of ours, whom it did not reach, and why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from adapters.email.wire.charsets import decode
from adapters.email.wire.delivery_status import (
    SCANNED_CHARS,
    STATUS_TYPES,
    Fate,
    from_nested,
    from_report,
    returned_headers,
    status_fields,
)
from adapters.email.wire.identity import Own, message_ids, own_message
from adapters.email.wire.prose import from_prose, is_bounce_like
from adapters.email.wire.reasons import find_status
from adapters.email.wire.ses import read_notice
from adapters.email.wire.structure import Part

_MAX_RECIPIENTS = 100
_MAX_DETAIL_CHARS = 500
_PROSE_LINES = 4  # of a server's words about one recipient
_ID_LINE = re.compile(
    r"^[ \t>]{0,8}Message-ID[ \t]*:[ \t]*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """All that a report tells."""

    fates: tuple[Fate, ...]
    original: str | None  # Message-ID of the mail it is about


def read_bounce(root: Part, text: str, own: Own) -> Bounce | None:
    """What a report tells; None for a mail that is none, or tells nothing certain."""
    notice = read_notice(root.headers, text)
    if notice is not None:
        return Bounce(
            notice[0][:_MAX_RECIPIENTS], next(iter(message_ids(notice[1].encode())), None)
        )
    fates = tuple(_explained(fate, text) for fate in from_report(root))
    if not fates and is_bounce_like(root.headers):
        fates = tuple(from_nested(root)) or tuple(from_prose(root, text[:SCANNED_CHARS], own))
    if not fates:
        return None
    return Bounce(fates[:_MAX_RECIPIENTS], original_message_id(root, text, own))


def _explained(fate: Fate, text: str) -> Fate:
    """With the server's words from the prose, where the report itself has none."""
    if fate.words or fate.fate != "failed" or not fate.recipient:
        return fate
    told = text[:SCANNED_CHARS]
    place = told.lower().find(fate.recipient.lower())
    if place < 0:
        return fate
    words = " ".join(told[place:].split("\n\n")[0].split("\n", 4)[:_PROSE_LINES])
    words = words.split("\n")[0] if fate.recipient in told[place + 1 :].split("\n")[0] else words
    vague = fate.status is None or fate.status.endswith(".0.0")
    return replace(fate, words=words, status=(vague and find_status(words)) or fate.status)


def original_message_id(root: Part, text: str, own: Own) -> str | None:
    """The Message-ID of the mail it is about; one of ours before any other."""
    candidates = list(dict.fromkeys(_candidates(root, text)))
    ours = next((found for found in candidates if own_message(found, own)), None)
    return ours or next(iter(candidates), None)


def _candidates(root: Part, text: str) -> Iterable[str]:
    returned = returned_headers(root)
    if returned is not None:
        yield from message_ids(returned.first("message-id"))
    for part in root.walk():
        if not part.parts and part.media_type in STATUS_TYPES:
            for name, value in status_fields(decode(part.content())[:SCANNED_CHARS]):
                if name in {"x-original-message-id", "original-message-id"}:
                    yield from message_ids(value.encode("utf-8", "replace"))
    yield from _ID_LINE.findall(text)
    yield from message_ids(root.headers.first("in-reply-to"))
    yield from reversed(message_ids(root.headers.first("references")))


def shortened(words: str) -> str:
    """A server's words, on one line and of bounded length."""
    return " ".join(words.split())[:_MAX_DETAIL_CHARS]
