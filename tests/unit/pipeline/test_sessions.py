"""Providers that know who has a conversation: what they are told, when, and what they tell."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import (
    Accepted,
    Deferred,
    DeliveryReport,
    Holder,
    Outcome,
    PresenceEvent,
    Reason,
    Rejected,
)
from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Conversation, Verb
from gateway.domain.job import JobKind
from gateway.domain.message import MessageState
from gateway.pipeline.sessions import AGAIN_MS, TRIES, Sessions
from gateway.verbs.conversation import SetStatus
from tests.unit.pipeline.desk import BOOK, Desk, opened
from tests.unit.pipeline.toy import Toy, said

JOBS = "SELECT count(*) FROM job WHERE kind = 'session'"
STATUS = "SELECT status FROM conversation"


class Keeper(Toy):
    """A toy whose provider knows who has a conversation."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.told: list[Holder] = []
        self.says: list[Outcome | Exception] = []

    async def hand(self, holder: Holder) -> Outcome:
        self.told.append(holder)
        answer = self.says.pop(0) if self.says else Accepted(provider_id="moved")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a keeper, and beside it a channel that keeps nothing."""
    book = BOOK | {"agents": {"emma": {"queues": ["main"]}, "lin": {"queues": ["main"]}}}
    async with opened(tmp_path, book=book, toy=Keeper(), plain=Toy(channel="plain")) as found:
        yield found


async def run(desk: Desk) -> list[Holder]:
    """Carry out what is due; what the provider has been told so far, without addresses."""
    sessions = Sessions(desk.store, desk.accounts)
    while (claimed := await desk.claim(JobKind.SESSION)) is not None:
        await desk.store.submit(await sessions.tell(claimed))
    keeper = desk.toys["toy"]
    assert isinstance(keeper, Keeper)
    assert {(h.recipient, h.sender) for h in keeper.told} <= {("tel:+491", "+1")}
    return [Holder(recipient="", agent=h.agent, queue=h.queue, over=h.over) for h in keeper.told]


def now(**changes: Any) -> Holder:
    return Holder(recipient="", **changes)


async def resolve(desk: Desk, conversation: str) -> None:
    verb = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")
    assert isinstance(await desk.store.submit(verb), Conversation)
    await desk.decide()


async def test_each_holder_is_told(desk: Desk) -> None:
    """It waits in a queue, an agent has it, then another, then nobody."""
    conversation = await desk.ask_in()
    await desk.decide()
    assert await run(desk) == [now(queue="main")]
    for agent in ("emma", "lin"):
        await desk.asks(agent, "presence", presence="available")
    await desk.asks("emma", "take", on=conversation)
    assert (await run(desk))[1:] == [now(agent="emma")]
    await desk.asks("emma", "transfer", on=conversation, target="agent:lin")
    await desk.asks("lin", "take", on=conversation)
    told = await run(desk)
    assert told[-1] == now(agent="lin")
    await resolve(desk, conversation)
    assert await run(desk) == [*told, now(over=True)]


async def test_it_is_told_after_the_reply_that_resolves(desk: Desk) -> None:
    """One lane: the session does not end before its last words went."""
    conversation = await desk.ask_in()
    await desk.decide()
    await run(desk)
    await desk.reply(conversation, "Good-bye", then="resolve")
    await desk.decide()
    assert await desk.claim(JobKind.SESSION) is None
    await desk.send()
    assert (await run(desk))[-1] == now(over=True)


async def test_nobody_else_is_told(desk: Desk) -> None:
    """A provider that keeps no sessions makes no job."""
    accepted = await desk.hear(said("Hello", "1"), account="plain")
    await desk.decide()
    await resolve(desk, accepted.messages[0].conversation)
    assert await desk.one(JOBS) == 0


AWAY = Deferred(reason=Reason.UNAVAILABLE, detail="away")
NEVER = Rejected(reason=Reason.OTHER, detail="95016: no")


@pytest.mark.parametrize(
    ("says", "tries"),
    [([NEVER], 1), ([AWAY], 2), ([AWAY] * TRIES, TRIES), ([ValueError("ours")], 2)],
    ids=["refused", "away for a moment", "away for long", "our own mistake"],
)
async def test_it_is_tried_a_few_times(desk: Desk, says: list[Any], tries: int) -> None:
    """What cannot help is not tried again; what may is, and then the lane is free again."""
    keeper = desk.toys["toy"]
    assert isinstance(keeper, Keeper)
    keeper.says = list(says)
    await desk.ask_in()
    await desk.decide()
    for _ in range(TRIES):
        await run(desk)
        desk.clock.now += AGAIN_MS
    assert len(keeper.told) == tries
    assert await desk.one(JOBS) == 0


def seen(key: str, *, elsewhere: bool, sender: str = "tel:+491") -> PresenceEvent:
    return PresenceEvent(key=key, what="seen", sender=sender, elsewhere=elsewhere)


async def test_what_happens_at_the_provider(desk: Desk) -> None:
    """A person there takes it: on hold. They end it: resolved, and nobody is told it back."""
    conversation = await desk.ask_in()
    await desk.decide()
    told = await run(desk)
    await desk.hear(seen("presence:1", elsewhere=True))
    assert await desk.one(STATUS) == "on_hold"
    await desk.hear(seen("presence:1", elsewhere=True))
    await desk.hear(seen("presence:2", elsewhere=False))
    assert await desk.one(STATUS) == "resolved"
    await desk.decide()
    assert await run(desk) == told
    by = [(body.status, body.by) for body in await desk.told("conversation.status")]
    assert by == [("on_hold", "channel:toy"), ("resolved", "channel:toy")]
    await desk.hear(seen("presence:3", elsewhere=True))
    assert await desk.one(STATUS) == "resolved"
    assert await desk.ask_in("Again", "2") == conversation
    assert await desk.one(STATUS) == "open"


async def test_only_the_conversation_of_that_channel_moves(desk: Desk) -> None:
    """Who has gone on elsewhere is served there, and strangers have nothing to move."""
    await desk.ask_in()
    await desk.hear(said("Here now", "2"), account="plain")
    await desk.hear(seen("presence:1", elsewhere=False))
    await desk.hear(seen("presence:2", elsewhere=False, sender="tel:+492"))
    assert await desk.one(STATUS) == "open"


WAITING = "SELECT count(*) FROM work WHERE live_of IS NOT NULL"


async def test_who_is_served_at_the_provider_is_offered_to_nobody_here(desk: Desk) -> None:
    """Neither what waited nor what they write there; what they write elsewhere is ours to answer,
    and so is all of it once an agent takes it off hold."""
    conversation = await desk.ask_in()
    await desk.decide()
    assert await desk.one(WAITING) == 1
    await desk.hear(seen("presence:1", elsewhere=True))
    await desk.decide()
    assert await desk.one(WAITING) == 0
    for key in ("2", "3"):
        await desk.ask_in("And the brass?", key)
        await desk.wait(MINUTE_MS)
    assert (await desk.one(STATUS), await desk.one(WAITING)) == ("on_hold", 0)
    await desk.hear(said("Is anybody here?", "4"), account="plain")
    await desk.wait(MINUTE_MS)
    assert await desk.one(WAITING) == 1
    await resolve(desk, conversation)
    await desk.ask_in("One more", "5")
    await desk.hear(seen("presence:2", elsewhere=True))
    await desk.wait(MINUTE_MS)
    assert await desk.one(WAITING) == 0
    for verb in (Verb.WAKE, Verb.HOLD):
        by = SetStatus(desk="desk", conversation=conversation, verb=verb, by="agent:emma")
        await desk.store.submit(by)
        await desk.wait(MINUTE_MS)
        assert await desk.one(WAITING) == 1
    assert await desk.one("SELECT elsewhere FROM conversation") == ""


TURNS = "SELECT closed_by, breached_at FROM turn ORDER BY opened_at"


async def test_nobody_here_is_late_while_a_person_there_answers(desk: Desk) -> None:
    """The turn ends when they take it, counted apart; a breach before stays one. What is written
    there opens none; what is written after their end does."""
    await desk.ask_in()
    await desk.decide()
    await desk.hear(seen("presence:1", elsewhere=True))
    await desk.ask_in("And the brass?", "2")
    await desk.wait(HOUR_MS)
    assert await desk.one(TURNS) == ("elsewhere", None)
    assert await desk.told("turn.breached") == []
    await desk.hear(seen("presence:2", elsewhere=False))
    await desk.ask_in("One more", "3")
    await desk.wait(HOUR_MS)
    await desk.hear(seen("presence:3", elsewhere=True))
    await desk.decide()
    (_, (by, late)) = await desk.rows(TURNS)
    assert (by, late is not None) == ("elsewhere", True)


CLOSED = "SELECT closed_by FROM turn ORDER BY opened_at"


@pytest.mark.parametrize("restarted", [False, True], ids=["the same owner", "another owner"])
async def test_facts_that_come_together_count_one_by_one(desk: Desk, restarted: bool) -> None:
    """What was asked before they took it waited for us until then; what was asked before they
    ended it was theirs. A reply that failed while they have it lets nobody here be late."""
    conversation = await desk.ask_in()
    await desk.hear(seen("presence:1", elsewhere=True))
    await desk.decide()
    assert await desk.rows(CLOSED) == [("elsewhere",)]
    if restarted:
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
    await desk.ask_in("And the brass?", "2")
    await desk.hear(seen("presence:2", elsewhere=False))
    await desk.decide()
    assert await desk.rows(CLOSED) == [("elsewhere",)]
    assert await desk.one("SELECT count(*) FROM work") == 0
    await desk.ask_in("One more", "3")
    assert await desk.one(STATUS) == "open"
    reply = await desk.reply(conversation)
    await desk.send()
    await desk.decide()
    await desk.hear(seen("presence:3", elsewhere=True))
    await desk.decide()
    if restarted:
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
    await desk.hear(
        DeliveryReport(
            key="report:1",
            state=MessageState.FAILED,
            provider_message=f"P-{reply.id}",
            reason=Reason.UNAVAILABLE,
        )
    )
    await desk.wait(HOUR_MS)
    assert await desk.rows(CLOSED) == [("elsewhere",), (reply.id,)]
    assert {"reopened", "breached"}.isdisjoint(await desk.whats("turn.changed"))


async def test_one_who_is_served_there_and_was_on_hold_here(desk: Desk) -> None:
    """It is theirs too, and ours again when they are done and the customer writes."""
    conversation = await desk.ask_in()
    await desk.decide()
    hold = SetStatus(desk="desk", conversation=conversation, verb=Verb.HOLD, by="agent:emma")
    await desk.store.submit(hold)
    await desk.decide()
    assert await desk.one(WAITING) == 1
    await desk.hear(seen("presence:1", elsewhere=True))
    await desk.decide()
    assert await desk.one(WAITING) == 0
    await desk.hear(seen("presence:2", elsewhere=False))
    await desk.ask_in("Thank you. And?", "2")
    await desk.wait(MINUTE_MS)
    assert (await desk.one(STATUS), await desk.one(WAITING)) == ("open", 1)
