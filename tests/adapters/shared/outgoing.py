"""What the tables of all channels share: a message and a file on their way out, answers that came
over no socket, and an adapter that is started, used and stopped."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from adapters._shared.http import Answer, Lost, NotSent
from gateway.contract import (
    Choice,
    Deferred,
    InDoubt,
    MessageKind,
    OutboundAttachment,
    OutboundMessage,
    Reason,
)
from gateway.testing import FakeProvider, ProviderAnswer

WORDS = "您好 😀"
ADDRESS = "https://desk.example/f/1"


def message(**changes: Any) -> OutboundMessage:
    """Words, to whomever the channel's table names."""
    fields = {"id": "m-1", "conversation": "c-1", "account": "a", "text": WORDS}
    return OutboundMessage(**(fields | changes))


def file(media_type: str = "image/png", **changes: Any) -> OutboundAttachment:
    """A file with a public address."""
    fields = {
        "media_type": media_type,
        "filename": "a.png",
        "size_bytes": 9,
        "sha256": "0" * 64,
        "path": Path("a.png"),
        "url": ADDRESS,
    }
    return OutboundAttachment(**(fields | changes))


def answer(status: int, data: object = None, **headers: str) -> Answer:
    """JSON, or what is none."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = msgspec.json.encode(data) if data is not None else b"<html>"
    return Answer(status=status, headers=named, body=body)


def offering(*labels: str) -> dict[str, Any]:
    """What a message is that offers these to be tapped, called o-1, o-2, ..."""
    choices = tuple(Choice(id=f"o-{n}", label=label) for n, label in enumerate(labels, start=1))
    return {"kind": MessageKind.INTERACTIVE, "choices": choices}


# What no answer means, whoever does not give it: label, what came, what it is to us.
SILENCE = [
    (
        "no connection",
        NotSent(detail="x"),
        Deferred(reason=Reason.UNAVAILABLE, detail="not connected: x"),
    ),
    (
        "no answer",
        Lost(detail="timed out"),
        InDoubt(detail="sent, but no answer came: timed out"),
    ),
]


@asynccontextmanager
async def running(adapter: Any) -> AsyncIterator[Any]:
    """The adapter, started; it is stopped whatever happens."""
    await adapter.start()
    try:
        yield adapter
    finally:
        await adapter.stop()


@asynccontextmanager
async def served(
    build: Callable[..., Any], script: list[ProviderAnswer], **settings: Any
) -> AsyncIterator[tuple[Any, FakeProvider]]:
    """The adapter, started, beside a provider that answers so."""
    async with (
        FakeProvider(script) as provider,
        running(build(provider.url, **settings)) as adapter,
    ):
        yield adapter, provider
