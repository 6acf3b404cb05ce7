"""Merges on both engines: whatever people do, the store's promises hold, and readers follow."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from gateway.domain.conversation import Contact, Conversation, Verb
from gateway.domain.message import Message
from gateway.store.queries import http_people, http_rows, http_timeline, sending
from gateway.store.queries.http_scope import Scope
from gateway.store.queries.proof import proofs
from gateway.store.schema import metadata
from gateway.verbs.conversation import SetStatus
from gateway.verbs.merge import MergeContacts, MergeConversations, UnmergeContact
from gateway.verbs.message import Write
from gateway.verbs.split import SplitConversation
from tests.store.toys import DESK
from tests.unit.verbs.paper import accept, said

ALL = Scope(everybodys=True)
ADDRESSES = tuple(f"tel:+49{n}" for n in range(4))
STEPS = 120


class Desk:
    """Customers who write, and agents who merge, part, join and split."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.number = 0

    async def hear(self, address: str, words: str = "hello") -> str:
        """A customer writes; the conversation it joins."""
        self.number += 1
        command = accept(said(words, str(self.number), address, sender_name=f"of {address}"))
        command.desk = DESK
        taken = await self.store.submit(command)
        return str(taken.messages[0].conversation)

    async def rows(self, kind: type[Any]) -> list[Any]:
        """All rows of a kind, by id."""
        found: list[Any] = await self.store.read(http_rows.rows, kind)
        return sorted(found, key=lambda row: row.id)

    async def whose(self, address: str) -> str:
        """The contact of an address."""
        table = metadata.tables["identity"]
        query = select(table.c.contact).where(table.c.urn == address)
        return str(await self.store.read(lambda c: c.execute(query).scalar_one()))

    async def merge(self, one: str, into: str) -> Any:
        """They are one person."""
        return await self.store.submit(MergeContacts(desk=DESK, contact=one, into=into, by="a"))

    async def split(self, message: Message) -> Any:
        """From a message on."""
        named = message.conversation
        ids, whole = await self.store.read(http_timeline.messages_from, named, message.id, 201)
        (old,) = [c for c in await self.rows(Conversation) if c.id == named]
        return await self.store.submit(
            SplitConversation(
                desk=DESK, conversation=named, first=message.id, messages=ids, whole=whole,
                seq=old.seq, channel="sms", by="agent:e",
            )
        )  # fmt: skip

    async def step(self, random: Random) -> None:
        """Somebody does something."""
        people, conversations = await self.rows(Contact), await self.rows(Conversation)
        one, other = random.choice(people).id, random.choice(people).id
        here, there = random.choice(conversations), random.choice(conversations)
        match random.randrange(7):
            case 0:
                await self.hear(random.choice(ADDRESSES))
            case 1:
                await self.merge(one, other)
            case 2:
                await self.store.submit(UnmergeContact(desk=DESK, contact=one, by="agent:e"))
            case 3:
                verb = MergeConversations(
                    desk=DESK, conversation=here.id, into=there.id, by="agent:e"
                )
                await self.store.submit(verb)
            case 4:
                await self.split(random.choice(await self.rows(Message)))
            case 5:
                how = random.choice((Verb.RESOLVE, Verb.REOPEN, Verb.HOLD))
                moves = SetStatus(desk=DESK, conversation=here.id, verb=how, by="agent:e")
                await self.store.submit(moves)
            case 6:
                await self.store.submit(reply(here.id, here.identity))


def reply(conversation: str, identity: str) -> Write:
    """An agent answers."""
    return Write(
        desk=DESK, conversation=conversation, author="agent:e", text="yes", account="sms",
        channel="sms", identity=identity,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_people_do_the_promises_hold(store, seed: int) -> None:
    """An audit after a long day of merging, parting, joining and splitting finds nothing."""
    desk, random = Desk(store), Random(seed)
    for address in ADDRESSES:
        await desk.hear(address)
    merged = joined = False
    for _ in range(STEPS):
        await desk.step(random)
        merged = merged or any(c.merged_into for c in await desk.rows(Contact))
        joined = joined or any(c.continued_in for c in await desk.rows(Conversation))
    assert merged
    assert joined
    broken = await store.read(lambda c: [p for p in proofs(c, DESK, store.files) if not p.holds])
    assert broken == []


async def test_readers_follow_the_pointer(store) -> None:
    """One person, whoever is asked for: addresses, conversations, names, the way of a reply."""
    desk = Desk(store)
    elder, younger = await desk.hear(ADDRESSES[0]), await desk.hear(ADDRESSES[1])
    stays, merged = await desk.whose(ADDRESSES[0]), await desk.whose(ADDRESSES[1])
    await desk.merge(merged, stays)
    for ident in (stays, merged):
        person = await store.read(http_people.person, DESK, ident, ALL)
        assert (person.contact.id, [c.id for c in person.merged]) == (stays, [merged])
        assert {i.urn for i in person.identities} == set(ADDRESSES[:2])
        assert {c.id for c in person.conversations} == {elder, younger}
    for words in ("490", "491", "of tel:+491"):
        found = await store.read(http_people.people, DESK, words, ALL, "", 9)
        assert [c.id for c in found] == [stays]
        theirs = Scope(login="e", queues=frozenset({"support"}))
        assert await store.read(http_people.people, DESK, words, theirs, "", 9) == []
    shown = await store.read(http_rows.bundle, younger)
    assert shown.contact.id == stays
    known = await store.read(sending.addresses, DESK, elder)
    assert set(known) == set(ADDRESSES[:2])
