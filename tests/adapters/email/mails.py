"""Mails for the tables: written here, byte by byte, as mailers write them."""

import base64
from typing import Any

from pydantic import SecretStr

from adapters.email import EmailAdapter, EmailSettings
from adapters.email.wire.identity import Own
from adapters.email.wire.inbound import decode_mail
from gateway.contract import AccountId, InboundMessage, RawRequest

ADDRESS = "support@shop.example"
KEY = "a key that only the gateway knows"
CONVERSATION = "01890a5d-ac96-774b-bcce-b302099a8057"
OWN = Own("mail", ADDRESS, KEY.encode(), "+", "mx.shop.example")
DATE = "Mon, 05 Jan 2026 10:00:00 +0800"
DATE_MS = 1_767_578_400_000

HEAD = {
    "From": "Li Lei <li@example.com>",
    "To": ADDRESS,
    "Subject": "Hello",
    "Date": DATE,
    "Message-ID": "<1@example.com>",
}


def mail(body: str | bytes = "Hi\r\n", /, charset: str = "utf-8", **fields: Any) -> bytes:
    """A mail: usual header fields, changed by `fields` (`reply_to=` is Reply-To; None drops one)."""
    named = {name.replace("_", "-").title(): value for name, value in fields.items()}
    known = {name.title(): value for name, value in HEAD.items()}
    if not isinstance(body, bytes) and not body.isascii():
        known["Content-Type"] = f"text/plain; charset={charset}"
    lines = [
        f"{name}: ".encode() + (v if isinstance(v, bytes) else v.encode())
        for name, value in (known | named).items()
        if value is not None
        for v in (value if isinstance(value, list) else [value])
    ]
    content = body if isinstance(body, bytes) else body.encode(charset)
    return b"\r\n".join([*lines, b"", content])


def html_mail(html: str, **fields: Any) -> bytes:
    """A mail of HTML alone."""
    return mail(html.encode(), content_type="text/html; charset=utf-8", **fields)


def multipart(kind: str, *parts: bytes, boundary: str = "b1", **fields: Any) -> bytes:
    """A multipart mail of parts that `part` made."""
    glued = b"".join(f"--{boundary}\r\n".encode() + each + b"\r\n" for each in parts)
    body = glued + f"--{boundary}--\r\n".encode()
    return mail(body, content_type=f'multipart/{kind}; boundary="{boundary}"', **fields)


def part(media_type: str, content: bytes | str = b"", **fields: str) -> bytes:
    """One part. `encoding="base64"` encodes it, too."""
    data = content if isinstance(content, bytes) else content.encode()
    if fields.get("encoding") == "base64":
        data = base64.encodebytes(data).strip()
    names = {"encoding": "Content-Transfer-Encoding", "disposition": "Content-Disposition"}
    head = [f"Content-Type: {media_type}"]
    head += [f"{names.get(k, k.replace('_', '-'))}: {v}" for k, v in fields.items()]
    return "\r\n".join([*head, "", ""]).encode() + data


def nested(kind: str, *parts: bytes, boundary: str) -> bytes:
    """A multipart as a part."""
    glued = b"".join(f"--{boundary}\r\n".encode() + each + b"\r\n" for each in parts)
    return part(f'multipart/{kind}; boundary="{boundary}"', glued + f"--{boundary}--".encode())


def read(raw: bytes, own: Own = OWN) -> InboundMessage:
    """The one message that a mail is."""
    (message,) = decode_mail(raw, own)
    assert isinstance(message, InboundMessage), message
    assert message.mail is not None
    return message


def settings(**changes: Any) -> EmailSettings:
    """Settings of a mailbox that nobody answers for."""
    server = {"host": "127.0.0.1", "port": 9, "tls": "none"}
    given = {
        "address": ADDRESS,
        "authserv_id": "mx.shop.example",
        "imap": server | {"username": "support", "password": "hush-imap"},
        "smtp": server | {"username": "support", "password": "hush-smtp"},
    }
    made = EmailSettings.model_validate(given | changes)
    return made.model_copy(update={"reply_key": SecretStr(KEY)})


def build(_api_url: str = "") -> EmailAdapter:
    """An adapter that has not been started: receive() needs no connection."""
    return EmailAdapter.build(AccountId("mail"), settings())


def delivery(raw: bytes, **changes: Any) -> RawRequest:
    """As our own poller hands it in."""
    given = {"account": "mail", "method": "IMAP", "path": "/in/mail", "body": raw}
    return RawRequest(**(given | changes))
