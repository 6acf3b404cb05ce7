"""What became of our mails, in the prose of servers that send no report to read by machine."""

import re
from collections.abc import Iterator

from adapters.email.wire.addresses import is_address, mailboxes, normalised
from adapters.email.wire.delivery_status import ADDRESS, Fate, recipients, returned_headers
from adapters.email.wire.identity import Own
from adapters.email.wire.reasons import find_reply, find_status
from adapters.email.wire.structure import Headers, Part
from adapters.email.wire.words import header_text

_MAX_RECIPIENTS = 100

_SENDERS = re.compile(
    r"(?:mailer-?daemon|postmaster|post_master|mail-?daemon|mdaemon|mailsystem|bounces?|no-?reply)"
    r".{0,100}"
)
_SUBJECTS = re.compile(
    r"undeliver|delivery (?:status|fail|has|report)|mail delivery|failure notice|returned mail"
    r"|could not be delivered|message delivery|mail fail|delivery notification|non-?delivery"
    r"|returned to sender|failed|rejected|mail system|nondeliverable|unzustellbar|zustell"
    r"|non remis|no entregad|退信|退回|无法投递|投递失败|未送[达達]|无法送达|未[传傳][递遞]"
    r"|發送失敗|发送失败|配信|送信|エラー|반송",
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
    r"|退回|无法投递|未能投递|投递失败|传递失败|傳遞失敗|无法送达|未能送达|未能将|未送[达達]|无法传递|無法傳遞|发送失败|发送失敗|拒收|拒绝|不存在|送信できません|配信できません|失敗しました"
    r"|konnte nicht|nicht zugestellt|n'a pas pu|no se ha podido|impossible de",
    re.IGNORECASE,
)
_DELAYS = re.compile(
    r"warning only|do not need to resend|will be retried|still being retried|has been delayed"
    r"|is delayed|delivery delayed|delayed mail|not yet been delivered|will keep trying"
    r"|will continue to|no action is required|delivery incomplete|will retry for"
    r"|仍在尝试|继续尝试|正在重试|内重试|尚未送达|尚未投递|尚未传递|尚未傳遞"
    r"|(?:已|被)延[迟遲]|延[迟遲](?:送达|送達|投递|投遞|传递|傳遞)",
    re.IGNORECASE,
)
_DELAY_SUBJECTS = re.compile(r"(?:delayed|延[迟遲])\s?[:：]|.{0,100}\(delay\)\s*$", re.IGNORECASE)
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
# Lines that certainly name who did not get it; where there are any, other addresses are bystanders.
_MARKED = re.compile(
    r"^[ \t>]{0,8}(?:<(?=[^<>\s]{1,320}>[ \t]{0,4}:)"
    r"|(?:rcpt to|收[ \t\u3000]{0,4}件[ \t\u3000]{0,4}[人者]|宛先)[ \t]{0,4}[:：]"
    r"[ \t\u3000]{0,4}<?)"
    r"([^<>\n]{3,320})",
    re.IGNORECASE | re.MULTILINE,
)
# Lines that name who wrote it, or who else got it.
_OTHERS = re.compile(
    r"^[ \t>]{0,8}(?:(?:mail |envelope[ -])?from|(?:original )?sender|reply-to|return-path|to|cc"
    r"|发[ \t\u3000]{0,4}件[ \t\u3000]{0,4}人|寄件[人者]|差出人)[ \t]{0,4}[:：][^\n]{0,1000}",
    re.IGNORECASE | re.MULTILINE,
)
_KNOWN_FIELDS = (
    *("from", "to", "sender", "reply-to", "delivered-to", "x-original-to", "envelope-to"),
)
_TO_LINE = re.compile(r"^[ \t>]{0,8}To[ \t]*:[ \t]*([^\n]{1,500})", re.IGNORECASE | re.MULTILINE)


def is_bounce_like(headers: Headers) -> bool:
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


def from_prose(root: Part, text: str, own: Own) -> Iterator[Fate]:
    """Whom the mail did not reach, as far as the prose says so; nothing of a mere delay."""
    if "final-recipient:" in text.lower():
        yield from recipients(text)
        return
    returned = _RETURNED.search(text, 1)
    told = text[: returned.start()] if returned else text
    failed = mailboxes(root.headers.first("x-failed-recipients"))
    subject = header_text(root.headers.first("subject") or b"")[:300]
    if _DELAYS.search(told) or _DELAY_SUBJECTS.match(subject):
        return
    if not (failed or _FAILURES.search(f"{told}\n{subject}")):
        return
    failing = [box.address for box in failed] or list(_named(root, told, own))
    if not failing:
        failing = _addressed(root, text[len(told) :])
    status = find_status(told) or find_reply(told)
    if not failing and status is None:
        return
    for recipient in failing or [""]:
        words = _around(told, recipient)
        code = find_status(words) or find_reply(words)
        if code is None and status is not None and len(failing) < 2:
            words = _around(told, "")  # the server's words stand above the address
        yield Fate("failed", recipient, code or status, words)


def _named(root: Part, told: str, own: Own) -> Iterator[str]:
    """The addresses that the prose names, without those of the mail itself."""
    known = {own.address.lower()}
    for name in _KNOWN_FIELDS:
        known.update(box.address.lower() for box in mailboxes(root.headers.first(name)))
    seen: set[str] = set()
    marked = " ".join(_MARKED.findall(told))
    addresses = ADDRESS.findall(marked or _OTHERS.sub("", told)) or ADDRESS.findall(told)
    for address in addresses:
        found = normalised(address.strip("'.`"))
        local = found.partition("@")[0].lower()
        if found.lower() in known or found in seen or local in {"postmaster", "mailer-daemon"}:
            continue
        if is_address(found) and not own.owns(found) and len(seen) < _MAX_RECIPIENTS:
            seen.add(found)
            yield found


def _addressed(root: Part, below: str) -> list[str]:
    """Whom the returned mail was addressed to."""
    headers = returned_headers(root)
    line = _TO_LINE.search(below)
    said = headers.first("to") if headers else line and line.group(1).encode("utf-8", "replace")
    return [box.address for box in mailboxes(said) if is_address(box.address)][:1]


def _around(told: str, recipient: str) -> str:
    """The prose from the address on: the server's words follow it."""
    start = told.lower().find(recipient.lower()) if recipient else 0
    return " ".join(told[max(0, start) :][:4_000].split())
