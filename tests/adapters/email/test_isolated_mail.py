"""Mail in a process of its own: the same events, and a hostile mail costs only itself."""

import base64
import os
from collections.abc import AsyncIterator

import pytest

from adapters.email import EmailAdapter
from gateway.contract import InboundMessage, Unreadable
from gateway.pipeline.accounts import make_account
from gateway.pipeline.isolate import Isolated
from tests.adapters.email.mails import build, delivery, html_mail, mail, multipart, part, settings

ACCOUNT = make_account("mail", EmailAdapter, settings())


@pytest.fixture
async def isolated() -> AsyncIterator[Isolated]:
    pool = Isolated(readers=1)
    yield pool
    await pool.stop()


async def test_the_same_events(isolated: Isolated) -> None:
    """It makes no difference where a mail is read."""
    picture = part("image/png", os.urandom(1_000), encoding="base64")
    for raw in (
        mail("您好"),
        multipart("mixed", part("text/plain", "a"), picture),
        mail(From=None),
    ):
        assert await isolated.receive(ACCOUNT, delivery(raw)) == build().receive(delivery(raw))


async def test_the_largest_file(isolated: Isolated) -> None:
    """A mail of nearly 50 MiB fits into the memory of a reader."""
    content = os.urandom(36 * 1024 * 1024)
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    file = b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded
    (message,), _ = await isolated.receive(ACCOUNT, delivery(multipart("mixed", file)))
    assert isinstance(message, InboundMessage)
    assert message.attachments[0].content == content


async def test_after_hostile_mails(isolated: Isolated) -> None:
    """Deep, long and endless mails are events, too, and the reader goes on."""
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(2_000)
    )
    (refused,), _ = await isolated.receive(ACCOUNT, delivery(deep))
    assert isinstance(refused, Unreadable)
    for raw in (html_mail("<div>" * 200_000), mail(">" * 5_000_000), mail(From="," * 60_000)):
        (message,), _ = await isolated.receive(ACCOUNT, delivery(raw))
        assert isinstance(message, InboundMessage)
    assert len(isolated._alive) == 1
