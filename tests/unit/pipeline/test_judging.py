"""What conversations are taken for, where that sends them, and what escalates; on a real store."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.domain.conversation import Verb
from gateway.pipeline import judging
from gateway.pipeline.dispatch import READ_REST_MS
from gateway.verbs.conversation import SetStatus
from gateway.verbs.judge import Correct
from tests.unit.pipeline.desk import BOOK, START_MS, Desk, opened
from tests.unit.pipeline.toy import Toy, said

WHERE_IS_IT = "Where is my parcel? The tracking number does not move."
RULES: list[dict[str, Any]] = [
    {"name": "words", "when": {"text_has": "warranty"}, "category": "after_sales"},
    {"name": "order", "when": {"category": "order"}, "queue": "orders", "priority": 3},
    {"name": "sales", "when": {"category": "after_sales"}, "queue": "repairs"},
    {"name": "angry", "when": {"anger_from": 2}, "escalate": {"priority": 20, "queue": "lead"}},
    {"name": "lead", "when": {"wants": "lead"}, "escalate": {}},
    {"name": "late", "when": {"breached": True}, "escalate": {"priority": 5, "notify": False}},
]
JUDGED: dict[str, Any] = {
    **BOOK,
    "queues": {"main": {}, "orders": {}, "repairs": {}, "lead": {}},
    "skills": {"zh": {"kind": "language"}},
    "rules": RULES,
}
PLACE = "SELECT queue, priority, enqueued_at FROM work WHERE live_of IS NOT NULL"
READ = "SELECT count(*) FROM judgement WHERE by LIKE 'model:%'"
TAKEN = "SELECT category, by, anger, urgency, wants, rule FROM judgement"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose rules ask what a conversation is about."""
    async with opened(tmp_path, book=JUDGED) as desk:
        yield desk


async def correct(desk: Desk, conversation: str, by: str = "agent:emma", **fields: Any) -> None:
    """An agent says what it is."""
    await desk.store.submit(Correct(desk="desk", conversation=conversation, by=by, **fields))
    await desk.decide()


FIRST_WORDS = [
    ("by the model", WHERE_IS_IT, ("order", "model:1"), ("orders", 3)),
    ("a rule is asked first", "warranty? " + WHERE_IS_IT, ("after_sales", "rule:words"), ("repairs", 0)),
    ("other rather than a guess", "Hello", ("other", "model:1"), ("main", 0)),
    ("escalated at once", "This is unacceptable!", None, ("lead", 20)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "taken", "place"), [pytest.param(*row[1:], id=row[0]) for row in FIRST_WORDS]
)
async def test_first_words(desk: Desk, text: str, taken: Any, place: Any) -> None:
    """A conversation is work where its first words belong, not somewhere else before."""
    await desk.ask_in(text)
    await desk.decide()
    assert await desk.one(PLACE) == (*place, START_MS)
    if taken is not None:
        assert await desk.one("SELECT category, by FROM judgement") == taken
    assert "rekeyed" not in await desk.whats("work.changed")


async def test_what_is_told(desk: Desk) -> None:
    """Category, language and mood with the work, and as an event where there is anything to say."""
    await desk.ask_in(WHERE_IS_IT)
    await desk.decide()
    (judged,) = await desk.told("conversation.judged")
    assert (judged.category, judged.language, judged.rule, judged.by) == (
        *("order", "en", "order", "model:1"),
    )
    (work,) = await desk.told("work.changed")
    assert (work.category, work.language, work.anger) == ("order", "en", 0)
    reasons = msgspec.json.decode(await desk.one("SELECT reasons FROM judgement"))
    assert reasons[0]["piece"].strip() in WHERE_IS_IT.lower()
    tried = msgspec.json.decode(await desk.one("SELECT tried FROM judgement"))
    assert tried == [{"rule": "order", "failed": ""}]


async def test_nothing_special_is_not_told(desk: Desk) -> None:
    """A greeting is kept as looked at, and no event says that it said nothing."""
    await desk.ask_in("Hello")
    await desk.decide()
    assert await desk.told("conversation.judged") == []
    tried = msgspec.json.decode(await desk.one("SELECT tried FROM judgement"))
    assert [row["failed"] for row in tried] == ["category", "category"]


async def test_later_words_move_it_once_and_it_keeps_its_place(desk: Desk) -> None:
    """An explicit re-key; saying the same again changes nothing."""
    await desk.ask_in("Hello")
    await desk.wait(30_000)
    await desk.ask_in(WHERE_IS_IT, "2")
    await desk.decide()
    assert await desk.one(PLACE) == ("orders", 3, START_MS)
    await desk.ask_in(WHERE_IS_IT, "3")
    await desk.decide()
    assert await desk.whats("work.changed") == ["waiting", "rekeyed"]
    assert len(await desk.told("conversation.judged")) == 1


async def test_what_is_known_is_not_unlearnt(desk: Desk) -> None:
    """Small talk after the question takes neither its category nor its mood away."""
    await desk.ask_in(f"This is unacceptable! {WHERE_IS_IT}")
    await desk.decide()
    for n in range(6):  # more than are looked at
        await desk.ask_in("thank you", f"more{n}")
    await desk.decide()
    category, _, anger, *_ = await desk.one(TAKEN)
    assert (category, anger) == ("order", 2)


async def test_later_words_choose_the_language(desk: Desk) -> None:
    """Who goes on in Chinese waits for somebody who reads it."""
    await desk.ask_in("hi")
    await desk.decide()
    await desk.ask_in("你好", "2")
    await desk.decide()
    assert await desk.whats("work.changed") == ["waiting", "rekeyed"]
    work = msgspec.json.decode(await desk.one("SELECT body FROM work"))
    assert work["needs"] == {"zh": 1}


async def test_a_person_moved_it(desk: Desk) -> None:
    """Words do not take back what a supervisor did; they may still add priority."""
    conversation = await desk.ask_in("Hello")
    await desk.asks("emma", "presence", presence="available")
    await desk.asks("emma", "take", on=conversation)
    await desk.asks("emma", "transfer", on=conversation, target="queue:repairs")
    await desk.ask_in(WHERE_IS_IT, "2")
    await desk.decide()
    queue, priority, _ = await desk.one(PLACE)
    assert (queue, priority) == ("repairs", 3)


async def test_what_an_agent_has_is_not_moved(desk: Desk) -> None:
    """Anger in the middle of a conversation tells supervisors, and leaves it with its agent."""
    conversation = await desk.ask_in("Hello")
    await desk.asks("emma", "presence", presence="available")
    await desk.asks("emma", "take", on=conversation)
    await desk.ask_in("This is ridiculous, I want your manager", "2")
    await desk.decide()
    assert await desk.one("SELECT state, agent, queue FROM work") == ("assigned", "emma", "main")
    told = await desk.told("conversation.escalated")
    assert [(t.rule, t.reason, t.notify) for t in told] == [
        ("angry", "anger_from", True),
        ("lead", "wants", True),
    ]
    await desk.asks("emma", "transfer", on=conversation, target="queue:repairs")
    assert (await desk.one(PLACE))[:2] == ("repairs", 20), "it comes back with its priority"


async def test_each_escalation_fires_once_until_it_is_resolved(desk: Desk) -> None:
    """Angrier words do not add the priority again; a new complaint after the end does."""
    conversation = await desk.ask_in("This is unacceptable")
    await desk.decide()
    await desk.ask_in("This is ridiculous!!", "2")
    await desk.decide()
    assert [t.rule for t in await desk.told("conversation.escalated")] == ["angry"]
    assert (await desk.one(PLACE))[:2] == ("lead", 20)
    resolve = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")
    await desk.store.submit(resolve)
    await desk.decide()
    assert await desk.one("SELECT over FROM judgement") == 1
    for n in range(5):  # the newest words alone are looked at
        await desk.ask_in("thank you", f"9{n}")
    await desk.decide()
    assert await desk.one("SELECT over, anger, boost FROM judgement") == (0, 0, 0)
    await desk.ask_in("It is broken again, this is unacceptable", "10")
    await desk.decide()
    assert [t.rule for t in await desk.told("conversation.escalated")] == ["angry", "angry"]


async def test_a_breach_escalates(desk: Desk) -> None:
    """Once, at the tick that notices it, and again for nobody."""
    await desk.ask_in("Hello")
    await desk.decide()
    await desk.wait(59_000)  # warned, not late
    assert await desk.told("conversation.escalated") == []
    await desk.wait(1_001)
    assert [(t.rule, t.reason) for t in await desk.told("conversation.escalated")] == [
        ("late", "breached")
    ]
    assert await desk.one(PLACE) == ("main", 5, START_MS)
    await desk.wait(600_000)
    assert len(await desk.told("conversation.escalated")) == 1


@pytest.mark.parametrize("by", ["agent:emma", "token:0Ab9"])
async def test_what_is_said_by_hand_stands(desk: Desk, by: str) -> None:
    """Category and mood as corrected, whatever is said next; who waits is moved."""
    conversation = await desk.ask_in(WHERE_IS_IT)
    await desk.decide()
    await correct(desk, conversation, by, category="after_sales", urgency=2)
    assert await desk.one(TAKEN) == ("after_sales", by, 0, 2, "", "sales")
    assert await desk.one(PLACE) == ("repairs", 0, START_MS)
    await desk.ask_in("my order my order, and soon", "2")
    await desk.decide()
    assert await desk.one("SELECT category, by, urgency FROM judgement") == (
        *("after_sales", by, 2),
    )
    (fact,) = await desk.log("conversation.corrected")
    assert fact.actor == by
    assert (await desk.log("conversation.judged"))[-1].cause == fact.position


async def test_a_flood_is_routed_at_once_and_read_later(tmp_path: Path) -> None:
    """The model reads so many between two commits; the others move when it has read them."""
    async with opened(tmp_path, book=JUDGED) as desk:
        for n in range(judging.READ_AT_ONCE + 5):
            await desk.hear(said(WHERE_IS_IT, f"k{n}", sender=f"tel:+49{n}"))
        await desk.decide()
        whats = await desk.whats("work.changed")
        assert whats.count("waiting") == judging.READ_AT_ONCE + 5
        assert whats.count("rekeyed") == 5
        assert await desk.one("SELECT count(*) FROM work WHERE queue = 'orders'") == len(
            await desk.rows("SELECT id FROM work")
        )


async def test_while_much_is_unread_others_have_their_turn(tmp_path: Path) -> None:
    """A few texts at a time, and then a rest, whether or not anything came of them."""
    async with opened(tmp_path, book=JUDGED) as desk:
        for n in range(4 * judging.READ_AT_ONCE):
            await desk.hear(said(WHERE_IS_IT, f"k{n}", sender=f"tel:+49{n}"))
        for read in (2, 3):
            assert await desk.decide() == desk.clock.now_ms() + READ_REST_MS
            assert await desk.one(READ) == read * judging.READ_AT_ONCE
            desk.clock.now += READ_REST_MS
        assert await desk.decide() != desk.clock.now_ms() + READ_REST_MS
        assert await desk.one(READ) == 4 * judging.READ_AT_ONCE


async def test_the_next_owner_knows_it(tmp_path: Path) -> None:
    """A new owner starts from the row: nothing fires again, nothing is told again."""
    async with opened(tmp_path, book=JUDGED, toy=Toy()) as desk:
        await desk.ask_in("This is unacceptable")
        await desk.decide()
        other = desk.new_dispatch()
        await desk.dispatch.stop()
        await desk.ask_in("still unacceptable", "2")
        await desk.decide(other)
        assert len(await desk.told("conversation.escalated")) == 1
        assert await desk.whats("work.changed") == ["waiting"]
