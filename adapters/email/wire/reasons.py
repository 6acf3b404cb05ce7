"""Why a mail could not be delivered: enhanced status codes (RFC 3463) and servers' words.

Used for bounces and for the answers of our own SMTP server alike.
"""

import re

from gateway.contract import Reason

# Three components, the first 2, 4 or 5, and neither an IP address nor a version.
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.]*\d)")
_AFTER_REPLY = re.compile(r"(?<!\d)[245]\d\d[ -]{1,3}\(?#?([245]\.\d{1,2}\.\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -](?!\d)")
_REPLY_SAID = re.compile(
    r"(?:said|error|response|replied|responded|reason|host)[^\n]{0,80}?:\s*([45]\d\d)\b",
    re.IGNORECASE,
)
_LOOKED_AT = 20_000

# https://www.iana.org/assignments/smtp-enhanced-status-codes
_BY_STATUS = {
    "1.0": Reason.INVALID_RECIPIENT,
    "1.1": Reason.INVALID_RECIPIENT,
    "1.2": Reason.INVALID_RECIPIENT,
    "1.3": Reason.INVALID_RECIPIENT,
    "1.4": Reason.INVALID_RECIPIENT,
    "1.6": Reason.INVALID_RECIPIENT,
    "1.10": Reason.INVALID_RECIPIENT,
    "2.1": Reason.INVALID_RECIPIENT,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LARGE,
    "3.4": Reason.TOO_LARGE,
    "4.1": Reason.UNAVAILABLE,
    "4.2": Reason.UNAVAILABLE,
    "4.4": Reason.INVALID_RECIPIENT,
    "4.7": Reason.EXPIRED,
    "7.8": Reason.CREDENTIALS,
    "7.9": Reason.CREDENTIALS,
    "7.13": Reason.INVALID_RECIPIENT,
}
_BY_SUBJECT = {
    "3": Reason.UNAVAILABLE,
    "4": Reason.UNAVAILABLE,
    "6": Reason.CONTENT_REFUSED,
    "7": Reason.BLOCKED,
}
_VAGUE = frozenset(("", "0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "7.0", "7.1", "4.1", "3.5"))

# The first that occurs decides; lower case.
_BY_WORDS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason.MAILBOX_FULL,
        (
            *("mailbox full", "mailbox is full", "over quota", "quota exceeded", "exceeded quota"),
            *("overquota", "mailfolder is full", "exceeded storage", "insufficient storage"),
            *("out of storage", "quota", "inbox is full", "mail box full", "storage allocation"),
            *("邮箱已满", "邮箱容量", "空间不足", "郵箱已滿", "信箱已满", "信箱已滿", "容量不足"),
        ),
    ),
    (
        Reason.TOO_LARGE,
        (
            *("message too large", "too large", "size limit", "message size", "exceeds maximum"),
            *("too big", "exceeds the maximum", "邮件过大", "邮件大小", "超过大小", "郵件過大"),
        ),
    ),
    (
        Reason.INVALID_RECIPIENT,
        (
            *(
                "user unknown",
                "unknown user",
                "no such user",
                "unknown recipient",
                "does not exist",
            ),
            *("doesn't exist", "no such address", "address unknown", "unknown address"),
            *("invalid recipient", "recipient unknown", "recipient not found", "user not found"),
            *("no mailbox", "mailbox unavailable", "mailbox not found", "invalid mailbox"),
            *(
                "no such recipient",
                "not a valid",
                "recipient name is not recognized",
                "invalid user",
            ),
            *("invalid final delivery userid", "account disabled", "account is disabled"),
            *("is disabled", "no longer available", "inactive", "host unknown", "unknown host"),
            *("domain not found", "domain does not exist", "no such domain", "host or domain name"),
            *("name or service not known", "unrouteable address", "unroutable", "null mx"),
            *("user doesn't have", "no account", "recipient address rejected: access denied"),
            *("couldn't be found", "wasn't found", "could not be found", "undeliverable address"),
            *("not listed in", "not found in directory", "找不到", "不存在", "查無此"),
            *("用户不存在", "收件人不存在", "帐号不存在", "账号不存在", "地址不存在", "用户未找到"),
            *("收件人地址", "用户名不存在", "使用者不存在", "無此使用者", "あて先", "宛先"),
        ),
    ),
    (
        Reason.BLOCKED,
        (
            *("blocked", "blacklist", "blocklist", "black list", "spam", "reputation", "dnsbl"),
            *("poor reputation", "not accepted from", "policy", "rejected by", "access denied"),
            *("dmarc", "spf ", "dkim", "unsolicited", "reverse dns", "ptr record", "rejected"),
            *("垃圾邮件", "拒收", "被拒绝", "拒绝", "黑名单", "反垃圾", "拒信"),
        ),
    ),
    (
        Reason.EXPIRED,
        (
            *("in the queue too long", "queue too long", "message expired", "retry timeout"),
            *("delivery time expired", "expired", "cannot send message for", "retry time not"),
            *("timed out", "timeout", "times out", "超时", "過期", "过期", "逾時"),
        ),
    ),
    (
        Reason.UNAVAILABLE,
        (
            *("connection refused", "no route to host", "network unreachable", "unable to connect"),
            *("could not connect", "temporarily", "try again later", "greylist", "connection lost"),
            *("无法连接", "连接失败", "稍后再试", "無法連接"),
        ),
    ),
    (
        Reason.CONTENT_REFUSED,
        ("virus", "content rejected", "message content", "attachment", "病毒", "违规", "敏感"),
    ),
)


def find_status(text: str) -> str | None:
    """The enhanced status code in a server's words; after a reply code it counts most."""
    text = text[:_LOOKED_AT]
    after = _AFTER_REPLY.findall(text)
    telling = [code for code in after if not code.endswith(".0.0")]
    if telling or after:
        return str((telling or after)[0])
    found = [code for code in _STATUS.findall(text) if code[0] != "2"]
    return str(found[0]) if found else None


def find_reply(text: str) -> str | None:
    """The SMTP reply code in a server's words."""
    text = text[:_LOOKED_AT]
    found = _REPLY_SAID.search(text) or _REPLY.search(text)
    return found.group(1) if found else None


def reason_for(status: str | None, words: str) -> Reason:
    """Our word for a failure. A precise status decides; a vague one leaves it to the words."""
    detail = (status or "").partition(".")[2]
    precise = _BY_STATUS.get(detail)
    if precise is not None and detail not in _VAGUE:
        return precise
    said = words[:_LOOKED_AT].lower()
    for reason, phrases in _BY_WORDS:
        if any(phrase in said for phrase in phrases):
            return reason
    return precise or _BY_SUBJECT.get(detail.partition(".")[0], Reason.OTHER)
