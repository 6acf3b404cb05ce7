"""Complaints that are passed on to us: a reader called our mail spam.

By mailbox providers as reports (ARF, RFC 5965), by Amazon SES as notices of its own.
"""

from dataclasses import dataclass

from adapters.email.wire.bounce import original_message_id
from adapters.email.wire.charsets import decode
from adapters.email.wire.delivery_status import status_fields
from adapters.email.wire.identity import Own, message_ids
from adapters.email.wire.ses import complaint_in
from adapters.email.wire.structure import Part

_REPORT = "message/feedback-report"
_LOOKED_AT = 20_000
# RFC 5965, 7.3: what says that its reader wants no more of it. The others (auth-failure,
# not-spam, virus) tell of servers.
_COMPLAINTS = frozenset(("abuse", "fraud", "opt-out", "opt-out-list", "other"))
_UNSAID = "abuse"  # a kind that is not named


@dataclass(frozen=True, slots=True)
class Complaint:
    """Which of our mails it is about, and the words of the report."""

    kind: str
    original: str | None  # Message-ID
    words: str


def read_complaint(root: Part, text: str, own: Own) -> Complaint | None:
    """The complaint that a mail is; None for any other mail."""
    found = _noticed(root, text) or _reported(root, text, own)
    return found if found is not None and found.kind in _COMPLAINTS else None


def _noticed(root: Part, text: str) -> Complaint | None:
    told = complaint_in(root.headers, text)
    if told is None:
        return None
    kind, about, words = told
    return Complaint(kind or _UNSAID, next(iter(message_ids(about.encode())), None), words)


def _reported(root: Part, text: str, own: Own) -> Complaint | None:
    report = next((p for p in root.walk() if not p.parts and p.media_type == _REPORT), None)
    if report is None or root.media_type != "multipart/report":
        return None
    given: dict[str, str] = {}
    for name, value in status_fields(decode(report.content()[:_LOOKED_AT])):
        given.setdefault(name, value)
    return Complaint(
        kind=given.get("feedback-type", "").strip().lower() or _UNSAID,
        original=original_message_id(root, text, own),
        words=text[:_LOOKED_AT],
    )
