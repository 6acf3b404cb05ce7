"""Mails that tell what became of ours: RFC 3464 reports, and the prose of servers without them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from adapters.email.wire.addresses import is_address, mailboxes, normalised
from adapters.email.wire.charsets import decode
from adapters.email.wire.identity import Own, message_ids, own_message
from adapters.email.wire.limits import BeyondLimits
from adapters.email.wire.reasons import find_reply, find_status
from adapters.email.wire.structure import Headers, Part, parse_headers, parse_mail
from adapters.email.wire.words import header_text

_MAX_RECIPIENTS = 100
_MAX_DETAIL_CHARS = 500
_SCANNED_CHARS = 60_000
_PROSE_LINES = 4  # of a server's words about one recipient

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


@dataclass(frozen=True, slots=True)
class Bounce:
    """All that a report tells."""

    fates: tuple[Fate, ...]
    original: str | None  # Message-ID of the mail it is about


def read_bounce(root: Part, text: str, own: Own) -> Bounce | None:
    """What a report tells; None for a mail that is none, or tells nothing certain."""
    fates = tuple(_explained(fate, text) for fate in _from_report(root))
    if not fates and _is_bounce_like(root.headers):
        fates = tuple(_from_nested(root)) or tuple(_from_prose(root, text[:_SCANNED_CHARS], own))
    if not fates:
        return None
    return Bounce(fates[:_MAX_RECIPIENTS], _original(root, text, own))


# --- RFC 3464 --------------------------------------------------------------------------------

_STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_FIELD = re.compile(r"([A-Za-z-]{3,40})\s*:[ \t]*(.*)")


def _from_report(root: Part) -> Iterator[Fate]:
    for part in root.walk():
        if not part.parts and part.media_type in _STATUS_TYPES:
            yield from _recipients(decode(part.content(), part.type_field.text("charset") or None))


def _explained(fate: Fate, text: str) -> Fate:
    """With the server's words from the prose, where the report itself has none."""
    if fate.words or fate.fate != "failed" or not fate.recipient:
        return fate
    told = text[:_SCANNED_CHARS]
    place = told.lower().find(fate.recipient.lower())
    if place < 0:
        return fate
    words = " ".join(told[place:].split("\n\n")[0].split("\n", 4)[:_PROSE_LINES])
    words = words.split("\n")[0] if fate.recipient in told[place + 1 :].split("\n")[0] else words
    vague = fate.status is None or fate.status.endswith(".0.0")
    return replace(fate, words=words, status=(vague and find_status(words)) or fate.status)


def _from_nested(root: Part) -> Iterator[Fate]:
    """A report that a gateway wrapped into another mail."""
    for part in root.walk():
        if part is not root and part.media_type == "message/rfc822":
            try:
                yield from _from_report(parse_mail(part.content()))
            except BeyondLimits:
                continue


def _recipients(text: str) -> Iterator[Fate]:
    """The groups of a delivery-status, blank lines or not."""
    group: dict[str, str] = {}
    for name, value in _status_fields(text[:_SCANNED_CHARS]):
        if name in group and name in {"final-recipient", "action", "status", "original-recipient"}:
            yield from _fate(group)
            group = {}
        group.setdefault(name, value)
    yield from _fate(group)


def _status_fields(text: str) -> Iterator[tuple[str, str]]:
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
    if not is_address(recipient):
        recipient = _typed(group.get("original-recipient", "")) or recipient
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
    yield Fate(fate, normalised(recipient.strip("<> ")), status, words)


def _typed(value: str) -> str:
    """`rfc822; a@b` without its type."""
    head, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in head.strip() else value.strip()


# --- prose -----------------------------------------------------------------------------------

_SENDERS = re.compile(
    r"(?:mailer-?daemon|postmaster|post_master|mail-?daemon|mdaemon|mailsystem|bounces?|no-?reply)"
    r".{0,100}"
)
_SUBJECTS = re.compile(
    r"undeliver|delivery (?:status|fail|has|report)|mail delivery|failure notice|returned mail"
    r"|could not be delivered|message delivery|mail fail|delivery notification|non-?delivery"
    r"|returned to sender|failed|rejected|mail system|nondeliverable|unzustellbar|zustell"
    r"|non remis|no entregad|退信|退回|无法投递|投递失败|發送失敗|发送失败|配信|送信|エラー|반송",
    re.IGNORECASE,
)
_FAILURES = re.compile(
    r"could not be delivered|couldn't be delivered|could not deliver|unable to deliver"
    r"|wasn't able to deliver|was not able to deliver|not be delivered|delivery failed"
    r"|failed permanently|permanent(?: fatal)? error|undeliverable|did not reach"
    r"|fatal errors|delivery errors|has failed|failed to deliver|error delivering|rejected"
    r"|returned (?:to sender|mail)|not delivered|invalid (?:final|user|recipient)|user unknown"
    r"|unknown user|no such user|does not exist|not accepted|cannot send message|unsolicited"
    r"|error has occurred|failure reasons|delivery attempts? .{0,20}fail"
    r"|address\(?(?:es)?\)? failed"
    r"|mailbox (?:is )?full|over quota|could not send|undelivered|unroute?able|been blocked"
    r"|退回|无法投递|未能投递|投递失败|发送失败|拒收|拒绝|不存在|送信できません|配信できません|失敗しました"
    r"|konnte nicht|nicht zugestellt|n'a pas pu|no se ha podido|impossible de",
    re.IGNORECASE,
)
_DELAYS = re.compile(
    r"warning only|do not need to resend|will be retried|still being retried|has been delayed"
    r"|is delayed|delivery delayed|delayed mail|not yet been delivered|will keep trying"
    r"|will continue to|no action is required|仍在尝试|将继续尝试|正在重试|延迟",
    re.IGNORECASE,
)
# Where our own mail begins below the prose.
_RETURNED = re.compile(
    r"^[ \t]{0,4}(?:[-=_>*. ]{2,80})?[ \t]*"
    r"(?:original m(?:essage|ail)|returned m(?:essage|ail)|below this line|unsent message"
    r"|this is a copy|the header of the original|message headers follow|message header follows"
    r"|included is a copy|below is a copy|undelivered message|original mail as follows"
    r"|copy of the message|message text follows|your original message|the original message"
    r"|headers? of (?:the|your)|below is the header|-+ ?原始邮件|received: |return-path: )",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,100}[A-Za-z0-9]")
_ID_LINE = re.compile(
    r"^[ \t>]{0,8}Message-ID[ \t]*:[ \t]*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE
)

_TO_LINE = re.compile(r"^[ \t>]{0,8}To[ \t]*:[ \t]*([^\n]{1,500})", re.IGNORECASE | re.MULTILINE)


def _is_bounce_like(headers: Headers) -> bool:
    """Whether a mail server wrote it. A customer who quotes a bounce does not look so."""
    sender = next(iter(mailboxes(headers.first("from"))), None)
    said = sender.address if sender else header_text(headers.first("from") or b"")
    local = said.partition("@")[0].lower()
    if "x-failed-recipients" in headers or not local:
        return "x-failed-recipients" in headers or headers.first("return-path") == b"<>"
    subject = header_text(headers.first("subject") or b"")[:300]
    nobody = headers.first("return-path") in {b"<>", b""}
    named = bool(_SENDERS.fullmatch(local))
    return (
        (named and bool(_SUBJECTS.search(subject) or nobody))
        or (named and "daemon" in local)
        or (nobody and bool(_SUBJECTS.search(subject)))
        or local.startswith(("postmaster", "post_master"))
    )


def _from_prose(root: Part, text: str, own: Own) -> Iterator[Fate]:
    if "final-recipient:" in text.lower():
        yield from _recipients(text)
        return
    returned = _RETURNED.search(text, 1)
    told = text[: returned.start()] if returned else text
    failed = mailboxes(root.headers.first("x-failed-recipients"))
    subject = header_text(root.headers.first("subject") or b"")[:300]
    if _DELAYS.search(told) or not (failed or _FAILURES.search(f"{told}\n{subject}")):
        return
    recipients = [box.address for box in failed] or list(_named(root, told, own))
    if not recipients:
        recipients = _addressed(root, text[len(told) :])
    status = find_status(told) or find_reply(told)
    if not recipients and status is None:
        return
    for recipient in recipients or [""]:
        words = _around(told, recipient)
        yield Fate("failed", recipient, find_status(words) or find_reply(words) or status, words)


def _named(root: Part, told: str, own: Own) -> Iterator[str]:
    """The addresses that the prose names, without those of the mail itself."""
    known = {own.address.lower()}
    for name in (
        "from",
        "to",
        "sender",
        "reply-to",
        "delivered-to",
        "x-original-to",
        "envelope-to",
    ):
        known.update(box.address.lower() for box in mailboxes(root.headers.first(name)))
    seen: set[str] = set()
    for address in _ADDRESS.findall(told):
        found = normalised(address.strip("'.`"))
        local = found.partition("@")[0].lower()
        if found.lower() in known or found in seen or local in {"postmaster", "mailer-daemon"}:
            continue
        if is_address(found) and not own.owns(found) and len(seen) < _MAX_RECIPIENTS:
            seen.add(found)
            yield found


def _addressed(root: Part, below: str) -> list[str]:
    """Whom the returned mail was addressed to."""
    headers = _returned_headers(root)
    line = _TO_LINE.search(below)
    said = headers.first("to") if headers else line and line.group(1).encode("utf-8", "replace")
    return [box.address for box in mailboxes(said) if is_address(box.address)][:1]


def _around(told: str, recipient: str) -> str:
    """The prose from the address on: the server's words follow it."""
    start = told.lower().find(recipient.lower()) if recipient else 0
    return " ".join(told[max(0, start) :][:4_000].split())


# --- which mail it is about ------------------------------------------------------------------


def _returned_headers(root: Part) -> Headers | None:
    """The header of the mail that the report carries."""
    for part in root.walk():
        if part is root or part.parts:
            continue
        if part.media_type in {"message/rfc822", "message/global", "text/rfc822-headers"}:
            return parse_headers(part.content())
        if part.media_type == "message/global-headers":
            return parse_headers(part.content())
    return None


def _original(root: Part, text: str, own: Own) -> str | None:
    """The Message-ID of the mail it is about; one of ours before any other."""
    candidates = list(dict.fromkeys(_candidates(root, text)))
    ours = next((found for found in candidates if own_message(found, own)), None)
    return ours or next(iter(candidates), None)


def _candidates(root: Part, text: str) -> Iterable[str]:
    returned = _returned_headers(root)
    if returned is not None:
        yield from message_ids(returned.first("message-id"))
    for part in root.walk():
        if not part.parts and part.media_type in _STATUS_TYPES:
            for name, value in _status_fields(decode(part.content())[:_SCANNED_CHARS]):
                if name in {"x-original-message-id", "original-message-id"}:
                    yield from message_ids(value.encode("utf-8", "replace"))
    yield from _ID_LINE.findall(text)
    yield from message_ids(root.headers.first("in-reply-to"))
    yield from reversed(message_ids(root.headers.first("references")))


def shortened(words: str) -> str:
    """A server's words, on one line and of bounded length."""
    return " ".join(words.split())[:_MAX_DETAIL_CHARS]
