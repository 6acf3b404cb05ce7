"""A short life of a desk, for the verbs that look at it and change it."""

from random import Random

from gateway.contract import InboundAttachment, InboundMessage, RawRequest, Unreadable
from gateway.domain.clock import SystemClock
from gateway.domain.outcome import Refusal
from gateway.store import Store
from gateway.verbs.accept import Accept
from gateway.verbs.incoming import Policy
from gateway.verbs.message import Write
from tests.blank import put_blank
from tests.unit.verbs.paper import way

CUSTOMER = "tel:+4915112345678"


def message(key: str, text: str, content: bytes | None = None) -> InboundMessage:
    """A customer's SMS."""
    files = (
        () if content is None else (InboundAttachment(media_type="text/plain", content=content),)
    )
    return InboundMessage(
        key=f"message:{key}",
        sender=CUSTOMER,
        recipient="tel:+15005550006",
        text=text,
        attachments=files,
    )


async def opened(data) -> Store:
    """The store of the configuration `config`."""
    put_blank(data / "parley.sqlite3")
    return await Store.open(
        f"sqlite:///{data / 'parley.sqlite3'}",
        data=data,
        desk="shop",
        node="n",
        clock=SystemClock(),
        random=Random(1),
    )


async def accept(store: Store, *events, body: bytes = b"raw"):
    """Take one delivery in."""
    raw = RawRequest(account="sms", method="POST", path="/in/sms", body=body, received_at=1)
    return await store.submit(
        Accept(desk="shop", channel="sms", raw=raw, events=events, policy=Policy(), way=way("sms"))
    )


async def live(data) -> None:
    """A short life of a desk: two messages with a file, a reply that failed for good, an unreadable item."""
    store = await opened(data)
    sha256 = store.files.put(b"abc")
    first = message("1", "Where is my order?")
    filed = InboundAttachment(media_type="text/plain", sha256=sha256, size_bytes=3)
    taken = (await accept(store, first)).messages[0]
    await accept(
        store,
        InboundMessage(
            key="message:2",
            sender=CUSTOMER,
            recipient="tel:+15005550006",
            text="Hello?",
            attachments=(filed,),
        ),
        Unreadable(detail="what is this"),
    )
    written = await store.submit(
        Write(
            desk="shop",
            conversation=taken.conversation,
            author="agent:lin",
            text="On its way.",
            account="sms",
            channel="sms",
            identity=CUSTOMER,
        )
    )
    assert not isinstance(written, Refusal)
    await store.close()
