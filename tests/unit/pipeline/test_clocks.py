"""Response times of living conversations: what counts, by which calendar, and what is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from config.rulebook import Rulebook
from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Verb
from gateway.domain.message import MessageKind
from gateway.verbs.conversation import SetStatus
from gateway.verbs.work import ApplyRulebook
from tests.unit.pipeline.desk import START_MS, Desk, opened
from tests.unit.pipeline.toy import said

# START_MS is Monday 2026-09-21 14:13:20 UTC.
SHOP = {"weekly": {"mon-fri": "09:00-15:00"}}
TO_CLOSING_MS = 46 * MINUTE_MS + 40_000
TARGETS = [{"first_response": "1h", "next_response": "2h", "resolution": "4h"}]
AGENTS = {"emma": {"queues": ["main", "shop"]}, "robo": {"queues": ["bots"]}}


def book(targets: Any = TARGETS, hours: Any = SHOP, **sla: Any) -> dict[str, Any]:
    """A desk with a queue round the clock, one in shop hours and one that a machine serves."""
    return {
        "desk": {"default_queue": "main"},
        "agents": AGENTS,
        "hours": {"shop": hours},
        "queues": {"main": {}, "shop": {"hours": "shop"}, "bots": {}},
        "sla": {"targets": targets} | sla,
    }


@asynccontextmanager
async def desk_with(directory: Path, **fields: Any) -> AsyncIterator[Desk]:
    """A desk, and emma there."""
    async with opened(directory, book=book(**fields)) as desk:
        await desk.asks("emma", "presence", presence="available")
        yield desk


async def apply(desk: Desk, **fields: Any) -> None:
    """Put another rulebook in force."""
    rulebook = Rulebook.model_validate(book(**fields))
    await desk.store.submit(ApplyRulebook(content=rulebook.to_json(), by="ops"))
    await desk.decide()


async def press(desk: Desk, conversation: str, verb: Verb) -> None:
    """Emma moves a conversation along."""
    await desk.store.submit(
        SetStatus(desk="desk", conversation=conversation, verb=verb, by="agent:emma")
    )
    await desk.decide()


async def answer(desk: Desk, conversation: str, author: str = "agent:emma") -> None:
    """Somebody answers, and it is sent."""
    await desk.reply(conversation, author=author)
    await desk.decide()
    await desk.send()
    await desk.decide()


async def take(desk: Desk, conversation: str, to: str) -> None:
    """Emma takes the work and hands it to a queue."""
    await desk.asks("emma", "take", on=conversation)
    await desk.asks("emma", "transfer", on=conversation, target=f"queue:{to}")


def due(desk: Desk, metric: str = "first_response") -> Any:
    """In how much time from the start it is due."""
    column = f"(due - {START_MS}) FROM turn WHERE metric = '{metric}'"
    if metric == "resolution":
        column = f"(due - {START_MS}) FROM resolution"
    return desk.one(f"SELECT {column}")


async def told(desk: Desk, metric: str) -> list[tuple[str, int | None, int]]:
    """What was told of a promise: what, due, when noticed, from the start."""
    bodies = [body for body in await desk.told("turn.changed") if body.metric == metric]
    return [
        (b.what, None if b.due is None else b.due - START_MS, b.noticed_at - START_MS)
        for b in bodies
    ]


# --- replies ---


async def test_a_turn_belongs_to_who_answered(tmp_path: Path) -> None:
    """Not to whom it was assigned; its open time is kept with it, and where it was."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.asks("emma", "take", on=conversation)
        await desk.wait(90_000)
        await answer(desk, conversation, "agent:lin")
        row = "SELECT agent, took_ms, target_ms, queue, channel, account FROM turn"
        assert await desk.one(row) == ("lin", 90_000, HOUR_MS, "main", "toy", "toy")


async def test_an_answer_by_whom_is_known_after_a_restart(tmp_path: Path) -> None:
    """Written before, sent after: the row of the message says whose it is."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.reply(conversation, author="agent:lin")
        await desk.decide()
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
        await desk.send()
        await desk.decide()
        assert await desk.one("SELECT agent, closed_by IS NULL FROM turn") == ("lin", 0)


async def test_first_and_next_as_the_facts_stood(tmp_path: Path) -> None:
    """An owner that comes late reads what was first as first, though it is answered by now."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await answer_unseen(desk, conversation)
        await desk.ask_in("and now?", "2")
        await desk.decide()
        rows = await desk.rows("SELECT metric FROM turn ORDER BY opened_at, rowid")
        assert rows == [("first_response",), ("next_response",)]


async def answer_unseen(desk: Desk, conversation: str) -> None:
    """An answer is written and sent while nobody decides."""
    await desk.reply(conversation)
    await desk.send()


@pytest.mark.parametrize("restarted", [False, True])
async def test_asked_on_before_the_answer_was_sent(tmp_path: Path, restarted: bool) -> None:
    """The customer's second question waits since it came, also for another owner."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(1_000)
        await desk.reply(conversation)
        await desk.decide()
        await desk.wait(1_000)
        await desk.ask_in("and this?", "2")
        await desk.decide()
        if restarted:
            desk.dispatch = desk.new_dispatch()
            await desk.wait(1_000)
        await desk.send()
        await desk.decide()
        rows = "SELECT metric, opened_at, took_ms FROM turn ORDER BY opened_at"
        assert await desk.rows(rows) == [
            ("first_response", START_MS, 1_000),
            ("next_response", START_MS + 2_000, None),
        ]


@pytest.mark.parametrize("restarted", [False, True])
async def test_asked_on_while_somebody_has_it(tmp_path: Path, restarted: bool) -> None:
    """More words of who waits already start no clock; the first ones after an answer do."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        (work,) = await desk.rows("SELECT id FROM work")
        await desk.asks("emma", "accept", work=work[0])
        await desk.ask_in("hello?", "2")
        await desk.decide()
        assert await desk.one("SELECT count(*) FROM turn") == 1
        await answer(desk, conversation)
        if restarted:
            desk.dispatch = desk.new_dispatch()
            await desk.decide()
        await desk.ask_in("and this?", "3")
        await desk.decide()
        rows = await desk.rows("SELECT metric, open_of IS NULL FROM turn ORDER BY opened_at, rowid")
        assert rows == [("first_response", 1), ("next_response", 0)]


async def test_a_reaction_opens_nothing(tmp_path: Path) -> None:
    """A thumb is no question."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await answer(desk, conversation)
        await desk.hear(said("👍", "2", kind=MessageKind.REACTION))
        await desk.decide()
        assert await desk.one("SELECT count(*) FROM turn") == 1


async def test_another_target_counts_what_has_passed(tmp_path: Path) -> None:
    """Due is found anew from the start; a breach that is none any more may come again."""
    async with desk_with(tmp_path) as desk:
        await desk.ask_in()
        await desk.decide()
        await desk.wait(HOUR_MS + 1)
        await apply(desk, targets=[{"first_response": "3h"}])
        assert await desk.one("SELECT due - opened_at, breached_at, rulebook FROM turn") == (
            3 * HOUR_MS,
            None,
            2,
        )
        await apply(desk, targets=[{"first_response": "30m"}])
        assert (await told(desk, "first_response"))[2:] == [
            ("due_changed", 3 * HOUR_MS, HOUR_MS + 1),
            ("due_changed", HOUR_MS // 2, HOUR_MS + 1),
            ("warned", HOUR_MS // 2, HOUR_MS + 1),
            ("breached", HOUR_MS // 2, HOUR_MS + 1),
        ]


async def test_a_calendar_that_is_mended_counts_from_the_start(tmp_path: Path) -> None:
    """Tomorrow is a holiday after all: due moves a day. Closed turns keep their numbers."""
    rules = {"targets": [{"first_response": "1h", "hours": "shop"}]}
    async with desk_with(tmp_path, **rules) as desk:
        await desk.ask_in()
        await desk.decide()
        tomorrow = 18 * HOUR_MS + TO_CLOSING_MS
        assert await due(desk) == tomorrow + HOUR_MS - TO_CLOSING_MS
        await apply(desk, hours=SHOP | {"holidays": ["2026-09-22"]}, **rules)
        assert await due(desk) == tomorrow + 24 * HOUR_MS + HOUR_MS - TO_CLOSING_MS
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
        assert await due(desk) == tomorrow + 24 * HOUR_MS + HOUR_MS - TO_CLOSING_MS


async def test_each_second_counts_under_the_calendar_in_force(tmp_path: Path) -> None:
    """Handed to a queue with hours: what had passed stays passed, the rest waits for opening."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(10 * MINUTE_MS)
        await take(desk, conversation, "shop")
        left = HOUR_MS - TO_CLOSING_MS
        assert await due(desk) == TO_CLOSING_MS + 18 * HOUR_MS + left
        await desk.wait(5 * HOUR_MS)  # closed
        await take(desk, conversation, "main")  # round the clock again
        assert await due(desk) == 5 * HOUR_MS + 10 * MINUTE_MS + left
        desk.dispatch = desk.new_dispatch()
        await desk.wait(10 * MINUTE_MS)
        await answer(desk, conversation)
        took = await desk.one("SELECT took_ms FROM turn")
        assert took == TO_CLOSING_MS + 10 * MINUTE_MS


async def test_another_queue_has_other_targets(tmp_path: Path) -> None:
    """Whoever is transferred is promised what the new queue promises, from the start."""
    targets = [{"when": {"queue": "shop"}, "first_response": "10m"}, *TARGETS]
    async with desk_with(tmp_path, targets=targets) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(5 * MINUTE_MS)
        await take(desk, conversation, "shop")
        assert await due(desk) == 10 * MINUTE_MS
        assert await told(desk, "first_response") == [
            ("due_changed", 10 * MINUTE_MS, 5 * MINUTE_MS)
        ]


@pytest.mark.parametrize("counts", [False, True])
async def test_bots_answer_only_where_it_is_said(tmp_path: Path, counts: bool) -> None:
    """Their words close no turn, and the work goes on waiting for people."""
    async with desk_with(tmp_path, bots=["robo"], bot_counts=counts) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await answer(desk, conversation, "agent:robo")
        assert await desk.one("SELECT closed_at IS NOT NULL FROM turn") == counts
        assert await desk.one("SELECT answered_at IS NOT NULL FROM resolution") == counts


async def test_from_the_handoff_on(tmp_path: Path) -> None:
    """While a machine has it nothing is promised; the clock starts when people have it."""
    rules = {"frt_start": "handoff", "bots": ["robo"]}
    document = book(**rules)
    document["rules"] = [{"when": {"text_has": ["hi"]}, "queue": "bots"}]
    async with opened(tmp_path, book=document) as desk:
        await desk.asks("robo", "presence", presence="available")
        conversation = await desk.ask_in("hi")
        await desk.decide()
        assert await desk.one("SELECT metric, due FROM turn") == ("before_handoff", None)
        await desk.asks("robo", "take", on=conversation)
        await desk.wait(10 * MINUTE_MS)
        await desk.asks("robo", "transfer", on=conversation, target="queue:main")
        assert await desk.one("SELECT metric, opened_at, due FROM turn") == (
            "first_response",
            START_MS + 10 * MINUTE_MS,
            START_MS + 10 * MINUTE_MS + HOUR_MS,
        )
        assert (await told(desk, "first_response"))[0][0] == "due_changed"
        await desk.wait(MINUTE_MS)
        await answer(desk, conversation)
        assert await desk.one("SELECT took_ms, agent FROM turn") == (MINUTE_MS, "emma")


async def test_where_people_are_first_the_handoff_is_the_arrival(tmp_path: Path) -> None:
    """No machine in between: the clock starts as the work waits."""
    async with desk_with(tmp_path, frt_start="handoff") as desk:
        await desk.ask_in()
        await desk.decide()
        assert await desk.one("SELECT metric, opened_at, due FROM turn") == (
            "first_response",
            START_MS,
            START_MS + HOUR_MS,
        )


@pytest.mark.parametrize("anew", [False, True])
async def test_reopened(tmp_path: Path, anew: bool) -> None:
    """After reopening the next answer is a next one, or by the rulebook a first one again."""
    async with desk_with(tmp_path, frt_restart_on_reopen=anew) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await answer(desk, conversation)
        await press(desk, conversation, Verb.RESOLVE)
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
        await desk.wait(HOUR_MS)
        await desk.ask_in("again", "2")
        await desk.decide()
        metric = await desk.one("SELECT metric FROM turn WHERE open_of IS NOT NULL")
        assert metric == ("first_response" if anew else "next_response")


async def test_resolving_may_leave_the_question_open(tmp_path: Path) -> None:
    """Where a resolution is no answer, the customer still waits for one."""
    async with desk_with(tmp_path, resolve_fulfils_reply=False) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await press(desk, conversation, Verb.RESOLVE)
        assert await desk.one("SELECT closed_at FROM turn") is None
        await desk.wait(HOUR_MS + 1)
        assert [what for what, *_ in await told(desk, "first_response")] == ["warned", "breached"]


async def test_resolved_without_a_word_is_nobodys_answer(tmp_path: Path) -> None:
    """In time, told as such, but of no agent."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await press(desk, conversation, Verb.RESOLVE)
        assert await desk.one("SELECT closed_by, agent, breached_at FROM turn") == (
            "resolved",
            None,
            None,
        )


# --- resolutions ---


async def test_a_resolution_is_due_warned_of_and_late_once(tmp_path: Path) -> None:
    """Under its own instant, also by an owner that slept; nobody else tells it again."""
    async with desk_with(tmp_path) as desk:
        await desk.ask_in()
        await desk.decide()
        assert await due(desk, "resolution") == 4 * HOUR_MS
        await desk.wait(200 * MINUTE_MS)
        assert await told(desk, "resolution") == [("warned", 4 * HOUR_MS, 200 * MINUTE_MS)]
        desk.dispatch = desk.new_dispatch()
        await desk.wait(5 * HOUR_MS)
        late = ("breached", 4 * HOUR_MS, 200 * MINUTE_MS + 5 * HOUR_MS)
        assert (await told(desk, "resolution"))[1:] == [late]
        desk.dispatch = desk.new_dispatch()
        await desk.wait(HOUR_MS)
        assert len(await told(desk, "resolution")) == 2
        assert await desk.one("SELECT breached_at FROM resolution") == START_MS + 4 * HOUR_MS


async def test_a_pause_defers_a_resolution(tmp_path: Path) -> None:
    """While the customer is waited for nothing is due; then the rest of the time is left."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(HOUR_MS)
        await press(desk, conversation, Verb.SNOOZE)
        assert await desk.one("SELECT due FROM resolution") is None
        desk.dispatch = desk.new_dispatch()
        await desk.wait(10 * HOUR_MS)
        await press(desk, conversation, Verb.WAKE)
        assert await due(desk, "resolution") == 14 * HOUR_MS
        assert [(what, at) for what, _, at in await told(desk, "resolution")] == [
            ("paused", HOUR_MS),
            ("resumed", 11 * HOUR_MS),
        ]
        await press(desk, conversation, Verb.HOLD)  # no pause, as the rulebook has it
        assert await due(desk, "resolution") == 14 * HOUR_MS


async def test_a_pause_costs_its_open_time_only(tmp_path: Path) -> None:
    """Over night nothing would have counted anyway, so nothing is given back for it."""
    targets = [{"resolution": "1h", "hours": "shop"}]
    async with desk_with(tmp_path, targets=targets) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(TO_CLOSING_MS + HOUR_MS)
        before = TO_CLOSING_MS + 18 * HOUR_MS + HOUR_MS - TO_CLOSING_MS
        await press(desk, conversation, Verb.SNOOZE)
        await desk.wait(10 * HOUR_MS)
        await press(desk, conversation, Verb.WAKE)
        assert await due(desk, "resolution") == before


async def test_three_numbers_of_a_resolution(tmp_path: Path) -> None:
    """The first end, the whole way, and the whole way without pauses; by whoever resolved it."""
    async with desk_with(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(HOUR_MS)
        await press(desk, conversation, Verb.RESOLVE)
        row = "SELECT first_ms, total_ms, active_ms, agent, resolved_at IS NULL FROM resolution"
        assert await desk.one(row) == (HOUR_MS, HOUR_MS, HOUR_MS, "emma", 0)
        desk.dispatch = desk.new_dispatch()
        await desk.wait(20 * HOUR_MS)
        await desk.ask_in("again", "2")
        await desk.decide()
        assert (await desk.one(row))[3:] == (None, 1)
        assert await due(desk, "resolution") == 24 * HOUR_MS
        await desk.wait(2 * HOUR_MS)
        await press(desk, conversation, Verb.SNOOZE)
        await desk.wait(HOUR_MS)
        await press(desk, conversation, Verb.RESOLVE)  # straight from the pause
        assert (await desk.one(row))[:3] == (HOUR_MS, 24 * HOUR_MS, 3 * HOUR_MS)
        assert [what for what, *_ in await told(desk, "resolution")] == [
            "met",
            "resumed",
            "paused",
            "met",
        ]


async def test_what_a_machine_began_has_no_clock(tmp_path: Path) -> None:
    """Nobody waits for the end of an automatic mail; a person's word starts the clock."""
    async with desk_with(tmp_path) as desk:
        await desk.hear(said("out of office", "1", automatic=True))
        await desk.decide()
        assert await desk.rows("SELECT * FROM resolution") == []
        await desk.wait(MINUTE_MS)
        await desk.ask_in("here I am", "2")
        await desk.decide()
        assert await desk.one("SELECT opened_at FROM resolution") == START_MS + MINUTE_MS
