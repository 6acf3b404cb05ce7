"""Search on both engines: it follows the log, and finds what was said, noted and named."""

import asyncio

import msgspec
import pytest

from gateway.domain.conversation import Contact, Identity
from gateway.domain.events import (
    ContactMerged,
    ConversationOpened,
    IdentityChanged,
    MessageChanged,
    MessageReceived,
    NoteWritten,
)
from gateway.domain.message import MailParts, Message, MessageBody
from gateway.store.schema import search_doc
from gateway.store.search import search
from gateway.verbs.change import by_key
from tests.store import toys
from tests.store.toys import DESK, Do, Put


def tells(*bodies, rows=()) -> Do:
    """Put rows and tell of them."""

    def decide(change):
        for row in rows:
            change.put(row)
        for body in bodies:
            change.record(body, "system")

    return Do(decide)


def received(message: str) -> MessageReceived:
    return MessageReceived(message=message, identity="tel:+1", account="sms", channel="sms")


def opened(contact: str) -> ConversationOpened:
    return ConversationOpened(contact=contact, status="open", by="x", account="sms", channel="sms")


async def index(store) -> None:
    while await store.index_slice(3):
        pass


async def find(store, query: str, **options) -> list[str]:
    found = await store.read(search, DESK, query, **options)
    return [hit.ref for hit in found.hits]


MAIL = MailParts(subject="Rechnung 4711", text_full="quoted words")


@pytest.fixture
async def desk(store):
    """A desk where some things were said."""
    person = msgspec.structs.replace(toys.contact("c", name="王小明"), attributes='{"vip":"gold"}')
    rows = (
        person,
        toys.identity("tel:+8613800138000", "c", name="Xiao Ming"),
        toys.contact("d", name="Anna Müller"),
        toys.conversation("v", "c"),
        toys.message("m1", "v", text="我要退货，订单 AB-2024-0001"),
        toys.message("m2", "v", seq=2, text="Where is my refund?"),
        toys.message(
            "m3", "v", seq=3, text="", body=msgspec.json.encode(MessageBody(mail=MAIL)).decode()
        ),
        toys.note("n1", "v", text="客户很生气 refund at once"),
    )
    told = [
        opened("c"),
        opened("d"),
        received("m1"),
        received("m2"),
        received("m3"),
        NoteWritten(note="n1", by="a"),
    ]
    await store.submit(tells(*told, rows=rows))
    await index(store)
    return store


QUERIES = [
    ("退", ["m1"]),
    ("退货", ["m1"]),
    ("要退货", ["m1"]),
    ("退款", []),
    ("AB-2024-0001", ["m1"]),
    ("20240001", ["m1"]),
    ("refund", ["n1", "m2"]),
    ("REF", ["n1", "m2"]),
    ("refund 生气", ["n1"]),
    ("rechnung", ["m3"]),
    ("4711", ["m3"]),
    ("quoted", []),
    ("王", ["c"]),
    ("小明", ["c"]),
    ("xiao", ["c"]),
    ("13800138000", ["c"]),
    ("8000", ["c"]),
    ("gold", ["c"]),
    ("muller", ["d"]),
    ("' OR 1=1 --", []),
    ("\"", []),
    ("!!", []),
]  # fmt: skip


async def test_what_is_found(desk) -> None:
    """Chinese of one and two characters, names, numbers, order ids and beginnings of words."""
    assert {q: await find(desk, q) for q, _ in QUERIES} == dict(QUERIES)


async def test_pages(desk) -> None:
    """Hits come newest first, page by page, and can be narrowed by kind and by conversation."""
    first = await desk.read(search, DESK, "refund", limit=1)
    second = await desk.read(search, DESK, "refund", limit=1, cursor=first.next)
    assert [h.ref for h in (*first.hits, *second.hits)] == ["n1", "m2"]
    assert second.next is None
    assert await find(desk, "refund", kinds=("message",)) == ["m2"]
    assert await find(desk, "refund", where=[search_doc.c.conversation == "w"]) == []
    assert [h.contact for h in first.hits] == ["c"]
    found = await desk.read(search, "another desk", "refund")
    assert found.hits == ()


async def test_changed_words(desk) -> None:
    """An edited message is found by its new words and no more by its old ones, in its old place."""

    def edit(change):
        change.put(msgspec.structs.replace(change.get(Message, "m2"), text="cancelled"))
        change.record(MessageChanged(message="m2", by="x", account="sms"), "system")

    await desk.submit(Do(edit, by_key(Message, "m2")))
    await index(desk)
    assert await find(desk, "refund") == ["n1"]
    assert await find(desk, "cancel") == ["m2"]


async def test_a_renamed_contact(desk) -> None:
    """Editing a contact appends no event; the audit log tells the index."""

    def edit(change):
        change.put(msgspec.structs.replace(change.get(Contact, "d"), name="陈"))
        change.audit("agent:a", "contact.edit", "d")

    await desk.submit(Do(edit, by_key(Contact, "d")))
    await index(desk)
    assert (await find(desk, "muller"), await find(desk, "陈")) == ([], ["d"])


async def test_addresses_and_merges(desk) -> None:
    """A contact is found by an address that was added to it."""

    def edit(change):
        change.put(toys.identity("mailto:anna@example.org", "d"))
        change.record(
            IdentityChanged(identity="mailto:anna@example.org", opted_out=False, by="x"), "system"
        )
        change.record(ContactMerged(contact="c", into="d", by="x"), "system")

    await desk.submit(Do(edit, by_key(Identity, DESK, "mailto:anna@example.org")))
    await index(desk)
    assert await find(desk, "anna@example.org") == ["d"]


async def test_erased_words(desk) -> None:
    """What was erased is not found, whether the index is told or follows the log."""
    await desk.forget_words("message", ["m1", "unknown"])
    assert await find(desk, "退货") == []
    assert await find(desk, "refund") == ["n1", "m2"]

    def erase(change):
        for id_ in ("m1", "m2", "m3"):
            found = change.get(Message, id_)
            change.put(msgspec.structs.replace(found, text="", body="{}"))
        change.put(msgspec.structs.replace(change.get(Contact, "c"), name="", attributes="{}"))
        change.delete(change.get(Identity, DESK, "tel:+8613800138000"))
        change.audit("agent:a", "contact.erase", "c")

    reads = [by_key(Message, m) for m in ("m1", "m2", "m3")]
    await desk.submit(
        Do(erase, *reads, by_key(Contact, "c"), by_key(Identity, DESK, "tel:+8613800138000"))
    )
    await index(desk)
    assert await find(desk, "refund") == ["n1"]
    assert await find(desk, "8000") == []
    assert await find(desk, "王") == []


async def test_the_index_goes_on_where_it_was(open_store) -> None:
    """After a restart nothing is indexed twice and nothing is left out."""
    store = await open_store()
    for i in range(7):
        rows = (toys.message(f"m{i}", "v", seq=i, text=f"word{i} same"),)
        await store.submit(tells(received(f"m{i}"), rows=rows))
    assert await store.index_slice(3) == 3
    await store.close()
    store = await open_store()
    await index(store)
    assert await find(store, "same") == [f"m{i}" for i in reversed(range(7))]
    assert await store.index_slice(3) == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_nodes_share_the_work(open_store) -> None:
    """Two nodes that index at once index everything once."""
    one, two = await open_store("n1"), await open_store("n2")
    await one.submit(Put(rows=(toys.conversation("v", "c"),)))
    for i in range(30):
        await one.submit(
            tells(received(f"m{i}"), rows=(toys.message(f"m{i}", "v", seq=i, text="same"),))
        )
    done = 0
    for _ in range(12):
        done += sum(await asyncio.gather(*(s.index_slice(4) for s in (one, two))))
    assert done == 30
    assert len(await find(one, "same")) == 30
