"""From a raw delivery to a committed one."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.contract import (
    CallEvent,
    InboundAttachment,
    MessageKind,
    PresenceEvent,
    RawReply,
    Unauthentic,
    Unreadable,
)
from gateway.pipeline.accounts import UnknownAccount
from gateway.pipeline.inbound import Inbound
from gateway.store import StoreUnavailable
from gateway.verbs.incoming import Policy
from tests.unit.pipeline.desk import AnotherNode, Desk, opened
from tests.unit.pipeline.toy import FORGED, Toy, delivery, said

STORED = "SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM message)"
PICTURE = b"\x89PNG" + b"x" * 500


def sign(what: str, key: str = "p1") -> PresenceEvent:
    """A sign that is no message."""
    return PresenceEvent(key=key, what=what, sender="tel:+491")


async def test_a_delivery_is_committed_before_it_is_answered(desk: Desk) -> None:
    """What the adapter says to answer, and by then everything is stored, byte for byte."""
    raw = delivery(said("Hello", "1"), headers=(("X-A", "1"), ("X-A", "2")))
    assert await desk.inbound.receive(raw) == RawReply(body=b"read 1")
    assert await desk.one(STORED) == (1, 1)
    body, headers = await desk.one("SELECT body, headers FROM delivery")
    assert bytes(body) == raw.body
    assert headers == '[["X-A","1"],["X-A","2"]]'


async def test_the_same_delivery_again(desk: Desk) -> None:
    """Is answered alike and changes nothing; it tells which message it was."""
    first = await desk.hear(said("yes", "1"))
    again = await desk.hear(said("yes", "1"))
    assert (again.delivery, again.duplicates) == (None, 1)
    assert again.messages[0].id == first.messages[0].id
    assert await desk.one(STORED) == (1, 1)


async def test_an_unknown_account_stores_nothing(desk: Desk) -> None:
    """Nobody is there who could read it."""
    with pytest.raises(UnknownAccount, match="nowhere"):
        await desk.inbound.receive(delivery(said("Hello", "1"), account="nowhere"))
    assert await desk.one(STORED) == (0, 0)


async def test_a_forged_delivery_stores_nothing(desk: Desk) -> None:
    """The refusal reaches whoever answers the provider."""
    with pytest.raises(Unauthentic):
        await desk.inbound.receive(delivery(said("Hello", "1"), headers=FORGED))
    assert await desk.one(STORED) == (0, 0)


async def test_a_store_that_is_away_is_said_to_be(desk: Desk) -> None:
    """Nothing was acknowledged: the provider must come again."""
    await desk.store.close()
    with pytest.raises(StoreUnavailable):
        await desk.inbound.receive(delivery(said("Hello", "1")))


async def test_files_are_stored_before_the_message(desk: Desk) -> None:
    """Its bytes stand under their hash; the message names the hash and carries no bytes."""
    files = (
        InboundAttachment(media_type="image/png", filename="a.png", content=PICTURE),
        InboundAttachment(media_type="image/png", url="https://x/1", provider_media_id="9"),
    )
    event = said("look", "1", attachments=files, kind=MessageKind.MEDIA)
    await desk.hear(event)
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    assert desk.store.files.path(sha256).read_bytes() == PICTURE
    assert await desk.rows(
        "SELECT filename, sha256, size_bytes, url, provider_media_id FROM attachment ORDER BY place"
    ) == [("a.png", sha256, 500 + 4, None, None), ("", None, None, "https://x/1", "9")]


NAMES = [
    ("invoice.pdf", "invoice.pdf"),
    ("../../../etc/html_as_png\u202egnp.exe", "html_as_pnggnp.exe"),
    ("C:\\fakepath\\a\tb.png", "ab.png"),
    ("", ""),
]


@pytest.mark.parametrize(("name", "kept"), NAMES)
async def test_what_a_file_is_called(desk: Desk, name: str, kept: str) -> None:
    """No path, nothing unseen, whatever channel it comes by."""
    file = InboundAttachment(media_type="image/png", filename=name, url="https://x/1")
    await desk.hear(said("look", "1", attachments=(file,), kind=MessageKind.MEDIA))
    assert await desk.one("SELECT filename FROM attachment") == kept


class Seen(AnotherNode):
    """A store that remembers what it was asked to commit."""

    async def submit(self, command: Any) -> Any:
        self.command = command
        return await self._store.submit(command)


async def test_no_bytes_wait_in_the_writers_queue(desk: Desk) -> None:
    """What is committed names the hash; the bytes are on disk and out of memory."""
    store = Seen(desk.store, "n1")
    inbound = Inbound(store, desk.accounts, desk, lambda _: Policy(), lambda _a, _e: None)  # type: ignore[arg-type]
    files = (InboundAttachment(media_type="image/png", content=PICTURE, size_bytes=1),)
    await inbound.receive(delivery(said("look", "1", attachments=files)))
    (attachment,) = store.command.events[0].attachments
    assert attachment.content is None
    assert (attachment.sha256, attachment.size_bytes) == (
        hashlib.sha256(PICTURE).hexdigest(),
        len(PICTURE),
    )


async def test_files_stand_even_when_the_commit_fails(desk: Desk) -> None:
    """Never a message without its bytes; bytes without a message are swept up."""
    await desk.store.close()
    files = (InboundAttachment(media_type="image/png", content=PICTURE),)
    with pytest.raises(StoreUnavailable):
        await desk.hear(said("look", "1", attachments=files))
    assert desk.store.files.exists(hashlib.sha256(PICTURE).hexdigest())


@pytest.mark.parametrize("what", ["typing", "seen", "joined", "left"])
async def test_passing_signs_are_told_and_not_stored(desk: Desk, what: str) -> None:
    """Those who look hear of it; the database does not."""
    accepted = await desk.hear(sign(what))
    assert accepted.delivery is None
    assert desk.signs == [("toy", what)]
    assert await desk.one(STORED) == (0, 0)
    assert await desk.log("message.received") == []


async def test_a_sign_beside_a_message(desk: Desk) -> None:
    """The sign is told, the message stored; the delivery counts one event."""
    await desk.hear(sign("typing"), said("Hello", "1"))
    assert desk.signs == [("toy", "typing")]
    assert await desk.one(STORED) == (1, 1)
    assert await desk.one("SELECT events FROM delivery") == 1


@pytest.mark.parametrize("what", ["opted_out", "opted_in"])
async def test_opting_is_no_passing_sign(desk: Desk, what: str) -> None:
    """It is kept with the address."""
    await desk.ask_in()
    await desk.hear(sign("opted_out", "p0"))
    await desk.hear(sign(what, "p1"))
    assert desk.signs == []
    assert await desk.one("SELECT opted_out FROM identity") == (what == "opted_out")


@pytest.mark.parametrize(
    "event",
    [
        Unreadable(detail="what is that?"),
        CallEvent(key="call:1", call="1", state="ringing", sender="tel:+491", recipient="tel:+1"),
    ],
    ids=["unreadable", "a call where none are taken"],
)
async def test_what_nobody_can_read_waits_for_a_person(
    desk: Desk, event: Unreadable | CallEvent
) -> None:
    """The rest of the delivery goes in."""
    await desk.hear(event, said("Hello", "1"))
    assert await desk.one("SELECT events, unreadable FROM delivery") == (1, 1)
    assert await desk.one("SELECT state FROM dead_letter") == "open"
    assert await desk.one("SELECT count(*) FROM message") == 1


async def test_an_empty_delivery(desk: Desk) -> None:
    """A ping without a word is answered only; authentic words that mean nothing are kept."""
    assert (await desk.hear()).delivery is None
    await desk.inbound.receive(replace(delivery(), body=b"[]"))
    assert await desk.one(STORED) == (1, 0)
    assert await desk.one("SELECT events FROM delivery") == 0


async def test_a_pollers_cursor_commits_with_its_events(desk: Desk) -> None:
    """And alone, when it passed by what brings nothing."""
    await desk.hear(said("Hello", "1"), cursor=("INBOX", "7:41"))
    assert await desk.rows("SELECT account, name, value FROM cursor") == [("toy", "INBOX", "7:41")]
    await desk.hear(cursor=("INBOX", "7:42"))
    assert await desk.one("SELECT value FROM cursor") == "7:42"
    await desk.hear(sign("typing"), cursor=("INBOX", "7:43"))
    assert await desk.one("SELECT value FROM cursor") == "7:43"


async def test_isolated_adapters_read_elsewhere(tmp_path: Path) -> None:
    """Where they can hurt nobody; the others here."""
    async with opened(tmp_path, toy=Toy(), mail=Toy(channel="email", isolated=True)) as desk:
        await desk.hear(said("Hello", "1"))
        assert desk.isolated == []
        await desk.hear(said("Hello", "2"), account="mail")
        assert desk.isolated == ["mail"]
        assert await desk.rows("SELECT account FROM message ORDER BY rowid") == [
            ("toy",),
            ("mail",),
        ]
        bodies = await desk.told("message.received")
        assert [body.channel for body in bodies] == ["toy", "email"]


async def test_the_rulebook_in_force_says_how(tmp_path: Path) -> None:
    """A first answer where it wants one, as a job of its own."""
    book = {"templates": {"automatic": {"acknowledged": {"after": "2s"}}}}
    async with opened(tmp_path, book=book) as desk:
        await desk.ask_in()
        kind, due_at = await desk.one("SELECT kind, due_at FROM job")
        assert (kind, due_at) == ("auto_reply", desk.clock.now + 2_000)
