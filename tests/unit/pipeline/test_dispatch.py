"""The desk's owner: its lease, its fence, its batches, and answers to those who ask."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.rulebook import Rulebook
from gateway.domain.events import AgentAsked, Event, RequestRefused, decode_body
from gateway.pipeline.dispatch import ASK_MS, BATCH, LEASE_MS, RENEW_MS
from gateway.store import StoreUnavailable
from gateway.store.errors import WriteConflict
from gateway.verbs.work import ApplyRulebook, Ask, LoseNode
from tests.unit.pipeline.desk import BOOK, START_MS, AnotherNode, Desk, opened
from tests.unit.pipeline.toy import Toy, said

LEASE = "SELECT owner, epoch, lease_until FROM desk"


def wish(agent: str, verb: str, **fields: Any) -> AgentAsked:
    """What an agent asks for."""
    return AgentAsked(agent=agent, verb=verb, **fields)


@contextmanager
def refusing(desk: Desk, table: str) -> Iterator[None]:
    """A database that refuses rows of one table, as a broken constraint would."""
    (path,) = desk.store.data.parent.glob("desk.db")
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    try:
        yield
    finally:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TRIGGER refuse")


# --- the lease ---


async def test_the_lease_is_taken_and_renewed(desk: Desk) -> None:
    """One epoch as long as it is renewed, and no write for it in between."""
    assert await desk.decide() == START_MS + RENEW_MS
    assert await desk.one(LEASE) == ("n1", 1, START_MS + LEASE_MS)
    desk.clock.now += RENEW_MS - 1
    await desk.dispatch.step()
    assert await desk.one(LEASE) == ("n1", 1, START_MS + LEASE_MS)
    desk.clock.now += 1
    assert await desk.dispatch.step() == START_MS + 2 * RENEW_MS
    assert await desk.one(LEASE) == ("n1", 1, START_MS + RENEW_MS + LEASE_MS)


async def test_one_decides_at_a_time(desk: Desk) -> None:
    """Another node waits for the lease to run out; then it has a new epoch and goes on."""
    await desk.ask_in()
    await desk.decide()
    other = desk.new_dispatch(AnotherNode(desk.store, "n2"))
    assert await other.step() == START_MS + RENEW_MS
    await desk.hear(said("Hello", "2", sender="tel:+492"))
    await other.step()
    assert await desk.one("SELECT count(*) FROM work") == 1
    desk.clock.now += LEASE_MS
    await desk.decide(other)
    assert (await desk.one(LEASE))[:2] == ("n2", 2)
    assert await desk.one("SELECT count(*) FROM work") == 2


async def test_whoever_overslept_is_fenced(desk: Desk) -> None:
    """What it had in mind is void; it writes nothing, and comes back as one who waits."""
    await desk.decide()
    other = desk.new_dispatch(AnotherNode(desk.store, "n2"))
    desk.clock.now += RENEW_MS - 1  # n1 need not renew yet, as far as it knows
    await desk.rows("SELECT 1")
    with _lease_over(desk):
        await desk.decide(other)
    await desk.hear(said("Hello", "1"))
    assert await desk.dispatch.step() == desk.clock.now + RENEW_MS
    assert await desk.rows("SELECT id FROM work") == []
    await desk.decide(other)
    assert await desk.one("SELECT count(*) FROM work") == 1
    assert await desk.dispatch.step() == desk.clock.now + RENEW_MS
    assert (await desk.one(LEASE))[:2] == ("n2", 2)


@contextmanager
def _lease_over(desk: Desk) -> Iterator[None]:
    """The database's clock is far ahead for a moment, as after a pause of this process."""
    desk.clock.now += LEASE_MS
    yield
    desk.clock.now -= LEASE_MS


async def test_stopping_lets_another_decide_at_once(desk: Desk) -> None:
    """Without waiting for the lease to run out."""
    await desk.decide()
    await desk.dispatch.stop()
    assert await desk.one(LEASE) == (None, 1, 0)
    other = desk.new_dispatch(AnotherNode(desk.store, "n2"))
    await desk.decide(other)
    assert (await desk.one(LEASE))[:2] == ("n2", 2)


async def test_stopping_lets_go_of_ones_own_lease_only(desk: Desk) -> None:
    """One that does not decide takes nothing from one that does; a lost store is no hindrance."""
    await desk.decide()
    other = desk.new_dispatch(AnotherNode(desk.store, "n2"))
    await other.stop()
    assert (await desk.one(LEASE))[0] == "n1"
    await desk.store.close()
    await desk.dispatch.stop()


# --- committing ---


async def test_after_a_failed_commit_it_starts_from_the_tables(desk: Desk) -> None:
    """Nothing of it stands, nothing is told twice, and the next step does all of it."""
    await desk.ask_in()
    with refusing(desk, "work"), pytest.raises(WriteConflict):
        await desk.dispatch.step()
    assert await desk.rows("SELECT id FROM turn") == []
    assert await desk.told("work.changed") == []
    await desk.decide()
    assert await desk.one("SELECT count(*) FROM work") == 1
    assert await desk.one("SELECT count(*) FROM turn") == 1
    assert await desk.whats("work.changed") == ["waiting"]


async def test_a_store_that_is_away_is_said_to_be(desk: Desk) -> None:
    """The worker hears of it; the next step starts from the tables."""
    await desk.decide()
    await desk.ask_in()
    await desk.store.close()
    with pytest.raises(StoreUnavailable):
        await desk.dispatch.step()
    assert desk.dispatch.explain("c") is None


async def test_facts_without_effect_cost_no_commit(desk: Desk) -> None:
    """A fact that changes nothing is not marked as applied; applied again, it changes nothing."""
    await desk.decide()
    before = await desk.one("SELECT applied FROM desk")
    for _ in range(3):
        await desk.store.submit(LoseNode(node="n9"))
        await desk.decide()
    assert await desk.one("SELECT applied FROM desk") == before
    await desk.ask_in()
    await desk.decide()
    assert await desk.one("SELECT applied FROM desk") > before + 3


async def test_a_long_log_is_taken_in_batches(desk: Desk) -> None:
    """Not more than a batch in one transaction; facts without effect are marked by the batch."""
    await desk.decide()
    for _ in range(BATCH + 10):
        await desk.store.submit(LoseNode(node="n9"))
    assert await desk.dispatch.step() is None
    assert desk.dispatch.wake.is_set()
    marked = await desk.one("SELECT applied FROM desk")
    assert marked in (BATCH, BATCH + 1)
    await desk.decide()
    assert await desk.one("SELECT applied FROM desk") == marked
    await desk.ask_in()
    await desk.decide()
    assert await desk.one("SELECT applied FROM desk") > BATCH + 10


async def test_it_ticks_only_when_it_has_caught_up(desk: Desk) -> None:
    """An accept that lies in the log is taken before the expiry that is due too."""
    await desk.asks("emma", "presence", presence="available")
    await desk.ask_in()
    await desk.decide()
    offer = await desk.one("SELECT id FROM offer")
    body = wish("emma", "accept", offer=offer)
    await desk.store.submit(Ask(body=body, actor="agent:emma"))
    desk.clock.now += 60_000
    await desk.decide()
    assert await desk.whats("offer.changed") == ["created", "accepted"]


# --- asking ---


async def asked(desk: Desk, body: AgentAsked, conversation: str | None = None) -> Event | None:
    """Ask while the owner decides beside."""
    asking = asyncio.create_task(desk.dispatch.ask(body, f"agent:{body.agent}", conversation))
    await asyncio.wait_for(desk.dispatch.wake.wait(), 1)
    await desk.decide()
    return await asyncio.wait_for(asking, 1)


async def test_who_asks_gets_the_decision(desk: Desk) -> None:
    """The last decision whose cause is the wish."""
    await desk.decide()
    answer = await asked(desk, wish("emma", "presence", presence="available"))
    assert answer is not None
    assert answer.kind == "agent.changed"
    (fact,) = await desk.log("agent.asked")
    assert answer.cause == fact.position
    assert (fact.actor, answer.actor) == ("agent:emma", "system")


async def test_an_accept_that_comes_late_is_refused(desk: Desk) -> None:
    """A colleague took it, or it expired: request.refused, offer_gone."""
    await desk.asks("emma", "presence", presence="available")
    conversation = await desk.ask_in()
    await desk.decide()
    offer = await desk.one("SELECT id FROM offer")
    await desk.wait(20_001)
    answer = await asked(desk, wish("emma", "accept", offer=offer), conversation)
    assert answer is not None
    body = decode_body(answer)
    assert isinstance(body, RequestRefused)
    assert (body.code, body.offer, body.agent) == ("offer_gone", offer, "emma")
    assert answer.conversation is None or answer.conversation == conversation


async def test_a_wish_without_effect_is_answered_at_once(desk: Desk) -> None:
    """Nobody waits two seconds for a decision that will never be."""
    await desk.asks("emma", "presence", presence="busy")
    assert await asked(desk, wish("emma", "presence", presence="busy")) is None
    applied = await desk.one("SELECT applied FROM desk")
    assert await asked(desk, wish("emma", "back")) is None
    assert await desk.one("SELECT applied FROM desk") == applied


# whether the queue assigns by itself, who is there to have it, whether who takes it is refused
HURRIED = [
    ("they take it", "manual", "emma", False),
    ("the queue gave it to them", "auto", "emma", False),
    ("the queue gave it to another", "auto", "lin", True),
]


@pytest.mark.parametrize(
    ("label", "accept", "there", "refused"), HURRIED, ids=[row[0] for row in HURRIED]
)
async def test_who_takes_what_gathers_hears_what_came_of_it(
    tmp_path: Path, label: str, accept: str, there: str, refused: bool
) -> None:
    """Not only that it waits, which their wish has hurried; and not nothing."""
    book = BOOK | {"queues": {"main": {"accept": accept}}}
    async with opened(tmp_path, book=book, toy=Toy(gather_ms=1_500)) as desk:
        await desk.asks(there, "presence", presence="available")
        conversation = await desk.ask_in()
        await desk.decide()
        answer = await asked(desk, wish("emma", "take"), conversation)
        assert answer is not None
        assert isinstance(decode_body(answer), RequestRefused) is refused


async def test_who_asks_behind_a_long_log_is_not_answered_too_soon(desk: Desk) -> None:
    """A batch that does not reach the wish says nothing of it."""
    await desk.decide()
    for _ in range(BATCH + 10):
        await desk.store.submit(LoseNode(node="n9"))
    body = wish("emma", "presence", presence="available")
    asking = asyncio.create_task(desk.dispatch.ask(body, "agent:emma"))
    await asyncio.sleep(0)
    await desk.dispatch.step()
    await asyncio.sleep(0)
    assert not asking.done()
    await desk.decide()
    answer = await asyncio.wait_for(asking, 1)
    assert answer is not None
    assert answer.kind == "agent.changed"


async def test_nobody_waits_for_ever(desk: Desk) -> None:
    """Where another node decides, and slowly, the answer is none; the wish stands."""
    assert ASK_MS == 2_000
    asking = asyncio.create_task(desk.dispatch.ask(wish("emma", "back"), "agent:emma"))
    await desk.dispatch.wake.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await desk.decide()
    assert len(await desk.log("agent.asked")) == 1


async def test_each_of_many_gets_their_own(desk: Desk) -> None:
    """Answers are not mixed up, though one transaction carries them all."""
    await desk.decide()
    tasks = [
        asyncio.create_task(
            desk.dispatch.ask(wish(agent, "presence", presence=where), f"agent:{agent}")
        )
        for agent, where in (("emma", "available"), ("lin", "busy"), ("nobody", "busy"))
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await desk.decide()
    bodies: list[Any] = [decode_body(event) for event in await asyncio.gather(*tasks) if event]
    assert [
        (body.agent, getattr(body, "presence", body.__class__.__name__)) for body in bodies
    ] == [
        ("emma", "available"),
        ("lin", "busy"),
        ("nobody", "RequestRefused"),
    ]


async def test_all_who_wait_for_one_decision_hear_of_it(desk: Desk) -> None:
    """The same press came twice: each has it at once, also when one of them no longer waits."""
    await desk.decide()
    body = wish("emma", "presence", presence="available")
    fact = await desk.store.submit(Ask(body=body, actor="agent:emma"))
    asking = [asyncio.create_task(desk.dispatch.decided(fact.position)) for _ in range(3)]
    await asyncio.wait_for(desk.dispatch.wake.wait(), 1)
    asking.pop().cancel()
    await desk.decide()
    first, second = await asyncio.wait_for(asyncio.gather(*asking), 1)
    assert first is second is not None
    assert first.cause == fact.position


async def test_who_looks_for_a_decision_misses_none(desk: Desk) -> None:
    """It comes while one looks for it, and found nothing yet."""
    await desk.decide()
    body = wish("emma", "presence", presence="available")
    fact = await desk.store.submit(Ask(body=body, actor="agent:emma"))

    async def look() -> Event | None:
        await desk.decide()
        return None

    answer = await asyncio.wait_for(desk.dispatch.decided(fact.position, look), 1)
    assert answer is not None
    assert answer.cause == fact.position


async def test_the_rulebook_of_the_store_is_the_one_in_force(tmp_path: Path) -> None:
    """A node that starts with another directory decides by the applied version."""
    async with opened(tmp_path) as desk:
        await desk.decide()
    async with opened(tmp_path, book={"desk": {"name": "Another"}}) as desk:
        desk.dispatch.inforce.version = 0
        await desk.decide()
        assert desk.dispatch.inforce.version == 1
        assert desk.dispatch.rulebook.desk.name == "Service desk"
        assert set(desk.dispatch.rulebook.agents) == {"emma", "lin"}


OLD_BOOK: dict[str, Any] = BOOK | {
    "agents": {"emma": {"queues": ["main"]}, "lin": {"queues": ["other"]}},
    "rules": [{"when": {"text_has": ["refund"]}, "queue": "main", "priority": 1}],
}
NEW_RULES = [{"when": {"text_has": ["refund"]}, "queue": "other", "priority": 4}]


async def test_waiting_work_follows_the_new_rules(tmp_path: Path) -> None:
    """What waits goes where it would go now, at its age, once; what was moved by hand stays."""
    async with opened(tmp_path, book=OLD_BOOK) as desk:
        first = await desk.ask_in("refund, please", "1")
        await desk.ask_in("hello", "2", sender="tel:+492")
        await desk.decide()
        await desk.wait(5_000)
        await desk.asks("lin", "presence", presence="available")
        content = Rulebook.model_validate(OLD_BOOK | {"rules": NEW_RULES}).to_json()
        await desk.store.submit(ApplyRulebook(content=content, by="ops"))
        await desk.decide()
        await desk.decide()
        rows = await desk.rows("SELECT conversation, queue, priority, state FROM work ORDER BY id")
        assert rows[0] == (first, "other", 4, "offered")
        assert rows[1][1:] == ("main", 0, "waiting")
        assert await desk.rows("SELECT agent FROM offer") == [("lin",)]
        told = [f.what for f in map(decode_body, await desk.log("work.changed"))]
        assert told == ["waiting", "waiting", "rekeyed"]
        assert await desk.one("SELECT enqueued_at FROM work ORDER BY id LIMIT 1") == START_MS


async def test_another_target_is_another_deadline(tmp_path: Path) -> None:
    """A queue by deadline puts what waits where the new promise puts it."""
    main = {"queues": {"main": {"order": "edf"}, "other": {}}}
    soon = {"sla": {"targets": [{"first_response": "10s"}]}}
    async with opened(tmp_path, book=BOOK | main) as desk:
        await desk.ask_in()
        await desk.decide()
        content = Rulebook.model_validate(BOOK | main | soon).to_json()
        await desk.store.submit(ApplyRulebook(content=content, by="ops"))
        await desk.decide()
        work = await desk.one("SELECT body FROM work")
        assert msgspec.json.decode(work)["deadline"] == START_MS + 10_000
