"""Mails of 5 kB, read as in service, for each second of processor time.

The raw limits are the standard library's parsers, which only take a mail apart: `compat32`, on
which Parley's own reading stands, and the far slower `policy.default` that most programs use.
"""

import email
import email.policy
import time
from collections.abc import Callable
from email.message import EmailMessage, Message

from adapters.email.wire.identity import Own
from adapters.email.wire.inbound import decode_mail
from bench._report import Report, main
from gateway.contract import AccountId

LEAST_A_SECOND = 500.0
SIZE = 5_000
TO = "support@shop.example"
ENGLISH = "The lamp that I ordered last week has not come, and nobody answers the telephone. "
CHINESE = "您好，我上周订的台灯还没有收到，电话也打不通，请帮我查一下订单。"
OWN = Own(account=AccountId("mail"), address=TO, key=b"k" * 32, separator="+", authserv_id="")


def plain(number: int, words: str) -> EmailMessage:
    """A mail of words alone."""
    mail = EmailMessage()
    mail["From"] = f"李 Customer {number} <customer{number}@example.com>"
    mail["To"] = TO
    mail["Subject"] = f"Order 2026-{number:05d} 订单"
    mail["Message-ID"] = f"<{number}@example.com>"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0800"
    mail["References"] = " ".join(f"<{number}.{n}@shop.example>" for n in range(5))
    mail.set_content(words)
    return mail


def filled(words: str, size: int) -> str:
    """These words, again and again."""
    return "\n".join([words] * (size // len(words.encode()) + 1))


def reply(words: str) -> str:
    """A short answer above a long quotation."""
    quoted = "\n".join(f"> {line}" for line in filled(words, SIZE).splitlines())
    return f"Thank you, it came.\n\nOn Mon, 2 Nov 2026, Support wrote:\n{quoted}\n"


def corpus() -> list[bytes]:
    """English and Chinese, plain and with HTML, new and answering, and one with a file."""
    html = "<html><body>" + "".join(f"<p>{ENGLISH}</p>" for _ in range(30)) + "</body></html>"
    mails = [
        plain(1, filled(ENGLISH, SIZE)),
        plain(2, filled(CHINESE, SIZE // 2)),
        plain(3, reply(ENGLISH)),
        plain(4, filled(ENGLISH, SIZE // 3)),
        plain(5, filled(ENGLISH, SIZE // 4)),
    ]
    mails[3].add_alternative(html, subtype="html")
    mails[4].add_attachment(b"\x89PNG" + bytes(2_500), "image", "png", filename="照片.png")
    return [mail.as_bytes() for mail in mails]


def per_second(read: Callable[[bytes], object], mails: list[bytes], seconds: float) -> float:
    """Mails read in a second of processor time."""
    begun, count = time.process_time(), 0
    while (used := time.process_time() - begun) < seconds:
        for raw in mails:
            read(raw)
        count += len(mails)
    return count / used


def touched(message: Message) -> list[object]:
    """A parser is lazy: ask for what anybody would."""
    parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return [message["From"], message["Subject"], *parts]


def run(report: Report) -> None:
    """Ours, then the raw limits."""
    mails, seconds = corpus(), float(report.size(5, 1))
    with report.progress("reading mails", 3) as advance:
        own = per_second(lambda raw: decode_mail(raw, OWN), mails, seconds)
        advance(1)
        compat = per_second(lambda raw: touched(email.message_from_bytes(raw)), mails, seconds)
        advance(1)
        default = per_second(
            lambda raw: touched(email.message_from_bytes(raw, policy=email.policy.default)),
            mails,
            seconds,
        )
        advance(1)
    size = sum(map(len, mails)) / len(mails) / 1e3
    report.figure("mails read", own, "/CPU s", raw=compat, least=LEAST_A_SECOND)
    report.figure("policy.default takes apart", default, "/CPU s")
    report.figure("size of a mail", size, "kB")


if __name__ == "__main__":
    main(run)
